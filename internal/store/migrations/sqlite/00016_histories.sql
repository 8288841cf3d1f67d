-- +goose Up

-- How far the histories of calls and messages were read, and what they showed.
CREATE TABLE own_histories (
	exchange TEXT NOT NULL PRIMARY KEY,
	told_us INTEGER NOT NULL, -- first day of which they tell anything; 0: there is none
	to_us INTEGER NOT NULL, -- 0: they are to be read from the beginning
	calls INTEGER NOT NULL, -- 1: a call to an own number
	messages INTEGER NOT NULL) STRICT; -- likewise
