-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- When sessions of MCP clients were used last. Those that are young are not
-- here: they say themselves when they began.
CREATE TABLE sessions (
	id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	used_us BIGINT NOT NULL);

CREATE INDEX sessions_by_use ON sessions (used_us);
