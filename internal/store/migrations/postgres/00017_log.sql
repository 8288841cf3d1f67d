-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- Nodes of the tree over the entries of the trail, of every eighth level. Those
-- of entries of before are added when a head is made.
CREATE TABLE audit_nodes (
	level BIGINT NOT NULL,
	n BIGINT NOT NULL, -- from 0
	hash TEXT COLLATE "C" NOT NULL, -- SHA-256, base64
	PRIMARY KEY (level, n));
