package order_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// capped bounds purchases besides what is usual.
func capped(w *harness, caps ...approval.Cap) {
	w.may(func(p *order.Policy) {
		p.People = []identity.Person{
			{Name: "Alice", IDs: map[string]string{"os": "alice", "http": "alice-laptop", "discord": "1"}, Roles: []string{"sales"}},
			{Name: "Bob", IDs: map[string]string{"os": "bob", "discord": "2"}},
		}
		for i := range caps {
			if caps[i].Per == "" {
				caps[i].Per = approval.PerMonth
			}
			caps[i].Name = "small"
		}
		p.Caps = caps
	})
}

// TestCaps holds the edge of every cap: two numbers at 1.00 + 2.00 were bought by
// Alice at the terminal, and one more is asked for.
func TestCaps(t *testing.T) {
	t.Parallel()
	who := func(names ...string) (list []approval.Who) {
		for _, n := range names {
			list = append(list, approval.ParseWho(n))
		}
		return list
	}
	role := discord("3")
	role.Principal.Groups = []string{"sales"}
	for _, tt := range []struct {
		name string
		cap  approval.Cap
		by   identity.Caller // alice at the terminal, where it is nobody
		no   string          // what it is refused with; "" = it is allowed
	}{
		{"equal", approval.Cap{MaxTotal: usd("9.00")}, identity.Caller{}, ""},
		{"over", approval.Cap{MaxTotal: usd("8.99")}, identity.Caller{}, "6.00 USD at once are spent or reserved since 1 Jan, so that 3.00 more would be over the 8.99 of a month (2.99 left)"},
		{"over on the day", approval.Cap{Per: approval.PerDay, MaxTotal: usd("8.99")}, identity.Caller{}, "today, so that 3.00 more would be over the 8.99 of a day"},
		{"monthly fees equal", approval.Cap{MaxMonthlyFeeTotal: usd("6.00")}, identity.Caller{}, ""},
		{"monthly fees over", approval.Cap{MaxMonthlyFeeTotal: usd("5.99")}, identity.Caller{}, "4.00 USD of monthly fees"},
		{"numbers equal", approval.Cap{MaxNumbers: 3}, identity.Caller{}, ""},
		{"numbers over", approval.Cap{MaxNumbers: 2}, identity.Caller{}, "2 numbers bought or reserved since 1 Jan, so that 1 more would be over the 2 of a month (0 left)"},
		{"another's counts with everybody's", approval.Cap{MaxNumbers: 2}, shell("bob"), "2 numbers"},
		{"each alone", approval.Cap{MaxNumbers: 2, Each: true}, shell("bob"), ""},
		{"each alone, elsewhere", approval.Cap{MaxNumbers: 2, Each: true}, http("alice-laptop"), "of each requester: 2 numbers"},
		{"a person", approval.Cap{MaxNumbers: 2, Who: who("Alice")}, http("alice-laptop"), "2 numbers"},
		{"not that person", approval.Cap{MaxNumbers: 2, Who: who("Alice")}, shell("bob"), ""},
		{"a role", approval.Cap{MaxNumbers: 2, Who: who("role:sales")}, identity.Caller{}, "2 numbers"},
		{"a role that another surface knows", approval.Cap{MaxNumbers: 2, Who: who("role:sales")}, role, "2 numbers"},
		{"each of a role", approval.Cap{MaxNumbers: 2, Each: true, Who: who("role:sales")}, role, ""},
		{"a surface", approval.Cap{MaxNumbers: 2, Who: who("os")}, http("team"), ""},
		{"its country", approval.Cap{MaxNumbers: 2, Countries: []string{"AE", "DE"}}, identity.Caller{}, "2 numbers"},
		{"another country", approval.Cap{MaxNumbers: 2, Countries: []string{"DE"}}, identity.Caller{}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711", "9712", "9713")
				d := w.engine("a")
				capped(w)
				wantStates(t, d.approve(shell("bob"), d.place(alice(), "purchase", "9711", "9712")), "done: done done")
				capped(w, tt.cap)
				by := tt.by
				if by.Principal.Realm == "" {
					by = alice()
				}
				_, err := d.Place(t.Context(), placement(by, "purchase", "sip:new", "9713"))
				if tt.no == "" {
					if err != nil {
						t.Errorf("got %v, want none", err)
					}
					return
				}
				wantFault(t, err, fault.Forbidden, "limits.caps", "cap “small”", tt.no)
			})
		})
	}
}

// TestWhatACapCounts holds that what failed is released, what is unknown counts,
// what is not known is never guessed, and that a new month begins anew, by the
// clocks of the zone.
func TestWhatACapCounts(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713", "9714")
		d := w.engine("a")
		capped(w, approval.Cap{MaxNumbers: 1})
		w.x.fates["9711"] = []fate{{answer: refuse, undone: true}}
		wantStates(t, d.approve(alice(), d.place(alice(), "purchase", "9711")), "failed: failed")
		second, third := d.place(alice(), "purchase", "9712"), d.place(alice(), "purchase", "9713")
		w.x.fates["9712"] = []fate{{answer: lost, undone: true}}
		w.x.blind["9712"] = true
		wantStates(t, d.approve(alice(), second), "unknown: unknown")
		_, err := d.Decide(t.Context(), order.DecideRequest{Order: third.ID, Approve: true, By: alice()})
		wantFault(t, err, fault.Forbidden, "limits.caps", "1 number bought or reserved")
		time.Sleep(31 * 24 * time.Hour)
		wantStates(t, d.approve(alice(), d.place(alice(), "purchase", "9713")), "done: done")
		w.x.set("9714", func(n *number) { n.monthly = "" })
		capped(w, approval.Cap{MaxMonthlyFeeTotal: usd("99.00")})
		_, err = d.Place(t.Context(), placement(alice(), "purchase", "", "9714"))
		wantFault(t, err, fault.Forbidden, "limits.caps", "an unknown amount of more")
	})
}

// TestCapsHoldUnderConcurrency approves more at once than caps allow, of several
// requesters who are one person, by three processes.
func TestCapsHoldUnderConcurrency(t *testing.T) {
	t.Parallel()
	for kind, world := range storeKinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			defer w.close()
			desks := []*testEngine{w.engine("a"), w.engine("b"), w.engine("c")}
			by := []identity.Caller{alice(), http("alice-laptop"), shell("bob")}
			var list []order.Order
			for i := range 24 {
				digits := fmt.Sprint(97100 + i)
				w.x.offer(digits)
				list = append(list, desks[i%3].place(by[i/3%3], "purchase", digits))
			}
			capped(w, approval.Cap{MaxTotal: usd("12.50"), Each: true}, approval.Cap{MaxNumbers: 7, Per: approval.PerDay, Countries: []string{"AE"}})
			var all sync.WaitGroup
			var counted, ofBob atomic.Int64
			for i, o := range list {
				all.Go(func() {
					_, err := desks[i%3].Decide(context.Background(), order.DecideRequest{Order: o.ID, Approve: true, By: shell("carol")})
					switch {
					case err == nil && strings.Contains(o.RequestedBy.Name, "Bob"):
						ofBob.Add(1)
						counted.Add(1)
					case err == nil:
						counted.Add(1)
					case fault.CodeOf(err) != fault.Forbidden:
						t.Error(err)
					}
				})
			}
			all.Wait()
			if alices := counted.Load() - ofBob.Load(); counted.Load() != 7 || alices > 4 || ofBob.Load() > 4 {
				t.Errorf("%d purchases were approved, %d of them of Bob; want 7, and at most 4 of one person", counted.Load(), ofBob.Load())
			}
			wantSends(t, w.x, "", 7)
		})
	}
}

// TestALineThatCostsMoreStopsTheRest holds that caps count what lines turned out
// to cost, before another is sent.
func TestALineThatCostsMoreStopsTheRest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		cap  approval.Cap
		want string
	}{
		{"within", approval.Cap{MaxMonthlyFeeTotal: usd("10.00"), MaxTotal: usd("12.00")}, "done: done done"},
		{"monthly fees over", approval.Cap{MaxMonthlyFeeTotal: usd("7.99")}, "partial: done failed"},
		{"at once over", approval.Cap{MaxTotal: usd("9.00")}, "partial: done failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				w.x.offer("9711", "9712")
				capped(w, tt.cap)
				d := w.engine("a")
				w.x.fates["9711"] = []fate{{other: func(n *number) { n.monthly = "6.00" }}}
				o := d.approve(shell("bob"), d.place(alice(), "purchase", "9711", "9712"))
				wantStates(w.t, o, tt.want)
				if tt.want != "done: done done" && !strings.Contains(o.Lines[1].Message, "cost more than was quoted") {
					w.t.Errorf("got %q", o.Lines[1].Message)
				}
			})
		})
	}
}
