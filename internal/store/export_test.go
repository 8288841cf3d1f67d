package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/pressly/goose/v3"

	"didops/internal/order"
)

// Version is the number of the last migration.
const Version = version

// Searches are the queries that must find their rows by an index.
func Searches() []string {
	return []string{
		selectKey, selectOrder, updateOrder, ordersLatest, ordersByRequester, ordersByState, ordersByBoth, ordersByNumber, ordersByKey,
		ordersToLook, countOpen, selectDue, selectNextDue, selectToSend, selectNextToSend, selectHolder, selectDone, selectDay, selectMoved, selectDoings, selectDoers, selectLast,
		selectInventory, selectOwn, selectIsOwn, selectChanges, selectFees, selectChangesOf, selectExplained, selectLabels, selectLabelsOf, selectUse, selectUseOf, selectUseDays, dropUseDays,
		selectSince, countStates, selectExpiry, countDue, selectBehind, selectOpenCards, selectCard, selectHandle, dropHandles, selectResult, dropResults, dropOwnResults, selectMark, dropLease, selectInvitation, useInvitation, dropInvitations, headQuery,
	}
}

// MigrateTo makes, in an empty database, the tables that a store of an earlier
// version has.
func MigrateTo(ctx context.Context, db *sql.DB, engine string, to int64) error {
	p, err := migrator(db, map[string]goose.Dialect{"sqlite": goose.DialectSQLite3, "postgres": goose.DialectPostgres}[engine], engine)
	if err == nil {
		_, err = p.UpTo(ctx, to)
	}
	return err
}

// AskWithin sets how long a store in PostgreSQL asks for a commit whose answer
// was lost.
func AskWithin(s *Store, d time.Duration) {
	if p, ok := s.engine.(*postgres); ok {
		p.askWithin = d
	}
}

// KeepAtMost keeps a handle where so many of them are kept.
func KeepAtMost(ctx context.Context, s *Store, name string, most int, term time.Duration) error {
	return handles{s}.keep(ctx, name, nil, term, most)
}

// OpenSQLite opens an SQLite file as a store does.
func OpenSQLite(dsn string) (*sql.DB, error) { return open(dsn) }

// MostStatements is how many statements a connection keeps.
const MostStatements = mostStatements

// Isolation returns what a transaction on PostgreSQL sees of others.
func Isolation(tx order.Tx) (is string, err error) {
	t := tx.(orderTx) //nolint:forcetypeassert // what the store gives
	err = t.one("read the isolation", []any{&is}, `SHOW transaction_isolation`)
	return is, err
}

// Queued is how many writes of this process wait for another one.
func Queued(s *Store) int {
	t := s.pools.Load().turns
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.queue)
}
