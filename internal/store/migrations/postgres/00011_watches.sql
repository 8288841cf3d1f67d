-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- What people want to be told of when it comes up on the market.
CREATE TABLE watches (
	id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	exchange TEXT COLLATE "C" NOT NULL,
	owner TEXT COLLATE "C" NOT NULL, -- realm:id
	name TEXT COLLATE "C" NOT NULL, -- by which it is told from others of its owner
	rev BIGINT NOT NULL, -- counts the looks at the market
	body TEXT COLLATE "C" NOT NULL, -- JSON
	known BYTEA NOT NULL, -- the numbers that fitted at the last look
	UNIQUE (exchange, owner, name));

-- What came up.
CREATE TABLE watch_hits (
	watch TEXT COLLATE "C" NOT NULL REFERENCES watches (id),
	seq BIGINT NOT NULL,
	number TEXT COLLATE "C" NOT NULL,
	found_us BIGINT NOT NULL,
	ended_us BIGINT NOT NULL, -- 0: it still fits
	batch BIGINT NOT NULL, -- of the message that tells it; 0: none was begun
	told_us BIGINT NOT NULL, -- 0: it was not
	message TEXT COLLATE "C" NOT NULL,
	body TEXT COLLATE "C" NOT NULL, -- JSON
	PRIMARY KEY (watch, seq));
CREATE INDEX watch_hits_of_numbers ON watch_hits (watch, number);
