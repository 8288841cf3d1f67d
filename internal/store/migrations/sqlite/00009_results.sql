-- +goose Up

-- Results that are shown page by page, each for its owner.
CREATE TABLE results (
	id TEXT NOT NULL,
	owner TEXT NOT NULL,
	body BLOB NOT NULL,
	expires_us INTEGER NOT NULL,
	PRIMARY KEY (id, owner)) STRICT;
CREATE INDEX results_expire ON results (expires_us);
CREATE INDEX results_of_owners ON results (owner, expires_us);
