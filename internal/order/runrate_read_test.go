package order_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"didops/internal/inventory"
	"didops/internal/order"
	"didops/internal/store"
)

// reads counts the whole orders that are read, and their bytes.
type reads struct{ orders, bytes int }

func (c *reads) took(list ...order.Record) {
	for i := range list {
		text, err := json.Marshal(list[i]) //nolint:musttag // as stores keep it
		if err != nil {
			panic(err)
		}
		c.orders, c.bytes = c.orders+1, c.bytes+len(text)
	}
}

// countedStore counts what is read of a store.
type countedStore struct {
	order.Store
	reads *reads
}

func (s countedStore) Read(ctx context.Context, fn func(order.Tx) error) error {
	return s.Store.Read(ctx, func(tx order.Tx) error { return fn(countedTx{tx, s.reads}) })
}

func (s countedStore) Write(ctx context.Context, fn func(order.Tx) error) error {
	return s.Store.Write(ctx, func(tx order.Tx) error { return fn(countedTx{tx, s.reads}) })
}

type countedTx struct {
	order.Tx
	reads *reads
}

func (t countedTx) Order(id string) (order.Record, error) {
	r, err := t.Tx.Order(id)
	t.reads.took(r)
	return r, err
}

func (t countedTx) Orders(f order.Filter) ([]order.Record, error) {
	list, err := t.Tx.Orders(f)
	t.reads.took(list...)
	return list, err
}

// underway keeps so many purchases that wait to be sent, and as many that are done
// and in the list, and returns an engine whose reads are counted.
func underway(tb testing.TB, w *harness, orders int) (*testEngine, *reads) {
	tb.Helper()
	counted := &reads{}
	w.alter = func(c *order.Config) { c.Store = countedStore{c.Store, counted} }
	d := w.engine("a")
	w.x.offer("97000")
	pattern := record(tb, w.store, d.place(alice(), "purchase", "97000").ID)
	err := w.store.Orders().Write(context.Background(), func(tx order.Tx) error {
		for n := range orders {
			r := pattern.Clone()
			r.ID, r.Key, r.Rev, r.Decided, r.Day = fmt.Sprintf("o-w%05d", n), fmt.Sprint(n), 0, r.Created, r.Created.Format(time.DateOnly)
			r.Quote.Lines = append([]order.Line{}, r.Quote.Lines...)
			r.Quote.Lines[0].Number = fmt.Sprint(980_000_000 + n)
			r.Phase, r.SendAfter = order.PhaseScheduled, r.Created.Add(300*24*time.Hour)
			if n%2 == 0 {
				r.Phase, r.Lines[0].State = order.PhaseOver, order.LineDone
			}
			if err := tx.Insert(r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return d, counted
}

// lookedAt keeps a look that found the numbers of those that are done.
func lookedAt(tb testing.TB, w *harness, orders int) {
	tb.Helper()
	s, ok := w.store.(*store.Store)
	if !ok {
		tb.Fatal("want a store on a disk")
	}
	err := s.Inventory().Write(context.Background(), func(tx inventory.Tx) error {
		for n := 0; n < orders; n += 2 {
			row := inventory.Row{Number: fmt.Sprint(980_000_000 + n), Body: "1\tid\t\t\t\tAE\tUAE\tnational\tv\t1.00\t2.00\t\t\t\t\t\t\tAcme\t\tactive\t\t\t"}
			if err := tx.SaveRow(place, &row); err != nil {
				return err
			}
		}
		return tx.SaveHead(place, inventory.Head{First: w.now(), At: w.now(), Clock: w.now(), Rev: 1, Own: orders / 2})
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// TestTheRunRateReadsNoOrders holds that how many whole orders an approval reads
// does not depend on how many there are.
func TestTheRunRateReadsNoOrders(t *testing.T) {
	t.Parallel()
	read := func(orders int) int {
		w := onDisk(t, sqlitePath(t))
		defer w.close()
		d, counted := underway(t, w, orders)
		lookedAt(t, w, orders)
		w.may(func(p *order.Policy) { p.MaxMonthlyTotal = amount("100000.00") })
		w.x.offer("97002")
		o := d.place(shell("bob"), "purchase", "97002")
		*counted = reads{}
		d.approve(alice(), o)
		return counted.orders
	}
	if few, many := read(2), read(200); few != many {
		t.Errorf("got %d orders read beside 200 others, and %d beside 2", many, few)
	}
}

// BenchmarkRunRate approves beside 10,000 orders, of which half wait to be sent and
// half are done and in the list.
func BenchmarkRunRate(b *testing.B) {
	w := onDisk(b, sqlitePath(b))
	defer w.close()
	const others = 10_000
	d, counted := underway(b, w, others)
	lookedAt(b, w, others)
	w.may(func(p *order.Policy) { p.MaxMonthlyTotal = amount("100000.00") })
	whole := &reads{}
	err := w.store.Orders().Read(context.Background(), func(tx order.Tx) error {
		_, err := countedTx{tx, whole}.Orders(order.Filter{Exchange: place, State: order.Scheduled, Limit: math.MaxInt32})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		number := fmt.Sprint(990_000_000 + n)
		n++
		w.x.offer(number)
		o := d.place(shell("bob"), "purchase", number)
		*counted = reads{}
		d.approve(alice(), o)
	}
	b.ReportMetric(float64(counted.orders), "orders-read/approval")
	b.ReportMetric(float64(counted.bytes), "bytes-read/approval")
	b.ReportMetric(float64(whole.orders), "orders-waiting")
	b.ReportMetric(float64(whole.bytes), "bytes-waiting")
}
