package did_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// journal is what orders of a test have carried out, by their ids.
type journal map[string]order.Carried

func (j journal) carried(_ context.Context, id string, _ identity.Caller) (order.Carried, error) {
	if c, ok := j[id]; ok {
		return c, nil
	}
	return order.Carried{}, fault.New(fault.NotFound, "there is no order %s", id)
}

// journaled is an office with such numbers and a journal.
func journaled(tb testing.TB, rows ...exchange.Owned) (*orderHarness, *ownBook, journal) {
	tb.Helper()
	o, b := booked(tb, rows...)
	kept := journal{}
	c := configured()
	c.Reader, c.Writer, c.Carried = b, b, kept.carried
	return o.orders(c), b, kept
}

// carryOut carries lines of a quote out and journals them as an order.
func carryOut(tb testing.TB, o *orderHarness, kept journal, id string, list []order.Line) {
	tb.Helper()
	for _, l := range list {
		if err := o.deals["update"].Send(tb.Context(), l); err != nil {
			tb.Fatal(err)
		}
	}
	kept[id] = order.Carried{ID: id, Operation: "did_update", Done: list}
}

// TestRestore holds what brings former routes back, and what it leaves alone.
func TestRestore(t *testing.T) {
	t.Parallel()
	o, b, kept := journaled(t, several()...)
	before := slices.Clone(b.rows)
	q := o.quote("update", args{"numbers": []string{"971501000001", "971501000002", "971501000003", "4930100004"}, "contact": "sip:new@sip.partner.example"}, shell)
	carryOut(t, o, kept, "o-7k3f", q.Lines)
	b.rows[2].Contact = "sip:third@sip.example.net"        // 971501000002, elsewhere since
	b.rows[1].Contact = "sip:new@SIP.partner.example:5060" // 971501000001, in another spelling
	b.rows[3].ID = "other"                                 // 4930100004, bought anew
	kept["o-7k3f"] = order.Carried{ID: "o-7k3f", Operation: "did_update", Done: q.Lines, Open: 1}
	back := o.quote("update", args{"restore": " O-7K3F "}, shell)
	var got []string
	for _, l := range back.Lines {
		got = append(got, l.Number+" "+l.Term("contact")+" "+l.Term("smpp_contact"))
	}
	want := []string{
		"971501000001 sip:971501000001@10.0.0.1 smpp:login:hunter2:1@smpp.example.net:2776",
		"971501000003 sip:971501000003@10.0.0.1:5060 ",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	said := strings.Join(back.Notices, "\n")
	if !containsAll(said, []string{
		"Chosen: 2 own numbers re-routed by order o-7k3f; the first is +971501000001, the last +971501000003.",
		"+971501000002 is routed otherwise now than order o-7k3f left it", "+4930100004 has another id since order o-7k3f",
		"NEW HOST 10.0.0.1: not in the templates", "Of 1 number of that order the outcome is open: left out.",
	}) {
		t.Errorf("got %q", said)
	}
	carryOut(t, o, kept, "o-back", back.Lines)
	for _, i := range []int{0, 1} {
		if b.rows[i].Contact != before[i].Contact || b.rows[i].SMPPContact != before[i].SMPPContact {
			t.Errorf("%s has %s and %s again, not as before", b.rows[i].Digits, b.rows[i].Contact, b.rows[i].SMPPContact)
		}
	}
	if q := o.quote("update", args{"restore": "o-back", "numbers": []string{"+971501000003"}}, shell); len(q.Lines) != 1 || q.Lines[0].Term("contact") != "sip:new@sip.partner.example" {
		t.Errorf("the way back of a way back: got %+v", q.Lines)
	}
}

// TestRestoreRefusals holds what is refused, a host that is not allowed over MCP
// among it: to name an order is to name its hosts.
func TestRestoreRefusals(t *testing.T) {
	t.Parallel()
	o, b, kept := journaled(t, several()...)
	q := o.quote("update", args{"numbers": []string{"971501000001", "971501000002"}, "contact": "sip:new@sip.partner.example"}, shell)
	carryOut(t, o, kept, "o-done", q.Lines)
	kept["o-bought"] = order.Carried{ID: "o-bought", Operation: "did_purchase", Done: q.Lines}
	kept["o-open"] = order.Carried{ID: "o-open", Operation: "did_update", Open: 2}
	kept["o-none"] = order.Carried{ID: "o-none", Operation: "did_update"}
	from := func(id string, change func(*order.Line)) order.Carried {
		l := q.Lines[0]
		l.Facts = slices.Clone(l.Facts)
		change(&l)
		return order.Carried{ID: id, Operation: "did_update", Done: []order.Line{l}}
	}
	set := func(name, value string) func(*order.Line) {
		return func(l *order.Line) {
			i := slices.IndexFunc(l.Facts, func(f order.Fact) bool { return f.Name == name })
			l.Facts[i].Value, l.Facts[i].Shown = value, ""
		}
	}
	kept["o-nowhere"] = from("o-nowhere", set("present_contact", ""))
	kept["o-odd"] = from("o-odd", set("present_contact", "sip:desk:MARKED-GIVEN-4kT@pbx.example.net"))
	for _, tt := range []struct {
		name string
		args args
		by   identity.Caller
		code fault.Code
		said string
	}{
		{"no such order", args{"restore": "o-other"}, shell, fault.NotFound, "there is no order o-other"},
		{"a purchase", args{"restore": "o-bought"}, shell, fault.Conflict, "has re-routed nothing"},
		{"not over", args{"restore": "o-open"}, shell, fault.Conflict, "wait for its outcome"},
		{"nothing done", args{"restore": "o-none"}, shell, fault.Conflict, "order o-none has re-routed nothing"},
		{"a number that is not of it", args{"restore": "o-done", "numbers": []string{"+971501000003"}}, shell, fault.Invalid, "order o-done has not re-routed +971501000003"},
		{"from nowhere", args{"restore": "o-nowhere"}, shell, fault.Conflict, "+971501000001 had no contact before order o-nowhere, and the exchange asks for one"},
		{"what can't be sent", args{"restore": "o-odd"}, shell, fault.Conflict, "can't be sent: it has a password"},
		{"with an address", args{"restore": "o-done", "contact": "template"}, shell, fault.Invalid, "takes no others"},
		{"a host over MCP", args{"restore": "o-done", "numbers": []string{"+971501000001"}}, mcp, fault.Forbidden, "calls may not be sent back to 10.0.0.1 over MCP; allowed: "},
	} {
		f := o.turnedDown("update", tt.args, tt.by)
		if f.Code != tt.code || !strings.Contains(f.Message+" "+f.Hint, tt.said) {
			t.Errorf("%s: got %s: %s (%s), want %s: %s", tt.name, f.Code, f.Message, f.Hint, tt.code, tt.said)
		}
	}
	if q := o.quote("update", args{"restore": "o-done"}, discord); len(q.Lines) != 2 || !strings.Contains(q.Lines[0].Terms[0].String(), "NEW HOST") {
		t.Errorf("on Discord: got %+v", q.Lines)
	}
	b.reading = exchange.Reading{Reason: "the exchange gave no end"}
	if f := o.turnedDown("update", args{"restore": "o-done"}, shell); f.Code != fault.Unavailable {
		t.Errorf("of a list that is not whole: got %s: %s", f.Code, f.Message)
	}
}

// TestWayBackIsOffered holds after which orders the way back is offered, and
// that the call holds no address.
func TestWayBackIsOffered(t *testing.T) {
	t.Parallel()
	o, _, _ := journaled(t, several()...)
	h := o.deals["update"]
	q := o.quote("update", args{"numbers": []string{"971501000001", "971501000002"}, "contact": "sip:new@sip.partner.example"}, shell)
	views := func(states ...order.LineState) []order.LineView {
		var list []order.LineView
		for _, s := range states {
			list = append(list, order.LineView{State: s})
		}
		return list
	}
	for _, tt := range []struct {
		state order.State
		lines []order.LineView
		says  string
	}{
		{order.Completed, views(order.LineDone, order.LineDone), "Route the 2 back"},
		{order.Partial, views(order.LineFailed, order.LineDone), "Route it back"},
		{order.Unknown, views(order.LineUnknown, order.LineDone), ""},
		{order.Failed, views(order.LineFailed, order.LineFailed), ""},
		{order.Pending, views(order.LineWaiting, order.LineWaiting), ""},
	} {
		on := h.GoOn("o-7k3f", tt.state, q, tt.lines)
		if on.Says != tt.says || on.Back.IsZero() != (tt.says == "") {
			t.Errorf("%s: got %q, %s", tt.state, on.Says, on.Back.Args)
		}
		if got := string(on.Back.Args); tt.says != "" && (got != `{"restore":"o-7k3f"}` || on.Back.Operation != "did_update") {
			t.Errorf("%s: got %s %s", tt.state, on.Back.Operation, got)
		}
	}
	for _, kind := range []string{"purchase", "unsubscribe"} {
		if on := o.deals[kind].GoOn("o-7k3f", order.Completed, q, views(order.LineDone, order.LineDone)); !on.Back.IsZero() {
			t.Errorf("%s: got %s", kind, on.Back.Args)
		}
	}
	nowhere := q
	nowhere.Lines = slices.Clone(q.Lines[:1])
	nowhere.Lines[0].Facts = slices.DeleteFunc(slices.Clone(q.Lines[0].Facts), func(f order.Fact) bool { return f.Name == "present_contact" })
	if on := h.GoOn("o-7k3f", order.Completed, nowhere, views(order.LineDone)); !on.Back.IsZero() {
		t.Errorf("what had no address: got %s", on.Back.Args)
	}
}

// TestRestoreUndoesUpdate holds, for any routing, that what restores an order
// leaves every number as it was before it, but for those that were re-routed
// elsewhere since, which stay as they are.
func TestRestoreUndoesUpdate(t *testing.T) {
	t.Parallel()
	o, b, kept := journaled(t)
	rapid.Check(t, func(rt *rapid.T) {
		host := rapid.SampledFrom([]string{"10.0.0.1", "10.0.0.1:5060", "PBX.example.net", "[2001:db8::9]:5070", "sip.example.net:5060"})
		calls := rapid.Custom(func(rt *rapid.T) string {
			return rapid.SampledFrom([]string{"sip:", "SIP:", "sips:"}).Draw(rt, "scheme") + rapid.SampledFrom([]string{"desk", "%2B49", "a;b=c"}).Draw(rt, "user") +
				"@" + host.Draw(rt, "host") + rapid.SampledFrom([]string{"", ";transport=tcp"}).Draw(rt, "parameters")
		})
		texts := rapid.Custom(func(rt *rapid.T) string {
			return "smpp:login:" + rapid.StringMatching(`[a-z0-9]{1,8}`).Draw(rt, "password") + ":1@smpp.example.net:2776"
		})
		var rows []exchange.Owned
		var numbers []string
		for n := range rapid.IntRange(1, 15).Draw(rt, "numbers") {
			digits, smpp := fmt.Sprintf("97150100%04d", n), ""
			if rapid.Bool().Draw(rt, "sms") {
				smpp = texts.Draw(rt, "messages")
			}
			rows, numbers = append(rows, owned(digits, calls.Draw(rt, "calls"), smpp)), append(numbers, digits)
		}
		b.rows = slices.Clone(rows)
		clear(kept)
		q, err := o.ask(t.Context(), "update", args{"numbers": numbers, "contact": "sip:{number}@sip.partner.example"}, shell)
		if err != nil {
			rt.Fatal(err)
		}
		var done []order.Line
		moved := map[string]bool{}
		for _, l := range q.Lines {
			if rapid.Bool().Draw(rt, "done") {
				done = append(done, l)
			}
		}
		carryOut(t, o, kept, "o-1", done)
		for _, l := range done {
			if i := slices.IndexFunc(b.rows, func(o exchange.Owned) bool { return o.Digits == l.Number }); rapid.IntRange(0, 3).Draw(rt, "elsewhere") == 0 {
				b.rows[i].Contact, moved[l.Number] = "sip:third@sip.example.net", true
			}
		}
		after := slices.Clone(b.rows)
		back, err := o.ask(t.Context(), "update", args{"restore": "o-1"}, shell)
		if len(done) == len(moved) {
			if fault.CodeOf(err) != fault.Conflict {
				rt.Fatalf("nothing to restore: got %v", err)
			}
			return
		}
		if err != nil {
			rt.Fatal(err)
		}
		data, err := json.Marshal(back)
		if err != nil {
			rt.Fatal(err)
		}
		var sent order.Quote // as the journal keeps it
		if err := json.Unmarshal(data, &sent); err != nil {
			rt.Fatal(err)
		}
		carryOut(t, o, kept, "o-2", sent.Lines)
		for i, is := range b.rows {
			want := rows[i]
			if moved[is.Digits] {
				want = after[i]
			}
			if is.Contact != want.Contact || is.SMPPContact != want.SMPPContact {
				rt.Errorf("%s has %s and %s, want %s and %s", is.Digits, is.Contact, is.SMPPContact, want.Contact, want.SMPPContact)
			}
		}
	})
}
