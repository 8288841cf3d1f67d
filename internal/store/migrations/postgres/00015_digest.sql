-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- How far the morning pages of an exchange are.
CREATE TABLE digests (
	exchange TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	body TEXT COLLATE "C" NOT NULL); -- JSON

-- What was on one of them.
CREATE TABLE digest_told (
	exchange TEXT COLLATE "C" NOT NULL,
	item TEXT COLLATE "C" NOT NULL,
	told_us BIGINT NOT NULL,
	PRIMARY KEY (exchange, item));
