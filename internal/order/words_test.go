package order_test

import (
	"strings"
	"testing"

	"didops/internal/order"
)

// TestSecretsInWords holds that a secret in what a requester or decider writes
// or is called is neither kept nor shown, wherever a cut falls, that the rest of
// it stays, and that the same request without it is the same.
func TestSecretsInWords(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.own("9711", "9712")
		d := w.engine("a")
		requester := alice()
		requester.Principal.Client = "client token=hunter2x"
		p := placement(requester, "update", "sip:new", "9711")
		p.Reason = "line for the desk, password=hunter2x"
		o, err := d.Place(t.Context(), p)
		if err != nil || o.Reason != "line for the desk, password=***" {
			t.Fatalf("got the reason %q (%v), want it masked", o.Reason, err)
		}
		plain := placement(alice(), "update", "sip:new", "9711")
		if again, err := d.Place(t.Context(), plain); err != nil || again.ID != o.ID {
			t.Errorf("got %s (%v), want %s: a reason does not count", again.ID, err, o.ID)
		}
		cut := placement(alice(), "update", "sip:new", "9712")
		cut.Reason = strings.Repeat("x", order.MaxReason-12) + " password=hunter2x"
		other, err := d.Place(t.Context(), cut)
		if err != nil {
			t.Fatal(err)
		}
		for id, why := range map[string]string{o.ID: "no: smpp:login:hunter2x:1@smpp.example.net", other.ID: "Bearer hunter2x99"} {
			if _, err := d.Decide(t.Context(), order.DecideRequest{Order: id, Reason: why, By: shell("bob")}); err != nil {
				t.Fatal(err)
			}
			kept, err := d.Order(t.Context(), id, alice(), 0)
			if err != nil || strings.Contains(kept.Message+kept.Reason+kept.Client, "hunter") || !strings.Contains(kept.Message, "***") {
				t.Errorf("got %q, %q and %q (%v), want no secret", kept.Message, kept.Reason, kept.Client, err)
			}
			for _, e := range trail(t, w.store, id) {
				if strings.Contains(e.Result, "hunter") || e.Actor != nil && strings.Contains(e.Actor.Client, "hunter") {
					t.Errorf("got %+v in the trail", e)
				}
			}
		}
	})
}
