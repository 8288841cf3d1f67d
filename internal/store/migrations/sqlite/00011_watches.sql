-- +goose Up

-- What people want to be told of when it comes up on the market.
CREATE TABLE watches (
	id TEXT NOT NULL PRIMARY KEY,
	exchange TEXT NOT NULL,
	owner TEXT NOT NULL, -- realm:id
	name TEXT NOT NULL, -- by which it is told from others of its owner
	rev INTEGER NOT NULL, -- counts the looks at the market
	body TEXT NOT NULL, -- JSON
	known BLOB NOT NULL, -- the numbers that fitted at the last look
	UNIQUE (exchange, owner, name)) STRICT;

-- What came up.
CREATE TABLE watch_hits (
	watch TEXT NOT NULL REFERENCES watches (id),
	seq INTEGER NOT NULL,
	number TEXT NOT NULL,
	found_us INTEGER NOT NULL,
	ended_us INTEGER NOT NULL, -- 0: it still fits
	batch INTEGER NOT NULL, -- of the message that tells it; 0: none was begun
	told_us INTEGER NOT NULL, -- 0: it was not
	message TEXT NOT NULL,
	body TEXT NOT NULL, -- JSON
	PRIMARY KEY (watch, seq)) STRICT;
CREATE INDEX watch_hits_of_numbers ON watch_hits (watch, number);
