package approval_test

import (
	"time"

	"pgregory.net/rapid"

	"didops/internal/approval"
	"didops/internal/identity"
	"didops/internal/money"
)

// noon is a Monday.
func noon() time.Time { return time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC) }

func usd(amount string) approval.Price {
	return approval.Price{Amount: money.MustParse(amount), Currency: "USD"}
}

func role(name string) approval.Who   { return approval.Who{Role: name} }
func person(name string) approval.Who { return approval.Who{Person: name} }

// people are Alice and Bob of finance, Carol and Dave of sales, Eve of none.
func people() []identity.Person {
	return []identity.Person{
		{Name: "Alice", Roles: []string{"finance"}},
		{Name: "Bob", Roles: []string{"finance", "heads"}},
		{Name: "Carol", Roles: []string{"sales"}},
		{Name: "Dave", Roles: []string{"sales"}},
		{Name: "Eve"},
	}
}

// company are the rules of a company: the outcome that rules are for.
func company() approval.Config {
	no := false
	return approval.Config{
		Rules: []approval.Rule{
			{Name: "give up", Operations: []string{"did_unsubscribe"}, Approvals: 2},
			{Name: "small", Operations: []string{"did_purchase"}, MaxMonthlyFee: usd("5"), Requesters: []approval.Who{role("sales")}, Approvals: 1},
			{Name: "medium", Operations: []string{"did_purchase"}, MaxMonthlyFee: usd("50"), Approvals: 1, RequesterCounts: &no},
			{
				Name: "large", Operations: []string{"did_purchase"}, Approvals: 2, Including: []approval.Who{role("finance")}, RequesterCounts: &no,
				RemindAfter: []time.Duration{10 * time.Minute}, EscalateAfter: 20 * time.Minute, EscalateTo: []approval.Who{role("heads")},
			},
		},
		Settings: approval.Needs{Count: 1, RequesterCounts: true, ExpiresAfter: time.Hour}, People: people(), Currency: "USD",
	}
}

// purchase is a request of Carol's for numbers with these monthly fees.
func purchase(fees ...string) approval.Facts {
	f := approval.Facts{
		Operation: "did_purchase", Buys: true, At: noon(), Requester: approval.Requester{Person: "Carol", Realm: "os", Roles: []string{"sales"}},
		Total: money.MustParse("0"), Monthly: money.MustParse("0"), Month: money.MustParse("0"),
	}
	for _, fee := range fees {
		a := money.MustParse(fee)
		f.Total, f.Monthly, f.Month = f.Total.Add(a), f.Monthly.Add(a), f.Month.Add(a)
		f.Lines = append(f.Lines, approval.Line{Number: "+97150", MonthlyFee: a, Country: "AE"})
	}
	return f
}

// whos draws lists of roles and people.
func whos() *rapid.Generator[[]approval.Who] {
	return rapid.SliceOfNDistinct(rapid.SampledFrom([]approval.Who{role("finance"), role("heads"), role("sales"), person("Bob"), person("Eve"), {Realm: "discord"}}), 0, 3, rapid.ID)
}

func bounds() *rapid.Generator[approval.Price] {
	return rapid.SampledFrom([]approval.Price{{}, usd("1"), usd("5"), usd("20")})
}

func durations() *rapid.Generator[time.Duration] {
	return rapid.SampledFrom([]time.Duration{0, time.Minute, 10 * time.Minute, time.Hour})
}

func maybe() *rapid.Generator[*bool] {
	yes, no := true, false
	return rapid.SampledFrom([]*bool{nil, &yes, &no})
}

// rules draws any rule.
func rules() *rapid.Generator[approval.Rule] {
	return rapid.Custom(func(t *rapid.T) approval.Rule {
		some := func(label string, values ...string) []string {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(values), 0, 2, rapid.ID).Draw(t, label)
		}
		r := approval.Rule{
			Name: rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "name"), Operations: some("operations", "did_purchase", "did_update"),
			MaxMonthlyFee: bounds().Draw(t, "fee"), MaxOrderTotal: bounds().Draw(t, "total"), MaxOrderMonthly: bounds().Draw(t, "monthly"), MaxMonthTotal: bounds().Draw(t, "month"),
			Countries: some("countries", "AE", "DE", "US"), Vendors: some("vendors", "ACME", "acme", "other"), Types: some("types", "mobile", "national"),
			Features: some("features", "sms", "voice", "fax"), Documents: maybe().Draw(t, "documents"), NewHosts: maybe().Draw(t, "hosts"),
			Requesters: whos().Draw(t, "requesters"),
			Refuse:     rapid.IntRange(0, 9).Draw(t, "refuse") == 0, Approvals: rapid.IntRange(0, 3).Draw(t, "approvals"),
			Approvers: whos().Draw(t, "approvers"), Including: whos().Draw(t, "including"),
			Strength: rapid.SampledFrom([]identity.Strength{0, identity.Click, identity.Passkey}).Draw(t, "strength"), RequesterCounts: maybe().Draw(t, "counts"),
			Wait: durations().Draw(t, "wait"), EscalateAfter: durations().Draw(t, "escalate"), EscalateTo: whos().Draw(t, "to"), ExpiresAfter: durations().Draw(t, "expires"),
			RemindAfter: rapid.SliceOfNDistinct(durations(), 0, 2, rapid.ID).Draw(t, "remind"),
		}
		if hours := rapid.SampledFrom([]string{"", "Mon-Fri 08:00-18:00", "Sat,Sun", "22:00-06:00"}).Draw(t, "hours"); hours != "" {
			h, err := approval.ParseHours(hours)
			if err != nil {
				t.Fatal(err)
			}
			r.Hours = []approval.Hours{h}
		}
		return r
	})
}

// configs draws any list of rules.
func configs() *rapid.Generator[approval.Config] {
	return rapid.Custom(func(t *rapid.T) approval.Config {
		c := company()
		c.Rules = rapid.SliceOfN(rules(), 0, 5).Draw(t, "rules")
		c.Settings.Count = rapid.IntRange(1, 3).Draw(t, "count")
		c.Settings.RequesterCounts = rapid.Bool().Draw(t, "requester counts")
		return c
	})
}

// lines draws any line.
func lines() *rapid.Generator[approval.Line] {
	return rapid.Custom(func(t *rapid.T) approval.Line {
		l := approval.Line{
			Number: "+97150", Country: rapid.SampledFrom([]string{"", "AE", "DE"}).Draw(t, "country"), Vendor: rapid.SampledFrom([]string{"", "Acme", "other"}).Draw(t, "vendor"),
			Type: rapid.SampledFrom([]string{"", "mobile", "national"}).Draw(t, "type"), Features: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"sms", "voice"}), 0, 2, rapid.ID).Draw(t, "features"),
			Documents: maybe().Draw(t, "documents"), NewHost: rapid.Bool().Draw(t, "host"),
		}
		if fee := rapid.SampledFrom([]string{"", "0", "1", "5", "5.01", "30"}).Draw(t, "fee"); fee != "" {
			l.MonthlyFee = money.MustParse(fee)
		}
		return l
	})
}

// facts draws any request.
func facts() *rapid.Generator[approval.Facts] {
	return rapid.Custom(func(t *rapid.T) approval.Facts {
		amount := func(label string) money.Amount {
			return money.MustParse(rapid.SampledFrom([]string{"0", "1", "5", "19.99", "20", "400"}).Draw(t, label))
		}
		who := rapid.SampledFrom([]string{"", "Alice", "Bob", "Carol", "Eve"}).Draw(t, "who")
		return approval.Facts{
			Operation: rapid.SampledFrom([]string{"did_purchase", "did_update", "did_unsubscribe"}).Draw(t, "operation"), Buys: rapid.Bool().Draw(t, "buys"),
			Requester: approval.Requester{Person: who, Realm: rapid.SampledFrom([]string{"os", "discord"}).Draw(t, "realm"), Roles: approval.People(people()).RolesOf(who)},
			At:        noon().Add(time.Duration(rapid.IntRange(0, 7*24*60).Draw(t, "minute")) * time.Minute),
			Total:     amount("total"), Monthly: amount("monthly"), Month: amount("month"),
			Lines: rapid.SliceOfN(lines(), 1, 4).Draw(t, "lines"),
		}
	})
}

// approvals draws approvals of different persons.
func approvals() *rapid.Generator[[]approval.Approval] {
	one := rapid.Custom(func(t *rapid.T) approval.Approval {
		return approval.Approval{
			Person: rapid.SampledFrom([]string{"Alice", "Bob", "Carol", "Dave", "Eve"}).Draw(t, "person"), Realm: rapid.SampledFrom([]string{"os", "discord"}).Draw(t, "realm"),
			At:       noon().Add(durations().Draw(t, "at")),
			Strength: rapid.SampledFrom([]identity.Strength{identity.Dialog, identity.Click, identity.Passkey}).Draw(t, "strength"),
		}
	})
	return rapid.SliceOfNDistinct(one, 0, 5, func(a approval.Approval) string { return a.Person })
}
