package approval

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/identity"
	"didops/internal/money"
)

// Case is an order that somebody might ask for, and what a team expects that it
// needs. What is not expected is not compared.
type Case struct {
	Name      string
	Operation string
	Person    string // who asks, by [[people]]; "" = somebody not named there
	Realm     string
	Roles     []string // that the surface knows
	At        time.Time
	Numbers   int // that are alike
	SetupFee  money.Amount
	Month     money.Amount // of the requester's other orders of the month
	Line      Line
	With      []string // names of cases before, whose numbers are in the same order

	ApprovedBy []string // who approves, in that order: persons, each by a click

	Expect Expect
}

// Expect is what a team expects.
type Expect struct {
	Rules           []string // by their names; empty = any
	Approvals       int      // 0 = any
	Strength        identity.Strength
	Including       []string
	RequesterCounts *bool
	Refused         *bool
	Enough          *bool // whether the approvals of ApprovedBy are
}

// Tested is what became of a case.
type Tested struct {
	Name  string   `json:"name"`
	Rules []string `json:"rules"`
	Wrong []string `json:"wrong"` // what is not as expected
}

// Test holds the policy against cases.
func (p *Policy) Test(cases []Case) []Tested {
	list := make([]Tested, 0, len(cases))
	for n, c := range cases {
		f, wrong := c.facts(p, cases[:n])
		needs, _ := p.Decide(f)
		list = append(list, Tested{Name: c.Name, Rules: needs.Rules, Wrong: append(wrong, c.wrong(p, needs)...)})
	}
	return list
}

// facts returns what rules look at of a case, and what it names that there is
// not.
func (c Case) facts(p *Policy, before []Case) (Facts, []string) {
	people := People(p.config.People)
	f := Facts{
		Operation: c.Operation, Buys: c.Operation == "" || strings.HasSuffix(c.Operation, "_purchase"), At: c.At,
		Requester: Requester{Person: c.Person, Realm: c.Realm, Roles: slices.Concat(c.Roles, people.RolesOf(c.Person))},
		Total:     money.MustParse("0"), Monthly: money.MustParse("0"),
	}
	wrong := []string{}
	c.add(&f)
	for _, name := range c.With {
		i := slices.IndexFunc(before, func(o Case) bool { return o.Name == name })
		if i < 0 {
			wrong = append(wrong, fmt.Sprintf("with: no case before is called %q", name))
			continue
		}
		before[i].add(&f)
	}
	for _, name := range append(slices.Clone(c.ApprovedBy), c.Person) {
		if _, ok := people.find(name); !ok && name != "" {
			wrong = append(wrong, fmt.Sprintf("nobody of [[people]] is called %q", name))
		}
	}
	f.Month = f.Total
	if c.Month.Known() {
		f.Month = f.Month.Add(c.Month)
	}
	return f, wrong
}

// add adds the case's numbers to an order.
func (c Case) add(f *Facts) {
	for range max(1, c.Numbers) {
		l := c.Line
		l.Number = fmt.Sprintf("number %d", len(f.Lines)+1)
		f.Lines = append(f.Lines, l)
		f.Monthly = f.Monthly.Add(l.MonthlyFee)
		f.Total = f.Total.Add(l.MonthlyFee)
		if c.SetupFee.Known() {
			f.Total = f.Total.Add(c.SetupFee)
		}
	}
}

// wrong says what of the needs is not as expected.
func (c Case) wrong(p *Policy, n Needs) []string {
	var wrong []string
	differs := func(what string, is, want any) {
		wrong = append(wrong, fmt.Sprintf("%s: got %v, want %v", what, is, want))
	}
	want := c.Expect
	if rules := union(want.Rules, nil, strings.Compare); len(rules) > 0 && !slices.Equal(rules, n.Rules) {
		differs("rules", strings.Join(n.Rules, ", "), strings.Join(rules, ", "))
	}
	if want.Approvals > 0 && want.Approvals != n.Count {
		differs("approvals", n.Count, want.Approvals)
	}
	if want.Strength > 0 && want.Strength != n.Strength {
		differs("strength", max(n.Strength, identity.Dialog), want.Strength)
	}
	if want.RequesterCounts != nil && *want.RequesterCounts != n.RequesterCounts {
		differs("requester_counts", n.RequesterCounts, *want.RequesterCounts)
	}
	if want.Refused != nil && *want.Refused != n.Refused() {
		differs("refused", n.Refused(), *want.Refused)
	}
	for _, name := range want.Including {
		if g := (Group{Of: []Who{ParseWho(name)}}); !slices.ContainsFunc(n.Including, func(o Group) bool { return compareGroups(o, g) == 0 }) {
			differs("including", fmt.Sprint(n.Including), name)
		}
	}
	if want.Enough != nil {
		if v := c.judged(p, n); v.Enough() != *want.Enough {
			differs("enough", fmt.Sprintf("%v (%s)", v.Enough(), v), *want.Enough)
		}
	}
	return wrong
}

func (c Case) judged(p *Policy, n Needs) Verdict {
	var list []Approval
	for _, name := range c.ApprovedBy {
		if name != c.Person || n.RequesterCounts {
			list = append(list, Approval{Person: name, At: c.At, Strength: max(n.Strength, identity.Click)})
		}
	}
	return n.Judge(list, Request{Person: c.Person, At: c.At}, People(p.config.People))
}
