-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- Who is signed in on the page, by the hash of a token that only the browser has.
CREATE TABLE page_sessions (
	hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	person TEXT NOT NULL,
	signed_in_by TEXT NOT NULL,
	expires_us BIGINT NOT NULL);

CREATE INDEX page_sessions_expire ON page_sessions (expires_us);
CREATE INDEX page_sessions_by_person ON page_sessions (person, expires_us);
