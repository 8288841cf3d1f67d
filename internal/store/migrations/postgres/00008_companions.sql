-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- The messages about orders besides their cards: where somebody asked for one,
-- and by which who asked for it is told what became of it.
CREATE TABLE companions (
	order_id TEXT NOT NULL REFERENCES orders (id),
	kind TEXT NOT NULL,
	place TEXT NOT NULL,
	message TEXT NOT NULL,
	shown BIGINT NOT NULL, -- the audit entry that it was made of
	tried BIGINT NOT NULL, -- whether it may have been posted
	PRIMARY KEY (kind, order_id));
