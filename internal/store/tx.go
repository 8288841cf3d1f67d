package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
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
	key    []byte
}

func (t *tx) failure(what string, err error) error {
	t.broke = t.broke || err != nil && !unique(err)
	return public(t.store.engine.failure(t.caller, what, err))
}

// exec runs a statement and returns how many rows it concerned. what is what
// is attempted.
func (t *tx) exec(what, query string, args ...any) (int64, error) {
	r, err := t.sql.ExecContext(t.ctx, query, storable(args)...)
	if err != nil {
		return 0, t.failure(what, err)
	}
	n, err := r.RowsAffected()
	return n, t.failure(what, err)
}

// one reads the only row of a query into dest, or returns [transaction.ErrNone].
func (t *tx) one(what string, dest []any, query string, args ...any) error {
	err := t.sql.QueryRowContext(t.ctx, query, storable(args)...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return transaction.ErrNone
	}
	return t.failure(what, err)
}

// each calls take for every row of a query, read into dest. It stops at the
// first error of take and returns it.
func (t *tx) each(what string, dest []any, take func() error, query string, args ...any) error {
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
	key, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	t.key = key
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
