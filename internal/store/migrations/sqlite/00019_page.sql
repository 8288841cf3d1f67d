-- +goose Up

-- Who is signed in on the page, by the hash of a token that only the browser has.
CREATE TABLE page_sessions (
	hash TEXT NOT NULL PRIMARY KEY,
	person TEXT NOT NULL,
	signed_in_by TEXT NOT NULL,
	expires_us INTEGER NOT NULL) STRICT;

CREATE INDEX page_sessions_expire ON page_sessions (expires_us);
CREATE INDEX page_sessions_by_person ON page_sessions (person, expires_us);
