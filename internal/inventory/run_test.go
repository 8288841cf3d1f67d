package inventory_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/inventory"
)

// asks is how often the list was read by now.
func (o *office) asks() int {
	o.list.mu.Lock()
	defer o.list.mu.Unlock()
	return o.list.asked
}

// running has the list looked at in a bubble while fn runs.
func running(t *testing.T, processes int, rows []exchange.Owned, fn func(t *testing.T, o *office)) {
	t.Helper()
	runningAs(t, processes, rows, nil, fn)
}

// runningAs has it looked at by services with a config of their own.
func runningAs(t *testing.T, processes int, rows []exchange.Owned, change func(*inventory.Config), fn func(t *testing.T, o *office)) {
	t.Helper()
	place := file(t)
	synctest.Test(t, func(t *testing.T) {
		o := at(t, place, rows...)
		o.live = true
		ctx, stop := context.WithCancel(t.Context())
		var runs sync.WaitGroup
		for range processes {
			s := o.another(change)
			runs.Go(func() {
				if err := s.Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(time.Second)
		fn(t, o)
		stop()
		runs.Wait()
	})
}

// TestRunLooksAsOftenAsConfigured holds that one process at a time looks, at once and
// then by the hour, while nobody waits.
func TestRunLooksAsOftenAsConfigured(t *testing.T) {
	t.Parallel()
	running(t, 3, []exchange.Owned{number(one)}, func(t *testing.T, o *office) { //nolint:thelper // the test itself
		time.Sleep(10*time.Hour + 10*time.Minute)
		if got := o.asks(); got != 11 || o.list.ahead != got {
			t.Errorf("got %d looks in ten hours, %d of them while nobody waited, want 11", got, o.list.ahead)
		}
		if got := o.own(t, false); len(got) != 1 {
			t.Errorf("got %+v, want one number", got)
		}
	})
}

// TestRunLooksAgainWhereANumberIsMissed holds that what is missed is settled a minute
// later, and not an hour.
func TestRunLooksAgainWhereANumberIsMissed(t *testing.T) {
	t.Parallel()
	running(t, 1, []exchange.Owned{number(one), number(two)}, func(t *testing.T, o *office) { //nolint:thelper // the test itself
		o.list.change(func() { o.list.skip[two] = true })
		time.Sleep(time.Hour + 10*time.Second)
		if got := o.own(t, false); len(got) != 2 {
			t.Errorf("got %+v, want what is missed to be there", got)
		}
		time.Sleep(70 * time.Second)
		if got := o.own(t, false); len(got) != 1 || o.asks() != 3 {
			t.Errorf("got %+v after %d looks, want one number after 3", got, o.asks())
		}
	})
}

// TestRunLooksAgainWhereListsLag holds that it is settled when absence proves
// something, and that nothing is read for it before.
func TestRunLooksAgainWhereListsLag(t *testing.T) {
	t.Parallel()
	lag := func(c *inventory.Config) { c.Proof = 15 * time.Minute }
	runningAs(t, 1, []exchange.Owned{number(one), number(two)}, lag, func(t *testing.T, o *office) { //nolint:thelper // the test itself
		o.list.change(func() { o.list.skip[two] = true })
		time.Sleep(time.Hour + 14*time.Minute)
		if got := o.own(t, false); len(got) != 2 || o.asks() != 2 {
			t.Errorf("got %+v after %d looks, want what is missed to be there after 2", got, o.asks())
		}
		time.Sleep(2 * time.Minute)
		if got := o.own(t, false); len(got) != 1 || o.asks() != 3 {
			t.Errorf("got %+v after %d looks, want one number after 3", got, o.asks())
		}
	})
}

// TestRunLooksAfterOrders holds that what orders do is looked at soon after the last
// of it, and within a minute or so where they go on.
func TestRunLooksAfterOrders(t *testing.T) {
	t.Parallel()
	running(t, 1, []exchange.Owned{number(one)}, func(t *testing.T, o *office) { //nolint:thelper // the test itself
		time.Sleep(10 * time.Minute)
		o.list.change(func() { o.list.rows[two] = number(two) })
		o.did(inventory.Doing{Number: two, Order: "o-1", Kind: "purchase", Sure: true})
		time.Sleep(15 * time.Second)
		if got := o.own(t, false); len(got) != 2 || got[1].Order != "o-1" || o.asks() != 2 {
			t.Errorf("got %+v after %d looks, want what was bought after 2", got, o.asks())
		}
		for range 20 { // a long order
			o.did(inventory.Doing{Number: two, Order: "o-2", Kind: "update", Sure: true})
			time.Sleep(4 * time.Second)
		}
		if got := o.asks(); got != 3 {
			t.Errorf("got %d looks while an order goes on, want 3", got)
		}
		time.Sleep(15 * time.Second)
		if got := o.asks(); got != 4 {
			t.Errorf("got %d looks after it, want 4", got)
		}
		time.Sleep(30 * time.Minute)
		if got := o.asks(); got != 4 {
			t.Errorf("got %d looks, want no more", got)
		}
	})
}

// TestRunBacksOff holds that an exchange that is away, or gives only parts of the
// list, is asked less and less, and not before it wants to be.
func TestRunBacksOff(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		fails       func(*list)
		least, most int // looks in two hours
	}{
		{"away", func(l *list) { l.err = fault.New(fault.Unavailable, "it is away") }, 10, 25},
		{"partial", func(l *list) { l.broken = "it broke off" }, 10, 25},
		{"too many requests", func(l *list) { l.err = later(50 * time.Minute) }, 2, 3},
		{"asks for a week", func(l *list) { l.err = later(168 * time.Hour) }, 2, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			running(t, 1, nil, func(t *testing.T, o *office) { //nolint:thelper // the test itself
				o.list.change(func() { tt.fails(o.list) })
				time.Sleep(time.Hour) // the first look was well
				begun := o.asks()
				time.Sleep(2 * time.Hour)
				if got := o.asks() - begun; got < tt.least || got > tt.most {
					t.Errorf("got %d looks in two hours, want %d to %d", got, tt.least, tt.most)
				}
				o.list.change(func() { o.list.err, o.list.broken, o.list.rows = nil, "", map[string]exchange.Owned{one: number(one)} })
				time.Sleep(time.Hour + time.Minute)
				if got := o.own(t, false); len(got) != 1 {
					t.Errorf("got %+v when it is back, want one number", got)
				}
			})
		})
	}
}

// TestRunOfNothing holds that a service that is not to look by itself does not.
func TestRunOfNothing(t *testing.T) {
	t.Parallel()
	place := file(t)
	synctest.Test(t, func(t *testing.T) {
		o := at(t, place, number(one))
		o.live = true
		ctx, stop := context.WithTimeout(t.Context(), 24*time.Hour)
		defer stop()
		s := o.another(func(c *inventory.Config) { c.Every = 0 })
		if err := s.Run(ctx); err != nil || o.asks() != 0 {
			t.Errorf("got %v after %d looks, want none", err, o.asks())
		}
	})
}

// TestLooksAtOnce has several processes look and ask at the same time, and holds
// that every change is journaled once.
func TestLooksAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		o := at(t, place(t), number(one))
		o.look(t)
		services := []*inventory.Service{o.Service, o.another(nil), o.another(nil)}
		for round := range 10 {
			o.pass(time.Hour)
			n := number(two, func(r *exchange.Owned) { r.Digits = two + string(rune('0'+round)) })
			o.list.change(func() { o.list.rows[n.Digits] = n })
			var all sync.WaitGroup
			for i := range 6 {
				all.Go(func() {
					if _, err := services[i%3].Own(t.Context(), time.Minute, false); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		list, err := o.Changes(t.Context(), inventory.Query{})
		if err != nil || len(list) != 10 {
			t.Errorf("got %v, %v, want ten that are new", words(list), err)
		}
		if got := o.own(t, false); len(got) != 11 {
			t.Errorf("got %d numbers, want 11", len(got))
		}
		if got := o.asks(); got < 11 || got > 31 {
			t.Errorf("got %d readings, want one for each process at most", got)
		}
	})
}

// later is the error of an exchange that wants to be asked later.
func later(d time.Duration) error {
	return &fault.Error{Code: fault.RateLimited, Message: "too many", RetryAfter: d}
}
