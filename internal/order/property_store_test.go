package order_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"didops/internal/order"
	"didops/internal/store"
	"didops/internal/testing/pgtest"
	"didops/internal/testing/wide"
)

// TestLawsOnPostgres is TestLaws on a PostgreSQL of which every process has
// connections of its own. Transactions of a history may come in another order
// each time.
//
//	DIDOPS_TEST_WIDE=1 go test -race ./internal/order -run TestLawsOnPostgres -v
func TestLawsOnPostgres(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a server")
	}
	made := pgtest.Database(t)
	s, end := opened(t, store.Config{URL: made, Now: time.Now})
	err := s.Orders().Write(t.Context(), func(order.Tx) error { return nil })
	if end(); err != nil {
		t.Fatal(err)
	}
	all := newTally()
	t.Cleanup(func() { t.Log(all) })
	for range wide.Pick(8, 64) {
		seed := rand.Int()
		story := rapid.SliceOfN(rapid.Custom(drawStep), 10, 60).Example(seed)
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			url, o := pgtest.Copy(t, made), newOutside(t)
			var broken []string
			synctest.Test(t, func(t *testing.T) {
				broken = play(opening(t, func(tb testing.TB, now clock) (stores, func()) { tb.Helper(); return o.open(tb, url, now) }), all, story)
			})
			if len(broken) > 0 {
				t.Fatalf("%s\n%s", strings.Join(broken, "\n"), strings.Join(tell(story), "\n"))
			}
		})
	}
}

// disk is the store of a new process, whose commits are watched.
func (g *game) disk() stores {
	if g.memory != nil {
		return g.memory
	}
	return &watched{g.open(), g.commits}
}

// all returns every record, oldest first.
func (g *game) all() []order.Record {
	if g.memory != nil {
		return g.memory.all()
	}
	var list []order.Record
	err := g.store.Orders().Read(context.Background(), func(tx order.Tx) (err error) {
		list, err = everyOrder(tx)
		return err
	})
	if err != nil {
		g.wrong("the orders can't be read: %v", err)
	}
	slices.Reverse(list)
	return list
}

// everyOrder returns every order, the latest first.
func everyOrder(tx order.Tx) ([]order.Record, error) {
	return tx.Orders(order.Filter{Exchange: place, Limit: 1 << 20})
}

// sending returns the orders that have a line of the number under way.
func (g *game) sending(number string) []order.Record {
	if g.memory != nil {
		return g.memory.sending(number)
	}
	return slices.DeleteFunc(g.all(), func(r order.Record) bool {
		for n, l := range r.Quote.Lines {
			if l.Number == number && r.Lines[n].State == order.LineSending {
				return false
			}
		}
		return true
	})
}

// watched is a store that tells what every transaction changes, right before
// its commit, while nobody else can write.
type watched struct {
	stores
	committed committed
}

func (s *watched) Orders() order.Store { return watchedOrders{s.stores.Orders(), s.committed} }

type watchedOrders struct {
	order.Store
	committed committed
}

func (s watchedOrders) Write(ctx context.Context, fn func(order.Tx) error) error {
	return s.Store.Write(ctx, func(tx order.Tx) error {
		w := &watchedTx{Tx: tx, before: map[string]*order.Record{}}
		if err := fn(w); err != nil {
			return err
		}
		for id, before := range w.before {
			after, err := tx.Order(id)
			if err != nil {
				return err
			}
			var all []order.Record
			if all, err = everyOrder(tx); err != nil {
				return err
			}
			s.committed(before, &after, func() []order.Record { return all })
		}
		return nil
	})
}

// watchedTx notes what records were before they were changed; nil: not there.
type watchedTx struct {
	order.Tx
	before map[string]*order.Record
}

func (t *watchedTx) Insert(r order.Record) error {
	err := t.Tx.Insert(r)
	if err == nil {
		t.before[r.ID] = nil
	}
	return err
}

func (t *watchedTx) Save(r order.Record) error {
	if _, ok := t.before[r.ID]; !ok {
		old, err := t.Order(r.ID)
		if err != nil {
			return err
		}
		t.before[r.ID] = &old
	}
	return t.Tx.Save(r)
}
