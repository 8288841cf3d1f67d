-- +goose Up

-- Who is told what happens, and how far.
CREATE TABLE webhooks (
	exchange TEXT NOT NULL,
	name TEXT NOT NULL,
	settings TEXT NOT NULL, -- changes when its settings do
	mark INTEGER NOT NULL, -- the last audit entry that was taken over
	seen_us INTEGER NOT NULL, -- when a process last was at it
	told_us INTEGER NOT NULL, -- 0: it never said yes
	failing_us INTEGER NOT NULL, -- 0: it did the last time
	note TEXT NOT NULL, -- what was wrong the last time
	closed_us INTEGER NOT NULL, -- 0: it has not said that it wants no more
	PRIMARY KEY (exchange, name)) STRICT;

-- What they are told, an audit entry each.
CREATE TABLE webhook_deliveries (
	exchange TEXT NOT NULL,
	webhook TEXT NOT NULL,
	seq INTEGER NOT NULL, -- of the entry
	subject TEXT NOT NULL, -- within which order is kept
	made_us INTEGER NOT NULL,
	due_us INTEGER NOT NULL,
	tries INTEGER NOT NULL,
	ended_us INTEGER NOT NULL, -- 0: it waits
	done INTEGER NOT NULL, -- 1: it was delivered
	note TEXT NOT NULL, -- what was wrong at the last try
	PRIMARY KEY (exchange, webhook, seq),
	FOREIGN KEY (exchange, webhook) REFERENCES webhooks (exchange, name)) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (exchange, webhook, due_us, seq) WHERE ended_us = 0;
CREATE INDEX webhook_deliveries_of_subjects ON webhook_deliveries (exchange, webhook, subject, seq) WHERE ended_us = 0;
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (exchange, webhook) WHERE ended_us > 0 AND done = 0;
CREATE INDEX webhook_deliveries_made ON webhook_deliveries (exchange, made_us);
