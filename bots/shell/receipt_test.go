package shell_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/order"
	"didops/internal/testing/golden"
)

// TestReceiptGolden keeps orders as CSV: one as a receipt, several as a list
// of them.
func TestReceiptGolden(t *testing.T) {
	t.Parallel()
	d := &desk{}
	s := newOffice(t, d, &keyboard{then: []string{"y"}})
	if code := s.run(t, "line", "buy", "+971501234567", "+97142345678", "--reason", "=1+1, for the office", "--csv"); code != 0 {
		t.Fatalf("got exit %d (%s), want 0", code, s.err.String())
	}
	golden.Check(t, "receipt/approved.csv", s.out.Bytes())

	d.orders[0].ID = "o-8888"
	d.orders[0].State, d.orders[0].Lines[1].State, d.orders[0].Lines[1].Message = order.Partial, order.LineFailed, "@the exchange said\u202e no"
	s = newOffice(t, d, nil)
	if code := s.run(t, "line", "drop", "+97123456789", "--csv"); code != 8 {
		t.Fatalf("got exit %d (%s), want 8", code, s.err.String())
	}
	golden.Check(t, "receipt/pending.csv", s.out.Bytes())
	golden.Check(t, "receipt/pending.err.txt", s.err.Bytes())

	d.orders[1].DecidedBy = append(d.orders[1].DecidedBy,
		order.Decided{Surface: "os", Name: "alice", Decision: "approved", At: placed},
		order.Decided{Surface: "discord", Name: "+bob", Decision: "approved", At: placed.Add(time.Minute)})
	s = newOffice(t, d, nil)
	if code := s.run(t, "slip", "list", "--csv"); code != 0 {
		t.Fatalf("got exit %d (%s), want 0", code, s.err.String())
	}
	golden.Check(t, "receipt/list.csv", s.out.Bytes())

	s = newOffice(t, &desk{}, nil)
	s.run(t, "slip", "list", "--csv")
	if got, want := strings.Count(s.out.String(), "\n"), 1; got != want {
		t.Errorf("got %q for no orders, want the heads alone", s.out.String())
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
		d := &desk{}
		s := newOffice(t, d, nil)
		if code := s.run(t, strings.Fields(args)...); code != 8 {
			t.Errorf("%s: got exit %d (%s), want 8", args, code, s.err.String())
			continue
		}
		var got []string
		for _, l := range d.orders[0].Lines {
			got = append(got, l.Number)
		}
		if diff := cmp.Diff([]string{"+971501234567", "+97142345678"}, got); diff != "" {
			t.Errorf("%s: numbers differ (-want +got):\n%s", args, diff)
		}
		if reason := strings.Contains(args, "--reason"); (d.orders[0].Reason == "why") != reason {
			t.Errorf("%s: got the reason %q", args, d.orders[0].Reason)
		}
	}
	for _, args := range [][]string{{"slip", "accept", ""}, {"slip", "refuse", "o"}, {"slip", "show", "o-7"}, {"slip", "accept", "--id", ""}} {
		s := newOffice(t, &desk{}, nil)
		got, _ := s.complete(t, args...)
		if diff := cmp.Diff([]string{"o-7k3f\t2 lines"}, got); diff != "" {
			t.Errorf("%v: suggestions differ (-want +got):\n%s", args, diff)
		}
	}
}
