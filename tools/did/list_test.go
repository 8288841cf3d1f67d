package did_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/tools/did"
)

// ownNumbers is a rig that owns a few numbers, and the clock of both sides.
func ownNumbers(t *testing.T) (r *harness, c *clock, owned []offer) {
	t.Helper()
	c = newClock()
	r = start(t, setup{sandbox: sandbox.Options{Numbers: 1000, PageMost: 7, Now: c.now}, did: did.Config{Now: c.now}})
	market := known(r.offers())
	for _, want := range []struct {
		args args
		n    int
	}{
		{args{"country": "UAE", "type": "mobile", "sms": true}, 6},
		{args{"country": "UAE", "documents": "required"}, 5},
		{args{"country": "Jamaica"}, 1},
		{args{"country": "USA", "sms": false}, 6},
		{args{"country": "Germany", "description": "Landline"}, 2},
	} {
		rows, _, _ := expected(market, want.args)
		if len(rows) < want.n {
			t.Fatalf("got %d numbers for sale of %v, want %d", len(rows), want.args, want.n)
		}
		for _, o := range rows[:want.n] {
			r.buy(o.Offer)
			owned = append(owned, o)
		}
	}
	return r, c, owned
}

func digits(offers []offer) []string {
	list := []string{}
	for _, o := range offers {
		list = append(list, "+"+o.Digits)
	}
	return list
}

// TestListStates holds when a number counts as working: documents_verified
// alone says nothing where none are needed.
func TestListStates(t *testing.T) {
	t.Parallel()
	r, c, owned := ownNumbers(t)
	check := func(when string, verified bool) {
		t.Helper()
		got := r.whole("did_list", args{})
		if len(got.Numbers) != len(owned) || got.Matched != len(owned) || !got.Complete {
			t.Fatalf("%s: got %d numbers, %d matched, complete %v; want all %d", when, len(got.Numbers), got.Matched, got.Complete, len(owned))
		}
		active, pending := []string{}, []string{}
		for _, o := range owned {
			if o.NeedsDocuments && !verified {
				pending = append(pending, "+"+o.Digits)
			} else {
				active = append(active, "+"+o.Digits)
			}
		}
		if len(active) == 0 || !verified && len(pending) == 0 {
			t.Fatal("the numbers bought don't have both states")
		}
		for state, want := range map[string][]string{"active": active, "pending_documents": pending} {
			slices.Sort(want)
			if diff := gocmp.Diff(want, r.whole("did_list", args{"state": state}).numbers()); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", when, state, diff)
			}
			for _, n := range got.Numbers {
				if in := slices.Contains(want, n["number"].(string)); in != (n["state"] == state) {
					t.Errorf("%s: %s has the state %s", when, n["number"], n["state"])
				}
			}
		}
	}
	check("bought a moment ago", false)
	c.advance(11 * time.Minute)
	check("after the documents were verified", true)
}

// TestListRow holds every field of a row.
func TestListRow(t *testing.T) {
	t.Parallel()
	r, _, owned := ownNumbers(t)
	o := owned[0]
	got := r.get("did_list", args{"number": o.Digits})
	if len(got.Numbers) != 1 {
		t.Fatalf("got %d numbers, want 1", len(got.Numbers))
	}
	want := shown(o.Offer)
	want["first_year_cost"] = got.Numbers[0]["first_year_cost"]
	want["state"] = "active"
	want["contact"] = "sip:" + o.Digits + "@sip.example.net:5060"
	want["smpp_contact"] = "smpp:login:***:" + o.Digits + "@smpp.example.net:2776"
	want["since"] = "2026-03-14T09:26:53Z"
	want["billed_to"] = "2026-04-14T09:26:53Z"
	if diff := gocmp.Diff(want, got.Numbers[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestListFilters holds the filters against a look through what was bought.
func TestListFilters(t *testing.T) {
	t.Parallel()
	r, _, owned := ownNumbers(t)
	number := owned[0].Digits
	spaced := number[:3] + " " + number[3:5] + "-" + number[5:]
	for _, tt := range []struct {
		args args
		want func(o offer) bool
	}{
		{args{}, func(offer) bool { return true }},
		{args{"state": "any"}, func(offer) bool { return true }},
		{args{"country": "Emirates"}, func(o offer) bool { return o.Country == "AE" }},
		{args{"country": "JM"}, func(o offer) bool { return o.Country == "JM" }},
		{args{"country": "+1"}, func(o offer) bool { return o.Digits[0] == '1' }},
		{args{"country": "Canada"}, func(offer) bool { return false }},
		{args{"country": "UAE", "state": "pending_documents"}, func(o offer) bool { return o.Country == "AE" && o.NeedsDocuments }},
		{args{"prefix": "+971 5"}, func(o offer) bool { return strings.HasPrefix(o.Digits, "9715") }},
		{args{"description": "landline"}, func(o offer) bool { return strings.Contains(o.Description, "Landline") }},
		{args{"number": number}, func(o offer) bool { return o.Digits == number }},
		{args{"number": "+" + spaced}, func(o offer) bool { return o.Digits == number }},
		{args{"number": "00" + number}, func(o offer) bool { return o.Digits == number }},
		{args{"number": "(" + number[:3] + ") " + number[3:]}, func(o offer) bool { return o.Digits == number }},
		{args{"number": number, "country": "Germany"}, func(offer) bool { return false }},
		{args{"number": number[:len(number)-1]}, func(offer) bool { return false }},
	} {
		want := slices.DeleteFunc(slices.Clone(owned), func(o offer) bool { return !tt.want(o) })
		slices.SortFunc(want, before(args{"sort": "number"}))
		got := r.whole("did_list", tt.args)
		if diff := gocmp.Diff(digits(want), got.numbers()); diff != "" || got.Matched != len(want) || !got.Complete {
			t.Errorf("%v: got %d matched, complete %v; want %d, complete (-want +got):\n%s", tt.args, got.Matched, got.Complete, len(want), diff)
		}
	}
	for _, tt := range []struct {
		args  args
		field string
	}{
		{args{"number": "97150x"}, "number"},
		{args{"number": "123"}, "number"},
		{args{"country": "Atlantis"}, "country"},
		{args{"country": "UAE", "prefix": "49"}, "prefix"},
		{args{"cursor": "AAAA"}, "cursor"},
		{args{"state": "activ"}, "state"},
	} {
		if f := r.refused("did_list", tt.args); f.Code != fault.Invalid || f.Field != tt.field {
			t.Errorf("%v: got %s of %q, want invalid of %q", tt.args, f.Code, f.Field, tt.field)
		}
	}
}

// TestListPages holds the order of every sort, and that its pages make the
// whole.
func TestListPages(t *testing.T) {
	t.Parallel()
	r, _, owned := ownNumbers(t)
	for _, by := range []string{"monthly_fee", "setup_fee", "first_year_cost", "number"} {
		want := slices.Clone(owned)
		slices.SortFunc(want, before(args{"sort": by}))
		for limit := 1; limit <= len(owned)+1; limit += 3 {
			got := follow(t, r, "did_list", args{"sort": by}, func(int) int { return limit })
			if diff := gocmp.Diff(digits(want), got); diff != "" {
				t.Errorf("by %s, %d a page (-want +got):\n%s", by, limit, diff)
			}
		}
	}
	cursor := r.get("did_list", args{"limit": 2}).Next
	for _, a := range []args{{"sort": "setup_fee"}, {"country": "UAE"}, {"state": "active"}, {"number": owned[0].Digits}} {
		if f := r.refused("did_list", a.with(args{"cursor": cursor})); f.Field != "cursor" {
			t.Errorf("%v: got %v, want the cursor refused", a, f)
		}
	}
}

// TestListSaysWhatItLacks holds that rows left out are counted and named.
func TestListSaysWhatItLacks(t *testing.T) {
	t.Parallel()
	r, _, owned := ownNumbers(t)
	r.sandbox.Script(sandbox.Fault{Operation: sandbox.List, Kind: sandbox.Unreadable, Rows: 2})
	got := r.get("did_list", args{"limit": 100})
	if got.Matched != len(owned)-2 || got.Unreadable != 2 || got.Complete || got.Reason != "left out: 2 rows that could not be understood" {
		t.Errorf("got %d matched, %d unreadable, complete %v, reason %q", got.Matched, got.Unreadable, got.Complete, got.Reason)
	}
	r, _, _ = ownNumbers(t) // whose list no request is still on its way to
	r.sandbox.Script(sandbox.Fault{Operation: sandbox.List, Kind: sandbox.Logical, After: 1})
	got = r.get("did_list", args{"limit": 100})
	if got.Matched != 7 || got.Complete || !strings.Contains(got.Reason, "There was an error.") {
		t.Errorf("got %d matched, complete %v, reason %q; want the first page and the reason", got.Matched, got.Complete, got.Reason)
	}
}

// TestNoPasswordIsShown holds that nothing a password consists of leaves in a
// result or in what people are shown, however the contact is written.
func TestNoPasswordIsShown(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 500}})
	rows, _, _ := expected(known(r.offers()), args{"sms": true, "voice": true})
	for i, tt := range []struct{ contact, smpp, shownContact, shownSMPP string }{
		{"sip:97150@sip.example.net:5060", "smpp:login:SECRET:97150@192.0.2.7:2776", "sip:97150@sip.example.net:5060", "smpp:login:***:97150@192.0.2.7:2776"},
		{"sip:97150@[2001:db8::1]:5060", "smpp:a:SECRET:12345abc@smpp.example.net:2776", "sip:97150@[2001:db8::1]:5060", "smpp:a:***:12345abc@smpp.example.net:2776"},
		{"sip:didops;password=SECRET@sip.example.net:5060", "smpp:login:x:SECRET@smpp.example.net:2776", "sip:***@sip.example.net:5060", "***"},
		{"sip:didops@sip.example.net;password=SECRET:5060", "smpp:login:SECRET:+97150@smpp.example.net:2776", "***", "smpp:login:***:+97150@smpp.example.net:2776"},
		{"sip:didops@sip.example.net/?key=SECRET:5060", "smpp:login:SE/CR?ET:97150@smpp.example.net:2776", "***", "smpp:login:***:97150@smpp.example.net:2776"},
		{"sip:user%3ASECRET@sip.example.net:5060", "smpp:login:SECRET:97150@smpp:2776", "sip:***@sip.example.net:5060", "***"},
	} {
		o := rows[i].Offer
		if err := r.client.ReadWriter().Purchase(t.Context(), exchange.Purchase{ID: o.ID, Account: 1, Contact: tt.contact, SMPPContact: tt.smpp}); err != nil {
			t.Fatalf("%s %s: %v", tt.contact, tt.smpp, err)
		}
		got := r.get("did_list", args{"number": o.Digits})
		if got.Numbers[0]["contact"] != tt.shownContact || got.Numbers[0]["smpp_contact"] != tt.shownSMPP {
			t.Errorf("got %v and %v, want %s and %s", got.Numbers[0]["contact"], got.Numbers[0]["smpp_contact"], tt.shownContact, tt.shownSMPP)
		}
		for _, secret := range []string{"SECRET", "SE/CR"} {
			if strings.Contains(string(got.result.Data)+words(got.result.Doc), secret) {
				t.Errorf("%s %s: the result shows the password: %s", tt.contact, tt.smpp, got.result.Data)
			}
		}
	}
}

func TestMaskContact(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ contact, want string }{
		{"", ""},
		{"971501234567", "971501234567"},
		{"+971501234567", "+971501234567"},
		{"tel:+971501234567", "tel:+971501234567"},
		{"sip:user@example.net", "sip:user@example.net"},
		{"SIPS:user@example.net:5061", "SIPS:user@example.net:5061"},
		{"sip:+97150@192.0.2.1:5060;transport=tls", "sip:+97150@192.0.2.1:5060;transport=tls"},
		{"user@example.net", "user@example.net"},
		{"sip:user:secret@example.net", "sip:user:***@example.net"},
		{"sip:user:se:cr:et@example.net", "sip:user:***@example.net"},
		{"sip:user:se@cr@et@example.net", "sip:user:***@example.net"},
		{"user:secret@example.net", "user:***@example.net"},
		{"smpp:login:secret:{number}@smpp.example.net:2776", "smpp:login:***:{number}@smpp.example.net:2776"},
		{"SMPP:login:secret:12345abc@smpp.example.net:2776", "SMPP:login:***:12345abc@smpp.example.net:2776"},
		{"smpps:login:secret:1@localhost:2776", "smpps:login:***:1@localhost:2776"},
		{"smpp:login:se:cr@et:12345@smpp.example.net:2776", "smpp:login:***:12345@smpp.example.net:2776"},
		{"  smpp:login:secret:12345@smpp.example.net:2776 ", "smpp:login:***:12345@smpp.example.net:2776"},
		{"smpp:login:sec\u202eret:12345@smpp.example.net", "smpp:login:***:12345@smpp.example.net"},
		{"smpp:login:secret", "***"},
		{"smpp:login:secret@smpp.example.net", "***"},
		{"smpp:login:sec:ret@smpp.example.net", "***"},
		{"smpp:login:secret:12345@smpp.example.net?password=secret", "***"},
		{"smpp://login:secret@smpp.example.net", "***"},
		{"login:secret", "***"},
		{"secret", "***"},
		{"sip:user@example.net;password=secret", "***"},
		{"sip:user@example.net?Authorization=secret", "***"},
		{"https://user:secret@example.net/hook", "***"},
		{"https://example.net/hook?key=secret", "***"},
	} {
		if got := did.MaskContact(tt.contact); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.contact, got, tt.want)
		}
	}
}
