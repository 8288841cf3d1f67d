-- +goose Up

-- When sessions of MCP clients were used last. Those that are young are not
-- here: they say themselves when they began.
CREATE TABLE sessions (
	id TEXT NOT NULL PRIMARY KEY,
	used_us INTEGER NOT NULL) STRICT;

CREATE INDEX sessions_by_use ON sessions (used_us);
