package config

import (
	"fmt"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/identity"
)

// Rules returns the rules of approval, compiled, also where there are none.
func (c *Config) Rules() *approval.Policy {
	if c.Approval.Policy != nil {
		return c.Approval.Policy
	}
	return approval.Compile(c.rules())
}

// LoadCases reads the cases of a file that rules of approval are tested by:
// [[case]], any number of times. Days and times are by the clocks of the
// configuration's time zone. Its error is like that of [Load].
func LoadCases(src Source, c *Config) ([]approval.Case, error) {
	data, _, err := src.read(src.Flag, mostFile)
	if err != nil {
		return nil, unreadable("", src.Flag, err)
	}
	doc, bad := parse(src.Flag, data)
	if bad != nil {
		return nil, refuse([]problem{*bad})
	}
	var cases []approval.Case
	l := &loader{src: src, cfg: &Config{Path: src.Flag}, doc: doc, at: map[string]int{}}
	all := []section{{name: "case", list: true, keys: func() []key {
		cases = append(cases, approval.Case{Realm: identity.OS})
		return caseKeys(&cases[len(cases)-1], c.Approval.TimeZone)
	}}}
	l.list(all[0])
	l.unknown("", doc.tree, all)
	seen := map[string]string{}
	for i, k := range cases {
		path := element("case", i)
		l.need(path, k.Name != "", "needs a name")
		l.unique(seen, path, []pair{{"name", k.Name}})
	}
	if len(l.problems) > 0 {
		return nil, refuse(l.problems)
	}
	if len(cases) == 0 {
		return nil, fault.New(fault.Invalid, "%s has no [[case]]", src.Flag)
	}
	return cases, nil
}

func caseKeys(c *approval.Case, zone *time.Location) []key {
	zero := time.Date(2026, 1, 5, 12, 0, 0, 0, zone) // a Monday at noon, where hours are of no interest
	c.At = zero
	return append([]key{
		{name: "name", initial: "", set: into(&c.Name, line(128))},
		{name: "operation", initial: "did_purchase", set: into(&c.Operation, operationName)},
		{name: "requester", initial: "", set: into(&c.Person, line(64))},
		{name: "surface", initial: identity.OS, set: into(&c.Realm, oneOf(identity.OS, identity.HTTP, identity.Discord, identity.Web, identity.Job))},
		{name: "roles", initial: none(), set: into(&c.Roles, each(roleName))},
		{name: "at", initial: "", set: into(&c.At, moment(zero, zone))},
		{name: "numbers", initial: int64(1), set: into(&c.Numbers, whole[int](1, 1000))},
		{name: "monthly_fee", initial: "", set: into(&c.Line.MonthlyFee, unset(amount))},
		{name: "setup_fee", initial: "", set: into(&c.SetupFee, unset(amount))},
		{name: "month_before", initial: "", set: into(&c.Month, unset(amount))},
		{name: "country", initial: "", set: into(&c.Line.Country, unset(countryCode))},
		{name: "vendor", initial: "", set: into(&c.Line.Vendor, line(128))},
		{name: "type", initial: "", set: into(&c.Line.Type, oneOf("", "national", "mobile", "tollfree", "unknown"))},
		{name: "features", initial: none(), set: into(&c.Line.Features, each(oneOf("voice", "sms", "fax", "video")))},
		{name: "documents", initial: "", set: into(&c.Line.Documents, either)},
		{name: "new_host", initial: false, set: into(&c.Line.NewHost, yesNo)},
		{name: "with", initial: none(), set: into(&c.With, each(line(128)))},
		{name: "approved_by", initial: none(), set: into(&c.ApprovedBy, each(line(64)))},
	}, expectKeys(&c.Expect)...)
}

func expectKeys(e *approval.Expect) []key {
	return []key{
		{name: "rule", initial: "", set: func(value any) string {
			name, problem := line(40)(value)
			if problem == "" && name != "" {
				e.Rules = append(e.Rules, name)
			}
			return problem
		}},
		{name: "rules", initial: none(), set: func(value any) string {
			names, problem := each(line(40))(value)
			e.Rules = append(e.Rules, names...)
			return problem
		}},
		{name: "approvals", initial: "", set: into(&e.Approvals, unset(whole[int](1, 10)))},
		{name: "strength", initial: "", set: into(&e.Strength, strength)},
		{name: "including", initial: none(), set: into(&e.Including, each(line(256)))},
		{name: "requester_counts", initial: "", set: into(&e.RequesterCounts, either)},
		{name: "refused", initial: "", set: into(&e.Refused, either)},
		{name: "enough", initial: "", set: into(&e.Enough, either)},
	}
}

// moment reads a day and a time of day by the clocks of a zone.
func moment(initial time.Time, zone *time.Location) read[time.Time] {
	const form = "2006-01-02 15:04"
	return func(value any) (time.Time, string) {
		if value == "" {
			return initial, ""
		}
		s, _ := value.(string)
		t, err := time.ParseInLocation(form, s, zone)
		if err != nil {
			return initial, fmt.Sprintf("must be a day and a time such as %q", "2026-11-30 10:00")
		}
		return t, ""
	}
}
