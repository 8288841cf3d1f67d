-- +goose Up

-- How the memory of an exchange's own numbers stands.
CREATE TABLE inventories (
	exchange TEXT NOT NULL PRIMARY KEY,
	first_us INTEGER NOT NULL, -- the first look
	looked_us INTEGER NOT NULL, -- the last one
	clock_us INTEGER NOT NULL, -- when that began, by the clock
	rev INTEGER NOT NULL, -- counts the looks that were kept
	seq INTEGER NOT NULL, -- of the last change
	own INTEGER NOT NULL, -- numbers that are there
	missed INTEGER NOT NULL) STRICT; -- of those, not shown by it

-- The own numbers as the last look found them, and those that went.
CREATE TABLE own_numbers (
	exchange TEXT NOT NULL,
	number TEXT NOT NULL,
	first_us INTEGER NOT NULL, -- when it came; 0: it was there at the first look
	waiting_us INTEGER NOT NULL, -- since when it waits for documents; 0: it does not
	gone_us INTEGER NOT NULL, -- 0: it is there
	missed_us INTEGER NOT NULL, -- when it was missed, by the clock; 0: it was shown
	order_id TEXT NOT NULL, -- that bought it
	body TEXT NOT NULL,
	PRIMARY KEY (exchange, number)) STRICT, WITHOUT ROWID;

-- What changed of them.
CREATE TABLE own_changes (
	exchange TEXT NOT NULL,
	seq INTEGER NOT NULL,
	at_us INTEGER NOT NULL,
	number TEXT NOT NULL,
	kind TEXT NOT NULL,
	order_id TEXT NOT NULL, -- of whose doing it is
	monthly_fee TEXT NOT NULL,
	fields TEXT NOT NULL,
	PRIMARY KEY (exchange, seq)) STRICT, WITHOUT ROWID;
CREATE INDEX own_changes_of_numbers ON own_changes (exchange, number);

-- Whose they are.
CREATE TABLE own_labels (
	exchange TEXT NOT NULL,
	number TEXT NOT NULL,
	set_us INTEGER NOT NULL,
	body TEXT NOT NULL, -- JSON
	PRIMARY KEY (exchange, number)) STRICT, WITHOUT ROWID;

-- When they were used, as far as the histories were read.
CREATE TABLE own_use (
	id INTEGER NOT NULL PRIMARY KEY,
	exchange TEXT NOT NULL,
	number TEXT NOT NULL,
	from_us INTEGER NOT NULL,
	to_us INTEGER NOT NULL,
	call_us INTEGER NOT NULL, -- day of the last call; 0: there was none
	message_us INTEGER NOT NULL,
	calls INTEGER NOT NULL,
	messages INTEGER NOT NULL,
	UNIQUE (exchange, number)) STRICT;
CREATE TABLE own_use_days (
	use_id INTEGER NOT NULL REFERENCES own_use (id),
	day INTEGER NOT NULL, -- since 1970-01-01
	calls INTEGER NOT NULL,
	messages INTEGER NOT NULL,
	PRIMARY KEY (use_id, day)) STRICT, WITHOUT ROWID;
