-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- When a line came to be sent, done or unknown: 0 in any other state. What was
-- so before is not told.
ALTER TABLE lines ADD COLUMN moved_us BIGINT NOT NULL DEFAULT 0;
CREATE INDEX lines_moved ON lines (exchange, moved_us, order_id, n) WHERE moved_us > 0;
