-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- When somebody is told next that an order still waits: 0 for never.
ALTER TABLE orders ADD COLUMN nudge_us BIGINT NOT NULL DEFAULT 0;
CREATE INDEX orders_to_nudge ON orders (exchange, nudge_us) WHERE nudge_us > 0;
