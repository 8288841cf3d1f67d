-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- Results that are shown page by page, each for its owner.
CREATE TABLE results (
	id TEXT COLLATE "C" NOT NULL,
	owner TEXT COLLATE "C" NOT NULL,
	body BYTEA NOT NULL,
	expires_us BIGINT NOT NULL,
	PRIMARY KEY (id, owner));
CREATE INDEX results_expire ON results (expires_us);
CREATE INDEX results_of_owners ON results (owner, expires_us);
