-- +goose Up

-- Whether a message may have been posted whose id is not known.
ALTER TABLE cards ADD COLUMN tried INTEGER NOT NULL DEFAULT 0;

-- What controls of messages stand for, by the handle in their id.
CREATE TABLE handles (
	handle TEXT NOT NULL PRIMARY KEY,
	state TEXT NOT NULL,
	expires_us INTEGER NOT NULL) STRICT;
CREATE INDEX handles_expire ON handles (expires_us);
