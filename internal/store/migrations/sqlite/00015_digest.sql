-- +goose Up

-- How far the morning pages of an exchange are.
CREATE TABLE digests (
	exchange TEXT NOT NULL PRIMARY KEY,
	body TEXT NOT NULL) STRICT; -- JSON

-- What was on one of them.
CREATE TABLE digest_told (
	exchange TEXT NOT NULL,
	item TEXT NOT NULL,
	told_us INTEGER NOT NULL,
	PRIMARY KEY (exchange, item)) STRICT, WITHOUT ROWID;
