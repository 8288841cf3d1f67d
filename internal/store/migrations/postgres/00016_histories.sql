-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- How far the histories of calls and messages were read, and what they showed.
CREATE TABLE own_histories (
	exchange TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	told_us BIGINT NOT NULL, -- first day of which they tell anything; 0: there is none
	to_us BIGINT NOT NULL, -- 0: they are to be read from the beginning
	calls BIGINT NOT NULL, -- 1: a call to an own number
	messages BIGINT NOT NULL); -- likewise
