-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- Who is told what happens, and how far.
CREATE TABLE webhooks (
	exchange TEXT COLLATE "C" NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	settings TEXT COLLATE "C" NOT NULL, -- changes when its settings do
	mark BIGINT NOT NULL, -- the last audit entry that was taken over
	seen_us BIGINT NOT NULL, -- when a process last was at it
	told_us BIGINT NOT NULL, -- 0: it never said yes
	failing_us BIGINT NOT NULL, -- 0: it did the last time
	note TEXT COLLATE "C" NOT NULL, -- what was wrong the last time
	closed_us BIGINT NOT NULL, -- 0: it has not said that it wants no more
	PRIMARY KEY (exchange, name));

-- What they are told, an audit entry each.
CREATE TABLE webhook_deliveries (
	exchange TEXT COLLATE "C" NOT NULL,
	webhook TEXT COLLATE "C" NOT NULL,
	seq BIGINT NOT NULL, -- of the entry
	subject TEXT COLLATE "C" NOT NULL, -- within which order is kept
	made_us BIGINT NOT NULL,
	due_us BIGINT NOT NULL,
	tries BIGINT NOT NULL,
	ended_us BIGINT NOT NULL, -- 0: it waits
	done BIGINT NOT NULL, -- 1: it was delivered
	note TEXT COLLATE "C" NOT NULL, -- what was wrong at the last try
	PRIMARY KEY (exchange, webhook, seq),
	FOREIGN KEY (exchange, webhook) REFERENCES webhooks (exchange, name));
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (exchange, webhook, due_us, seq) WHERE ended_us = 0;
CREATE INDEX webhook_deliveries_of_subjects ON webhook_deliveries (exchange, webhook, subject, seq) WHERE ended_us = 0;
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (exchange, webhook) WHERE ended_us > 0 AND done = 0;
CREATE INDEX webhook_deliveries_made ON webhook_deliveries (exchange, made_us);
