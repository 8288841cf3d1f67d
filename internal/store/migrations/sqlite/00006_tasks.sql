-- +goose Up

-- By which clients follow orders: the hash of a handle, and whose it is.
CREATE TABLE tasks (
	hash TEXT NOT NULL PRIMARY KEY,
	order_id TEXT NOT NULL,
	principal TEXT NOT NULL,
	created_us INTEGER NOT NULL,
	expires_us INTEGER NOT NULL) STRICT;
CREATE INDEX tasks_of_orders ON tasks (order_id);
CREATE INDEX tasks_expire ON tasks (expires_us);
