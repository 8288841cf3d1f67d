package did_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/tools/did"
)

// owner is an office that owns a number for calls, one for messages and one
// for both, in this order.
func owner(tb testing.TB) (*orderHarness, []exchange.Offer) {
	tb.Helper()
	o := openOrders(tb, setup{sandbox: sandbox.Options{Numbers: 2000}})
	list := []exchange.Offer{o.forSale(1, voiceOnly)[0], o.forSale(1, smsOnly)[0], o.forSale(1, both)[0]}
	for _, of := range list {
		contact, smpp := "sip:"+of.Digits+"@sip.example.net:5060", "smpp:login:hunter2:"+of.Digits+"@smpp.example.net:2776"
		if !of.Voice {
			contact = ""
		}
		if !of.SMS {
			smpp = ""
		}
		if err := o.client.ReadWriter().Purchase(tb.Context(), exchange.Purchase{ID: of.ID, Account: 1, Contact: contact, SMPPContact: smpp}); err != nil {
			tb.Fatal(err)
		}
	}
	return o, list
}

// TestUpdateMerges holds what is sent for the address that is not given, and
// what is shown of both.
func TestUpdateMerges(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	voice, sms, two := own[0].Digits, own[1].Digits, own[2].Digits
	secret := "smpp:login:hunter2:" + two + "@smpp.example.net:2776"
	given := "smpp:me:" + givenPassword + ":{number}@smpp.example.net:2776"
	for _, tt := range []struct {
		name          string
		args          args
		by            identity.Caller
		contact, smpp string
	}{
		{"contact alone", args{"numbers": []string{two}, "contact": "sip:new@sip.example.net:5060"}, mcp, "sip:new@sip.example.net:5060", secret},
		{"smpp_contact alone", args{"numbers": []string{two}, "smpp_contact": given}, shell, "sip:" + two + "@sip.example.net:5060", strings.ReplaceAll(given, "{number}", two)},
		{"template", args{"numbers": []string{two}, "smpp_contact": "template"}, mcp, "sip:" + two + "@sip.example.net:5060", "smpp:login:" + templatePassword + ":" + two + "@smpp.example.net:2776"},
		{"both", args{"numbers": []string{two}, "contact": "sip:x{number}@sip.partner.example:5060", "smpp_contact": "template"}, mcp, "sip:x" + two + "@sip.partner.example:5060", "smpp:login:" + templatePassword + ":" + two + "@smpp.example.net:2776"},
		{"calls only", args{"numbers": []string{voice}, "contact": "sip:a@sip.example.net:1"}, discord, "sip:a@sip.example.net:1", ""},
		{"messages only, both templates", args{"numbers": []string{sms}, "contact": "template", "smpp_contact": "template"}, mcp, "", "smpp:login:" + templatePassword + ":" + sms + "@smpp.example.net:2776"},
	} {
		l := o.quote("update", tt.args, tt.by).Lines[0]
		if l.Term("contact") != tt.contact || l.Term("smpp_contact") != tt.smpp {
			t.Errorf("%s: got %q and %q, want %q and %q", tt.name, l.Term("contact"), l.Term("smpp_contact"), tt.contact, tt.smpp)
		}
		if l.DueNow.String() != "0.00" || l.SetupFee.Known() || !l.MonthlyFee.Known() {
			t.Errorf("%s: got %s due, set-up %q, monthly %q; want nothing due, no set-up and the monthly fee", tt.name, l.DueNow, l.SetupFee, l.MonthlyFee)
		}
	}
	if n := o.writesTo(); n != 3 {
		t.Errorf("got %d writes, want those that bought the numbers", n)
	}
}

// TestUpdateOfSeveral holds that several numbers are one order, with a line for
// each in the order asked, and what it says of each of them.
func TestUpdateOfSeveral(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	voice, two := own[0].Digits, own[2].Digits
	q := o.quote("update", args{"numbers": []string{"+" + two, voice}, "contact": "sip:desk@sip.partner.example:5060"}, mcp)
	if len(q.Lines) != 2 || q.Lines[0].Number != two || q.Lines[1].Number != voice {
		t.Fatalf("got %+v, want a line for each in the order asked", q.Lines)
	}
	for i, smpp := range []string{"smpp:login:hunter2:" + two + "@smpp.example.net:2776", ""} {
		if l := q.Lines[i]; l.Term("contact") != "sip:desk@sip.partner.example:5060" || l.Term("smpp_contact") != smpp {
			t.Errorf("got %q and %q for %s", l.Term("contact"), l.Term("smpp_contact"), l.Number)
		}
	}
	text := visible(o.deals["update"], q)
	for _, want := range []string{"sip:" + two + "@sip.example.net:5060", "sip:" + voice + "@sip.example.net:5060", "sip:desk@sip.partner.example:5060", "not listed stay"} {
		if !strings.Contains(text, want) {
			t.Errorf("got %s, want %q in it", text, want)
		}
	}
	apart, err := o.deals["update"].Identify(arguments(args{"numbers": []string{voice, two}, "contact": "sip:desk@sip.partner.example:5060"}), mcp)
	if err != nil || len(apart.Numbers) != 2 {
		t.Errorf("got %v, %v, want two numbers", apart, err)
	}
}

// TestUpdateLine holds every fact of an own number's line.
func TestUpdateLine(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	of := own[2]
	l := o.quote("update", args{"numbers": []string{of.Digits}, "contact": "sip:new@sip.example.net:5060"}, mcp).Lines[0]
	want := map[string]string{
		"owned": "yes", "number": of.Digits, "i_did": of.ID, "vendor": of.Vendor, "type": of.Type, "features": strings.Trim(fmt.Sprint(shown(of)["features"]), "[]"),
		"setup_fee": of.SetupFee.String(), "monthly_fee": of.MonthlyFee.String(), "price_1": of.Price1.String(), "price_n": of.PriceN.String(),
		"interval_1": intText(of.Interval1), "interval_n": intText(of.IntervalN), "sms_price": of.SMSPrice.String(), "capacity": intText(of.Capacity),
		"documents_required": map[bool]string{true: "yes", false: "no"}[of.NeedsDocuments],
		"present_contact":    "sip:" + of.Digits + "@sip.example.net:5060", "present_smpp_contact": "smpp:login:hunter2:" + of.Digits + "@smpp.example.net:2776",
	}
	if diff := gocmp.Diff(want, facts(l.Facts)); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

// TestUpdateRefusals holds what is refused before and after reading.
func TestUpdateRefusals(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	voice, sms, two := own[0].Digits, own[1].Digits, own[2].Digits
	bare := configured()
	bare.Routing = did.Routing{}
	noTemplates := o.orders(bare)
	twice := o.withOwned(func(rows []exchange.Owned) []exchange.Owned {
		again := slices.Clone(rows)
		for i := range again {
			again[i].ID += "0"
		}
		return append(rows, again...)
	})
	noID := o.withOwned(func(rows []exchange.Owned) []exchange.Owned {
		for i := range rows {
			rows[i].ID = ""
		}
		return rows
	})
	unrouted := o.withOwned(func(rows []exchange.Owned) []exchange.Owned {
		for i := range rows {
			rows[i].SMPPContact = ""
		}
		return rows
	})
	good := args{"numbers": []string{two}, "contact": "sip:1@sip.example.net:5060"}
	for _, tt := range []struct {
		name   string
		office *orderHarness
		args   args
		code   fault.Code
		field  string
	}{
		{"nothing", o, args{"numbers": []string{two}}, fault.Invalid, "contact"},
		{"a reason alone", o, args{"numbers": []string{two}, "reason": "why not"}, fault.Invalid, "contact"},
		{"no template for calls", noTemplates, args{"numbers": []string{two}, "contact": "template"}, fault.Invalid, "contact"},
		{"no template for messages", noTemplates, args{"numbers": []string{two}, "smpp_contact": "template"}, fault.Invalid, "smpp_contact"},
		{"not ours", o, good.with(args{"numbers": []string{two, "+97150000000"}}), fault.NotFound, "numbers"},
		{"the same", o, args{"numbers": []string{two}, "contact": "sip:" + two + "@sip.example.net:5060"}, fault.Conflict, "numbers"},
		{"the same by the template", o, args{"numbers": []string{voice}, "contact": "template"}, fault.Conflict, "numbers"},
		{"calls of a number for messages", o, args{"numbers": []string{sms}, "contact": "sip:1@sip.example.net:5060"}, fault.Invalid, "contact"},
		{"calls of a number for messages by the template", o, args{"numbers": []string{sms}, "contact": "template"}, fault.Conflict, "numbers"},
		{"messages of a number for calls", o, args{"numbers": []string{voice}, "smpp_contact": "smpp:a:" + givenPassword + ":1@smpp.example.net:2776"}, fault.Invalid, "smpp_contact"},
		{"the other address is missing", unrouted, good, fault.Invalid, "smpp_contact"},
		{"one of several the same", o, args{"numbers": []string{two, voice}, "contact": "sip:" + two + "@sip.example.net:5060"}, fault.Conflict, "numbers"},
		{"one of several for messages", o, args{"numbers": []string{two, sms}, "contact": "sip:1@sip.example.net:5060"}, fault.Invalid, "contact"},
		{"one twice", o, args{"numbers": []string{two, "00" + two}, "contact": "sip:1@sip.example.net:5060"}, fault.Invalid, "numbers"},
		{"two rows", twice, good, fault.Conflict, "numbers"},
		{"no id", noID, good, fault.Invalid, "numbers"},
	} {
		if f := tt.office.turnedDown("update", tt.args, shell); f.Code != tt.code || f.Field != tt.field {
			t.Errorf("%s: got %s of %q (%s), want %s of %q", tt.name, f.Code, f.Field, f.Message, tt.code, tt.field)
		}
	}
	for name, office := range map[string]*orderHarness{"two rows": twice, "no id": noID} {
		want := map[string]fault.Code{"two rows": fault.Conflict, "no id": fault.Invalid}[name]
		if f := office.turnedDown("unsubscribe", args{"numbers": []string{two}}, shell); f.Code != want || f.Field != "numbers" {
			t.Errorf("unsubscribe, %s: got %s of %q, want %s of numbers", name, f.Code, f.Field, want)
		}
	}
}

// TestOwnAgain holds what is seen of a change of an own number between quote
// and send, for both operations, and that no password is seen of it.
func TestOwnAgain(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	two := own[2].Digits
	lines := map[string]order.Line{
		"update":      o.quote("update", args{"numbers": []string{two}, "contact": "sip:new@sip.example.net:5060"}, mcp).Lines[0],
		"unsubscribe": o.quote("unsubscribe", args{"numbers": []string{two}}, mcp).Lines[0],
	}
	each := func(change func(*exchange.Owned)) func([]exchange.Owned) []exchange.Owned {
		return func(rows []exchange.Owned) []exchange.Owned {
			for i := range rows {
				change(&rows[i])
			}
			return rows
		}
	}
	smpp := "smpp:login:***:" + two + "@smpp.example.net:2776"
	for _, tt := range []struct {
		name   string
		change func([]exchange.Owned) []exchange.Owned
		want   []order.Difference
	}{
		{"nothing", nil, nil},
		{"paid on", each(func(o *exchange.Owned) { o.BilledTo = o.BilledTo.AddDate(0, 1, 0); o.DocumentsVerified = true }), nil},
		{"cheaper", each(func(o *exchange.Owned) { o.MonthlyFee = money.MustParse("0.01") }), nil},
		{"dearer", each(func(o *exchange.Owned) { o.MonthlyFee = money.MustParse("99.00") }), []order.Difference{{Field: "monthly_fee", Quoted: own[2].MonthlyFee.String(), Now: "99.00"}}},
		{"re-routed", each(func(o *exchange.Owned) { o.Contact = "sip:0@sip.example.net:5060" }), []order.Difference{{Field: "present_contact", Quoted: "sip:" + two + "@sip.example.net:5060", Now: "sip:0@sip.example.net:5060"}}},
		{"another password", each(func(o *exchange.Owned) { o.SMPPContact = strings.Replace(o.SMPPContact, "hunter2", "hunter2b", 1) }), []order.Difference{{Field: "present_smpp_contact", Quoted: smpp, Now: smpp}}},
		{"nothing but an invisible mark", each(func(o *exchange.Owned) { o.Contact = "\u202e" }), []order.Difference{{Field: "present_contact", Quoted: "sip:" + two + "@sip.example.net:5060", Now: "***"}}},
		{"another id", each(func(o *exchange.Owned) { o.ID = "123" }), []order.Difference{{Field: "owned", Quoted: "yes", Now: "no"}}},
		{"gone", func([]exchange.Owned) []exchange.Owned { return nil }, []order.Difference{{Field: "owned", Quoted: "yes", Now: "no"}}},
	} {
		for kind, line := range lines {
			now, err := o.withOwned(func(rows []exchange.Owned) []exchange.Owned {
				if tt.change == nil {
					return rows
				}
				return tt.change(rows)
			}).deals[kind].Requote(t.Context(), line)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(tt.want, line.Differences(now)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", kind, tt.name, diff)
			}
			if other := strings.Contains(now.Gone, "another id"); other != (tt.name == "another id") {
				t.Errorf("%s, %s: got %q", kind, tt.name, now.Gone)
			}
			if diff := gocmp.Diff(line.Terms, now.Terms); diff != "" {
				t.Errorf("%s, %s: the terms changed (-want +got):\n%s", kind, tt.name, diff)
			}
		}
	}
	o.sandbox.Script(sandbox.Fault{Operation: sandbox.List, Kind: sandbox.Unreadable, Rows: 1, Times: sandbox.Forever})
	for kind, line := range lines {
		if _, err := o.deals[kind].Requote(t.Context(), line); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("%s, not read: got %v, want unavailable", kind, err)
		}
	}
}

// TestUpdateSend holds that what was quoted is sent, once.
func TestUpdateSend(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	line := o.quote("update", args{"numbers": []string{own[2].Digits}, "contact": "sip:new@sip.example.net:5060"}, mcp).Lines[0]
	before := o.writesTo()
	if err := o.deals["update"].Send(t.Context(), line); err != nil {
		t.Fatal(err)
	}
	ledger, err := o.sandbox.Ledger(t.Context())
	if err != nil || o.writesTo() != before+1 {
		t.Fatalf("got %d writes, error %v; want one more than %d", o.writesTo(), err, before)
	}
	e := ledger[len(ledger)-1]
	if e.Operation != sandbox.Update || e.ID != own[2].ID || e.Contact != "sip:new@sip.example.net:5060" || e.SMPPContact != "smpp:login:hunter2:"+own[2].Digits+"@smpp.example.net:2776" {
		t.Errorf("got %+v, want the new address and the one that stays", e)
	}
}

// TestUnsubscribeLine holds what an order to give up says and binds.
func TestUnsubscribeLine(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	for n, want := range map[int]string{
		1: "Giving a number up can't be undone: anybody may buy it next.",
		3: "Giving numbers up can't be undone: anybody may buy them next.",
	} {
		q := o.quote("unsubscribe", args{"numbers": plus(own[:n]...)}, discord)
		if diff := gocmp.Diff([]string{want}, q.Notices); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
		for i, l := range q.Lines {
			if l.Number != own[i].Digits || l.DueNow.String() != "0.00" || l.SetupFee.Known() || l.MonthlyFee.Cmp(own[i].MonthlyFee) != 0 {
				t.Errorf("got %+v of %+v", l, own[i].Number)
			}
			if l.Fact("owned") != "yes" || l.Fact("billed_to") != "" || len(l.Term("billed_to")) != len("2026-04-14") {
				t.Errorf("got facts %v and terms %v, want what is paid for told but not bound", facts(l.Facts), facts(l.Terms))
			}
		}
	}
	f := o.turnedDown("unsubscribe", args{"numbers": append(plus(own...), "+97150000000")}, shell)
	if f.Code != fault.NotFound || f.Field != "numbers" {
		t.Errorf("one that is not ours: got %s of %q", f.Code, f.Field)
	}
	line := o.quote("unsubscribe", args{"numbers": plus(own[0])}, shell).Lines[0]
	before := o.writesTo()
	if err := o.deals["unsubscribe"].Send(t.Context(), line); err != nil || o.writesTo() != before+1 {
		t.Fatalf("got error %v and %d writes, want one more than %d", err, o.writesTo(), before)
	}
	ledger, err := o.sandbox.Ledger(t.Context())
	if e := ledger[len(ledger)-1]; err != nil || e.Operation != sandbox.Unsubscribe || e.ID != own[0].ID {
		t.Errorf("got %+v and error %v", e, err)
	}
}
