package order_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/order"
)

// TestBuyingKnowsRoles holds that what buys by itself has the roles of who asked
// for the mandate, so that rules and caps by role hold for it too.
func TestBuyingKnowsRoles(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		d := w.mandated("a", w.open())
		by := alice()
		by.Principal.Groups = []string{"sales"}
		wantStates(t, d.approve(shell("bob"), d.wants(by, ours(func(t *mandate.Terms) { t.Watch = "gold" }))), "done: done")
		list, err := d.Buying(t.Context())
		if err != nil || len(list) != 1 || !slices.Equal(list[0].Groups, []string{"sales"}) {
			t.Errorf("got %+v, %v", list, err)
		}
	})
}

// TestMandateHeedsANo holds that what a person refused, or took back, is not
// bought by a mandate right after: people decide, and what buys by itself is
// refused. Others, other numbers, and what was refused long ago are not meant.
func TestMandateHeedsANo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		no   func(w *harness, d *clocked) // to 9711
		want string
	}{
		{"refused", func(_ *harness, d *clocked) { d.decide(shell("bob"), d.asked(alice(), "9711"), false) }, "a person said no to +9711 at "},
		{"refused elsewhere", func(_ *harness, d *clocked) { d.decide(shell("bob"), d.asked(discord("1"), "9711"), false) }, "a person said no to +9711 at "},
		{"taken back", func(w *harness, d *clocked) {
			if _, err := d.Cancel(w.t.Context(), d.uses(alice(), "9711").ID, asks(shell("carol"))); err != nil {
				w.t.Fatal(err)
			}
		}, "somebody took back the purchase of +9711 at "},
		{"taken back from another", func(w *harness, d *clocked) {
			if _, err := d.Cancel(w.t.Context(), d.uses(shell("dora"), "9711").ID, asks(shell("carol"))); err != nil {
				w.t.Fatal(err)
			}
		}, "somebody took back the purchase of +9711 at "},
		{"refused to another", func(_ *harness, d *clocked) {
			d.decide(shell("bob"), d.place(shell("dora"), "purchase", "9711"), false)
		}, ""},
		{"cancelled by who asked", func(w *harness, d *clocked) {
			if _, err := d.Cancel(w.t.Context(), d.place(alice(), "purchase", "9711").ID, alice()); err != nil {
				w.t.Fatal(err)
			}
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.x.offer("9711", "9712", "9713")
				d := w.mandated("a", w.open())
				d.given(ours(func(t *mandate.Terms) { t.IDs = []string{"os:dora"} }))
				tt.no(w, d)
				if tt.want == "" {
					wantStates(t, d.uses(alice(), "9711"), "scheduled: waiting")
					return
				}
				only := using(alice(), "uae", "9711")
				only.Mandated = true
				_, err := d.Place(t.Context(), only)
				wantFault(t, err, fault.Forbidden, tt.want)
				wantStates(t, d.uses(alice(), "9713"), "scheduled: waiting")
				time.Sleep(10*time.Minute + time.Second)
				wantStates(t, d.uses(alice(), "9711"), "scheduled: waiting")
			})
			if tt.want == "" {
				return
			}
			bubble(t, func(w *harness) {
				w.x.offer("9711", "9712")
				d := w.mandated("a", w.open())
				d.given(ours(func(t *mandate.Terms) { t.IDs = []string{"os:dora"} }))
				tt.no(w, d)
				o := d.uses(alice(), "9712", "9711")
				wantStates(w.t, o, "pending: waiting waiting")
				if all := strings.Join(o.Notices, " "); !strings.Contains(all, tt.want) {
					w.t.Errorf("got %q, want %q in it", all, tt.want)
				}
			})
		})
	}
}

// asked asks for a purchase on terms that are not those of the mandate.
func (d *clocked) asked(by identity.Caller, numbers ...string) order.Order {
	d.w.Helper()
	o, err := d.Place(context.Background(), placement(by, "purchase", "sip:old", numbers...))
	if err != nil {
		d.w.Fatal(err)
	}
	return o
}

// TestMandateThatCantBeRead holds that one whose order was altered hides no other,
// buys nothing, and can be revoked, with what is on its way by it.
func TestMandateThatCantBeRead(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712")
		d := w.mandated("a", w.open())
		made := d.given(ours(func(t *mandate.Terms) { t.Watch = "gold" }))
		d.given(ours(func(t *mandate.Terms) { t.Name, t.Watch, t.Until = "other", "gold", t.Until.Add(time.Hour) }))
		o := d.uses(alice(), "9711")
		w.memory.mu.Lock()
		hash := w.memory.records[made.ID].r.Hash
		w.memory.records[made.ID].r.Hash = "altered"
		w.memory.mu.Unlock()
		list, err := d.Mandates(t.Context(), alice())
		if err != nil || len(list) != 1 || list[0].Terms.Name != "other" {
			t.Errorf("got %+v, %v", list, err)
		}
		buying, err := d.Buying(t.Context())
		if err != nil || len(buying) != 1 || buying[0].Name != "other" {
			t.Errorf("got %+v, %v", buying, err)
		}
		state, stopped, err := d.RevokeMandate(t.Context(), "uae", asks(shell("carol")))
		if err != nil || !slices.Equal(stopped, []string{o.ID}) || state.Terms.Name != "uae" || state.InForce() {
			t.Errorf("got %+v, %v, %v", state, stopped, err)
		}
		wantStates(t, d.see(alice(), o), "cancelled: waiting")
		w.memory.mu.Lock()
		w.memory.records[made.ID].r.Hash = hash // or the trail is not sound
		w.memory.mu.Unlock()
	})
}

// TestRevokedMandateIsAskedForAgain holds that the order of a mandate that was
// revoked does not answer the same request as done.
func TestRevokedMandateIsAskedForAgain(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		d := w.mandated("a", w.open())
		made := d.given(ours(nil))
		terms := ours(nil)
		if o := d.wants(alice(), terms); o.ID != made.ID {
			t.Errorf("while it is in force: got order %s, want %s", o.ID, made.ID)
		}
		if _, _, err := d.RevokeMandate(t.Context(), "uae", alice()); err != nil {
			t.Fatal(err)
		}
		wantStates(t, d.wants(alice(), terms), "pending: waiting")
	})
}
