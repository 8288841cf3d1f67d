package order_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/inventory"
	"didops/internal/order"
	"didops/internal/store"
)

// owning is what the last look at the own numbers found, so long ago.
func owning(w *harness, ago time.Duration, fees ...order.OwnFee) {
	w.memory.mu.Lock()
	defer w.memory.mu.Unlock()
	w.memory.look = order.OwnLook{Rev: w.memory.look.Rev + 1, Clock: w.now().Add(-ago)}
	w.memory.own = fees
}

func costs(digits, fee string) order.OwnFee {
	return order.OwnFee{Number: digits, MonthlyFee: amount(fee)}
}

// TestTheRunRate holds what all own numbers may cost each month: what the look
// found, what was bought, given up and is being bought since, and never less.
func TestTheRunRate(t *testing.T) {
	t.Parallel()
	bought := func(digits ...string) func(*harness, *testEngine) {
		return func(w *harness, d *testEngine) {
			w.x.offer(digits...)
			d.approve(alice(), d.place(alice(), "purchase", digits...))
		}
	}
	for _, tt := range []struct {
		name   string
		most   string
		before func(*harness, *testEngine) // two own numbers at 3.00 were seen an hour ago
		no     string                      // what one more at 2.00 is refused with; "" = it is allowed
	}{
		{"equal", "8.00", nil, ""},
		{"over", "7.99", nil, "all own numbers come to 6.00 USD a month with what is ordered, so that 2.00 more would be over the 7.99 (1.99 left)"},
		{"bought since", "9.99", bought("9714"), "come to 8.00 USD"},
		{"bought since, and seen since", "10.00", func(w *harness, d *testEngine) {
			bought("9714")(w, d)
			owning(w, 0, costs("9711", "3.00"), costs("9712", "3.00"), costs("9714", "2.00"))
		}, ""},
		{"bought before a list that lags", "9.99", func(w *harness, d *testEngine) {
			bought("9714")(w, d)
			time.Sleep(time.Hour)
			owning(w, 0, costs("9711", "3.00"), costs("9712", "3.00"))
		}, "come to 8.00 USD"},
		{"bought, and seen to be gone", "8.00", func(w *harness, d *testEngine) {
			bought("9714")(w, d)
			time.Sleep(time.Hour)
			owning(w, 0, costs("9711", "3.00"), costs("9712", "3.00"), order.OwnFee{Number: "9714", MonthlyFee: amount("2.00"), Gone: w.now()})
		}, ""},
		{"being bought", "9.99", func(w *harness, d *testEngine) {
			w.x.blind["9714"] = true
			w.x.fates["9714"] = []fate{{answer: lost, undone: true}}
			bought("9714")(w, d)
		}, "come to 8.00 USD"},
		{"asked for, and not approved", "8.00", func(w *harness, d *testEngine) {
			w.x.offer("9714")
			d.place(alice(), "purchase", "9714")
		}, ""},
		{"given up since", "5.00", func(w *harness, d *testEngine) {
			w.x.own("9711")
			d.approve(alice(), d.place(alice(), "unsubscribe", "9711"))
		}, ""},
		{"perhaps given up", "7.99", func(w *harness, d *testEngine) {
			w.x.own("9711")
			w.x.blind["9711"] = true
			w.x.fates["9711"] = []fate{{answer: lost}}
			d.approve(alice(), d.place(alice(), "unsubscribe", "9711"))
		}, "come to 6.00 USD"},
		{"given up and seen after", "7.99", func(w *harness, d *testEngine) {
			w.x.own("9711")
			d.approve(alice(), d.place(alice(), "unsubscribe", "9711"))
			time.Sleep(time.Second)
			owning(w, 0, costs("9711", "3.00"), costs("9712", "3.00"))
		}, "come to 6.00 USD"},
		{"never looked at", "99.00", func(w *harness, _ *testEngine) { w.memory.look = order.OwnLook{} }, "their list was never read in full (didops did list reads"},
		{"looked at long ago", "99.00", func(w *harness, _ *testEngine) { owning(w, 25*time.Hour) }, "their list was last read in full at "},
		{"looked at later than now", "99.00", func(w *harness, _ *testEngine) { owning(w, -time.Hour) }, "which is later than now"},
		{"fees not stated", "99.00", func(w *harness, _ *testEngine) {
			owning(w, 0, costs("9711", ""), costs("9712", "1.00"), costs("9710", ""))
		}, "of +9710, +9711 no monthly fee is stated"},
		{"many not stated", "99.00", func(w *harness, _ *testEngine) {
			owning(w, 0, costs("1", ""), costs("2", ""), costs("3", ""), costs("4", ""), costs("5", ""), costs("6", ""), costs("7", ""))
		}, "of +1, +2, +3, +4, +5 and 2 others no monthly fee is stated"},
		{"its own not stated", "99.00", func(w *harness, _ *testEngine) { w.x.set("9713", func(n *number) { n.monthly = "" }) }, "of +9713 no monthly fee"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9713")
				d := w.engine("a")
				owning(w, time.Hour, costs("9711", "3.00"), costs("9712", "3.00"))
				if tt.before != nil {
					tt.before(w, d)
				}
				o := d.place(alice(), "purchase", "9713")
				w.may(func(p *order.Policy) { p.MaxMonthlyTotal = amount(tt.most) })
				_, err := d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: alice()})
				if tt.no == "" {
					if err != nil {
						t.Errorf("got %v, want none", err)
					}
					return
				}
				f, _ := fault.As(err)
				wantFault(t, err, fault.Forbidden, "limits.max_monthly_total")
				if f != nil && !strings.Contains(f.Message+" ("+f.Hint, tt.no) {
					t.Errorf("got %q (%s), want %q", f.Message, f.Hint, tt.no)
				}
			})
		})
	}
}

// TestTheOwnNumbersAreLookedAtBefore holds that an old look is made anew before a
// purchase is asked for and approved, and for nothing else.
func TestTheOwnNumbersAreLookedAtBefore(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9713")
		w.x.own("9711", "9715")
		looks := 0
		var failed error
		look := func(_ context.Context, maxAge time.Duration) error {
			if looks++; maxAge != time.Hour {
				t.Errorf("got %s", maxAge)
			}
			if failed == nil {
				owning(w, 0, costs("9711", "3.00"))
			}
			return failed
		}
		w.alter = func(c *order.Config) { c.LookAtOwn = look }
		d := w.engine("a")
		d.approve(alice(), d.place(alice(), "unsubscribe", "9711"))
		w.may(func(p *order.Policy) { p.MaxMonthlyTotal = amount("5.00") })
		d.place(alice(), "update", "9715")
		if looks != 0 {
			t.Errorf("got %d looks, want none", looks)
		}
		o := d.place(alice(), "purchase", "9713")
		failed = errors.New("the exchange can't be read")
		time.Sleep(5 * time.Minute)
		if o = d.approve(alice(), o); looks != 2 || o.State != order.Completed {
			t.Errorf("got %s after %d looks, want done after 2", o.State, looks)
		}
	})
}

// TestTheRunRateHoldsUnderConcurrency approves more at once than the run rate
// allows, by three processes.
func TestTheRunRateHoldsUnderConcurrency(t *testing.T) {
	t.Parallel()
	for kind, world := range storeKinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			defer w.close()
			if s, ok := w.store.(*store.Store); ok {
				seen(t, s, w.now(), "97000", "3.00")
			} else {
				owning(w, 0, costs("97000", "3.00"))
			}
			desks := []*testEngine{w.engine("a"), w.engine("b"), w.engine("c")}
			var list []order.Order
			for i := range 15 {
				digits := fmt.Sprint(97100 + i)
				w.x.offer(digits)
				list = append(list, desks[i%3].place(http(fmt.Sprint("team", i)), "purchase", digits))
			}
			w.may(func(p *order.Policy) { p.MaxMonthlyTotal = amount("14.00") })
			var all sync.WaitGroup
			var counted atomic.Int64
			for i, o := range list {
				all.Go(func() {
					by := []identity.Caller{alice(), shell("bob")}[i%2]
					if _, err := desks[i%3].Decide(context.Background(), order.DecideRequest{Order: o.ID, Approve: true, By: by}); err == nil {
						counted.Add(1)
					} else if fault.CodeOf(err) != fault.Forbidden {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if counted.Load() != 5 {
				t.Errorf("%d purchases at 2.00 a month were approved beside 3.00 under 14.00, want 5", counted.Load())
			}
			wantSends(t, w.x, "", 5)
		})
	}
}

// seen keeps a look that found one number, as a look does.
func seen(t *testing.T, s *store.Store, at time.Time, digits, fee string) {
	t.Helper()
	err := s.Inventory().Write(t.Context(), func(tx inventory.Tx) error {
		body := "1\tid\t\t\t\tAE\tUAE\tnational\tv\t1.00\t" + fee + "\t\t\t\t\t\t\tAcme\t\tactive\t\t\t"
		return errors.Join(tx.SaveRow(place, &inventory.Row{Number: digits, Body: body}),
			tx.SaveHead(place, inventory.Head{First: at, At: at, Clock: at, Rev: 1, Own: 1}))
	})
	if err != nil {
		t.Fatal(err)
	}
}
