-- +goose Up

-- By what a mandate is found; what it says is in the order that made it.
CREATE TABLE mandates (
	id TEXT NOT NULL PRIMARY KEY,
	exchange TEXT NOT NULL,
	name TEXT NOT NULL,
	created_us INTEGER NOT NULL,
	until_us INTEGER NOT NULL,
	revoked_us INTEGER NOT NULL, -- 0: it was not
	revoked_by TEXT NOT NULL, -- JSON; '': nobody
	tried INTEGER NOT NULL) STRICT; -- the last hit of its watch that it tried to buy
CREATE INDEX mandates_by_name ON mandates (exchange, name, created_us);

-- The lines of purchases that mandates decided.
CREATE TABLE mandate_uses (
	order_id TEXT NOT NULL REFERENCES orders (id),
	n INTEGER NOT NULL,
	mandate TEXT NOT NULL,
	used_us INTEGER NOT NULL,
	due TEXT NOT NULL,
	counts INTEGER NOT NULL, -- 1: against its bounds
	open INTEGER NOT NULL, -- 1: it waits to be sent, or is being sent
	PRIMARY KEY (order_id, n)) STRICT;
CREATE INDEX mandate_uses_of ON mandate_uses (mandate, used_us);
