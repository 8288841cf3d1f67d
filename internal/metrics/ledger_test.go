package metrics_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/audit"
	"didops/internal/order"
)

// book is a ledger that a test writes.
type book struct {
	mu       sync.Mutex
	standing order.Stats
	trail    []audit.Entry
	err      error
	hangs    bool
	stuck    chan struct{} // if set, the store answers when it is closed, whatever it is told
	reads    int
}

func (b *book) Stats(ctx context.Context) (order.Stats, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads++
	if b.stuck != nil {
		<-b.stuck
	}
	if b.hangs {
		<-ctx.Done()
		return order.Stats{}, ctx.Err()
	}
	s := b.standing
	s.Head = int64(len(b.trail))
	return s, b.err
}

func (b *book) Trail(_ context.Context, after int64, most int) ([]audit.Entry, int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.trail[after:]
	list = list[:min(len(list), most)]
	return list, after + int64(len(list)), b.err
}

func (*book) Waiting() int { return 2 }

func (*book) SettlerIdle() time.Duration { return 3 * time.Second }

func (b *book) happen(event, via string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trail = append(b.trail, audit.Entry{Event: event, Actor: &audit.Actor{Realm: "os", ID: "alice", Via: via}})
}

func TestHowOrdersStand(t *testing.T) {
	t.Parallel()
	b := &book{standing: order.Stats{
		Orders:  map[order.State]int{order.Pending: 2, order.Unknown: 1, order.Completed: 40},
		Oldest:  map[order.State]time.Time{order.Pending: noon().Add(-time.Minute), order.Unknown: noon().Add(-time.Hour)},
		Expires: noon().Add(90 * time.Second), Due: 3, Since: noon().Add(-20 * time.Second),
	}}
	b.happen("requested", "mcp") // before the start, so it is not counted
	m := counting(noon)
	m.Follow(b)
	scrape(t, m).want(t, "some", map[string]float64{
		`orders{state="pending"}`: 2, `orders{state="unknown"}`: 1, `orders{state="done"}`: 40, `orders{state="rejected"}`: 0,
		`order_oldest_seconds{state="pending"}`: 60, `order_oldest_seconds{state="unknown"}`: 3600, `order_oldest_seconds{state="executing"}`: 0,
		`order_expires_seconds`: 90, `orders_due`: 3, `orders_overdue_seconds`: 20, `audit_head`: 1, `store_readable`: 1, `order_waiters`: 2,
		`order_events_total{event="requested"}`: 0,
	})
	none := counting(noon)
	none.Follow(&book{})
	scrape(t, none).want(t, "none", map[string]float64{
		`orders{state="pending"}`: 0, `order_oldest_seconds{state="pending"}`: 0, `order_expires_seconds`: -1, `orders_overdue_seconds`: 0, `audit_head`: 0,
	})
}

// TestScrapesDoNotLoadTheStore scrapes as fast as it can: the store is read
// once in five seconds, whether it answers or not, and never for long.
func TestScrapesDoNotLoadTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		m := counting(time.Now)
		m.Follow(b)
		var scrapes sync.WaitGroup
		for range 2 { // more at once are turned away
			scrapes.Go(func() {
				for range 50 {
					scrape(t, m)
				}
			})
		}
		scrapes.Wait()
		if b.reads != 1 {
			t.Errorf("got %d readings for 100 scrapes at once, want 1", b.reads)
		}
		time.Sleep(5 * time.Second)
		scrape(t, m)
		if b.reads != 2 {
			t.Errorf("got %d readings after five seconds, want 2", b.reads)
		}

		b.err = errors.New("disk on fire")
		time.Sleep(5 * time.Second)
		for range 10 {
			scrape(t, m).want(t, "a store that fails", map[string]float64{`store_readable`: 0, `orders{state="pending"}`: -1, `audit_head`: -1})
		}
		if b.reads != 3 {
			t.Errorf("got %d readings of a store that fails, want 3", b.reads)
		}

		b.err, b.hangs = nil, true
		time.Sleep(5 * time.Second)
		begun := time.Now()
		scrape(t, m).want(t, "a store that hangs", map[string]float64{`store_readable`: 0})
		if took := time.Since(begun); took != 2*time.Second {
			t.Errorf("the scrape took %s of a store that hangs, want 2 s", took)
		}
	})
}

// TestALateStoreCostsItsOwnMetricsOnly scrapes while the store does not answer at
// all, though it is told to stop: everything else is told, counters stand as they
// were, and once it is back nothing is missing.
func TestALateStoreCostsItsOwnMetricsOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		m := counting(time.Now)
		m.Follow(b)
		m.Ready(func() error { time.Sleep(6 * time.Second); return nil }) // longer than a scrape was given once
		b.happen("approved", "dialog")
		const decisions = `decisions_total{decision="approved",surface="dialog"}`
		time.Sleep(5 * time.Second)
		scrape(t, m).want(t, "before", map[string]float64{`store_readable`: 1, decisions: 1, `audit_head`: 1, `ready`: 1})

		b.happen("approved", "dialog")
		b.stuck = make(chan struct{})
		for range 2 {
			begun := time.Now()
			scrape(t, m).want(t, "stuck", map[string]float64{`store_readable`: 0, decisions: 1, `audit_head`: -1, `order_waiters`: 2, `ready`: 1})
			if took := time.Since(begun); took != 6*time.Second {
				t.Errorf("the scrape took %s, want 6 s", took)
			}
		}
		close(b.stuck)
		synctest.Wait()
		if b.reads != 3 {
			t.Errorf("got %d readings, want 3: none beside one that is stuck", b.reads)
		}
		time.Sleep(5 * time.Second)
		scrape(t, m).want(t, "after", map[string]float64{`store_readable`: 1, decisions: 2, `audit_head`: 2})
	})
}

func TestTheTrailIsCounted(t *testing.T) {
	t.Parallel()
	now := noon()
	b := &book{}
	b.happen("approved", "terminal")
	m := counting(func() time.Time { return now })
	m.Follow(b)
	for range 1200 { // more than are read at once
		b.happen("approved", "dialog")
	}
	b.happen("rejected", "discord")
	b.happen("approved", "made up")
	b.happen("over a limit", "")
	b.happen("made up", "")
	now = now.Add(5 * time.Second)
	want := map[string]float64{
		`decisions_total{decision="approved",surface="terminal"}`: 0,
		`decisions_total{decision="approved",surface="dialog"}`:   1200,
		`decisions_total{decision="approved",surface="other"}`:    1,
		`decisions_total{decision="rejected",surface="discord"}`:  1,
		`order_events_total{event="approved"}`:                    1201,
		`order_events_total{event="over_a_limit"}`:                1,
		`order_events_total{event="other"}`:                       1,
		`order_events_total{event="expired"}`:                     0,
		`audit_head`:                                              1205,
	}
	scrape(t, m).want(t, "first", want)
	now = now.Add(5 * time.Second)
	scrape(t, m).want(t, "again", want)
}
