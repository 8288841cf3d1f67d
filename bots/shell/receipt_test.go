package shell_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/order"
	"didops/internal/testing/fixture"
	"didops/internal/testing/golden"
)

// TestReceiptGolden keeps orders as CSV: one as a receipt, several as a list
// of them.
func TestReceiptGolden(t *testing.T) {
	t.Parallel()
	d := newOrders()
	h := newOrderHarness(t, d, &keyboard{then: []string{"y"}})
	if code := h.run(t, "line", "buy", "+971501234567", "+97142345678", "--reason", "=1+1, for the office", "--csv"); code != 0 {
		t.Fatalf("got exit %d (%s), want 0", code, h.err.String())
	}
	golden.Check(t, "receipt/approved.csv", h.out.Bytes())

	d.Change("o-7k3f", func(o *order.Order) {
		o.ID = "o-8888"
		o.State, o.Lines[1].State, o.Lines[1].Message = order.Partial, order.LineFailed, "@the exchange said\u202e no"
	})
	d.minutes.Store(0)
	h = newOrderHarness(t, d, nil)
	if code := h.run(t, "line", "drop", "+97123456789", "--csv"); code != 8 {
		t.Fatalf("got exit %d (%s), want 8", code, h.err.String())
	}
	golden.Check(t, "receipt/pending.csv", h.out.Bytes())
	golden.Check(t, "receipt/pending.err.txt", h.err.Bytes())

	d.Change("o-7k3f", func(o *order.Order) {
		o.DecidedBy = append(o.DecidedBy,
			order.Decided{Realm: "os", Name: "alice", Decision: "approved", At: fixture.Moment()},
			order.Decided{Realm: "discord", Name: "+bob", Decision: "approved", At: fixture.Moment().Add(time.Minute)})
	})
	h = newOrderHarness(t, d, nil)
	if code := h.run(t, "slip", "list", "--csv"); code != 0 {
		t.Fatalf("got exit %d (%s), want 0", code, h.err.String())
	}
	golden.Check(t, "receipt/list.csv", h.out.Bytes())

	h = newOrderHarness(t, newOrders(), nil)
	h.run(t, "slip", "list", "--csv")
	if got, want := strings.Count(h.out.String(), "\n"), 1; got != want {
		t.Errorf("got %q for no orders, want the heads alone", h.out.String())
	}
}

// TestWordsOfOrders proves that numbers, ids and flags are taken as people
// write them, and that ids are suggested.
func TestWordsOfOrders(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"line buy +971501234567 +97142345678", "line buy +971501234567,+97142345678", "line buy --numbers +971501234567 +97142345678",
		"line buy +971501234567 --contact sip:x@example.net --reason why +97142345678",
	} {
		d := newOrders()
		h := newOrderHarness(t, d, nil)
		if code := h.run(t, strings.Fields(args)...); code != 8 {
			t.Errorf("%s: got exit %d (%s), want 8", args, code, h.err.String())
			continue
		}
		var got []string
		for _, l := range d.All()[0].Lines {
			got = append(got, l.Number)
		}
		if diff := cmp.Diff([]string{"+971501234567", "+97142345678"}, got); diff != "" {
			t.Errorf("%s: numbers differ (-want +got):\n%s", args, diff)
		}
		if reason := strings.Contains(args, "--reason"); (d.All()[0].Reason == "why") != reason {
			t.Errorf("%s: got the reason %q", args, d.All()[0].Reason)
		}
	}
	for _, args := range [][]string{{"slip", "accept", ""}, {"slip", "refuse", "o"}, {"slip", "show", "o-7"}, {"slip", "accept", "--id", ""}} {
		d := newOrders()
		newOrderHarness(t, d, nil).run(t, "line", "buy", "+971501234567")
		h := newOrderHarness(t, d, nil)
		got, _ := h.complete(t, args...)
		if diff := cmp.Diff([]string{"o-7k3f\tbuy"}, got); diff != "" {
			t.Errorf("%v: suggestions differ (-want +got):\n%s", args, diff)
		}
	}
}
