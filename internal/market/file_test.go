package market_test

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
)

// some returns so many rows of one country.
func some(n int) []exchange.Offer {
	list := make([]exchange.Offer, n)
	for i := range list {
		list[i].Number = exchange.Number{
			ID: fmt.Sprint(i + 1), Digits: fmt.Sprint(12025550100 + i), Country: "US", CountryName: "United States", Type: "national",
			MonthlyFee: money.MustParse("1.65"), SetupFee: money.MustParse("0.50"), Voice: true, Vendor: "Acme",
		}
	}
	return list
}

// count returns how many rows are remembered in a file, as another process
// would read it.
func count(t *testing.T, path string) (int, error) {
	t.Helper()
	m, _ := newMirror(t, path, false)
	n := 0
	err := m.Look(t.Context(), func(v *market.View) error {
		n = v.Rows()
		return v.Visit(t.Context(), []string{""}, func(*market.Cell) error { return nil })
	})
	return n, err
}

// TestDamagedFilesAreThrownAway holds that a file which can't be understood is
// no obstacle: it is thrown away, and remembers anew.
func TestDamagedFilesAreThrownAway(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, path string){
		"an older version": func(t *testing.T, path string) { t.Helper(); execute(t, path, `PRAGMA user_version = 1`) },
		"no database": func(t *testing.T, path string) {
			t.Helper()
			write(t, path, []byte(strings.Repeat("this is a letter to my aunt\n", 400)))
		},
		"truncated": func(t *testing.T, path string) {
			t.Helper()
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			write(t, path, whole[:len(whole)/2])
		},
		"a cell cut short": func(t *testing.T, path string) {
			t.Helper()
			execute(t, path, `UPDATE market_cells SET hot = substr(hot, 1, 40)`)
		},
		"a cell of elsewhere": func(t *testing.T, path string) { t.Helper(); execute(t, path, `UPDATE market_cells SET hot = cold`) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "market.db")
			m, _ := newMirror(t, path, false)
			read(t, m, exchange.MarketQuery{}, some(9), whole)
			if n, err := count(t, path); n != 9 || err != nil {
				t.Fatalf("got %d rows, %v; want 9", n, err)
			}
			execute(t, path, `PRAGMA wal_checkpoint(TRUNCATE)`)
			damage(t, path)
			if n, err := count(t, path); err == nil {
				t.Errorf("got %d rows, want an error", n)
			}
			if _, err := count(t, path); !errors.Is(err, market.ErrNothing) {
				t.Errorf("got %v, want nothing remembered", err)
			}
			read(t, m, exchange.MarketQuery{}, some(5), whole)
			if n, err := count(t, path); n != 5 || err != nil {
				t.Errorf("got %d rows, %v; want the 5 that were read anew", n, err)
			}
		})
	}
}

// TestANewerFileIsLeftAlone holds that a program which does not know the layout of
// a file yet goes on without a memory, and takes none away.
func TestANewerFileIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "market.db")
	m, _ := newMirror(t, path, false)
	read(t, m, exchange.MarketQuery{}, some(9), whole)
	version := 0
	query(t, path, `PRAGMA user_version`, &version)
	execute(t, path, fmt.Sprintf(`PRAGMA user_version = %d`, version+1))
	older, _ := newMirror(t, path, false)
	r := older.Record(exchange.MarketQuery{})
	r.Take(t.Context(), some(3))
	if _, err := r.End(t.Context(), whole); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("got %v, want that the file is of a newer program", err)
	}
	if n, err := count(t, path); err == nil || errors.Is(err, market.ErrNothing) || !strings.Contains(err.Error(), "newer") {
		t.Errorf("got %d rows, %v, want that the file is of a newer program", n, err)
	}
	execute(t, path, fmt.Sprintf(`PRAGMA user_version = %d`, version))
	if n, err := count(t, path); n != 9 || err != nil {
		t.Errorf("got %d rows, %v; want the 9 that were there", n, err)
	}
}

// TestAFileMayGo holds that the file may be deleted while it is used.
func TestAFileMayGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "market.db")
	if _, err := count(t, path); !errors.Is(err, market.ErrNothing) {
		t.Errorf("got %v, want nothing remembered", err)
	}
	m, _ := newMirror(t, path, true)
	for range 2 {
		read(t, m, exchange.MarketQuery{}, some(4), whole)
		if n, err := count(t, path); n != 4 || err != nil {
			t.Errorf("got %d rows, %v; want 4", n, err)
		}
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		if _, err := count(t, path); !errors.Is(err, market.ErrNothing) {
			t.Errorf("got %v, want nothing remembered", err)
		}
	}
}

// TestScopesAreApart holds that one exchange or account knows nothing of
// another's market.
func TestScopesAreApart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "market.db")
	m, c := newMirror(t, path, false)
	read(t, m, exchange.MarketQuery{}, some(4), whole)
	file := market.NewFile(path, zerolog.Nop())
	defer func() { _ = file.Close() }()
	other := market.New(file, market.Config{Scope: scope + "2", Now: c.now})
	if err := other.Look(t.Context(), func(v *market.View) error {
		if p := v.Plan(exchange.MarketQuery{}, c.at); v.Rows() != 0 || len(p.Known) != 0 {
			t.Errorf("got %d rows and %+v, want nothing of another account", v.Rows(), p)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func query(t *testing.T, path, statement string, into any) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	err = db.QueryRowContext(t.Context(), statement).Scan(into)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func execute(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?mode=rw")
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), statement)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestACellOfANewerLayoutIsLeftAlone holds that a value which a newer program
// wrote, in a database that both share, is an error and no damage: the memory is
// there for the other.
func TestACellOfANewerLayoutIsLeftAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "market.db")
	m, c := newMirror(t, path, false)
	read(t, m, exchange.MarketQuery{}, some(3), whole)
	relay := func(by byte) {
		t.Helper()
		db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?mode=rw")
		if err != nil {
			t.Fatal(err)
		}
		var hot []byte
		err = db.QueryRowContext(t.Context(), `SELECT hot FROM market_cells`).Scan(&hot)
		if err == nil {
			hot[0] += by
			sum := crc32.Checksum(hot[:len(hot)-4], crc32.MakeTable(crc32.Castagnoli))
			hot = binary.LittleEndian.AppendUint32(hot[:len(hot)-4], sum)
			_, err = db.ExecContext(t.Context(), `UPDATE market_cells SET hot = $1`, hot)
		}
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	relay(1)
	if _, err := count(t, path); err == nil || !strings.Contains(err.Error(), "newer didops") {
		t.Errorf("got %v, want that it was written by a newer program", err)
	}
	c.at = c.at.Add(time.Minute)
	r := m.Record(exchange.MarketQuery{})
	r.Take(t.Context(), some(2))
	if _, err := r.End(t.Context(), whole); err == nil {
		t.Error("got no error of writing over it")
	}
	relay(255)
	if n, err := count(t, path); n != 3 || err != nil {
		t.Errorf("got %d rows, %v, want what was there", n, err)
	}
}
