package did_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"didops/internal/exchange/sandbox"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/tools/did"
)

// TestFitsFilter holds what a line of a quote is held against: what the quote says
// and nothing else, and what it does not say fits no demand.
func TestFitsFilter(t *testing.T) {
	t.Parallel()
	line := func(change func(*order.Line)) order.Line {
		no := false
		l := order.Line{
			Number: "971501234567", ID: "7", Country: "AE", SetupFee: money.MustParse("1.00"), MonthlyFee: money.MustParse("2.00"), Documents: &no,
			Facts: []order.Fact{{Name: "offered", Value: "yes"}, {Name: "type", Value: "mobile"}, {Name: "features", Value: "voice sms"}, {Name: "vendor", Value: "Acme"}},
		}
		if change != nil {
			change(&l)
		}
		return l
	}
	for _, tt := range []struct {
		filter string
		change func(*order.Line)
		want   bool
	}{
		{`{}`, nil, true},
		{`{"country":"UAE","type":"mobile","sms":true,"fax":false,"vendor":"acme","prefix":"97150","pattern":"*567","max_monthly_fee":"2","documents":"not_required"}`, nil, true},
		{`{"country":"GB"}`, nil, false},
		{`{"country":"UAE"}`, func(l *order.Line) { l.Country = "" }, true}, // no other country has its digits
		{`{"country":"US"}`, func(l *order.Line) { l.Number, l.Country = "12025550100", "" }, false},
		{`{"type":"national"}`, nil, false},
		{`{"fax":true}`, nil, false},
		{`{"voice":false}`, nil, false},
		{`{"vendor":"Other"}`, nil, false},
		{`{"prefix":"44"}`, nil, false},
		{`{"pattern":"*568"}`, nil, false},
		{`{"description":"gold"}`, nil, false},
		{`{"max_monthly_fee":"1.99"}`, nil, false},
		{`{"max_setup_fee":"0.99"}`, nil, false},
		{`{"documents":"required"}`, nil, false},
		{`{"documents":"not_required"}`, func(l *order.Line) { l.Documents = nil }, false},
		{`{}`, func(l *order.Line) { l.MonthlyFee = money.Amount{} }, false},
		{`{}`, func(l *order.Line) { l.Facts[0].Value = "no" }, false},
		{`{"later":1}`, nil, false},
		{``, nil, false},
		{`{"country":"Atlantis"}`, nil, false},
	} {
		if got := did.FitsFilter(json.RawMessage(tt.filter), line(tt.change)); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.filter, got, tt.want)
		}
	}
}

// TestRoutingOf holds that a mandate has a say in all terms but labels.
func TestRoutingOf(t *testing.T) {
	t.Parallel()
	got := did.RoutingOf(order.Line{Terms: []order.Fact{{Name: "contact", Value: "sip:x"}, {Name: "label_owner", Value: "sales"}, {Name: "trunk", Value: "7"}}})
	if len(got) != 2 || got["contact"] != "sip:x" || got["trunk"] != "7" {
		t.Errorf("got %v", got)
	}
}

// TestMandateOnANewHost holds that a host that a mandate names is as new in a
// purchase by it as if it had been named there, and that of a mandate that is not
// in force no address is taken.
func TestMandateOnANewHost(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 1000}})
	c := configured()
	routing := map[string]string{"billing_account": "1", "contact": "sip:{number}@new.example.net", "smpp_contact": c.Routing.SMPPContact}
	c.Mandated = func(context.Context, string, identity.Caller) (map[string]string, error) { return routing, nil }
	o := r.orders(c)
	of := o.forSale(1, both)[0]
	in := args{"numbers": plus(of), "mandate": "uae"}
	q := o.quote("purchase", in, mcp)
	l := q.Lines[0]
	if l.Term("contact") != "sip:"+of.Digits+"@new.example.net" || !o.deals["purchase"].Describe(l).NewHost ||
		!slices.ContainsFunc(q.Notices, func(n string) bool { return strings.HasPrefix(n, "NEW HOST new.example.net") }) {
		t.Errorf("got %+v, notices %q", l.Terms, q.Notices)
	}
	routing = map[string]string{"billing_account": "1", "contact": "sip:{number}@SIP.example.net", "smpp_contact": c.Routing.SMPPContact}
	if q := o.quote("purchase", in, mcp); o.deals["purchase"].Describe(q.Lines[0]).NewHost {
		t.Errorf("a host of the templates is new: %+v", q.Lines[0].Terms)
	}
	routing = nil
	if q := o.quote("purchase", in, mcp); q.Mandate != "uae" || q.Lines[0].Term("contact") != "sip:"+of.Digits+"@sip.example.net:5060" {
		t.Errorf("of one that is not in force: got %+v", q.Lines[0].Terms)
	}
}
