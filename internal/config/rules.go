package config

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"didops/internal/approval"
	"didops/internal/identity"
	"didops/internal/money"
)

// ruleKeys are the keys of [[approval.rules]]. What a rule leaves out it says
// nothing of.
func ruleKeys(r *approval.Rule) []key {
	return append(conditionKeys(r), demandKeys(r)...)
}

func conditionKeys(r *approval.Rule) []key {
	return []key{
		{name: "name", initial: "", example: "small", doc: "name of a rule, as people are told it; required. The first rule that fits a line of an order counts for it, and the order needs what the rules of all its lines need", set: into(&r.Name, line(40))},
		{name: "operations", initial: none(), example: []any{"did_purchase"}, doc: "operations that it fits; [] = all", set: into(&r.Operations, each(operationName))},
		{name: "max_monthly_fee", initial: "", example: "5.00 USD", note: "fits up to this, of each number", doc: `fits numbers up to this monthly fee, with the currency: "5.00 USD"; amounts fit purchases alone; "" = any`, set: into(&r.MaxMonthlyFee, price)},
		{name: "max_order_total", initial: "", doc: `fits orders up to this set-up plus first month; "" = any`, set: into(&r.MaxOrderTotal, price)},
		{name: "max_order_monthly", initial: "", doc: `fits orders up to these monthly fees together; "" = any`, set: into(&r.MaxOrderMonthly, price)},
		{name: "max_month_total", initial: "", doc: `fits as long as the requester's orders of the calendar month, with this one, come to no more at once; "" = any`, set: into(&r.MaxMonthTotal, price)},
		{name: "countries", initial: none(), doc: "ISO codes of countries that it fits; [] = all", set: into(&r.Countries, each(countryCode))},
		{name: "vendors", initial: none(), doc: "vendors that it fits; [] = all", set: into(&r.Vendors, each(filledLine(128)))},
		{name: "types", initial: none(), doc: "types of numbers that it fits: national, mobile, tollfree, unknown; [] = all", set: into(&r.Types, each(oneOf("national", "mobile", "tollfree", "unknown")))},
		{name: "features", initial: none(), doc: "fits numbers that can do one of these: voice, sms, fax, video; [] = all", set: into(&r.Features, each(oneOf("voice", "sms", "fax", "video")))},
		{name: "documents", initial: "", doc: `true or false: fits numbers for which documents are required, or are not; "" = either`, set: into(&r.Documents, either)},
		{name: "new_hosts", initial: "", doc: `true or false: fits what is routed to a new host, or is not; "" = either`, set: into(&r.NewHosts, either)},
		{name: "requesters", initial: none(), doc: `who may have asked: "role:NAME", names of [[people]], or surfaces (os, http, discord, web, job); [] = anybody`, set: into(&r.Requesters, each(who))},
		{name: "hours", initial: none(), doc: `when it was asked, by the clocks of [approval] time_zone: "Mon-Fri 08:00-18:00"; [] = at any time`, set: into(&r.Hours, each(hours))},
	}
}

func demandKeys(r *approval.Rule) []key {
	return []key{
		{name: "refuse", initial: false, doc: "true: nobody may approve it", set: into(&r.Refuse, yesNo)},
		{name: "message", initial: "", doc: "what is said where it refuses", set: into(&r.Message, line(200))},
		{name: "approvals", initial: "", example: int64(1), doc: `how many people have to approve; "" = approvals_needed`, set: into(&r.Approvals, unset(whole[int](1, 10)))},
		{name: "approvers", initial: none(), doc: `whose approvals count: "role:NAME" or names of [[people]]; [] = those of everybody who may approve`, set: into(&r.Approvers, each(who))},
		{name: "including", initial: none(), example: []any{"role:finance"}, doc: "of each of these at least one has to approve; they count besides approvers", set: into(&r.Including, each(who))},
		{name: "strength", initial: "", doc: `what an approval takes: "click" (no dialog of an assistant), "passkey", or "" = as elicitation says`, set: into(&r.Strength, strength)},
		{name: "requester_counts", initial: "", doc: `true or false: whether the approval of the requester counts; "" = requester_may_approve`, set: into(&r.RequesterCounts, either)},
		{name: "wait", initial: "0s", doc: "how long after its approval an order is sent; until then it can be taken back", set: into(&r.Wait, duration(0, 7*24*time.Hour))},
		{name: "remind_after", initial: none(), doc: `when approvers are reminded, after the request: ["10m"]`, set: into(&r.RemindAfter, each(duration(time.Second, 7*24*time.Hour)))},
		{name: "escalate_after", initial: "", doc: `when, after the request, an order that nobody decided goes to escalate_to; "" = never`, set: into(&r.EscalateAfter, unset(duration(time.Second, 7*24*time.Hour)))},
		{name: "escalate_to", initial: none(), doc: "to whom: their approvals count as well from then on", set: into(&r.EscalateTo, each(who))},
		{name: "expires_after", initial: "", doc: `how long an order waits for approval; "" = expires_after of [approval]`, set: into(&r.ExpiresAfter, unset(duration(time.Second, 7*24*time.Hour)))},
	}
}

func capKeys(c *approval.Cap) []key {
	return []key{
		{name: "name", initial: "", example: "finance", doc: "name of a cap, as people are told it; required", set: into(&c.Name, line(40))},
		{name: "who", initial: none(), example: []any{"role:finance"}, note: "whose purchases count; [] = everybody's", doc: `whose purchases count, together: "role:NAME", names of [[people]], or surfaces; [] = everybody's`, set: into(&c.Who, each(who))},
		{name: "each", initial: false, note: "true: of every requester alone", doc: "true: every requester is counted alone, by whatever surface", set: into(&c.Each, yesNo)},
		{name: "countries", initial: none(), doc: "ISO codes of countries whose numbers count; [] = all", set: into(&c.Countries, each(countryCode))},
		{name: "per", initial: string(approval.PerMonth), note: `or "day"`, doc: "month (of the calendar) or day, by [approval] time_zone: when it counts anew", set: into(&c.Per, oneOf(approval.PerMonth, approval.PerDay))},
		{name: "max_total", initial: "", example: "200.00 USD", note: "set-up plus first month", doc: `most set-up plus first month, with the currency: "200.00 USD"; "" = no limit`, set: into(&c.MaxTotal, bound)},
		{name: "max_monthly_fee_total", initial: "", note: "monthly fees of what is bought", doc: `most monthly fees of what is bought, with the currency; "" = no limit`, set: into(&c.MaxMonthlyFeeTotal, bound)},
		{name: "max_numbers", initial: int64(0), doc: "most numbers that are bought; 0 = no limit", set: into(&c.MaxNumbers, whole[int](0, 1_000_000))},
	}
}

func roleKeys(r *approval.Role) []key {
	return []key{
		{name: "name", initial: "", example: "finance", doc: "name of a role that rules of approval use; required", set: into(&r.Name, optional(roleName))},
		{name: "discord", initial: none(), example: []any{"123456789012345678"}, note: "ids of roles there", doc: "ids of the roles on Discord whose members have it", set: into(&r.Discord, each(snowflake))},
	}
}

// unset lets a rule accept "" for what is not stated.
func unset[T any](rule read[T]) read[T] {
	return func(value any) (T, string) {
		if value == "" {
			var none T
			return none, ""
		}
		return rule(value)
	}
}

// either reads true, false, or "" for what is not stated.
func either(value any) (*bool, string) {
	if value == "" {
		return nil, ""
	}
	b, problem := yesNo(value)
	return &b, problem
}

// price reads an amount with its currency.
func price(value any) (approval.Price, string) {
	if value == "" {
		return approval.Price{}, ""
	}
	s, _ := value.(string)
	number, code, ok := strings.Cut(s, " ")
	a, err := money.Parse(number)
	if _, wrong := currency(code); !ok || err != nil || wrong != "" {
		return approval.Price{}, `must be an amount with its currency such as "5.00 USD", in quotes`
	}
	return approval.Price{Amount: a, Currency: code}, ""
}

// bound reads an amount with its currency that bounds something; "" and 0 are no
// bound, as in the whole section of limits.
func bound(value any) (approval.Price, string) {
	p, problem := price(value)
	if p.Amount.Known() && p.Amount.Cmp(p.Amount.Times(0)) == 0 {
		return approval.Price{}, problem
	}
	return p, problem
}

func filledLine(most int) read[string] {
	return func(value any) (string, string) {
		s, problem := line(most)(value)
		if problem == "" && s == "" {
			problem = "must not be empty"
		}
		return s, problem
	}
}

// who reads whom a rule speaks of.
func who(value any) (approval.Who, string) {
	s, problem := filledLine(256)(value)
	w := approval.ParseWho(s)
	if problem == "" && w.Person != "" && strings.HasPrefix(w.Person, "role:") {
		problem = `must name a role behind "role:"`
	}
	return w, problem
}

func roleName(value any) (string, string) {
	return text(value, func(s string) bool {
		return len(s) <= 40 && s != "" && !strings.ContainsAny(s, `:,"`)
	}, `must be the name of a role such as "finance", without ":", "," and quotes`)
}

func hours(value any) (approval.Hours, string) {
	s, problem := line(64)(value)
	if problem != "" {
		return approval.Hours{}, problem
	}
	h, err := approval.ParseHours(s)
	if err != nil {
		return h, `must be a time of the week such as "Mon-Fri 08:00-18:00"`
	}
	return h, ""
}

func awayDays(value any) (approval.Days, string) {
	s, problem := line(64)(value)
	if problem != "" {
		return approval.Days{}, problem
	}
	d, err := approval.ParseDays(s)
	if err != nil {
		return d, `must be days such as "2026-12-20/2027-01-05", the first and the last of them, or one day`
	}
	return d, ""
}

func strength(value any) (identity.Strength, string) {
	switch value {
	case "":
		return 0, ""
	case identity.Click.String():
		return identity.Click, ""
	case identity.Passkey.String():
		return identity.Passkey, ""
	}
	return 0, `must be "click", "passkey" or ""`
}

// Persons returns who is who, as rules of approval take it.
func (c *Config) Persons() []identity.Person {
	list := make([]identity.Person, 0, len(c.People))
	for _, person := range c.People {
		p := identity.Person{
			Name: person.Name, Roles: person.Roles, Delegate: person.Delegate,
			IDs: map[string]string{identity.OS: person.OS, identity.Discord: person.Discord, identity.HTTP: person.HTTP, identity.Web: person.Name},
		}
		for _, days := range person.Away {
			p.Away = append(p.Away, days.Period(c.Approval.TimeZone))
		}
		list = append(list, p)
	}
	return list
}

// rules returns what the rules of approval are compiled of.
func (c *Config) rules() approval.Config {
	return approval.Config{
		Rules: c.Approval.Rules, People: c.Persons(), Roles: c.Roles, Zone: c.Approval.TimeZone, Currency: c.Exchange.Currency,
		Settings: approval.Needs{Count: c.Approval.Needed, RequesterCounts: c.Approval.RequesterMayApprove, ExpiresAfter: c.Approval.ExpiresAfter},
	}
}

// checkRules holds rules, roles and delegates against each other. What is wrong
// with a key by itself, or with the currency, would only be said twice.
func (l *loader) checkRules() {
	if l.faulty("people", "roles", "exchange.currency") {
		return
	}
	for _, p := range approval.Check(l.cfg.rules()) {
		l.near(p.Key, p.Message)
	}
	if !l.faulty("limits") {
		l.checkCaps()
	}
	if len(l.cfg.Approval.Rules) > 0 && len(l.problems) == 0 {
		l.cfg.Approval.Policy = approval.Compile(l.cfg.rules())
	}
}

// checkCaps holds caps against roles, people and the currency.
func (l *loader) checkCaps() {
	total := approval.CheckTotal(l.cfg.rules(), "limits.max_monthly_total", l.cfg.Limits.MaxMonthlyTotal)
	for _, p := range slices.Concat(total, approval.CheckCaps(l.cfg.rules(), l.cfg.Limits.Caps)) {
		l.near(p.Key, p.Message)
	}
}

// near reports what is wrong with a key or, where the file does not have it,
// with its element of a list.
func (l *loader) near(path, rule string) {
	p := problem{key: path, rule: rule}
	at := path
	if l.doc.lines[at] == 0 {
		at = path[:strings.LastIndexByte(path, ']')+1]
	}
	if row := l.doc.lines[at]; row > 0 {
		p.where, p.line = l.doc.at(row), row
	}
	l.problems = append(l.problems, p)
}

// Refuse returns the error of a configuration of which more is known to be
// wrong than it can tell by itself; nil for no problem.
func (c *Config) Refuse(found []approval.Problem) error {
	if len(found) == 0 {
		return nil
	}
	problems := make([]problem, 0, len(found))
	for _, f := range found {
		p := problem{key: f.Key, rule: f.Message}
		for _, key := range []string{f.Key, f.Key[:strings.LastIndexByte(f.Key, ']')+1] + ".name"} {
			i := slices.IndexFunc(c.settings, func(s Setting) bool { return s.Key == key && strings.HasPrefix(s.Source, c.Path+":") })
			if i < 0 {
				continue
			}
			p.where = c.settings[i].Source
			p.line, _ = strconv.Atoi(strings.TrimPrefix(p.where, c.Path+":"))
			break
		}
		problems = append(problems, p)
	}
	return refuse(problems)
}
