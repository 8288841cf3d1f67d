package order_test

import (
	"slices"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
)

func TestCancel(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713")
		d := w.engine("a")
		o := d.place(alice(), "purchase", "9711")
		_, err := d.Cancel(t.Context(), o.ID, shell("bob"))
		wantFault(t, err, fault.Forbidden, "Alice")
		cancelled, err := d.Cancel(t.Context(), o.ID, discord("1")) // the same person
		if err != nil || cancelled.State != order.Cancelled {
			t.Fatalf("got %s %v", cancelled.State, err)
		}
		_, err = d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: alice()})
		wantFault(t, err, fault.Conflict, "cancelled")
		_, err = d.Cancel(t.Context(), o.ID, alice())
		wantFault(t, err, fault.Conflict, "cancelled")

		done := d.place(alice(), "purchase", "9712")
		d.approve(alice(), done)
		_, err = d.Cancel(t.Context(), done.ID, alice())
		wantFault(t, err, fault.Conflict, "approved by “Alice”")

		expired := d.place(alice(), "purchase", "9713")
		time.Sleep(15 * time.Minute)
		_, err = d.Cancel(t.Context(), expired.ID, alice())
		wantFault(t, err, fault.Expired)
	})
}

func TestALateDecisionIsToldWhoWasFirst(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713")
		d, other := w.engine("a"), w.engine("b")
		approved := d.place(alice(), "purchase", "9711")
		d.approve(shell("bob"), approved)
		rejected := d.place(alice(), "purchase", "9712")
		d.decide(shell("bob"), rejected, false)
		expired := d.place(alice(), "purchase", "9713")
		time.Sleep(15 * time.Minute)
		for _, yes := range []bool{true, false} {
			for o, want := range map[string][]string{approved.ID: {"approved by “Bob”", "UTC"}, rejected.ID: {"rejected by “Bob”", "UTC"}} {
				_, err := other.Decide(t.Context(), order.DecideRequest{Order: o, Approve: yes, By: alice()})
				wantFault(t, err, fault.Conflict, want...)
				wantFault(t, other.May(t.Context(), o, alice()), fault.Conflict, want...)
			}
			_, err := other.Decide(t.Context(), order.DecideRequest{Order: expired.ID, Approve: yes, By: alice()})
			wantFault(t, err, fault.Expired)
			wantFault(t, other.May(t.Context(), expired.ID, alice()), fault.Expired)
		}
		wantSends(t, w.x, "", 1)
		refusals := 0
		for _, e := range trail(t, w.store, "") {
			if e.Event == "decision refused" {
				refusals++
			}
		}
		if refusals != 3 {
			t.Errorf("got %d refusals in the trail, want each once", refusals)
		}
	})
}

// TestTheTrailHasWhatCameToNothing holds that a repeated request, a late
// cancellation and what the gate refuses are entries, each once a minute.
func TestTheTrailHasWhatCameToNothing(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		d := w.engine("a")
		o := d.place(http("team"), "purchase", "9711")
		for range 5 {
			d.place(http("team"), "purchase", "9711")
			_, err := d.Cancel(t.Context(), o.ID, shell("bob"))
			wantFault(t, err, fault.Forbidden)
		}
		d.approve(alice(), o)
		for range 5 {
			_, err := d.Cancel(t.Context(), o.ID, http("team"))
			wantFault(t, err, fault.Conflict, "approved by “Alice”")
			late := d.May(t.Context(), o.ID, shell("bob"))
			d.Refused(t.Context(), order.Refusal{Operation: "order_approve", Order: o.ID, By: shell("bob"), Cause: late})
			role := fault.New(fault.Forbidden, "http:reader may not call did_purchase")
			d.Refused(t.Context(), order.Refusal{Operation: "did_purchase", By: http("reader"), Cause: role})
			d.Refused(t.Context(), order.Refusal{Operation: "did_purchase", By: http("reader"), Cause: fault.New(fault.Invalid, "no")})
		}
		time.Sleep(time.Minute)
		d.place(http("team"), "purchase", "9711")
		var got []string
		for _, e := range trail(t, w.store, "") {
			if e.Actor != nil {
				got = append(got, e.Event+" "+e.Actor.ID)
			}
		}
		want := []string{
			"requested team", "requested again team", "cancellation refused bob", "approved alice",
			"cancellation refused team", "decision refused bob", "request refused reader", "requested again team",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestExpiryAtTheVeryMoment(t *testing.T) {
	t.Parallel()
	for before, want := range map[time.Duration]bool{time.Microsecond: true, 0: false} {
		bubble(t, func(w *harness) {
			t := w.t
			w.x.offer("9711")
			d := w.engine("a")
			o := d.place(alice(), "purchase", "9711")
			time.Sleep(15*time.Minute - before)
			if may := d.May(t.Context(), o.ID, alice()); (may == nil) != want {
				t.Errorf("%s before the expiry: got %v", before, may)
			}
			_, err := d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: alice()})
			if (err == nil) != want {
				t.Errorf("%s before the expiry: got %v", before, err)
			}
		})
	}
}
