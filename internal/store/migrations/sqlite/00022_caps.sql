-- +goose Up

-- What lines count with against caps. Those that were kept before have -1 for the
-- time of the approval: what they count with stands in their orders alone.
ALTER TABLE lines ADD COLUMN decided_us INTEGER NOT NULL DEFAULT -1; -- 0: not approved
ALTER TABLE lines ADD COLUMN requester TEXT NOT NULL DEFAULT '';
ALTER TABLE lines ADD COLUMN roles TEXT NOT NULL DEFAULT ''; -- of the requester, separated by commas
ALTER TABLE lines ADD COLUMN country TEXT NOT NULL DEFAULT '';
ALTER TABLE lines ADD COLUMN monthly_fee TEXT NOT NULL DEFAULT '';
