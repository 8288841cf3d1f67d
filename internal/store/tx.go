package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"didops/internal/transaction"
)

const (
	insertKey = `INSERT INTO meta (name, value) VALUES ('key', $1) ON CONFLICT (name) DO NOTHING`
	selectKey = `SELECT value FROM meta WHERE name = 'key'`
)

// tx is what the transactions of all domains are made of.
type tx struct {
	ctx    context.Context // of the transaction
	caller context.Context // whose error is reported when both are done
	sql    *sql.Tx
	store  *Store
	broke  bool // a statement has failed, other than by a unique index
	told   bool // one that came with the commit was refused for what is kept, which its error says
	key    []byte
	last   *entry // of the trail, with those that are added; nil: not read yet

	// joins says that statements are better joined: each is a way to a server and
	// back. Entries of the trail wait for the next one then, and statements whose
	// answer is known for one that asks something, or for the commit.
	joins bool
	await [][]any          // rows of entries that wait
	late  []change         // that wait, before those
	kept  map[string]int64 // the revisions of orders that are known while nobody else writes; 0 = none is kept
	talk  *talk
	void  error // why nothing of the transaction may be kept
}

// change is a statement that changes something.
type change struct {
	what, query string // what is attempted by it
	args        []any
	means       func(error) error // what an error of it means, where it is not the store's; nil: none
}

// entry is the last one of the trail.
type entry struct {
	seq  int64
	hash string
}

// does runs fn, up to what is left for the commit.
func (t *tx) does(fn func(*tx) error) error {
	if err := fn(t); err != nil {
		return err
	}
	return t.finish()
}

// finish brings what waits into the store, right before the commit, or leaves it to
// that.
func (t *tx) finish() error {
	if t.void != nil {
		return t.void
	}
	if !t.joins {
		return t.flush()
	}
	for part := range slices.Chunk(t.await, rowsAtOnce) {
		query, args := values(insertEntries, "", nil, part)
		t.late = append(t.late, change{what: keepEntries, query: query, args: storable(args)})
	}
	t.await = nil
	return nil
}

// flush runs the statements that wait, and adds the entries of the trail that do.
func (t *tx) flush() error {
	if t.void != nil {
		return t.void
	}
	late, rows := t.late, t.await
	t.late, t.await = nil, nil
	if len(late) > 0 || len(rows) > 0 {
		t.talk.answers = nil
	}
	for _, s := range late {
		if _, err := t.sql.ExecContext(t.ctx, s.query, s.args...); err != nil {
			t.void = t.refused(s, err)
			return t.void
		}
	}
	return t.insert(keepEntries, insertEntries, "", rows)
}

// refused says what an error of a statement means.
func (t *tx) refused(s change, err error) error {
	if s.means != nil {
		if is := s.means(err); is != nil {
			t.told = true
			return is
		}
	}
	return t.failure(s.what, err)
}

// failure is the error of a statement. Nothing may be asked or kept after one that a
// unique index did not cause: a database may have undone by itself what was done before
// it, and would keep what comes after it at once.
func (t *tx) failure(what string, err error) error {
	is := public(t.store.engine.failure(t.caller, what, err))
	if err != nil && !unique(err) {
		t.broke = true
		if t.void == nil {
			t.void = is
		}
	}
	return is
}

// exec runs a statement and returns how many rows it concerned. what is what
// is attempted.
func (t *tx) exec(what, query string, args ...any) (int64, error) {
	if err := t.flush(); err != nil {
		return 0, err
	}
	t.asks(query)
	r, err := t.sql.ExecContext(t.ctx, query, storable(args)...)
	if err != nil {
		return 0, t.failure(what, err)
	}
	n, err := r.RowsAffected()
	return n, t.failure(what, err)
}

// rowsAtOnce is how many rows one statement inserts at most.
const rowsAtOnce = 100

// insert adds rows of the same columns, many by one statement: into ends in VALUES,
// and end is what follows them.
func (t *tx) insert(what, into, end string, rows [][]any) error {
	for part := range slices.Chunk(rows, rowsAtOnce) {
		query, args := values(into, end, nil, part)
		if _, err := t.exec(what, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// values returns a statement with rows between into and end, and its arguments: those
// that it is given, which others of the same statement use, and those of the rows.
func values(into, end string, args []any, rows [][]any) (string, []any) {
	var query strings.Builder
	query.WriteString(into)
	for i, row := range rows {
		for j, arg := range row {
			lead := ", "
			switch {
			case i == 0 && j == 0:
				lead = "("
			case j == 0:
				lead = "), ("
			}
			args = append(args, arg)
			fmt.Fprintf(&query, "%s$%d", lead, len(args))
		}
	}
	query.WriteString(")" + end)
	return query.String(), args
}

// one reads the only row of a query into dest, or returns [transaction.ErrNone].
func (t *tx) one(what string, dest []any, query string, args ...any) error {
	if err := t.flush(); err != nil {
		return err
	}
	if rows, ok := t.answered(query, args); ok {
		if len(rows) == 0 {
			return transaction.ErrNone
		}
		return assign(what, dest, rows[0])
	}
	t.asks(query)
	err := t.sql.QueryRowContext(t.ctx, query, storable(args)...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return transaction.ErrNone
	}
	return t.failure(what, err)
}

// each calls take for every row of a query, read into dest. It stops at the
// first error of take and returns it.
func (t *tx) each(what string, dest []any, take func() error, query string, args ...any) error {
	if err := t.flush(); err != nil {
		return err
	}
	if rows, ok := t.answered(query, args); ok {
		for _, row := range rows {
			if err := assign(what, dest, row); err != nil {
				return err
			}
			if err := take(); err != nil {
				return err
			}
		}
		return nil
	}
	t.asks(query)
	rows, err := t.sql.QueryContext(t.ctx, query, storable(args)...)
	if err != nil {
		return t.failure(what, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return t.failure(what, err)
		}
		if err := take(); err != nil {
			return err
		}
	}
	return t.failure(what, rows.Err())
}

// storable replaces what PostgreSQL keeps in no text: what is no UTF-8, and
// zero bytes. Nothing that is hashed has either.
func storable(args []any) []any {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
		}
	}
	return args
}

// Key implements [order.Keyed]. It is read once in a transaction.
func (t *tx) Key() ([]byte, error) {
	if t.key != nil {
		return t.key, nil
	}
	var text string
	if err := t.one("read the key", []any{&text}, selectKey); err != nil {
		return nil, err
	}
	key, err := keyIn(text)
	t.key = key
	return key, err
}

// keyIn is the key as it is used.
func keyIn(text string) ([]byte, error) {
	key, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	return key, nil
}

// keyOf returns the key of the store, by which it is known from others; "" where
// there is none.
func keyOf(ctx context.Context, db *sql.DB) (string, error) {
	var text string
	err := db.QueryRowContext(ctx, selectKey).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return text, err
}

// number is a yes or no as the store keeps it.
func number(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}
