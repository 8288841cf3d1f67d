package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/rogpeppe/go-internal/lockedfile"

	"didops/internal/fault"
)

// version is the number of the last migration; versions is the table that
// lists those applied.
const (
	version  = 24
	versions = "didops_versions"
)

const versionQuery = `SELECT COALESCE(MAX(version_id), 0) FROM ` + versions

//go:embed migrations
var migrations embed.FS

// errForeign is the cause where a database is not ours.
var errForeign = errors.New("a database of another program")

// querier is what a version is read by.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// refresh applies the migrations that an opened file lacks.
func (s *sqlite) refresh(ctx context.Context, p *pools) error {
	have, err := s.stored(ctx, p.reader)
	if err != nil || have == version {
		return err
	}
	if have > version {
		return tooNew(s.where(), have)
	}
	return s.exclusive(ctx, func(*lockedfile.File) error { return upgradeSQLite(ctx, p.writer) })
}

// stored returns the version of the store, or an error where the database is
// not one.
func (s *sqlite) stored(ctx context.Context, db *sql.DB) (int64, error) {
	var tables int
	if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE name = $1`, versions).Scan(&tables); err != nil {
		return 0, err
	}
	if tables == 0 {
		return 0, unreachable(s.path, errForeign)
	}
	return current(ctx, db)
}

// upgradeSQLite brings a file up to date and makes the key of the store.
func upgradeSQLite(ctx context.Context, db *sql.DB) error {
	if err := migrate(ctx, db, goose.DialectSQLite3, "sqlite"); err != nil {
		return err
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	_, err := db.ExecContext(ctx, insertKey, hex.EncodeToString(key))
	return err
}

// current returns the version of a store.
func current(ctx context.Context, q querier) (int64, error) {
	var have int64
	err := q.QueryRowContext(ctx, versionQuery).Scan(&have)
	return have, err
}

// tooNew is the fault of a store that a newer program has brought up to date.
func tooNew(where string, have int64) error {
	return fault.New(fault.Unavailable, "the store of orders in %s was made by a newer didops", where).
		WithHint("Use that version of didops, and restart what still runs an older one.").
		WithCause(fmt.Errorf("its version is %d, the program knows %d", have, version))
}

// migrate applies every migration of a folder that db lacks, each in a
// transaction of its own.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, folder string, options ...goose.ProviderOption) error {
	p, err := migrator(db, dialect, folder, options...)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// migrator knows the migrations of a folder.
func migrator(db *sql.DB, dialect goose.Dialect, folder string, options ...goose.ProviderOption) (*goose.Provider, error) {
	list, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return nil, err
	}
	options = append(options, goose.WithTableName(versions), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	return goose.NewProvider(dialect, db, list, options...)
}
