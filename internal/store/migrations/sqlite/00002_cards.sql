-- +goose Up

-- Where orders are shown by messages that are kept up to date.
CREATE TABLE cards (
	order_id TEXT NOT NULL PRIMARY KEY REFERENCES orders (id),
	place TEXT NOT NULL,
	message TEXT NOT NULL,
	shown INTEGER NOT NULL) STRICT; -- the audit entry that it was made of

-- How far readers of the audit trail have come.
CREATE TABLE marks (
	reader TEXT NOT NULL PRIMARY KEY,
	seq INTEGER NOT NULL) STRICT;

CREATE INDEX orders_by_entry ON orders (exchange, entry_seq);
