package did_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/internal/money"
	"didops/internal/order"
)

// ownBook is an exchange that has the own numbers of a test. It is used by one
// goroutine at a time, but for reads.
type ownBook struct {
	exchange.Reader
	exchange.Writer
	rows    []exchange.Owned
	reading exchange.Reading // what a reading of the list says of itself
	lists   int              // readings of the list
}

// Owned implements [exchange.Reader].
func (b *ownBook) Owned(_ context.Context, q exchange.OwnedQuery, take func([]exchange.Owned) error) (exchange.Reading, error) {
	b.lists++
	var page []exchange.Owned
	for _, o := range b.rows {
		if strings.HasPrefix(o.Digits, q.Prefix) {
			page = append(page, o)
		}
	}
	r := b.reading
	r.Rows = len(page)
	return r, take(page)
}

// FindOwned implements [exchange.Writer].
func (b *ownBook) FindOwned(_ context.Context, digits string) ([]exchange.Owned, exchange.Reading, error) {
	return slices.DeleteFunc(slices.Clone(b.rows), func(o exchange.Owned) bool { return o.Digits != digits }), b.reading, nil
}

// Update implements [exchange.Writer].
func (b *ownBook) Update(_ context.Context, u exchange.Update) error {
	for i := range b.rows {
		if b.rows[i].ID == u.ID {
			b.rows[i].Contact, b.rows[i].SMPPContact = u.Contact, u.SMPPContact
		}
	}
	return nil
}

// booked is an office with such an exchange.
func booked(tb testing.TB, rows ...exchange.Owned) (*orderHarness, *ownBook) {
	tb.Helper()
	r := start(tb, setup{sandbox: sandbox.Options{Numbers: 100}})
	b := &ownBook{Reader: r.client.Reader(), Writer: r.client.ReadWriter(), rows: rows, reading: exchange.Reading{End: true, Complete: true}}
	c := configured()
	c.Reader, c.Writer = b, b
	return r.orders(c), b
}

// owned is an own number with its addresses, which takes what they are for.
func owned(digits, contact, smpp string) exchange.Owned {
	return exchange.Owned{
		Number: exchange.Number{
			ID: "i" + digits, Digits: digits, Country: map[bool]string{true: "AE", false: "DE"}[strings.HasPrefix(digits, "971")], Type: "mobile",
			Voice: contact != "", SMS: smpp != "", MonthlyFee: money.MustParse("1"), Vendor: "Acme",
		},
		Contact: contact, SMPPContact: smpp,
	}
}

// several are own numbers that go to as many places.
func several() []exchange.Owned {
	const smpp = "smpp:login:hunter2:1@10.0.0.1:2776"
	return []exchange.Owned{
		owned("971501000003", "sip:971501000003@10.0.0.1:5060", ""),
		owned("971501000001", "sip:971501000001@10.0.0.1", "smpp:login:hunter2:1@smpp.example.net:2776"),
		owned("971501000002", "sip:971501000002@pbx.example.net:5080;transport=tls", smpp),
		owned("4930100004", "sip:4930100004@10.0.0.1:5080", ""),
		owned("4930100005", "", smpp),
		owned("4930100006", "sip:4930100006@[2001:DB8:0::9]", ""),
		owned("4930100007", "***", ""),
		owned("4930100008", "sip:new@sip.partner.example:5060", ""),
		owned("4930100009", "sip:10.0.0.1@10.0.0.10", ""),
	}
}

// TestWhereRoute holds which own numbers are meant by a host, and what is told
// of the choice.
func TestWhereRoute(t *testing.T) {
	t.Parallel()
	o, b := booked(t, several()...)
	for _, tt := range []struct {
		name string
		args args
		want []string // the last digits
		said []string
	}{
		{
			"a host",
			args{"where_route": "10.0.0.1"},
			[]string{"4", "1", "2", "3"},
			[]string{
				"Chosen: 4 own numbers whose calls or messages go to 10.0.0.1; the first is +4930100004, the last +971501000003.",
				"The calls of 1 of them go elsewhere today, and would move too.",
				"Left out: +4930100005 can't take calls, so contact is of no use.",
				"Of 1 own number an address can't be read as one, so it can't be told whether it leads there: left out.",
			},
		},
		{"a port that is left out is the usual one", args{"where_route": "10.0.0.1:5060"}, []string{"1", "3"}, nil},
		{"another port", args{"where_route": "10.0.0.1:5080"}, []string{"4"}, []string{"Chosen: the own number whose calls or messages go to 10.0.0.1:5080: +4930100004."}},
		{"a name in capitals with a dot", args{"where_route": " PBX.Example.NET. "}, []string{"2"}, nil},
		{"version 6 in brackets", args{"where_route": "[2001:db8::9]:5060"}, []string{"6"}, []string{"go to [2001:db8::9]:5060"}},
		{"version 6 without", args{"where_route": "2001:DB8::9"}, []string{"6"}, nil},
		{"a country", args{"country": "Germany"}, []string{"4", "6", "7", "9"}, []string{
			"Chosen: 4 own numbers in Germany (DE); the first is +4930100004, the last +4930100009.",
			"+4930100008 is routed like that already",
		}},
		{"a host in a country", args{"where_route": "10.0.0.1", "country": "UAE"}, []string{"1", "2", "3"}, []string{"in United Arab Emirates (AE) whose calls or messages go to 10.0.0.1;"}},
		{"of the named ones", args{"where_route": "10.0.0.1", "numbers": []string{"+971501000001", "4930100006"}}, []string{"1"}, []string{"1 named number left out: not among the own numbers whose calls or messages go to 10.0.0.1."}},
	} {
		b.lists = 0
		q := o.quote("update", tt.args.with(args{"contact": "sip:new@sip.partner.example:5060"}), mcp)
		var got []string
		for _, l := range q.Lines {
			got = append(got, l.Number[len(l.Number)-1:])
			if l.Term("contact") != "sip:new@sip.partner.example:5060" {
				t.Errorf("%s: %s goes to %s", tt.name, l.Number, l.Term("contact"))
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if said := strings.Join(q.Notices, "\n"); !containsAll(said, tt.said) {
			t.Errorf("%s: got %q, want %q in it", tt.name, said, tt.said)
		}
		if b.lists != 1 {
			t.Errorf("%s: the list was read %d times", tt.name, b.lists)
		}
	}
	if q := o.quote("update", args{"where_route": "10.0.0.1", "smpp_contact": "template"}, mcp); len(q.Lines) != 3 || !strings.Contains(strings.Join(q.Notices, " "), "The messages of 1 of them go elsewhere") {
		t.Errorf("messages: got %d lines, %q", len(q.Lines), q.Notices)
	}
}

func containsAll(text string, parts []string) bool {
	return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(text, p) })
}

// TestWhereRouteRefusals holds what a choice is refused for, and that nothing is
// concluded from a list that was not read whole.
func TestWhereRouteRefusals(t *testing.T) {
	t.Parallel()
	o, b := booked(t, several()...)
	c := configured()
	c.Reader, c.Writer, c.MaxNumbers = b, b, func() int { return 3 }
	few := o.orders(c)
	late := configured()
	late.Reader, late.Writer = b, b
	late.Moved = func(context.Context, time.Time) (order.Moves, error) {
		return order.Moves{"971501000099": order.Moved{Bought: true, Sure: true}}, nil
	}
	to := args{"contact": "sip:new@sip.partner.example:5060"}
	for _, tt := range []struct {
		name   string
		office *orderHarness
		args   args
		code   fault.Code
		field  string
		said   string
	}{
		{"neither", o, args{}, fault.Invalid, "numbers", "where_route"},
		{"no host", o, args{"where_route": "sip:desk@10.0.0.1"}, fault.Invalid, "where_route", "name the host alone"},
		{"a network", o, args{"where_route": "10.0.0.0/8"}, fault.Invalid, "where_route", "name the host alone"},
		{"a port of its own", o, args{"where_route": ":5060"}, fault.Invalid, "where_route", "name the host alone"},
		{"no such host", o, args{"where_route": "10.0.0.2"}, fault.NotFound, "where_route", "there are no own numbers whose calls or messages go to 10.0.0.2"},
		{"no such country", o, args{"country": "Emirats"}, fault.Invalid, "country", "Emirates"},
		{"nothing in a country", o, args{"country": "Jamaica"}, fault.NotFound, "country", "there are no own numbers in Jamaica"},
		{"all as asked for", o, args{"where_route": "sip.partner.example"}, fault.Conflict, "where_route", "+4930100008 is routed like that already"},
		{"a named one that is none", o, args{"where_route": "10.0.0.1", "numbers": []string{"+971501000055"}}, fault.NotFound, "numbers", "+971501000055"},
		{"too many", few, args{"where_route": "10.0.0.1"}, fault.Forbidden, "limits.max_numbers_per_order", "there are 4 own numbers whose calls or messages go to 10.0.0.1, and an order takes at most 3"},
		{"one that was just bought", o.orders(late), args{"where_route": "10.0.0.1"}, fault.Unavailable, "", "+971501000099"},
		{"with restore", o, args{"where_route": "10.0.0.1", "restore": "o-7k3f"}, fault.Invalid, "restore", "leave all but restore"},
	} {
		f := tt.office.turnedDown("update", tt.args.with(to), mcp)
		if f.Code != tt.code || f.Field != tt.field || !strings.Contains(f.Message+" "+f.Hint, tt.said) {
			t.Errorf("%s: got %s of %q: %s (%s), want %s of %q: %s", tt.name, f.Code, f.Field, f.Message, f.Hint, tt.code, tt.field, tt.said)
		}
	}
	b.reading = exchange.Reading{Reason: "the exchange gave no end"}
	for _, a := range []args{{"where_route": "10.0.0.1"}, {"where_route": "10.0.0.2"}, {"country": "Germany"}} {
		if f := o.turnedDown("update", a.with(to), shell); f.Code != fault.Unavailable || !strings.Contains(f.Message, "gave no end") {
			t.Errorf("%v of a list that is not whole: got %s: %s", a, f.Code, f.Message)
		}
	}
}

// TestChoicesAreToldApart holds which choices are the same request.
func TestChoicesAreToldApart(t *testing.T) {
	t.Parallel()
	o, _ := booked(t)
	key := func(a args) string {
		t.Helper()
		id, err := o.deals["update"].Identify(arguments(a.with(args{"contact": "template"})), mcp)
		if err != nil {
			t.Fatal(err)
		}
		return id.Choice
	}
	base := key(args{"where_route": "pbx.example.net"})
	if base == "" || base != key(args{"where_route": "PBX.example.net.", "reason": "urgent"}) {
		t.Error("another spelling of a host is another choice")
	}
	for _, a := range []args{
		{"where_route": "pbx.example.net:5060"},
		{"where_route": "pbx.example.net", "country": "AE"},
		{"country": "AE"},
		{"where_route": "pbx.example.net", "numbers": []string{"+971501000001"}},
		{"numbers": []string{"+971501000001"}},
	} {
		if key(a) == base {
			t.Errorf("%v is the choice of a host alone", a)
		}
	}
	of := func(list ...string) string { return key(args{"where_route": "pbx.example.net", "numbers": list}) }
	if of("+971501000001", "+971501000002") != of("971501000002", "00971501000001") {
		t.Error("the same named numbers are another choice")
	}
}

// TestManyNumbersAreReadAtOnce holds that 1,000 numbers are quoted from a few
// pages of the exchange's list, for both operations.
func TestManyNumbersAreReadAtOnce(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 4000}})
	var numbers []string
	for _, of := range o.forSale(1000, func(o exchange.Offer) bool { return o.Voice }) {
		numbers = append(numbers, "+"+o.buy(of))
	}
	for kind, a := range map[string]args{"update": {"contact": "sip:desk@sip.partner.example"}, "unsubscribe": {}} {
		before := o.requests()
		q := o.quote(kind, a.with(args{"numbers": numbers}), shell)
		if asked := o.requests() - before; asked > 10 || len(q.Lines) != len(numbers) {
			t.Errorf("%s: got %d requests for %d numbers, want a few", kind, asked, len(q.Lines))
		}
		for i, l := range q.Lines {
			if "+"+l.Number != numbers[i] {
				t.Fatalf("%s: got %s in place %d, want %s", kind, l.Number, i, numbers[i])
			}
		}
	}
	before := o.requests()
	q := o.quote("update", args{"where_route": "SIP.example.net:5060", "contact": "sip:desk@sip.partner.example"}, shell)
	if asked := o.requests() - before; asked > 10 || len(q.Lines) != len(numbers) {
		t.Errorf("chosen: got %d requests for %d numbers, want a few for %d", asked, len(q.Lines), len(numbers))
	}
	l := q.Lines[500]
	if before = o.requests(); o.requote(l).Number != l.Number || o.requests() == before {
		t.Error("a line is not read again before it is sent")
	}
	o.sandbox.Script(sandbox.Fault{Operation: sandbox.List, Kind: sandbox.Unreadable, Rows: 1, Times: sandbox.Forever})
	if f := o.turnedDown("update", args{"numbers": numbers, "contact": "template"}, shell); f.Code != fault.Unavailable {
		t.Errorf("of a list that is not whole: got %s: %s", f.Code, f.Message)
	}
}

// requote reads the line of an update once more.
func (o *orderHarness) requote(l order.Line) order.Line {
	o.tb.Helper()
	now, err := o.deals["update"].Requote(o.tb.Context(), l)
	if err != nil {
		o.tb.Fatal(err)
	}
	return now
}

// TestNumbersUnderTwoIDs holds that one reading of the list tells of a number
// that the exchange has twice, as a reading of that number does.
func TestNumbersUnderTwoIDs(t *testing.T) {
	t.Parallel()
	var rows []exchange.Owned
	var numbers []string
	for n := range 12 {
		digits := fmt.Sprintf("9715010000%02d", n)
		rows, numbers = append(rows, owned(digits, "sip:"+digits+"@10.0.0.1", "")), append(numbers, "+"+digits)
	}
	twin := rows[7]
	twin.ID = "another"
	o, _ := booked(t, append(rows, twin)...)
	a := args{"numbers": numbers, "contact": "sip:new@sip.partner.example"}
	if f := o.turnedDown("update", a, shell); f.Code != fault.Conflict || !strings.Contains(f.Message, "+971501000007 2 times") {
		t.Errorf("named: got %s: %s", f.Code, f.Message)
	}
	q := o.quote("update", args{"where_route": "10.0.0.1", "contact": "sip:new@sip.partner.example"}, shell)
	if len(q.Lines) != 11 || !strings.Contains(strings.Join(q.Notices, " "), "Left out: the exchange lists +971501000007 2 times") {
		t.Errorf("chosen: got %d lines, %q", len(q.Lines), q.Notices)
	}
}
