package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"didops/internal/store"
)

// plain returns a pool of one connection to a new file.
func plain(t *testing.T) *sql.DB {
	t.Helper()
	return opened(t, "file:"+filepath.Join(t.TempDir(), "plain.db")+"?_pragma=journal_mode(WAL)")
}

func opened(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := store.OpenSQLite(dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	db.SetMaxOpenConns(1)
	return db
}

func does(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func TestAStatementMayBeAskedAmongItsOwnRows(t *testing.T) {
	t.Parallel()
	db := plain(t)
	does(t, db, "CREATE TABLE t (a INTEGER)")
	does(t, db, "INSERT INTO t VALUES (1), (2), (3)")
	const query = "SELECT a FROM t WHERE a >= $1 ORDER BY a"
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for range 2 { // the second time with what the first has left
		var got []string
		outer, err := tx.QueryContext(t.Context(), query, 1)
		if err != nil {
			t.Fatal(err)
		}
		for outer.Next() {
			var a, b int
			if err := outer.Scan(&a); err != nil {
				t.Fatal(err)
			}
			if err := tx.QueryRowContext(t.Context(), query, a).Scan(&b); err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(a, b))
		}
		if err := outer.Err(); err != nil {
			t.Fatal(err)
		}
		equal(t, "rows", got, []string{"1 1", "2 2", "3 3"})
	}
}

func TestAStatementThatFailedWorksAgain(t *testing.T) {
	t.Parallel()
	db := plain(t)
	does(t, db, "CREATE TABLE t (a INTEGER PRIMARY KEY)")
	const query = "INSERT INTO t VALUES ($1)"
	does(t, db, query, 1)
	for range 2 {
		if _, err := db.ExecContext(t.Context(), query, 1); err == nil {
			t.Error("got no error for a row that is there")
		}
	}
	does(t, db, query, 2)
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM t").Scan(&n); err != nil || n != 2 {
		t.Errorf("got %d rows and %v, want 2", n, err)
	}
}

// TestAStatementKnowsOfNewColumns changes a table by another connection between two
// uses of a statement.
func TestAStatementKnowsOfNewColumns(t *testing.T) {
	t.Parallel()
	dsn := "file:" + filepath.Join(t.TempDir(), "plain.db") + "?_pragma=journal_mode(WAL)"
	db, other := opened(t, dsn), opened(t, dsn)
	does(t, db, "CREATE TABLE t (a INTEGER)")
	does(t, db, "INSERT INTO t VALUES (1)")
	for want := 1; want <= 3; want++ {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM t")
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil || len(columns) != want {
			t.Errorf("got columns %q and %v, want %d", columns, err, want)
		}
		for rows.Next() {
		}
		if err := rows.Err(); err != nil {
			t.Error(err)
		}
		does(t, other, fmt.Sprintf("ALTER TABLE t ADD COLUMN b%d INTEGER", want))
	}
}

func TestMoreStatementsThanAreKept(t *testing.T) {
	t.Parallel()
	db := plain(t)
	for range 2 {
		for n := range store.MostStatements + 20 {
			var got int
			if err := db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT %d", n)).Scan(&got); err != nil || got != n {
				t.Fatalf("got %d and %v, want %d", got, err, n)
			}
		}
	}
}
