package store_test

import (
	"database/sql"
	"fmt"
	"math"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite"

	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/risk"
	"didops/internal/store"
	"didops/internal/testing/pgtest"
	"didops/internal/transaction"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.Main(m)) }

// onBoth runs a test on an SQLite file and on a PostgreSQL database. It gets
// what makes a place for a store.
func onBoth(t *testing.T, run func(t *testing.T, place func(testing.TB) string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		run(t, place)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		run(t, pgtest.Database)
	})
}

// exchange is that of most tests.
const exchange = "https://api.example.net alice"

// morning is the time of most tests.
func morning() time.Time { return time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC) }

// equal compares amounts by what they are worth.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, byWorth()); diff != "" {
		t.Errorf("%s: -want +got\n%s", what, diff)
	}
}

// byWorth compares amounts by what they are worth.
func byWorth() cmp.Option {
	return cmp.Comparer(func(a, b money.Amount) bool { return a.Cmp(b) == 0 && a.String() == b.String() })
}

// at opens the store at a path, for as long as the test runs.
func at(tb testing.TB, path string) *store.Store {
	tb.Helper()
	return with(tb, in(path))
}

// in is the configuration of a store at a place. The clock of the tests is not
// that of the database.
func in(place string) store.Config {
	if strings.HasPrefix(place, "postgres:") {
		return store.Config{URL: place, Skew: math.MaxInt64}
	}
	return store.Config{Path: place}
}

func with(tb testing.TB, c store.Config) *store.Store {
	tb.Helper()
	if c.Now == nil {
		c.Now = morning
	}
	c.Log = zerolog.Nop()
	s, err := store.Open(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return s
}

// fresh opens a store that does not exist yet.
func fresh(tb testing.TB) *store.Store {
	tb.Helper()
	return at(tb, place(tb))
}

// place is where a store may be made.
func place(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "state", "orders.db")
}

func write[T any](tb testing.TB, s transaction.Store[T], fn func(T) error) {
	tb.Helper()
	if err := s.Write(tb.Context(), fn); err != nil {
		tb.Fatalf("write: %v", err)
	}
}

func read[T any](tb testing.TB, s transaction.Reader[T], fn func(T) error) {
	tb.Helper()
	if err := s.Read(tb.Context(), fn); err != nil {
		tb.Fatalf("read: %v", err)
	}
}

// insert keeps orders, one after the other.
func insert(tb testing.TB, s *store.Store, list ...order.Record) {
	tb.Helper()
	write(tb, s.Orders(), func(tx order.Tx) error {
		for _, r := range list {
			if err := tx.Insert(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// orderOf reads an order.
func orderOf(tb testing.TB, s *store.Store, id string) (r order.Record) {
	tb.Helper()
	read(tb, s.Orders(), func(tx order.Tx) (err error) {
		r, err = tx.Order(id)
		return err
	})
	return r
}

// change reads an order, changes it and keeps it.
func change(tb testing.TB, s *store.Store, id string, fn func(*order.Record)) {
	tb.Helper()
	write(tb, s.Orders(), func(tx order.Tx) error {
		r, err := tx.Order(id)
		if err != nil {
			return err
		}
		fn(&r)
		return tx.Save(r)
	})
}

// pending is an order that waits for a decision, made minutes after the
// morning.
func pending(id string, minutes int, numbers ...string) order.Record {
	created := morning().Add(time.Duration(minutes) * time.Minute)
	r := order.Record{
		ID: id, Exchange: exchange, Tool: "did_purchase", Kind: "purchase", Risk: risk.Spend,
		Phase: order.PhasePending, Key: "key", Requester: identity.Party{Realm: "os", ID: "alice", Name: "Alice"},
		Currency: "USD", Created: created, Expires: created.Add(15 * time.Minute),
	}
	for _, n := range numbers {
		r.Quote.Lines = append(r.Quote.Lines, order.Line{
			Number: n, ID: "id " + n, DueNow: money.MustParse("2.50"),
			Facts: []order.Fact{{Name: "vendor", Value: "Acme"}},
			Terms: []order.Fact{{Name: "contact", Value: "smpp:login:secret@host", Shown: "smpp:login:***@host"}},
		})
		r.Lines = append(r.Lines, order.LineRecord{State: order.LineWaiting})
	}
	return r
}

// ended is an order that is over, with lines that came to what is given.
func ended(r order.Record, states ...order.LineState) order.Record {
	r.Phase, r.Day = order.PhaseOver, r.Created.Format(time.DateOnly)
	for n, s := range states {
		r.Lines[n].State = s
	}
	return r
}

// ids returns the ids of orders.
func ids(list []order.Record) []string {
	all := []string{}
	for _, r := range list {
		all = append(all, r.ID)
	}
	return all
}

// raw opens the database of a store without the store.
func raw(tb testing.TB, path string) *sql.DB {
	tb.Helper()
	if strings.HasPrefix(path, "postgres:") {
		db, err := sql.Open("pgx", path)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { _ = db.Close() })
		return db
	}
	escaped := url.URL{Path: path}
	db, err := sql.Open("sqlite", fmt.Sprintf("file:%s?_pragma=busy_timeout(10000)", escaped.EscapedPath()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}
