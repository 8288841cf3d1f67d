-- +goose Up

-- Nodes of the tree over the entries of the trail, of every eighth level. Those
-- of entries of before are added when a head is made.
CREATE TABLE audit_nodes (
	level INTEGER NOT NULL,
	n INTEGER NOT NULL, -- from 0
	hash TEXT NOT NULL, -- SHA-256, base64
	PRIMARY KEY (level, n)) STRICT, WITHOUT ROWID;
