package market

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
)

// ErrNothing is returned by [Database.Read] where nothing is remembered yet.
var ErrNothing = errors.New("nothing is remembered of the market")

// Database keeps the memory. Safe for concurrent use, by several processes.
type Database interface {
	// Read runs fn on one consistent state, which it must not change.
	Read(ctx context.Context, fn func(*sql.Tx) error) error
	// Write runs fn in a transaction that no other writer runs beside.
	Write(ctx context.Context, fn func(*sql.Tx) error) error
	// Forget throws the memory of a scope away, because it can't be understood, and
	// of others where that can't be told from it.
	Forget(ctx context.Context, scope string, why error) error
}

// Schema makes the tables. It is the same for SQLite and PostgreSQL but for
// the type of binary values, which stands for BLOB.
const Schema = `
CREATE TABLE market_cells (
	scope  TEXT NOT NULL,
	prefix TEXT NOT NULL,
	gen    BIGINT NOT NULL,
	amount BIGINT NOT NULL,
	hot    BLOB NOT NULL,
	cold   BLOB NOT NULL,
	PRIMARY KEY (scope, prefix)
);
CREATE TABLE market_readings (
	scope      TEXT NOT NULL,
	prefix     TEXT NOT NULL,
	kind       TEXT NOT NULL,
	features   BIGINT NOT NULL,
	started_us BIGINT NOT NULL,
	ended_us   BIGINT NOT NULL,
	amount     BIGINT NOT NULL,
	unreadable BIGINT NOT NULL,
	unread     TEXT NOT NULL,
	large_us   BIGINT NOT NULL,
	PRIMARY KEY (scope, prefix, kind, features)
);
CREATE TABLE market_events (
	scope   TEXT NOT NULL,
	prefix  TEXT NOT NULL,
	week_us BIGINT NOT NULL,
	amount  BIGINT NOT NULL,
	events  BLOB NOT NULL,
	PRIMARY KEY (scope, prefix, week_us)
);
CREATE TABLE market_watched (
	scope    TEXT NOT NULL,
	prefix   TEXT NOT NULL,
	kind     TEXT NOT NULL,
	features BIGINT NOT NULL,
	week_us  BIGINT NOT NULL,
	days     BIGINT NOT NULL,
	first_us BIGINT NOT NULL,
	PRIMARY KEY (scope, prefix, kind, features, week_us)
);
CREATE TABLE market_asked (
	scope    TEXT NOT NULL,
	prefix   TEXT NOT NULL,
	kind     TEXT NOT NULL,
	features BIGINT NOT NULL,
	asked_us BIGINT NOT NULL,
	PRIMARY KEY (scope, prefix, kind, features)
);`

// Tables are the names of the tables that [Schema] makes.
func Tables() []string {
	var names []string
	for _, m := range regexp.MustCompile(`CREATE TABLE (\w+)`).FindAllStringSubmatch(Schema, -1) {
		names = append(names, m[1])
	}
	return names
}

const (
	selectHeads    = `SELECT prefix, gen, amount FROM market_cells WHERE scope = $1 ORDER BY prefix`
	selectHot      = `SELECT hot FROM market_cells WHERE scope = $1 AND prefix = $2`
	selectCold     = `SELECT cold FROM market_cells WHERE scope = $1 AND prefix = $2`
	selectReadings = `SELECT prefix, kind, features, started_us, ended_us, amount, unreadable, unread, large_us FROM market_readings WHERE scope = $1`
	nextGeneration = `SELECT COALESCE(MAX(gen), 0) + 1 FROM market_cells WHERE scope = $1`
	dropCell       = `DELETE FROM market_cells WHERE scope = $1 AND prefix = $2`
	keepCell       = `INSERT INTO market_cells (scope, prefix, gen, amount, hot, cold) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT (scope, prefix) DO UPDATE SET gen = excluded.gen, amount = excluded.amount, hot = excluded.hot, cold = excluded.cold`
	keepReading = `INSERT INTO market_readings (scope, prefix, kind, features, started_us, ended_us, amount, unreadable, unread, large_us)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)
	ON CONFLICT (scope, prefix, kind, features) DO UPDATE SET started_us = excluded.started_us, ended_us = excluded.ended_us,
	amount = excluded.amount, unreadable = excluded.unreadable, unread = excluded.unread, large_us = 0
	WHERE market_readings.started_us <= excluded.started_us OR market_readings.started_us > $10`
	keepLarge = `INSERT INTO market_readings (scope, prefix, kind, features, started_us, ended_us, amount, unreadable, unread, large_us)
	VALUES ($1, $2, $3, $4, 0, 0, 0, 0, '', $5)
	ON CONFLICT (scope, prefix, kind, features) DO UPDATE SET large_us = excluded.large_us`
	keepCold     = `UPDATE market_cells SET cold = $3 WHERE scope = $1 AND prefix = $2`
	dropReadings = `DELETE FROM market_readings WHERE scope = $1 AND started_us < $2 AND large_us < $3`

	selectChunks = `SELECT prefix, week_us FROM market_events WHERE scope = $1 AND week_us >= $2 ORDER BY prefix, week_us`
	selectEvents = `SELECT events FROM market_events WHERE scope = $1 AND prefix = $2 AND week_us = $3`
	keepEvents   = `INSERT INTO market_events (scope, prefix, week_us, amount, events) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (scope, prefix, week_us) DO UPDATE SET amount = excluded.amount, events = excluded.events`
	dropEvents = `DELETE FROM market_events WHERE scope = $1 AND (prefix, week_us) IN
	(SELECT prefix, week_us FROM market_events WHERE scope = $1 AND week_us < $2 ORDER BY week_us LIMIT $3)`
	selectQuestions = `SELECT prefix, kind, features, MIN(first_us) FROM market_watched WHERE scope = $1 GROUP BY prefix, kind, features`
	selectWatched   = `SELECT prefix, kind, features, week_us, days, first_us FROM market_watched WHERE scope = $1 AND week_us >= $2`
	keepWatched     = `INSERT INTO market_watched (scope, prefix, kind, features, week_us, days, first_us) VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT (scope, prefix, kind, features, week_us) DO UPDATE SET days = market_watched.days | excluded.days,
	first_us = CASE WHEN market_watched.first_us < excluded.first_us THEN market_watched.first_us ELSE excluded.first_us END`
	dropWatched = `DELETE FROM market_watched WHERE scope = $1 AND (prefix, kind, features, week_us) IN
	(SELECT prefix, kind, features, week_us FROM market_watched WHERE scope = $1 AND week_us < $2 ORDER BY week_us LIMIT $3)`
)

// clearing forgets everything of a scope.
func clearing() []string {
	list := Tables()
	for i, table := range list {
		list[i] = `DELETE FROM ` + table + ` WHERE scope = $1`
	}
	return list
}
