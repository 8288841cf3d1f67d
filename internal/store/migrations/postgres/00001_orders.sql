-- +goose Up

-- Whoever migrates is the only writer (see postgres.go).
SELECT pg_advisory_xact_lock(110403819368563);

-- Times are microseconds since 1970, 0 for none; yes is 1 and no 0; amounts
-- and JSON are text, kept byte by byte.

CREATE TABLE meta (
	name TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL);
INSERT INTO meta (name, value) VALUES ('key', encode(sha256(
	(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text)::bytea), 'hex'));

-- The body is the order; the other columns repeat what queries look for.
CREATE TABLE orders (
	id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	rev BIGINT NOT NULL,
	exchange TEXT NOT NULL,
	kind TEXT NOT NULL,
	state TEXT NOT NULL,
	requester TEXT NOT NULL,
	request_key TEXT NOT NULL,
	created_us BIGINT NOT NULL,
	due_us BIGINT NOT NULL, -- when something is to be done by itself
	entry_seq BIGINT NOT NULL,
	entry_hash TEXT NOT NULL,
	body TEXT NOT NULL);
CREATE INDEX orders_latest ON orders (exchange, created_us, id);
CREATE INDEX orders_by_state ON orders (exchange, state, created_us, id);
CREATE INDEX orders_by_requester ON orders (exchange, requester, created_us, id);
CREATE INDEX orders_by_both ON orders (exchange, requester, state, created_us, id);
CREATE INDEX orders_by_key ON orders (exchange, request_key, created_us, id);
CREATE INDEX orders_due ON orders (exchange, due_us) WHERE due_us > 0;

-- What is asked about single lines; the order's body is the truth.
CREATE TABLE lines (
	order_id TEXT COLLATE "C" NOT NULL REFERENCES orders (id),
	n BIGINT NOT NULL,
	exchange TEXT NOT NULL,
	number TEXT NOT NULL,
	state TEXT NOT NULL,
	holds BIGINT NOT NULL,    -- keeps other orders off its number
	reserved BIGINT NOT NULL, -- counts on its day
	kind TEXT NOT NULL,
	day TEXT NOT NULL,
	due TEXT NOT NULL,
	dialog BIGINT NOT NULL,
	look_us BIGINT NOT NULL,  -- when to look at it
	PRIMARY KEY (order_id, n));
CREATE UNIQUE INDEX lines_one_holder ON lines (exchange, number) WHERE holds = 1;
CREATE INDEX lines_by_number ON lines (exchange, number, state);
CREATE INDEX lines_by_day ON lines (exchange, day, order_id, n) WHERE reserved = 1;
CREATE INDEX lines_look ON lines (exchange, look_us) WHERE look_us > 0;

CREATE TABLE audit (
	seq BIGINT NOT NULL PRIMARY KEY,
	entry TEXT NOT NULL,
	hash TEXT NOT NULL);

-- +goose StatementBegin
CREATE FUNCTION audit_appends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit) THEN
		RAISE EXCEPTION 'the audit trail has no gaps and no second entry of a number';
	END IF;
	RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_appends BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_appends();

-- +goose StatementBegin
CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'an audit entry stays, and does not change';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();

-- Whoever listens is told of every entry, when it is committed.
-- +goose StatementBegin
CREATE FUNCTION audit_tells() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('didops', '');
	RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_tells AFTER INSERT ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_tells();

CREATE TABLE leases (
	name TEXT NOT NULL PRIMARY KEY,
	holder TEXT NOT NULL,
	until_us BIGINT NOT NULL);

CREATE TABLE invitations (
	hash TEXT NOT NULL PRIMARY KEY,
	order_id TEXT NOT NULL,
	principal TEXT NOT NULL,
	call TEXT NOT NULL,
	expires_us BIGINT NOT NULL,
	used BIGINT NOT NULL);
CREATE INDEX invitations_expire ON invitations (expires_us);

-- By its mark a transaction whose end nobody was told of is known to count.
CREATE TABLE commits (
	mark TEXT NOT NULL PRIMARY KEY,
	at_us BIGINT NOT NULL);
CREATE INDEX commits_old ON commits (at_us);
