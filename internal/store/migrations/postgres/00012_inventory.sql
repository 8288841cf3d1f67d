-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- How the memory of an exchange's own numbers stands.
CREATE TABLE inventories (
	exchange TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	first_us BIGINT NOT NULL, -- the first look
	looked_us BIGINT NOT NULL, -- the last one
	clock_us BIGINT NOT NULL, -- when that began, by the clock
	rev BIGINT NOT NULL, -- counts the looks that were kept
	seq BIGINT NOT NULL, -- of the last change
	own BIGINT NOT NULL, -- numbers that are there
	missed BIGINT NOT NULL); -- of those, not shown by it

-- The own numbers as the last look found them, and those that went.
CREATE TABLE own_numbers (
	exchange TEXT COLLATE "C" NOT NULL,
	number TEXT COLLATE "C" NOT NULL,
	first_us BIGINT NOT NULL, -- when it came; 0: it was there at the first look
	waiting_us BIGINT NOT NULL, -- since when it waits for documents; 0: it does not
	gone_us BIGINT NOT NULL, -- 0: it is there
	missed_us BIGINT NOT NULL, -- when it was missed, by the clock; 0: it was shown
	order_id TEXT COLLATE "C" NOT NULL, -- that bought it
	body TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (exchange, number));

-- What changed of them.
CREATE TABLE own_changes (
	exchange TEXT COLLATE "C" NOT NULL,
	seq BIGINT NOT NULL,
	at_us BIGINT NOT NULL,
	number TEXT COLLATE "C" NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	order_id TEXT COLLATE "C" NOT NULL, -- of whose doing it is
	monthly_fee TEXT COLLATE "C" NOT NULL,
	fields TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (exchange, seq));
CREATE INDEX own_changes_of_numbers ON own_changes (exchange, number);

-- Whose they are.
CREATE TABLE own_labels (
	exchange TEXT COLLATE "C" NOT NULL,
	number TEXT COLLATE "C" NOT NULL,
	set_us BIGINT NOT NULL,
	body TEXT COLLATE "C" NOT NULL, -- JSON
	PRIMARY KEY (exchange, number));

-- When they were used, as far as the histories were read.
CREATE TABLE own_use (
	id BIGINT NOT NULL PRIMARY KEY,
	exchange TEXT COLLATE "C" NOT NULL,
	number TEXT COLLATE "C" NOT NULL,
	from_us BIGINT NOT NULL,
	to_us BIGINT NOT NULL,
	call_us BIGINT NOT NULL, -- day of the last call; 0: there was none
	message_us BIGINT NOT NULL,
	calls BIGINT NOT NULL,
	messages BIGINT NOT NULL,
	UNIQUE (exchange, number));
CREATE TABLE own_use_days (
	use_id BIGINT NOT NULL REFERENCES own_use (id),
	day BIGINT NOT NULL, -- since 1970-01-01
	calls BIGINT NOT NULL,
	messages BIGINT NOT NULL,
	PRIMARY KEY (use_id, day));
