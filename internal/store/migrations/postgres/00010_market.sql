-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- What is remembered of the market, as in the file of its own that it is kept in elsewhere.
CREATE TABLE market_cells (
	scope  TEXT COLLATE "C" NOT NULL,
	prefix TEXT COLLATE "C" NOT NULL,
	gen    BIGINT NOT NULL,
	amount BIGINT NOT NULL,
	hot    BYTEA NOT NULL,
	cold   BYTEA NOT NULL,
	PRIMARY KEY (scope, prefix)
);
CREATE TABLE market_readings (
	scope      TEXT COLLATE "C" NOT NULL,
	prefix     TEXT COLLATE "C" NOT NULL,
	kind       TEXT COLLATE "C" NOT NULL,
	features   BIGINT NOT NULL,
	started_us BIGINT NOT NULL,
	ended_us   BIGINT NOT NULL,
	amount     BIGINT NOT NULL,
	unreadable BIGINT NOT NULL,
	unread     TEXT COLLATE "C" NOT NULL,
	large_us   BIGINT NOT NULL,
	PRIMARY KEY (scope, prefix, kind, features)
);
CREATE TABLE market_events (
	scope   TEXT COLLATE "C" NOT NULL,
	prefix  TEXT COLLATE "C" NOT NULL,
	week_us BIGINT NOT NULL,
	amount  BIGINT NOT NULL,
	events  BYTEA NOT NULL,
	PRIMARY KEY (scope, prefix, week_us)
);
CREATE TABLE market_watched (
	scope    TEXT COLLATE "C" NOT NULL,
	prefix   TEXT COLLATE "C" NOT NULL,
	kind     TEXT COLLATE "C" NOT NULL,
	features BIGINT NOT NULL,
	week_us  BIGINT NOT NULL,
	days     BIGINT NOT NULL,
	first_us BIGINT NOT NULL,
	PRIMARY KEY (scope, prefix, kind, features, week_us)
);
CREATE TABLE market_asked (
	scope    TEXT COLLATE "C" NOT NULL,
	prefix   TEXT COLLATE "C" NOT NULL,
	kind     TEXT COLLATE "C" NOT NULL,
	features BIGINT NOT NULL,
	asked_us BIGINT NOT NULL,
	PRIMARY KEY (scope, prefix, kind, features)
);
