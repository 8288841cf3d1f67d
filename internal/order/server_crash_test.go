package order_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/store"
	"didops/internal/testing/pgtest"
)

// outage kills the database server around one commit, and starts it again.
type outage struct {
	server *pgtest.Server
	point  string // of the commit: store.BeforeCommit or store.AfterCommit
	beside bool   // the commit goes on meanwhile

	mu    sync.Mutex // held during a crash that a commit waits for
	at    int        // which commit, from 1; 0 = none
	n     int        // commits since that was set
	err   error
	tasks sync.WaitGroup
}

// next chooses a commit.
func (o *outage) next(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at, o.n = n, 0
}

// over waits for the end of a crash, and reports whether there was one.
func (o *outage) over() (hit bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	hit, o.at = o.n >= o.at, 0
	o.tasks.Wait()
	return hit, o.err
}

func (o *outage) hook(point string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if point != o.point {
		return
	}
	if o.n++; o.n != o.at {
		return
	}
	crash := func() {
		o.server.Kill()
		o.err = o.server.Restart()
	}
	if o.beside {
		o.tasks.Go(crash)
	} else {
		crash()
	}
}

// TestTheDatabaseServerIsKilled kills the server at every commit of an order
// of two lines, right before it, right after it and meanwhile. What is told of
// the order is true, it is the same after the recovery, nothing is sent twice
// and nothing is done that the journal does not know of.
func TestTheDatabaseServerIsKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts servers")
	}
	for _, c := range []struct {
		name, point string
		beside      bool
	}{{"before", store.BeforeCommit, false}, {"after", store.AfterCommit, false}, {"meanwhile", store.BeforeCommit, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := &outage{server: pgtest.Start(t), point: c.point, beside: c.beside}
			url := o.server.Database(t)
			w := opening(t, func(tb testing.TB, now clock) (stores, func()) {
				tb.Helper()
				return opened(tb, store.Config{URL: url, Now: now, Skew: math.MaxInt64, Hook: o.hook})
			})
			defer w.close()
			kills := 0
			for n := 1; ; n++ {
				hit := w.survives(t, o, n)
				sound(t, w.store)
				if !hit || t.Failed() {
					break
				}
				kills++
			}
			if kills < 5 {
				t.Errorf("got %d commits to kill the server at, want more", kills)
			}
			t.Logf("%d kills, %d sends", kills, len(w.x.sentOf("")))
		})
	}
}

// survives orders two numbers while the server dies at the n-th commit, and
// reports whether there was one.
func (w *harness) survives(t *testing.T, o *outage, n int) bool {
	t.Helper()
	ctx := t.Context()
	numbers := []string{fmt.Sprint(9710+n, "1"), fmt.Sprint(9710+n, "2")}
	w.x.offer(numbers...)
	d := w.engine(fmt.Sprint("process ", n))
	o.next(n)
	placed, err := d.Place(ctx, placement(alice(), "purchase", "", numbers...))
	mayFail(t, n, "place", err)
	var said order.Order
	if err == nil {
		// An order whose program could not write waits for its lease to end.
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		said, err = d.Decide(ctx, order.DecideRequest{Order: placed.ID, Approve: true, By: alice()})
		mayFail(t, n, "decide", err)
	}
	decided := err == nil
	// The process lives: what it carries out comes to its end, however long the
	// server is away and whoever has stopped waiting.
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	hit, err := o.over()
	if err != nil {
		t.Fatal(err)
	}
	w.store = w.open() // its connections have met no outage
	later := w.engineOn(fmt.Sprint("process after ", n), w.store)
	sends := len(w.x.sentOf(""))
	found := w.settled(t, later, numbers)
	if placed.ID != "" && found == nil {
		t.Errorf("commit %d: order %s is lost", n, placed.ID)
	}
	if got := len(w.x.sentOf("")); got != sends {
		t.Errorf("commit %d: %d requests were sent by another process", n, got-sends)
	}
	for i, digits := range numbers {
		list := w.x.sentOf(digits)
		done := found != nil && found.Lines[i].State == order.LineDone
		if len(list) > 1 || done != (len(list) == 1) {
			t.Errorf("commit %d: %s was sent %d times, and that it is done is %v", n, digits, len(list), done)
		}
		if decided && said.Lines[i].State == order.LineDone && !done {
			t.Errorf("commit %d: it was told that %s is done", n, digits)
		}
		if decided && said.Lines[i].State == order.LineFailed && done {
			t.Errorf("commit %d: it was told that %s failed", n, digits)
		}
	}
	return hit
}

// mayFail checks that an error is one that tells the outage.
func mayFail(t *testing.T, n int, what string, err error) {
	t.Helper()
	if errors.Is(err, context.DeadlineExceeded) {
		return
	}
	if code := fault.CodeOf(err); err != nil && code != fault.Unavailable && code != fault.UnknownOutcome {
		t.Errorf("%s at commit %d: %v (%s)", what, n, err, code)
	}
}

// settled looks for the order of numbers until its outcome is known; nil =
// there is none.
func (w *harness) settled(t *testing.T, d *testEngine, numbers []string) *order.Order {
	t.Helper()
	var id string
	err := w.store.Orders().Read(context.Background(), func(tx order.Tx) error {
		list, err := tx.Orders(order.Filter{Exchange: place, Limit: 1})
		if err == nil && len(list) > 0 && list[0].Quote.Lines[0].Number == numbers[0] {
			id = list[0].ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if id == "" {
		return nil
	}
	for range 10 {
		w.set.Add(int64(2 * time.Minute))
		o, err := d.Order(context.Background(), id, alice(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if o.State.Settled() {
			return &o
		}
		if o.State == order.Pending {
			w.set.Add(int64(15 * time.Minute))
		}
	}
	t.Fatalf("order %s does not come to its end", id)
	return nil
}
