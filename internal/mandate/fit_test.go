package mandate_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/approval"
	"didops/internal/mandate"
	"didops/internal/money"
)

func now() time.Time { return time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC) }

func terms() mandate.Terms {
	return mandate.Terms{
		Name: "uae", Filter: json.RawMessage(`{"country":"AE"}`), Words: "country AE",
		MaxMonthlyFee: money.MustParse("5.00"), MaxSetupFee: money.MustParse("10.00"),
		Numbers: 3, Budget: money.MustParse("30.00"), MonthNumbers: 2, MonthBudget: money.MustParse("20.00"), PerDay: 1,
		Until: now().Add(48 * time.Hour), Grace: time.Minute,
		Users: []approval.Who{{Role: "sales"}, {Person: "Bob"}}, IDs: []string{"http:claude-team"},
		Routing: map[string]string{"contact": "sip:{number}@sip.example.net", "billing_account": "1", "smpp_contact": ""},
	}
}

func purchase(change func(*mandate.Purchase, *mandate.Line)) mandate.Purchase {
	l := mandate.Line{
		Digits: "971501234567", MonthlyFee: money.MustParse("5.00"), SetupFee: money.MustParse("1.00"), DueNow: money.MustParse("6.00"), Fits: true,
		Terms: map[string]string{"contact": "sip:971501234567@sip.example.net", "billing_account": "1"},
	}
	p := mandate.Purchase{At: now(), By: mandate.User{Asked: true, Principal: "os:alice"}}
	if change != nil {
		change(&p, &l)
	}
	p.Lines = append(p.Lines, l)
	return p
}

func used(at time.Time, due string, counts bool) mandate.Use {
	return mandate.Use{Order: "o-1", At: at, Due: money.MustParse(due), Counts: counts}
}

func TestFit(t *testing.T) {
	t.Parallel()
	yesterday, lastMonth := now().AddDate(0, 0, -1), now().AddDate(0, -1, 0)
	tests := []struct {
		name   string
		change func(*mandate.Purchase, *mandate.Line)
		terms  func(*mandate.Terms)
		uses   []mandate.Use
		want   string // in the only reason; "" = it fits
	}{
		{name: "it fits"},
		{name: "a role", change: func(p *mandate.Purchase, _ *mandate.Line) {
			p.By = mandate.User{Requester: approval.Requester{Roles: []string{"sales"}}}
		}},
		{name: "a person", change: func(p *mandate.Purchase, _ *mandate.Line) {
			p.By = mandate.User{Requester: approval.Requester{Person: "Bob"}}
		}},
		{name: "a client", change: func(p *mandate.Purchase, _ *mandate.Line) { p.By = mandate.User{Principal: "http:claude-team"} }},
		{name: "somebody else", want: "for others", change: func(p *mandate.Purchase, _ *mandate.Line) { p.By = mandate.User{Principal: "http:other"} }},
		{name: "nobody known", want: "for others", change: func(p *mandate.Purchase, _ *mandate.Line) { p.By = mandate.User{} }, terms: func(t *mandate.Terms) { t.Users = append(t.Users, approval.Who{}) }},
		{name: "its last second", change: func(p *mandate.Purchase, _ *mandate.Line) { p.At = now().Add(48*time.Hour - time.Second) }},
		{name: "its end", want: "it ended", change: func(p *mandate.Purchase, _ *mandate.Line) { p.At = now().Add(48 * time.Hour) }},
		{name: "filter", want: "none of country AE", change: func(_ *mandate.Purchase, l *mandate.Line) { l.Fits = false }},
		{name: "a cent a month", want: "5.01 a month", change: func(_ *mandate.Purchase, l *mandate.Line) { l.MonthlyFee = money.MustParse("5.01") }},
		{name: "a month not known", want: "a month is not known", change: func(_ *mandate.Purchase, l *mandate.Line) { l.MonthlyFee = money.Amount{} }},
		{name: "set-up", want: "10.01 to set up", change: func(_ *mandate.Purchase, l *mandate.Line) { l.SetupFee = money.MustParse("10.01") }},
		{name: "set-up not known", want: "to set up is not known", change: func(_ *mandate.Purchase, l *mandate.Line) { l.SetupFee = money.Amount{} }},
		{name: "due not known", want: "at once is not known", change: func(_ *mandate.Purchase, l *mandate.Line) { l.DueNow = money.Amount{} }},
		{name: "calls elsewhere", want: "the contact of +971501234567", change: func(_ *mandate.Purchase, l *mandate.Line) {
			l.Terms["contact"] = "sip:971501234567@sip.example.org"
		}},
		{name: "another account", want: "billing account", change: func(_ *mandate.Purchase, l *mandate.Line) { l.Terms["billing_account"] = "2" }},
		{name: "messages though none are said", want: "smpp contact", change: func(_ *mandate.Purchase, l *mandate.Line) { l.Terms["smpp_contact"] = "smpp:x" }},
		{name: "a term of a later version", want: "the trunk of", change: func(_ *mandate.Purchase, l *mandate.Line) { l.Terms["trunk"] = "7" }},
		{name: "the day", want: "of the day", uses: []mandate.Use{used(now().Add(-time.Hour), "6.00", true)}},
		{name: "the day, let go", uses: []mandate.Use{used(now().Add(-time.Hour), "6.00", false)}},
		{name: "the month", want: "2 of 2 numbers of the month", uses: []mandate.Use{used(yesterday, "6.00", true), used(yesterday, "6.00", true)}},
		{name: "the money of the month", want: "14.01 of 20.00 of the month", uses: []mandate.Use{used(yesterday, "14.01", true)}},
		{name: "all of the money of the month", uses: []mandate.Use{used(yesterday, "14.00", true)}},
		{name: "all", want: "3 of 3 numbers in all", uses: []mandate.Use{used(lastMonth, "1.00", true), used(lastMonth, "1.00", true), used(lastMonth, "1.00", true)}},
		{name: "the money", want: "24.01 of 30.00 in all", uses: []mandate.Use{used(lastMonth, "24.01", true)}},
		{name: "it turned out to cost more than all", want: "in all", uses: []mandate.Use{used(lastMonth, "99.00", true)}},
		{name: "what a use costs is not known", want: "in all", uses: []mandate.Use{{At: lastMonth, Counts: true}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := terms()
			if tt.terms != nil {
				tt.terms(&m)
			}
			why := m.Fit(purchase(tt.change), tt.uses)
			if tt.want == "" && len(why) > 0 || tt.want != "" && (len(why) != 1 || !strings.Contains(why[0], tt.want)) {
				t.Errorf("got %q, want %q", why, tt.want)
			}
		})
	}
}

// TestFitKeepsWithin holds that what fits leaves every bound as it is, whatever was
// used before.
func TestFitKeepsWithin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := terms()
		m.PerDay, m.MonthNumbers = rapid.IntRange(0, 4).Draw(t, "per day"), rapid.IntRange(0, 4).Draw(t, "month")
		var uses []mandate.Use
		for range rapid.IntRange(1, 12).Draw(t, "uses") {
			at := now().AddDate(0, 0, -rapid.IntRange(0, 60).Draw(t, "days"))
			p := purchase(func(p *mandate.Purchase, l *mandate.Line) {
				p.At, l.DueNow = at, money.MustParse(rapid.SampledFrom([]string{"0.00", "4.99", "10.00", "30.00"}).Draw(t, "due"))
			})
			if len(m.Fit(p, uses)) > 0 {
				continue
			}
			uses = append(uses, mandate.Use{At: at, Due: p.Lines[0].DueNow, Counts: true})
			if why := m.Exceeded(at, uses); why != "" {
				t.Fatal(why)
			}
		}
	})
}

func TestTermsAreReadAsTheyWere(t *testing.T) {
	t.Parallel()
	m := terms()
	text, err := m.Text()
	if err != nil {
		t.Fatal(err)
	}
	got, err := mandate.Parse(text)
	if diff := cmp.Diff(m, got, cmp.Comparer(func(a, b money.Amount) bool { return a.Cmp(b) == 0 })); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, bad := range []string{
		"", "{}", strings.Replace(text, `"numbers":3`, `"numbers":0`, 1), strings.Replace(text, `"budget":"30.00"`, `"budget":null`, 1),
		strings.Replace(text, `"name"`, `"later":1,"name"`, 1), strings.Replace(text, `"grace":60000000000`, `"grace":1`, 1),
	} {
		if _, err := mandate.Parse(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"uae-mobile": "uae-mobile", " UAE ": "uae", "a1": "a1", "": "", "a": "", "9711": "", "+9711": "", "uae mobile": "", "uae-": "", "ü-1": "", strings.Repeat("a", 32): "",
	} {
		if got, err := mandate.Name(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}
