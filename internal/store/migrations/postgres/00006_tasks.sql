-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- By which clients follow orders: the hash of a handle, and whose it is.
CREATE TABLE tasks (
	hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	order_id TEXT COLLATE "C" NOT NULL,
	principal TEXT NOT NULL,
	created_us BIGINT NOT NULL,
	expires_us BIGINT NOT NULL);
CREATE INDEX tasks_of_orders ON tasks (order_id);
CREATE INDEX tasks_expire ON tasks (expires_us);
