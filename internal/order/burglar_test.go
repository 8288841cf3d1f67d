package order_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// burglar writes whatever it likes into a store, without the program.
type burglar struct {
	driver, source string
	outside        *outside // nil: the store needs none
}

// breaksIn does something with the store.
func (b burglar) breaksIn(do func(ctx context.Context, db *sql.DB) error) error {
	all := func() error {
		db, err := sql.Open(b.driver, b.source)
		if err != nil {
			return err
		}
		defer func() { _ = db.Close() }()
		return do(context.Background(), db)
	}
	if b.outside != nil {
		return b.outside.run(all)
	}
	return all()
}

// raw runs statements on the store.
func (v *vault) raw(list ...string) {
	v.Helper()
	err := v.breaksIn(func(ctx context.Context, db *sql.DB) error {
		for _, text := range list {
			if _, err := db.ExecContext(ctx, text); err != nil {
				return fmt.Errorf("%s: %w", text, err)
			}
		}
		return nil
	})
	if err != nil {
		v.Fatal(err)
	}
}

// unlocked are statements after which the trail can be altered.
func (b burglar) unlocked() []string {
	if b.driver == "pgx" {
		return []string{`ALTER TABLE audit DISABLE TRIGGER ALL`}
	}
	return []string{`DROP TRIGGER IF EXISTS audit_appends`, `DROP TRIGGER IF EXISTS audit_keeps`, `DROP TRIGGER IF EXISTS audit_stays`}
}

// loot is all that a store holds: its tables by their names.
type loot map[string]table

// table is a table with its rows.
type table struct {
	columns []string
	key     []int // which columns tell its rows apart
	rows    [][]any
}

// name tells a row from the others of its table.
func (t table) name(row []any) string {
	var list []string
	for _, n := range t.key {
		list = append(list, fmt.Sprint(row[n]))
	}
	return strings.Join(list, "\x00")
}

// find returns the row of that name; nil for none.
func (t table) find(name string) []any {
	i := slices.IndexFunc(t.rows, func(row []any) bool { return t.name(row) == name })
	if i < 0 {
		return nil
	}
	return t.rows[i]
}

// clone returns a copy whose rows can be changed.
func (t table) clone() table {
	rows := make([][]any, 0, len(t.rows))
	for _, row := range t.rows {
		rows = append(rows, slices.Clone(row))
	}
	t.rows = rows
	return t
}

// The tables of a store, and the columns of one with which of them are its key.
//
//nolint:gochecknoglobals // by the driver
var schemas = map[string][2]string{
	"sqlite": {
		`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
		`SELECT name, pk > 0 FROM pragma_table_info($1) ORDER BY cid`,
	},
	"pgx": {
		`SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name`,
		`SELECT c.column_name, EXISTS (SELECT 1 FROM information_schema.table_constraints k JOIN information_schema.key_column_usage u USING (constraint_name)
			WHERE k.constraint_type = 'PRIMARY KEY' AND k.table_name = c.table_name AND u.column_name = c.column_name)
			FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name = $1 ORDER BY c.ordinal_position`,
	},
}

// steals returns all that the store holds.
func (v *vault) steals() loot {
	v.Helper()
	all := loot{}
	err := v.breaksIn(func(ctx context.Context, db *sql.DB) error {
		names, err := listed(ctx, db, schemas[v.driver][0])
		if err != nil {
			return err
		}
		for _, name := range names {
			t, err := v.shape(ctx, db, name[0].(string))
			if err == nil {
				t.rows, err = listed(ctx, db, `SELECT * FROM `+name[0].(string))
			}
			if err != nil {
				return err
			}
			all[name[0].(string)] = t
		}
		return nil
	})
	if err != nil {
		v.Fatal(err)
	}
	return all
}

// shape returns the columns of a table; without a key of its own all are it.
func (b burglar) shape(ctx context.Context, db *sql.DB, name string) (table, error) {
	var t table
	columns, err := listed(ctx, db, schemas[b.driver][1], name)
	for n, c := range columns {
		t.columns = append(t.columns, c[0].(string))
		if c[1] == true || c[1] == int64(1) {
			t.key = append(t.key, n)
		}
	}
	if len(t.key) == 0 {
		for n := range t.columns {
			t.key = append(t.key, n)
		}
	}
	return t, err
}

// listed returns the rows of a query.
func listed(ctx context.Context, db *sql.DB, query string, args ...any) ([][]any, error) {
	found, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	columns, err := found.Columns()
	if err != nil {
		return nil, err
	}
	var rows [][]any
	for found.Next() {
		row, at := make([]any, len(columns)), make([]any, len(columns))
		for n := range row {
			at[n] = &row[n]
		}
		if err := found.Scan(at...); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, found.Err()
}

// puts makes tables of the store what they are here; all that are here where none
// is named.
func (v *vault) puts(l loot, names ...string) {
	v.Helper()
	if err := v.tryPut(l, names...); err != nil {
		v.Fatal(err)
	}
}

// tryPut is the same; the error is that the database takes no such rows, after
// which it is as it was.
func (v *vault) tryPut(l loot, names ...string) error {
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(l))
	}
	return v.breaksIn(func(ctx context.Context, db *sql.DB) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		list := v.unlocked()
		if v.driver == "pgx" { // also what refers to each other
			list = append(list, `SET LOCAL session_replication_role = replica`)
		}
		for _, name := range names {
			list = append(list, `DELETE FROM `+name)
		}
		for _, text := range list {
			if _, err := tx.ExecContext(ctx, text); err != nil {
				return err
			}
		}
		for _, name := range names {
			if err := fill(ctx, tx, name, l[name]); err != nil {
				return err
			}
		}
		return tx.Commit()
	})
}

// fill adds the rows of a table, without those that the database takes for the
// same.
func fill(ctx context.Context, tx *sql.Tx, name string, t table) error {
	places := make([]string, len(t.columns))
	for n := range places {
		places[n] = fmt.Sprint("$", n+1)
	}
	text := `INSERT INTO ` + name + ` (` + strings.Join(t.columns, ", ") + `) VALUES (` + strings.Join(places, ", ") + `) ON CONFLICT DO NOTHING`
	for _, row := range t.rows {
		if _, err := tx.ExecContext(ctx, text, row...); err != nil {
			return err
		}
	}
	return nil
}
