-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- Lines count on their day by the operation that they are of, no more by its
-- verb: two operations may have the same. Every operation that made an order
-- before is of a DID.
ALTER TABLE lines RENAME COLUMN kind TO operation;
UPDATE lines SET operation = 'did_' || operation;
