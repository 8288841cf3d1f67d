-- +goose Up

-- The messages about orders besides their cards: where somebody asked for one,
-- and by which who asked for it is told what became of it.
CREATE TABLE companions (
	order_id TEXT NOT NULL REFERENCES orders (id),
	kind TEXT NOT NULL,
	place TEXT NOT NULL,
	message TEXT NOT NULL,
	shown INTEGER NOT NULL, -- the audit entry that it was made of
	tried INTEGER NOT NULL, -- whether it may have been posted
	PRIMARY KEY (kind, order_id)) STRICT;
