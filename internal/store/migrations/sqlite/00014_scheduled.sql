-- +goose Up

-- When the first line of a scheduled order is due: 0 in any other state.
ALTER TABLE orders ADD COLUMN send_us INTEGER NOT NULL DEFAULT 0;
CREATE INDEX orders_to_send ON orders (exchange, send_us, id) WHERE send_us > 0;
