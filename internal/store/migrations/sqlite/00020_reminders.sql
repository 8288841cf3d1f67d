-- +goose Up

-- When somebody is told next that an order still waits: 0 for never.
ALTER TABLE orders ADD COLUMN nudge_us INTEGER NOT NULL DEFAULT 0;
CREATE INDEX orders_to_nudge ON orders (exchange, nudge_us) WHERE nudge_us > 0;
