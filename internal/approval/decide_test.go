package approval_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tables, whatever the machine has

	"didops/internal/approval"
	"didops/internal/identity"
)

func TestRulesOfACompany(t *testing.T) {
	t.Parallel()
	p := approval.Compile(company())
	gives := purchase()
	gives.Operation, gives.Buys, gives.Lines = "did_unsubscribe", false, []approval.Line{{Number: "+97150"}}
	others := purchase("4.99")
	others.Requester = approval.Requester{Realm: "discord"}
	update := gives
	update.Operation = "did_update"
	for _, tt := range []struct {
		name  string
		facts approval.Facts
		rules string
		count int
	}{
		{"a cheap number", purchase("5.00"), "small", 1},
		{"a cent more", purchase("5.01"), "medium", 1},
		{"a cheap number of somebody else", others, "medium", 1},
		{"a dear one", purchase("50.01"), "large", 2},
		{"a dear one among cheap ones", purchase("1", "2", "60", "3"), "large small", 2},
		{"giving up", gives, "give up", 2},
		{"a route", update, approval.Settings, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n, why := p.Decide(tt.facts)
			if got := strings.Join(n.Rules, " "); got != tt.rules || n.Count != tt.count {
				t.Errorf("got rules %q and %d approvals, want %q and %d", got, n.Count, tt.rules, tt.count)
			}
			fits := slices.IndexFunc(why, func(w approval.Why) bool { return w.Fits })
			for _, w := range why[:fits] {
				if w.Not == "" {
					t.Errorf("got no reason why %q does not fit", w.Rule)
				}
			}
		})
	}
}

// TestEveryCondition holds the words of each condition that does not hold.
func TestEveryCondition(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	weekend, err := approval.ParseHours("Sat,Sun")
	if err != nil {
		t.Fatal(err)
	}
	unknown := purchase("5")
	unknown.Lines[0].MonthlyFee = approval.Line{}.MonthlyFee
	for _, tt := range []struct {
		rule  approval.Rule
		facts approval.Facts
		want  string
	}{
		{approval.Rule{Operations: []string{"did_update"}}, purchase("5"), "did_purchase is not one of its operations"},
		{approval.Rule{MaxMonthlyFee: usd("4.99")}, purchase("5"), "its monthly fee of 5.00 is over 4.99 USD"},
		{approval.Rule{MaxMonthlyFee: usd("4.99")}, unknown, "its monthly fee is not known"},
		{approval.Rule{MaxOrderTotal: usd("9.99")}, purchase("5", "5"), "the order's total of 10.00 is over 9.99 USD"},
		{approval.Rule{MaxOrderMonthly: usd("9.99")}, purchase("5", "5"), "the order's monthly fees of 10.00 is over 9.99 USD"},
		{approval.Rule{MaxMonthTotal: usd("1")}, purchase("5"), "the requester's month of 5.00 is over 1.00 USD"},
		{approval.Rule{Countries: []string{"DE"}}, purchase("5"), "the country is AE"},
		{approval.Rule{Vendors: []string{"Acme"}}, purchase("5"), "the vendor is not known"},
		{approval.Rule{Types: []string{"mobile"}}, purchase("5"), "the type is not known"},
		{approval.Rule{Features: []string{"sms", "fax"}}, purchase("5"), "it has none of sms, fax"},
		{approval.Rule{Documents: &yes}, purchase("5"), "whether documents are required is not stated"},
		{approval.Rule{NewHosts: &yes}, purchase("5"), "its host is known"},
		{approval.Rule{NewHosts: &no}, purchase("5"), ""},
		{approval.Rule{Requesters: []approval.Who{role("finance"), person("Bob")}}, purchase("5"), "the requester is not one of finance or Bob"},
		{approval.Rule{Hours: []approval.Hours{weekend}}, purchase("5"), "asked on Mon 12:00, not in its hours"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			c := company()
			tt.rule.Name = "it"
			c.Rules = []approval.Rule{tt.rule}
			_, why := approval.Compile(c).Decide(tt.facts)
			if got := why[0].Not; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHours(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		moment, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return moment.In(berlin)
	}
	for _, tt := range []struct {
		hours, at string
		want      bool
	}{
		{"Mon-Fri 08:00-18:00", "2026-11-30T07:00:00Z", true}, // 08:00 in winter
		{"Mon-Fri 08:00-18:00", "2026-11-30T06:59:59Z", false},
		{"Mon-Fri 08:00-18:00", "2026-07-06T06:00:00Z", true}, // 08:00 in summer
		{"Mon-Fri 08:00-18:00", "2026-11-30T17:00:00Z", false},
		{"Sat,Sun", "2026-11-28T23:30:00Z", true},          // Sunday 00:30
		{"Sat,Sun", "2026-11-29T23:30:00Z", false},         // Monday 00:30
		{"Fri-Mon", "2026-11-29T12:00:00Z", true},          // over the end of the week
		{"Fri-Mon", "2026-12-01T12:00:00Z", false},         // Tuesday
		{"22:00-06:00", "2026-11-30T22:00:00Z", true},      // 23:00
		{"22:00-06:00", "2026-11-30T05:00:00Z", false},     // 06:00
		{"Fri 22:00-06:00", "2026-11-28T04:30:00Z", true},  // Saturday 05:30 is of Friday's night
		{"Fri 22:00-06:00", "2026-11-27T04:30:00Z", false}, // Friday 05:30 is of Thursday's
		{"Sun 02:00-03:00", "2026-03-29T00:59:59Z", false}, // 01:59:59, after which clocks show 03:00
		{"Sun 02:00-03:00", "2026-03-29T01:00:00Z", false},
		{"Sun 02:00-03:00", "2026-10-25T00:30:00Z", true}, // 02:30, which comes twice
		{"Sun 02:00-03:00", "2026-10-25T01:30:00Z", true},
		{"00:00-24:00", "2026-11-30T22:59:59Z", true},
	} {
		h, err := approval.ParseHours(tt.hours)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Holds(at(tt.at)); got != tt.want || h.String() != tt.hours {
			t.Errorf("%s at %s: got %v, want %v", tt.hours, tt.at, got, tt.want)
		}
	}
	for _, bad := range []string{"", "Mon-Fry", "8:00-9:00", "08:00-08:00", "Mon 08:00-09:00 10:00", "08:00-25:00", "Mon,", "08:00-09:00 Mon", "08:00"} {
		if h, err := approval.ParseHours(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, h)
		}
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	cairo, err := time.LoadLocation("Africa/Cairo") // where clocks are set forward at midnight
	if err != nil {
		t.Fatal(err)
	}
	d, err := approval.ParseDays("2026-04-24/2026-04-25")
	if err != nil {
		t.Fatal(err)
	}
	got := d.Period(cairo)
	if want := time.Date(2026, 4, 23, 22, 0, 0, 0, time.UTC); !got.From.Equal(want) {
		t.Errorf("got a day from %s, want %s", got.From.UTC(), want)
	}
	if want := time.Date(2026, 4, 25, 21, 0, 0, 0, time.UTC); !got.Until.Equal(want) {
		t.Errorf("got a day until %s, want %s", got.Until.UTC(), want)
	}
	for _, bad := range []string{"", "2026-02-30", "2026-01-02/2026-01-01", "2026-01-01/", "20 Dec"} {
		if d, err := approval.ParseDays(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, d)
		}
	}
	month := approval.Month(time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC), cairo)
	if want := time.Date(2026, 12, 31, 22, 0, 0, 0, time.UTC); !month.From.Equal(want) {
		t.Errorf("got a month from %s, want %s", month.From.UTC(), want)
	}
}

// away is the whole of the test's day.
func away() []identity.Period {
	return []identity.Period{{From: noon().Add(-12 * time.Hour), Until: noon().Add(12 * time.Hour)}}
}

func TestDelegates(t *testing.T) {
	t.Parallel()
	all := approval.People{
		{Name: "A", Away: away(), Delegate: "B", Roles: []string{"finance"}},
		{Name: "B", Away: away(), Delegate: "C"},
		{Name: "C", Away: away(), Delegate: "D"},
		{Name: "D", Away: away(), Delegate: "E"},
		{Name: "E"},
		{Name: "X", Away: away(), Delegate: "Y"},
		{Name: "Y", Away: away(), Delegate: "X"},
		{Name: "P", Delegate: "E", Roles: []string{"finance"}},
	}
	for name, want := range map[string]string{"A": "B C D", "B": "C D E", "D": "E", "E": "", "X": "Y", "Y": "X", "P": "", "nobody": ""} {
		if got := strings.Join(slices.DeleteFunc(all.StandIns(name, noon()), func(s string) bool { return s == name }), " "); got != want {
			t.Errorf("%s: got %q standing in, want %q", name, got, want)
		}
	}
	if got := all.StandIns("A", noon().Add(12*time.Hour)); len(got) > 0 {
		t.Errorf("got %q for somebody who is back", got)
	}
	finance := approval.Needs{Count: 1, Eligible: []approval.Group{{Of: []approval.Who{role("finance")}}}}
	for name, want := range map[string]bool{"A": true, "B": true, "D": true, "E": false, "P": true} {
		a := approval.Approval{Person: name, At: noon()}
		if got := finance.Counts(a, approval.Request{}, all) == ""; got != want {
			t.Errorf("%s for A of finance, who is away: got %v, want %v", name, got, want)
		}
	}
	// Whom the requester sends counts where the requester would.
	byA := approval.Request{Person: "A", At: noon()}
	if why := finance.Counts(approval.Approval{Person: "B", At: noon()}, byA, all); why == "" {
		t.Error("got the approval of the requester's delegate counted where the requester's own is not")
	}
	finance.RequesterCounts = true
	if why := finance.Counts(approval.Approval{Person: "B", At: noon()}, byA, all); why != "" {
		t.Errorf("got %q where the requester's own would count", why)
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	p := approval.Compile(company())
	large, _ := p.Decide(purchase("60"))
	q := approval.Request{Person: "Carol", At: noon()}
	by := func(names ...string) []approval.Approval {
		var list []approval.Approval
		for _, name := range names {
			list = append(list, approval.Approval{Person: name, At: noon(), Strength: identity.Click})
		}
		return list
	}
	for _, tt := range []struct {
		by   []approval.Approval
		want string
		ok   bool
	}{
		{by(), "0 of 2 approvals; one of finance is missing", false},
		{by("Dave"), "1 of 2 approvals; one of finance is missing", false},
		{by("Dave", "Eve"), "2 of 2 approvals; one of finance is missing", false},
		{by("Alice"), "1 of 2 approvals", false},
		{by("Dave", "Alice"), "2 of 2 approvals", true},
		{by("Dave", "Eve", "Alice"), "2 of 2 approvals", true},
	} {
		if v := large.Judge(tt.by, q, people()); v.String() != tt.want || v.Enough() != tt.ok {
			t.Errorf("got %q, %v, want %q, %v", v, v.Enough(), tt.want, tt.ok)
		}
	}
}

func TestAnOrderGoesOnToOthers(t *testing.T) {
	t.Parallel()
	c := company()
	c.Rules = []approval.Rule{{Name: "it", Approvers: []approval.Who{person("Alice")}, EscalateAfter: 20 * time.Minute, EscalateTo: []approval.Who{role("heads")}}}
	n, _ := approval.Compile(c).Decide(purchase("1"))
	q := approval.Request{Person: "Carol", At: noon()}
	for after, want := range map[time.Duration]bool{0: false, 20*time.Minute - time.Second: false, 20 * time.Minute: true, time.Hour: true} {
		bob := approval.Approval{Person: "Bob", At: noon().Add(after)}
		if got := n.Counts(bob, q, people()) == ""; got != want {
			t.Errorf("one of heads after %s: got %v, want %v", after, got, want)
		}
	}
}
