package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	sale "didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/market"
	"didops/internal/money"
	"didops/internal/store"
	"didops/internal/testing/golden"
	"didops/internal/testing/pgtest"
)

// TestTheMigrationIsTheSchemaOfTheMarket holds that what is remembered in
// PostgreSQL is what is remembered in a file.
func TestTheMigrationIsTheSchemaOfTheMarket(t *testing.T) {
	t.Parallel()
	golden.Made(t, "migrations/postgres/00010_market.sql", func([]byte) ([]byte, error) {
		tables := strings.NewReplacer("BLOB", "BYTEA", "TEXT", `TEXT COLLATE "C"`).Replace(market.Schema)
		return []byte("-- +goose Up\n\nSELECT pg_advisory_xact_lock(110403819368563);\n\n" +
			"-- What is remembered of the market, as in the file of its own that it is kept in elsewhere.\n" + strings.TrimSpace(tables) + "\n"), nil
	})
}

// remembered is the memory of a market in a store.
func remembered(s *store.Store) *market.Mirror {
	return market.New(s.Memory(), market.Config{Scope: exchange, Now: time.Now})
}

// priced returns a row for sale.
func priced(digits string, fee int) sale.Offer {
	return sale.Offer{Number: sale.Number{
		ID: "1", Digits: digits, Country: "US", Type: "national", Voice: true, Vendor: "Acme",
		MonthlyFee: money.MustParse(fmt.Sprintf("%d.50", fee)), SetupFee: money.MustParse("1"),
	}}
}

// recall returns what is remembered, by number.
func recall(ctx context.Context, m *market.Mirror) (map[string]sale.Offer, error) {
	got := map[string]sale.Offer{}
	err := m.Look(ctx, func(v *market.View) error {
		var refs []market.Ref
		var found market.Found
		err := v.Visit(ctx, []string{""}, func(c *market.Cell) error {
			c.Select(&market.Filter{}, &found)
			for _, i := range found.Fit {
				refs = append(refs, market.Ref{Cell: c, At: i})
			}
			return nil
		})
		if err != nil {
			return err
		}
		list, err := v.Offers(ctx, refs)
		for _, o := range list {
			got[o.Digits] = o
		}
		return err
	})
	if errors.Is(err, market.ErrNothing) {
		err = nil
	}
	return got, err
}

// keep has a memory record what a reading brought.
func keep(ctx context.Context, m *market.Mirror, q sale.MarketQuery, rows ...sale.Offer) error {
	r := m.Record(q)
	r.Take(ctx, rows)
	_, err := r.End(ctx, sale.Reading{End: true, Complete: true, Rows: len(rows)})
	return err
}

// TestTheMarketIsRememberedInPostgreSQL reads a market that changes, part by
// part, and holds what is remembered against it.
func TestTheMarketIsRememberedInPostgreSQL(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	s, other := at(t, place), at(t, place)
	if got, err := recall(t.Context(), remembered(s)); len(got) > 0 || err != nil {
		t.Errorf("got %v, %v, want nothing before there is a store", got, err)
	}
	amounts := cmp.Comparer(func(a, b money.Amount) bool { return a.Cmp(b) == 0 && a.Known() == b.Known() })
	markets := 0
	rapid.Check(t, func(r *rapid.T) {
		markets++
		scope := fmt.Sprint("market ", markets)
		here := market.New(s.Memory(), market.Config{Scope: scope, Now: time.Now, Hold: true})
		there := market.New(other.Memory(), market.Config{Scope: scope, Now: time.Now})
		want := map[string]sale.Offer{}
		for range rapid.IntRange(1, 5).Draw(r, "readings") {
			prefix := rapid.SampledFrom([]string{"", "1", "12", "4", "44"}).Draw(r, "prefix")
			var rows []sale.Offer
			maps.DeleteFunc(want, func(d string, _ sale.Offer) bool { return strings.HasPrefix(d, prefix) })
			for _, d := range rapid.SliceOfNDistinct(rapid.IntRange(100, 499), 0, 30, rapid.ID[int]).Draw(r, "numbers") {
				if o := priced(fmt.Sprint(d, "5550100"), d%7); strings.HasPrefix(o.Digits, prefix) {
					want[o.Digits] = o
					rows = append(rows, o)
				}
			}
			if err := keep(t.Context(), here, sale.MarketQuery{Prefix: prefix}, rows...); err != nil {
				r.Fatal(err)
			}
		}
		for name, m := range map[string]*market.Mirror{"here": here, "there": there} {
			got, err := recall(t.Context(), m)
			if diff := cmp.Diff(want, got, amounts); diff != "" || err != nil {
				r.Errorf("%s: %v %s", name, err, diff)
			}
		}
	})
	if n, err := s.MemorySize(t.Context()); n < 1000 || err != nil {
		t.Errorf("got %d bytes, %v", n, err)
	}
}

// TestOneRemembersAtATime has processes write the memory and read it at once:
// each answer is one state, in which both numbers of a reading have one fee.
func TestOneRemembersAtATime(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	var writers, readers sync.WaitGroup
	var ended atomic.Bool
	for w := range 2 {
		m := remembered(at(t, place))
		writers.Go(func() {
			for i := range 30 {
				if err := keep(t.Context(), m, sale.MarketQuery{}, priced("12025550100", 2*i+w), priced("442079460000", 2*i+w)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		m := remembered(at(t, place))
		readers.Go(func() {
			for !ended.Load() {
				got, err := recall(t.Context(), m)
				if err != nil {
					t.Error(err)
					return
				}
				if a, b := got["12025550100"], got["442079460000"]; len(got) != 0 && a.MonthlyFee.Cmp(b.MonthlyFee) != 0 {
					t.Errorf("got %v and %v, want what one reading brought", a.MonthlyFee, b.MonthlyFee)
				}
			}
		})
	}
	writers.Wait()
	ended.Store(true)
	readers.Wait()
}

// TestOrdersDoNotWaitForTheMemory holds that an order is kept while the memory
// is being written.
func TestOrdersDoNotWaitForTheMemory(t *testing.T) {
	t.Parallel()
	s := at(t, pgtest.Database(t))
	began, end := make(chan struct{}), make(chan struct{})
	written := make(chan error)
	go func() {
		written <- s.Memory().Write(t.Context(), func(*sql.Tx) error {
			close(began)
			<-end
			return nil
		})
	}()
	<-began
	insert(t, s, pending("o-1", 0, "1"))
	trail(t, s, "an entry")
	close(end)
	if err := <-written; err != nil {
		t.Error(err)
	}
}

// TestTheMemoryLeavesConnections has more write and read the memory than there are
// connections, while another process is writing it: orders are read beside them.
func TestTheMemoryLeavesConnections(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	s, other := at(t, place), at(t, place)
	insert(t, s, pending("o-1", 0, "1"))
	held, end := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		if err := other.Memory().Write(t.Context(), func(*sql.Tx) error { close(held); <-end; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-held
	reading := make(chan struct{}, 100)
	for range 12 {
		done.Go(func() {
			if err := s.Memory().Write(t.Context(), func(*sql.Tx) error { return nil }); err != nil {
				t.Error(err)
			}
		})
		done.Go(func() {
			if err := s.Memory().Read(t.Context(), func(*sql.Tx) error { reading <- struct{}{}; <-end; return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	for range 4 {
		<-reading
	}
	db := raw(t, place)
	for waiting, n := 0, 0; n < 100; {
		if got := orderOf(t, s, "o-1"); got.ID != "o-1" {
			t.Fatalf("got %+v, want the order", got)
		}
		if err := db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
			WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()`).Scan(&waiting); err != nil || waiting > 1 {
			t.Fatalf("got %d connections that wait for the memory, %v, want one", waiting, err)
		}
		n += waiting // none yet: they have not come so far
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if n := len(reading); n > 0 {
		t.Errorf("got %d more that read the memory at once, want four", n)
	}
	close(end)
	done.Wait()
}

// TestAMemoryThatIsBrokenIsEmptied holds that what can't be understood is thrown away,
// with nothing of the orders, and is remembered anew.
func TestAMemoryThatIsBrokenIsEmptied(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	s := at(t, place)
	insert(t, s, pending("o-1", 0, "1"))
	m := remembered(s)
	if err := keep(t.Context(), m, sale.MarketQuery{}, priced("12025550100", 1)); err != nil {
		t.Fatal(err)
	}
	other := market.New(s.Memory(), market.Config{Scope: "another account", Now: time.Now})
	if err := keep(t.Context(), other, sale.MarketQuery{}, priced("442079460000", 1)); err != nil {
		t.Fatal(err)
	}
	alter(t, place, `UPDATE market_cells SET hot = cold WHERE scope = '`+exchange+`'`)
	if _, err := recall(t.Context(), m); err == nil {
		t.Error("got no error of a cell that is none")
	}
	if got, err := recall(t.Context(), m); len(got) > 0 || err != nil {
		t.Errorf("got %v, %v, want nothing remembered", got, err)
	}
	if err := keep(t.Context(), m, sale.MarketQuery{}, priced("12025550101", 1)); err != nil {
		t.Error(err)
	}
	if got, err := recall(t.Context(), m); len(got) != 1 || err != nil {
		t.Errorf("got %v, %v, want what was read anew", got, err)
	}
	if got, err := recall(t.Context(), other); len(got) != 1 || err != nil {
		t.Errorf("got %v, %v, want what another account remembers", got, err)
	}
	if got := orderOf(t, s, "o-1"); got.ID != "o-1" {
		t.Errorf("got %+v, want the order as it was", got)
	}
}

// TestAMemoryThatCannotBeReachedSaysSo holds the faults that come of a server
// that is away, and of poolers.
func TestAMemoryThatCannotBeReachedSaysSo(t *testing.T) {
	t.Parallel()
	unavailable := func(what string, err error) {
		t.Helper()
		if f, ok := fault.As(err); !ok || f.Code != fault.Unavailable {
			t.Errorf("%s: got %v, want that it is unavailable", what, err)
		}
	}
	away := at(t, "postgres://nobody@127.0.0.1:1/none?sslmode=disable")
	_, err := recall(t.Context(), remembered(away))
	unavailable("read", err)
	unavailable("write", keep(t.Context(), remembered(away), sale.MarketQuery{}, priced("12025550100", 1)))

	place := pgtest.Database(t)
	if err := at(t, place).Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = recall(t.Context(), remembered(at(t, pgtest.Pooler(t, place, "pool_mode=transaction", ignoring))))
	unavailable("by transaction", err)
	m := remembered(at(t, pgtest.Pooler(t, place, "pool_mode=session", ignoring, "default_pool_size=2")))
	if err := keep(t.Context(), m, sale.MarketQuery{}, priced("12025550100", 1)); err != nil {
		t.Error(err)
	}
	if got, err := recall(t.Context(), m); len(got) != 1 || err != nil {
		t.Errorf("by session: got %v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := recall(ctx, m); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of who asked", err)
	}
}
