-- +goose Up

-- Times are microseconds since 1970, 0 for none; yes is 1 and no 0; amounts
-- and JSON are text.

CREATE TABLE meta (
	name TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL) STRICT;

-- The body is the order; the other columns repeat what queries look for.
CREATE TABLE orders (
	id TEXT NOT NULL PRIMARY KEY,
	rev INTEGER NOT NULL,
	exchange TEXT NOT NULL,
	kind TEXT NOT NULL,
	state TEXT NOT NULL,
	requester TEXT NOT NULL,
	request_key TEXT NOT NULL,
	created_us INTEGER NOT NULL,
	due_us INTEGER NOT NULL, -- when something is to be done by itself
	entry_seq INTEGER NOT NULL,
	entry_hash TEXT NOT NULL,
	body TEXT NOT NULL) STRICT;
CREATE INDEX orders_latest ON orders (exchange, created_us, id);
CREATE INDEX orders_by_state ON orders (exchange, state, created_us, id);
CREATE INDEX orders_by_requester ON orders (exchange, requester, created_us, id);
CREATE INDEX orders_by_both ON orders (exchange, requester, state, created_us, id);
CREATE INDEX orders_by_key ON orders (exchange, request_key, created_us, id);
CREATE INDEX orders_due ON orders (exchange, due_us) WHERE due_us > 0;

-- What is asked about single lines; the order's body is the truth.
CREATE TABLE lines (
	order_id TEXT NOT NULL REFERENCES orders (id),
	n INTEGER NOT NULL,
	exchange TEXT NOT NULL,
	number TEXT NOT NULL,
	state TEXT NOT NULL,
	holds INTEGER NOT NULL,    -- keeps other orders off its number
	reserved INTEGER NOT NULL, -- counts on its day
	kind TEXT NOT NULL,
	day TEXT NOT NULL,
	due TEXT NOT NULL,
	dialog INTEGER NOT NULL,
	look_us INTEGER NOT NULL,  -- when to look at it
	PRIMARY KEY (order_id, n)) STRICT;
CREATE UNIQUE INDEX lines_one_holder ON lines (exchange, number) WHERE holds = 1;
CREATE INDEX lines_by_number ON lines (exchange, number, state);
CREATE INDEX lines_by_day ON lines (exchange, day, order_id, n) WHERE reserved = 1;
CREATE INDEX lines_look ON lines (exchange, look_us) WHERE look_us > 0;

CREATE TABLE audit (
	seq INTEGER NOT NULL PRIMARY KEY,
	entry TEXT NOT NULL,
	hash TEXT NOT NULL) STRICT;

-- +goose StatementBegin
CREATE TRIGGER audit_appends BEFORE INSERT ON audit
WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit)
BEGIN
	SELECT RAISE(ABORT, 'the audit trail has no gaps and no second entry of a number');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit
BEGIN
	SELECT RAISE(ABORT, 'an audit entry does not change');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_stays BEFORE DELETE ON audit
BEGIN
	SELECT RAISE(ABORT, 'an audit entry stays');
END;
-- +goose StatementEnd

CREATE TABLE leases (
	name TEXT NOT NULL PRIMARY KEY,
	holder TEXT NOT NULL,
	until_us INTEGER NOT NULL) STRICT;

CREATE TABLE invitations (
	hash TEXT NOT NULL PRIMARY KEY,
	order_id TEXT NOT NULL,
	principal TEXT NOT NULL,
	call TEXT NOT NULL,
	expires_us INTEGER NOT NULL,
	used INTEGER NOT NULL) STRICT;
CREATE INDEX invitations_expire ON invitations (expires_us);
