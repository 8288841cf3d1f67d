package did_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/tools"
	"didops/tools/did"
)

// TestPurchaseLine holds every fact and every term of a line.
func TestPurchaseLine(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 1000}})
	of := o.forSale(1, func(of exchange.Offer) bool {
		return both(of) && of.Vendor != "" && of.Capacity != nil && of.PriceN.Known() && of.SMSPrice.Known() && of.NeedsDocuments
	})[0]
	q := o.quote("purchase", args{"numbers": plus(of)}, mcp)
	l := q.Lines[0]
	want := map[string]string{
		"offered": "yes", "number": of.Digits, "i_did": of.ID, "vendor": of.Vendor, "type": of.Type, "features": strings.Trim(fmt.Sprint(shown(of)["features"]), "[]"),
		"setup_fee": of.SetupFee.String(), "monthly_fee": of.MonthlyFee.String(), "price_1": of.Price1.String(), "price_n": of.PriceN.String(),
		"interval_1": intText(of.Interval1), "interval_n": intText(of.IntervalN), "sms_price": of.SMSPrice.String(),
		"capacity": intText(of.Capacity), "documents_required": "yes",
	}
	if diff := gocmp.Diff(want, facts(l.Facts)); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	for _, f := range l.Facts {
		if f.Fee != (f.Name == "setup_fee" || f.Name == "monthly_fee") {
			t.Errorf("%s: got fee %v", f.Name, f.Fee)
		}
	}
	want = map[string]string{
		"billing_account": "1", "contact": "sip:" + of.Digits + "@sip.example.net:5060",
		"smpp_contact": "smpp:login:" + templatePassword + ":" + of.Digits + "@smpp.example.net:2776",
	}
	if diff := gocmp.Diff(want, facts(l.Terms)); diff != "" {
		t.Errorf("terms (-want +got):\n%s", diff)
	}
	shown := l.Terms[len(l.Terms)-1].String()
	if want := "smpp:login:***:" + of.Digits + "@smpp.example.net:2776"; shown != want {
		t.Errorf("got %s, want %s", shown, want)
	}
	if l.Number != of.Digits || l.ID != of.ID || l.Country != "AE" || l.SetupFee.Cmp(of.SetupFee) != 0 || l.MonthlyFee.Cmp(of.MonthlyFee) != 0 ||
		l.DueNow.Cmp(of.SetupFee.Add(of.MonthlyFee)) != 0 || l.Documents == nil || !*l.Documents {
		t.Errorf("got %+v of %+v", l, of)
	}
	if diff := gocmp.Diff([]string{"The number does not work until documents are verified."}, q.Notices); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
}

func intText(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// TestPurchaseUnstated holds that what the exchange leaves out is a fact
// without a value, and no guess.
func TestPurchaseUnstated(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 5000}})
	for name, fits := range map[string]func(exchange.Offer) bool{
		"price_n":            func(of exchange.Offer) bool { return !of.PriceN.Known() },
		"capacity":           func(of exchange.Offer) bool { return of.Capacity == nil },
		"vendor":             func(of exchange.Offer) bool { return of.Vendor == "" },
		"documents_required": func(of exchange.Offer) bool { return of.DocumentsUnstated },
	} {
		of := o.forSale(1, fits)[0]
		l := o.quote("purchase", args{"numbers": plus(of)}, shell).Lines[0]
		if got := facts(l.Facts); got[name] != "" {
			t.Errorf("%s: got %q, want nothing", name, got[name])
		}
		if name == "documents_required" && l.Documents != nil {
			t.Errorf("got documents %v, want not stated", *l.Documents)
		}
	}
}

// TestPurchaseRouting holds that a number is routed by what it can do.
func TestPurchaseRouting(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 5000}})
	voice, sms, two := o.forSale(1, voiceOnly)[0], o.forSale(1, smsOnly)[0], o.forSale(1, both)[0]
	q := o.quote("purchase", args{"numbers": plus(voice, sms, two)}, mcp)
	for i, want := range [][]string{{"billing_account", "contact"}, {"billing_account", "smpp_contact"}, {"billing_account", "contact", "smpp_contact"}} {
		var got []string
		for _, f := range q.Lines[i].Terms {
			got = append(got, f.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got terms %v, want %v", q.Lines[i].Number, got, want)
		}
	}
	given := "smpp:me:" + givenPassword + ":{number}@smpp.example.net:2776"
	q = o.quote("purchase", args{"numbers": plus(two), "contact": "template", "smpp_contact": given, "billing_account": 7}, shell)
	want := map[string]string{
		"billing_account": "7", "contact": "sip:" + two.Digits + "@sip.example.net:5060", "smpp_contact": strings.ReplaceAll(given, "{number}", two.Digits),
	}
	if diff := gocmp.Diff(want, facts(q.Lines[0].Terms)); diff != "" {
		t.Errorf("terms (-want +got):\n%s", diff)
	}
	for field, a := range map[string]args{
		"contact":      {"numbers": plus(sms), "contact": "sip:1@sip.example.net:5060"},
		"smpp_contact": {"numbers": plus(voice), "smpp_contact": given},
	} {
		if f := o.turnedDown("purchase", a, shell); f.Code != fault.Invalid || f.Field != field || !strings.Contains(f.Message, "of no use") {
			t.Errorf("%v: got %v of %q, want an address of no use refused", a, f, f.Field)
		}
	}
	c := configured()
	c.Routing.Contact, c.Routing.SMPPContact = "", ""
	bare := o.orders(c)
	for field, of := range map[string]exchange.Offer{"contact": voice, "smpp_contact": sms} {
		for _, v := range []any{nil, "template"} {
			f := bare.turnedDown("purchase", args{"numbers": plus(of)}.with(args{field: v}), mcp)
			if f.Code != fault.Invalid || f.Field != field || !strings.Contains(f.Hint, "[routing] "+field) {
				t.Errorf("without a template: got %s of %q, hint %q; want invalid of %s and the setting", f.Code, f.Field, f.Hint, field)
			}
		}
	}
}

// TestNewHost holds that a host nobody has configured is pointed out.
func TestNewHost(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 1000}})
	of := o.forSale(1, voiceOnly)[0]
	for _, by := range []identity.Caller{shell, discord} {
		q := o.quote("purchase", args{"numbers": plus(of), "contact": "sip:{number}@sip.evil.example:5060"}, by)
		if want := "NEW HOST sip.evil.example: not in the templates or [routing] hosts."; !slices.Contains(q.Notices, want) {
			t.Errorf("got notices %q, want %q", q.Notices, want)
		}
		if want := "sip:" + of.Digits + "@sip.evil.example:5060 (NEW HOST)"; !strings.Contains(visible(o.deals["purchase"], q), want) {
			t.Errorf("got no %q in the card", want)
		}
		if got := q.Lines[0].Term("contact"); got != "sip:"+of.Digits+"@sip.evil.example:5060" {
			t.Errorf("got %q to be sent, want the address alone", got)
		}
	}
	q := o.quote("purchase", args{"numbers": plus(of), "contact": "sip:{number}@sip.partner.example:5060"}, mcp)
	if strings.Contains(visible(o.deals["purchase"], q), "NEW HOST") {
		t.Error("got a known host called new")
	}
	// One that no number has a use for is not sent and not pointed out.
	sms := o.forSale(1, smsOnly)[0]
	if f := o.turnedDown("purchase", args{"numbers": plus(sms), "contact": "sip:1@sip.evil.example:5060"}, shell); f.Field != "contact" {
		t.Errorf("got %v", f)
	}
}

// TestAccounts holds who may be billed.
func TestAccounts(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 100}})
	number := []string{"+971501234567"}
	for _, tt := range []struct {
		account any
		code    fault.Code
	}{{nil, ""}, {0, ""}, {1, ""}, {7, ""}, {int64(9007199254740993), ""}, {2, fault.Forbidden}, {-1, fault.Forbidden}, {int64(9007199254740992), fault.Forbidden}} {
		_, err := o.deals["purchase"].Identify(arguments(args{"numbers": number}.with(args{"billing_account": tt.account})), mcp)
		if fault.CodeOf(err) != tt.code {
			t.Errorf("account %v: got %v, want %q", tt.account, err, tt.code)
		}
		if f, ok := fault.As(err); ok && (f.Field != "billing_account" || !strings.Contains(f.Hint, "[exchange] billing_accounts")) {
			t.Errorf("account %v: got field %q and hint %q", tt.account, f.Field, f.Hint)
		}
	}
	c := configured()
	c.BillingAccount, c.BillingAccounts = 0, nil
	f := o.orders(c).turnedDown("purchase", args{"numbers": number}, mcp)
	if f.Code != fault.Invalid || f.Field != "billing_account" || !strings.Contains(f.Hint, "[exchange] billing_account") {
		t.Errorf("none configured, none given: got %v, hint %q", f, f.Hint)
	}
	if f := o.orders(c).turnedDown("purchase", args{"numbers": number, "billing_account": 3}, mcp); f.Code != fault.Forbidden {
		t.Errorf("none configured, 3 given: got %v, want forbidden", f)
	}
}

// TestNumbers holds that a number is one in every spelling, and the order
// asked.
func TestNumbers(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 100}})
	id, err := o.deals["purchase"].Identify(arguments(args{"numbers": []string{"00971 50-123 4567", "(1) 202.555.0147", "+971501234568"}}), mcp)
	if want := []string{"971501234567", "12025550147", "971501234568"}; err != nil || !slices.Equal(id.Numbers, want) {
		t.Errorf("got %v and error %v, want %v", id.Numbers, err, want)
	}
	for _, together := range []string{
		"+971501234567 +971501234568", "971501234567 971501234568", "971501234567; 971501234568", "+971 50 123 4567\n+971 50 123 4568", "+971 50 123 4567 +971 50 123 4568",
	} {
		id, err := o.deals["purchase"].Identify(arguments(args{"numbers": []string{together}}), shell)
		if want := []string{"971501234567", "971501234568"}; err != nil || !slices.Equal(id.Numbers, want) {
			t.Errorf("%q: got %v and error %v, want %v", together, id.Numbers, err, want)
		}
	}
	for _, kind := range []string{"purchase", "unsubscribe"} {
		for name, numbers := range map[string][]string{
			"as a decimal":        {"971501234567.0"},
			"that lost digits":    {"9.71502E+11"},
			"in two pieces":       {"97150", "1234567"},
			"one or two":          {"6834000 6834001"},
			"a range":             {"+971501234567 - +971501234569"},
			"twice, spelt alike":  {"+971501234567", "+971501234567"},
			"twice, spelt anew":   {"+971501234567", "+971501234568", "00971 50 123 4567"},
			"twice, other digits": {"+971501234567", "٩٧١٥٠١٢٣٤٥٦٧"},
			"no number":           {"+971501234567", "all"},
			"too short":           {"1234"},
			"too long":            {"1234567890123456"},
			"with a zero":         {"+971 (0) 501234567"},
		} {
			f := o.turnedDown(kind, args{"numbers": numbers}, mcp)
			if f.Code != fault.Invalid || f.Field != "numbers" {
				t.Errorf("%s, %s: got %s of %q, want invalid of numbers", kind, name, f.Code, f.Field)
			}
		}
	}
	if f := o.turnedDown("update", args{"numbers": []string{"all"}, "contact": "template"}, mcp); f.Code != fault.Invalid || f.Field != "numbers" {
		t.Errorf("update: got %s of %q, want invalid of numbers", f.Code, f.Field)
	}
	for want, numbers := range map[string][]string{
		"ends like a decimal": {"+971501234568", "971501234567", "0"},
		"has lost digits":     {"9", "71502E+11", "971501234567"},
	} { // as they come from a text that was split at its commas
		if f := o.turnedDown("purchase", args{"numbers": numbers}, shell); !strings.Contains(f.Message, want) || f.Field != "numbers" {
			t.Errorf("%v: got %s of %q, want that it %s", numbers, f.Message, f.Field, want)
		}
	}
	if n := o.requests(); n != 0 {
		t.Errorf("got %d requests to the exchange, want none", n)
	}
}

// TestIdentity holds when two requests are the same.
func TestIdentity(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 100}})
	identity := func(kind string, a args) string {
		t.Helper()
		id, err := o.deals[kind].Identify(arguments(a), shell)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(id.Numbers, ",") + id.Terms
	}
	base := args{"numbers": []string{"+971501234567"}}
	same := identity("purchase", base)
	for _, a := range []args{
		{"reason": "another"},
		{"contact": "template"},
		{"smpp_contact": "template"},
		{"billing_account": 1},
		{"contact": "sip:{number}@sip.example.net:5060"},
		{"numbers": []string{"00971501234567"}},
	} {
		if got := identity("purchase", base.with(a)); got != same {
			t.Errorf("%v: got %q, want %q as without", a, got, same)
		}
	}
	for _, a := range []args{
		{"contact": "sip:{number}@sip.example.net:5061"},
		{"billing_account": 7},
		{"numbers": []string{"+971501234568"}},
		{"smpp_contact": "smpp:login:other:{number}@smpp.example.net:2776"},
	} {
		if identity("purchase", base.with(a)) == same {
			t.Errorf("%v: got the identity of a request without it", a)
		}
	}
	update := args{"numbers": []string{"+971501234567"}, "contact": "sip:1@sip.example.net:5060"}
	if identity("update", update) == identity("update", update.with(args{"smpp_contact": "template"})) {
		t.Error("an update of both addresses is the same as one of a single one")
	}
}

// TestPurchaseRefusals holds what the exchange's answers are turned into.
func TestPurchaseRefusals(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 1000}})
	rows := o.forSale(3, both)
	o.buy(rows[0])
	o.sandbox.Script(sandbox.Fault{Kind: sandbox.Sold, Number: rows[1].Digits})
	o.requested()
	var nexmo exchange.Offer
	for _, of := range o.offers() {
		if of.ID == "" {
			nexmo = of
		}
	}
	for _, tt := range []struct {
		name    string
		numbers []string
		code    fault.Code
		about   string
	}{
		{"ours", plus(rows[0]), fault.Conflict, rows[0].Digits},
		{"sold", plus(rows[1]), fault.NotFound, rows[1].Digits},
		{"never heard of", []string{"+97150000000"}, fault.NotFound, "97150000000"},
		{"the beginning of one", []string{rows[2].Digits[:len(rows[2].Digits)-1]}, fault.NotFound, rows[2].Digits[:len(rows[2].Digits)-1]},
		{"without an id", plus(nexmo), fault.Invalid, nexmo.Digits},
		{"one of several", append(plus(rows[2]), plus(rows[1])...), fault.NotFound, rows[1].Digits},
	} {
		f := o.turnedDown("purchase", args{"numbers": tt.numbers}, shell)
		if f.Code != tt.code || f.Field != "numbers" || !strings.Contains(f.Message, "+"+tt.about+" ") {
			t.Errorf("%s: got %s of %q: %s", tt.name, f.Code, f.Field, f.Message)
		}
	}
	if n := o.writesTo(); n != 1 {
		t.Errorf("got %d writes, want the one that bought a number before", n)
	}
}

// requested makes the exchange do what its next request lets it do.
func (o *orderHarness) requested() {
	o.tb.Helper()
	if _, _, err := o.client.Reader().FindOwned(o.tb.Context(), "97150"); err != nil {
		o.tb.Fatal(err)
	}
}

// TestUnreadIsNotConcludedFrom holds that what could not be read whole is
// never taken for an answer.
func TestUnreadIsNotConcludedFrom(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]sandbox.Fault{
		"own numbers, a row not understood":      {Operation: sandbox.List, Kind: sandbox.Unreadable, Rows: 1},
		"own numbers, refused":                   {Operation: sandbox.List, Kind: sandbox.Logical},
		"numbers for sale, a row not understood": {Operation: sandbox.Market, Kind: sandbox.Unreadable, Rows: 1},
		"numbers for sale, refused":              {Operation: sandbox.Market, Kind: sandbox.Logical},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 300}})
			of := o.forSale(2, voiceOnly)
			own := o.buy(of[0])
			f.Times = sandbox.Forever
			o.sandbox.Script(f)
			want := fault.Unavailable
			if f.Kind == sandbox.Logical {
				want = fault.Refused
			}
			a := []args{{"numbers": plus(of[1])}}
			if f.Operation == sandbox.List {
				a[0] = args{"numbers": []string{own}}
			}
			if got := o.turnedDown("purchase", a[0], shell); got.Code != want {
				t.Errorf("purchase: got %v, want %s", got, want)
			}
			if f.Operation == sandbox.List {
				if got := o.turnedDown("unsubscribe", args{"numbers": []string{own}}, shell); got.Code != want {
					t.Errorf("unsubscribe: got %v, want %s", got, want)
				}
				if got := o.turnedDown("update", args{"numbers": []string{own}, "contact": "sip:1@sip.example.net:5060"}, shell); got.Code != want {
					t.Errorf("update: got %v, want %s", got, want)
				}
			}
		})
	}
}

// TestCheapestOffer holds which offer of one number is quoted, and that the
// same one is looked for again.
func TestCheapestOffer(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 300}})
	of := o.forSale(1, voiceOnly)[0]
	several := func(list ...[3]string) *orderHarness {
		return o.withOffers(func(rows []exchange.Offer) []exchange.Offer {
			var all []exchange.Offer
			for _, l := range list {
				for _, r := range rows {
					r.ID, r.MonthlyFee, r.SetupFee = l[0], money.MustParse(l[1]), money.MustParse(l[2])
					all = append(all, r)
				}
			}
			return all
		})
	}
	for want, list := range map[string][][3]string{
		"2":  {{"1", "3", "0"}, {"2", "1", "9"}, {"3", "2", "0"}},
		"3":  {{"1", "1", "3"}, {"2", "1", "2"}, {"3", "1", "1"}},
		"9":  {{"10", "1", "1"}, {"9", "1.0", "1"}, {"100", "1", "1.00"}},
		"17": {{"", "0.1", "0"}, {"17", "5", "5"}},
	} {
		if got := several(list...).quote("purchase", args{"numbers": plus(of)}, shell).Lines[0].ID; got != want {
			t.Errorf("of %v: got %s, want %s", list, got, want)
		}
	}
	line := several([3]string{"2", "2", "0"}).quote("purchase", args{"numbers": plus(of)}, shell).Lines[0]
	for name, tt := range map[string]struct {
		now  *orderHarness
		want []order.Difference
	}{
		"a cheaper one beside it": {several([3]string{"1", "1", "0"}, [3]string{"2", "2", "0"}), nil},
		"only a cheaper one":      {several([3]string{"1", "1", "0"}), []order.Difference{{Field: "offered", Quoted: "yes", Now: "no"}}},
	} {
		again, err := tt.now.deals["purchase"].Requote(t.Context(), line)
		if diff := gocmp.Diff(tt.want, line.Differences(again)); diff != "" || err != nil {
			t.Errorf("%s: error %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// TestPurchaseAgain holds what is seen of a change between quote and send.
func TestPurchaseAgain(t *testing.T) {
	t.Parallel()
	gone := []order.Difference{{Field: "offered", Quoted: "yes", Now: "no"}}
	for _, tt := range []struct {
		name   string
		change func(*orderHarness, exchange.Offer)
		want   func(exchange.Offer) []order.Difference
	}{
		{"nothing", func(*orderHarness, exchange.Offer) {}, func(exchange.Offer) []order.Difference { return nil }},
		{"cheaper", func(o *orderHarness, of exchange.Offer) {
			o.sandbox.Script(sandbox.Fault{Kind: sandbox.Price, Number: of.Digits, Percent: 90})
		}, func(exchange.Offer) []order.Difference { return nil }},
		{"dearer", func(o *orderHarness, of exchange.Offer) {
			o.sandbox.Script(sandbox.Fault{Kind: sandbox.Price, Number: of.Digits, MonthlyFee: 9_999_999})
		}, func(of exchange.Offer) []order.Difference {
			return []order.Difference{{Field: "monthly_fee", Quoted: of.MonthlyFee.String(), Now: "999.9999"}}
		}},
		{"sold", func(o *orderHarness, of exchange.Offer) {
			o.sandbox.Script(sandbox.Fault{Kind: sandbox.Sold, Number: of.Digits})
		}, func(exchange.Offer) []order.Difference { return gone }},
		{"bought by ourselves", func(o *orderHarness, of exchange.Offer) { o.buy(of) }, func(exchange.Offer) []order.Difference { return gone }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 300}})
			of := o.forSale(1, both)[0]
			line := o.quote("purchase", args{"numbers": plus(of)}, shell).Lines[0]
			tt.change(o, of)
			now, err := o.deals["purchase"].Requote(t.Context(), line)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(tt.want(of), line.Differences(now)); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
			if diff := gocmp.Diff(line.Terms, now.Terms); diff != "" || now.ID != line.ID || now.Number != line.Number {
				t.Errorf("the terms changed (-want +got):\n%s", diff)
			}
			if got := line.Fact("offered"); got != "yes" {
				t.Errorf("reading again changed the line: offered %q", got)
			}
		})
	}
	for name, f := range map[string]sandbox.Fault{
		"own":    {Operation: sandbox.List, Kind: sandbox.Logical, Times: sandbox.Forever},
		"market": {Operation: sandbox.Market, Kind: sandbox.Unreadable, Rows: 1, Times: sandbox.Forever},
	} {
		o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 300}})
		line := o.quote("purchase", args{"numbers": plus(o.forSale(1, both)[0])}, shell).Lines[0]
		o.sandbox.Script(f)
		if now, err := o.deals["purchase"].Requote(t.Context(), line); err == nil {
			t.Errorf("%s not read: got %+v, want an error", name, now)
		}
	}
}

// TestEveryFactIsBound holds that an offer that differs in anything but a
// lower fee is a different one.
func TestEveryFactIsBound(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 300}})
	of := o.forSale(1, both)[0]
	line := o.quote("purchase", args{"numbers": plus(of)}, shell).Lines[0]
	other := money.MustParse("123.45")
	for field, change := range map[string]func(*exchange.Offer){
		"vendor":             func(of *exchange.Offer) { of.Vendor = "Somebody" },
		"type":               func(of *exchange.Offer) { of.Type = "tollfree" },
		"features":           func(of *exchange.Offer) { of.SMS = false },
		"setup_fee":          func(of *exchange.Offer) { of.SetupFee = other },
		"monthly_fee":        func(of *exchange.Offer) { of.MonthlyFee = other },
		"price_1":            func(of *exchange.Offer) { of.Price1 = money.MustParse("0.0001") },
		"price_n":            func(of *exchange.Offer) { of.PriceN = money.MustParse("0.0001") },
		"interval_1":         func(of *exchange.Offer) { of.Interval1 = new(7) },
		"interval_n":         func(of *exchange.Offer) { of.IntervalN = nil },
		"sms_price":          func(of *exchange.Offer) { of.SMSPrice = other },
		"capacity":           func(of *exchange.Offer) { of.Capacity = new(12345) },
		"documents_required": func(of *exchange.Offer) { of.NeedsDocuments = !of.NeedsDocuments },
	} {
		now, err := o.withOffers(func(rows []exchange.Offer) []exchange.Offer {
			for i := range rows {
				change(&rows[i])
			}
			return rows
		}).deals["purchase"].Requote(t.Context(), line)
		if err != nil {
			t.Fatal(err)
		}
		d := line.Differences(now)
		if len(d) != 1 || d[0].Field != field {
			t.Errorf("%s: got differences %+v, want that one", field, d)
		}
	}
}

// TestQuotesAreReadSideBySide holds the order of the lines, how many numbers
// are read at a time, and what is told meanwhile.
func TestQuotesAreReadSideBySide(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 1000}})
	rows := o.forSale(9, both)
	slices.Reverse(rows)
	most := &crowd{Writer: o.client.ReadWriter()}
	c := configured()
	c.Writer = most
	declarations, err := did.Writes(o.filled(c))
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	gate, asked := o.placing(declarations)
	call := call("did_purchase", args{"numbers": plus(rows...)})
	call.Principal.Role = identity.Requester
	call.Progress = progress(func(_ int, text string) { told = append(told, text) })
	if _, err := gate.Call(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	for i, l := range asked().Lines {
		if l.Number != rows[i].Digits {
			t.Errorf("line %d: got %s, want %s", i, l.Number, rows[i].Digits)
		}
	}
	if n := most.most.Load(); n > 4 || n < 2 {
		t.Errorf("got %d numbers read at the same time, want at most 4 and more than one", n)
	}
	want := []string{}
	for i := range rows {
		want = append(want, string(rune('1'+i))+" of 9 numbers quoted")
	}
	if diff := gocmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestPurchaseSend holds that exactly what was quoted is sent, once.
func TestPurchaseSend(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 300}})
	of := o.forSale(1, both)[0]
	line := o.quote("purchase", args{"numbers": plus(of), "billing_account": 7}, shell).Lines[0]
	if err := o.deals["purchase"].Send(t.Context(), line); err != nil {
		t.Fatal(err)
	}
	ledger, err := o.sandbox.Ledger(t.Context())
	if err != nil || len(ledger) != 1 || o.writesTo() != 1 {
		t.Fatalf("got %d entries, %d writes, error %v; want one", len(ledger), o.writesTo(), err)
	}
	e := ledger[0]
	if e.ID != of.ID || e.Number != of.Digits || e.Account != 7 || e.Contact != line.Term("contact") || e.SMPPContact != line.Term("smpp_contact") {
		t.Errorf("got %+v, want %+v", e, line)
	}
	err = o.deals["purchase"].Send(t.Context(), line)
	if fault.CodeOf(err) != fault.Refused || o.writesTo() != 2 {
		t.Errorf("sent again: got %v and %d writes, want refused and one more", err, o.writesTo())
	}
	line.Terms = nil
	if err := o.deals["purchase"].Send(t.Context(), line); fault.CodeOf(err) != fault.Invalid || o.writesTo() != 2 {
		t.Errorf("without terms: got %v and %d writes, want invalid and none more", err, o.writesTo())
	}
}

// TestWithoutADealer holds that a catalogue that only describes does nothing.
func TestWithoutADealer(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 100}})
	declarations, err := did.Writes(did.Config{Reader: r.client.Reader(), Currency: "USD", Now: newClock().now, BillingAccount: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range tools.Handlers(declarations) {
		l := order.Line{Number: "971501234567", ID: "1", Terms: []order.Fact{{Name: "billing_account", Value: "1"}}}
		if d.Kind == "message" {
			if _, err := d.Deliver(t.Context(), l); fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("%s: got %v, want forbidden", d.Kind, err)
			}
		} else if err := d.Send(t.Context(), l); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("%s: got %v, want unavailable", d.Kind, err)
		}
		if _, err := d.Requote(t.Context(), l); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("%s: got %v, want unavailable", d.Kind, err)
		}
	}
	if n := r.requests(); n != 0 {
		t.Errorf("got %d requests, want none", n)
	}
}

// TestCancelledQuote holds that a caller who goes away ends the reading.
func TestCancelledQuote(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 300}})
	rows := o.forSale(3, both)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.ask(ctx, "purchase", args{"numbers": plus(rows...)}, shell); err == nil {
		t.Error("got a quote, want an error")
	}
}
