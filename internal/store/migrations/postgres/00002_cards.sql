-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- Where orders are shown by messages that are kept up to date.
CREATE TABLE cards (
	order_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES orders (id),
	place TEXT NOT NULL,
	message TEXT NOT NULL,
	shown BIGINT NOT NULL); -- the audit entry that it was made of

-- How far readers of the audit trail have come.
CREATE TABLE marks (
	reader TEXT NOT NULL PRIMARY KEY,
	seq BIGINT NOT NULL);

CREATE INDEX orders_by_entry ON orders (exchange, entry_seq);
