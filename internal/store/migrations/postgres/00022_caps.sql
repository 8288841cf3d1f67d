-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- What lines count with against caps. Those that were kept before have -1 for the
-- time of the approval: what they count with stands in their orders alone.
ALTER TABLE lines ADD COLUMN decided_us BIGINT NOT NULL DEFAULT -1; -- 0: not approved
ALTER TABLE lines ADD COLUMN requester TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE lines ADD COLUMN roles TEXT COLLATE "C" NOT NULL DEFAULT ''; -- of the requester, separated by commas
ALTER TABLE lines ADD COLUMN country TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE lines ADD COLUMN monthly_fee TEXT COLLATE "C" NOT NULL DEFAULT '';
