-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- By what a mandate is found; what it says is in the order that made it.
CREATE TABLE mandates (
	id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	exchange TEXT COLLATE "C" NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	created_us BIGINT NOT NULL,
	until_us BIGINT NOT NULL,
	revoked_us BIGINT NOT NULL, -- 0: it was not
	revoked_by TEXT COLLATE "C" NOT NULL, -- JSON; '': nobody
	tried BIGINT NOT NULL); -- the last hit of its watch that it tried to buy
CREATE INDEX mandates_by_name ON mandates (exchange, name, created_us);

-- The lines of purchases that mandates decided.
CREATE TABLE mandate_uses (
	order_id TEXT COLLATE "C" NOT NULL REFERENCES orders (id),
	n BIGINT NOT NULL,
	mandate TEXT COLLATE "C" NOT NULL,
	used_us BIGINT NOT NULL,
	due TEXT COLLATE "C" NOT NULL,
	counts BIGINT NOT NULL, -- 1: against its bounds
	open BIGINT NOT NULL, -- 1: it waits to be sent, or is being sent
	PRIMARY KEY (order_id, n));
CREATE INDEX mandate_uses_of ON mandate_uses (mandate, used_us);
