package did_test

import (
	"strings"
	"testing"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/order"
)

// TestMessage holds that each number's seller is written what was shown, and that
// the proof is the exchange's number of the message.
func TestMessage(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	q := o.quote("message", args{
		"numbers": plus(own...), "subject": "Documents for {number}",
		"text": "\u202eHello\u202c,\n\tplease look at “{number}”.\u0007\n\nThank you\n\n",
	}, mcp)
	for i, l := range q.Lines {
		number := "+" + own[i].Digits
		if l.Term("subject") != "Documents for "+number || l.Term("text") != "Hello,\nplease look at \""+number+"\".\n\nThank you" {
			t.Errorf("got %+v", l.Terms)
		}
		if l.Number != own[i].Digits || l.DueNow.String() != "0.00" || l.Fact("vendor_id") == "" {
			t.Errorf("got %+v", l)
		}
		proof, err := o.deals["message"].Deliver(t.Context(), l)
		sent, serr := o.sandbox.SentMessages(t.Context())
		if err != nil || serr != nil || len(sent) != i+1 || !strings.HasPrefix(proof, "the exchange has taken it as message ") {
			t.Fatalf("got %q, %v and %+v, %v", proof, err, sent, serr)
		}
		if m := sent[i]; m.Subject != l.Term("subject") || m.Text != l.Term("text") {
			t.Errorf("got %+v, want %+v", m, l.Terms)
		}
		found, err := o.deals["message"].Reconcile(t.Context(), l)
		if err != nil || found.Verdict != order.Inconclusive {
			t.Errorf("got %+v, %v, want that nothing can be concluded", found, err)
		}
	}
	terms := visible(o.deals["message"], q)
	if want := `“Hello, ⏎ please look at "{number}". ⏎ ⏎ Thank you”`; !strings.Contains(terms, want) {
		t.Errorf("got %s, want %s in it", terms, want)
	}
}

// TestMessagesThatAreRefused holds what can't be asked for.
func TestMessagesThatAreRefused(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	usual := args{"numbers": plus(own[0]), "subject": "a", "text": "b"}
	for _, tt := range []struct {
		name  string
		args  args
		code  fault.Code
		field string
	}{
		{"a stranger's number", usual.with(args{"numbers": []string{"+971501234567"}}), fault.NotFound, "numbers"},
		{"a number twice", usual.with(args{"numbers": append(plus(own[0]), plus(own[0])...)}), fault.Invalid, "numbers"},
		{"a subject of nothing", usual.with(args{"subject": "\u200b \n"}), fault.Invalid, "subject"},
		{"a text of nothing", usual.with(args{"text": "\n\u202e\n"}), fault.Invalid, "text"},
		{"a long subject", usual.with(args{"subject": strings.Repeat("ä", 101)}), fault.Invalid, "subject"},
		{"a long text", usual.with(args{"text": strings.Repeat("ä", 701)}), fault.Invalid, "text"},
		{"a number of another seller", usual.with(args{"numbers": plus(own...), "text": "and " + own[1].Digits + "?"}), fault.Invalid, "text"},
	} {
		if f := o.turnedDown("message", tt.args, mcp); f.Code != tt.code || f.Field != tt.field {
			t.Errorf("%s: got %+v", tt.name, f)
		}
	}
	sent, err := o.sandbox.SentMessages(t.Context())
	if err != nil || len(sent) > 0 {
		t.Errorf("got %+v, %v, want nothing sent", sent, err)
	}
}

// TestMessagesNeedASeller holds that a number of which the exchange does not say
// who sells it is refused, and that another seller at the send is a difference.
func TestMessagesNeedASeller(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	usual := args{"numbers": plus(own[0]), "subject": "a", "text": "b"}
	l := o.quote("message", usual, mcp).Lines[0]
	as := func(vendor string, fee bool) *orderHarness {
		return o.withOwned(func(rows []exchange.Owned) []exchange.Owned {
			for i := range rows {
				rows[i].VendorID = vendor
				if fee {
					rows[i].Contact, rows[i].MonthlyFee = "sip:elsewhere@sip.example.net", rows[i].MonthlyFee.Add(rows[i].MonthlyFee)
				}
			}
			return rows
		})
	}
	if f := as("", false).turnedDown("message", usual, mcp); f.Code != fault.Invalid || f.Field != "numbers" {
		t.Errorf("got %+v", f)
	}
	now, err := as("4711", false).deals["message"].Requote(t.Context(), l)
	if diff := l.Differences(now); err != nil || len(diff) != 1 || diff[0].Field != "vendor_id" {
		t.Errorf("another seller: got %+v, %v", diff, err)
	}
	now, err = as(l.Fact("vendor_id"), true).deals["message"].Requote(t.Context(), l)
	if diff := l.Differences(now); err != nil || len(diff) > 0 {
		t.Errorf("another routing and fee: got %+v, %v, want no difference that matters", diff, err)
	}
	now, err = o.withOwned(func([]exchange.Owned) []exchange.Owned { return nil }).deals["message"].Requote(t.Context(), l)
	if diff := l.Differences(now); err != nil || len(diff) != 1 || now.Gone == "" {
		t.Errorf("given up: got %+v, %v", diff, err)
	}
}
