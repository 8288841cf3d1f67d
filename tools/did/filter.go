package did

import (
	"cmp"
	"slices"
	"strings"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/money"
	"didops/internal/phone"
	"didops/internal/view"
)

// Filter is what a market can be narrowed by. Nothing given means everything.
type Filter struct {
	Country       string       `json:"country,omitempty" several:"true" jsonschema_description:"Names or codes: AE, +971, EU"`
	City          string       `json:"city,omitempty" jsonschema_description:"By area code or description: London"`
	Prefix        string       `json:"prefix,omitempty" jsonschema_description:"Leading digits"`
	Type          string       `json:"type,omitempty" jsonschema:"enum=any,enum=national,enum=mobile,enum=tollfree,enum=unknown" jsonschema_description:"Kind of number"`
	Voice         *bool        `json:"voice,omitempty" jsonschema_description:"true: must have; false: must not"`
	SMS           *bool        `json:"sms,omitempty" jsonschema_description:"As voice"`
	Fax           *bool        `json:"fax,omitempty" jsonschema_description:"As voice"`
	Video         *bool        `json:"video,omitempty" jsonschema_description:"As voice"`
	Vendor        string       `json:"vendor,omitempty" jsonschema_description:"Seller's whole name"`
	Description   string       `json:"description,omitempty" jsonschema_description:"Part of it"`
	Pattern       string       `json:"pattern,omitempty" jsonschema_description:"Whole number: digits, ? one digit, * any run"`
	MaxMonthlyFee money.Amount `json:"max_monthly_fee,omitzero" jsonschema_description:"At most this per month"`
	MaxSetupFee   money.Amount `json:"max_setup_fee,omitzero" jsonschema_description:"At most this once"`
	Documents     string       `json:"documents,omitempty" jsonschema:"enum=any,enum=not_required,enum=required" jsonschema_description:"Needed before use"`
}

// matcher is a filter made ready: what to ask the exchange for, and what to
// check in every row that comes.
type matcher struct {
	queries   []exchange.MarketQuery
	prefixes  []string    // of the area that is asked about, whatever else is
	countries []string    // ISO codes, sorted; nil = every country
	city      *phone.City // nil = anywhere
	prefix    string
	kind      string
	wants     [4]*bool // voice, sms, fax, video; nil = no matter
	vendor    string
	part      string // of the description, lower case
	pattern   pattern
	monthly   money.Amount
	setup     money.Amount
	documents string
}

// compile checks the filter and makes it ready. Errors are [fault.Invalid]
// and name the parameter.
func (f Filter) compile() (*matcher, error) {
	m := &matcher{
		vendor: view.Unquoted(f.Vendor), part: strings.ToLower(view.Unquoted(f.Description)),
		monthly: f.MaxMonthlyFee, setup: f.MaxSetupFee, wants: [4]*bool{f.Voice, f.SMS, f.Fax, f.Video},
	}
	if f.Type != "any" {
		m.kind = f.Type
	}
	if f.Documents != "any" {
		m.documents = f.Documents
	}
	var err error
	if f.Pattern != "" {
		if m.pattern, err = parsePattern(f.Pattern); err != nil {
			return nil, err
		}
	}
	prefixes, err := m.area(f.Country, f.Prefix)
	if err != nil {
		return nil, err
	}
	if f.City != "" {
		if m.city, err = phone.FindCity(view.Unquoted(f.City), m.countries); err != nil {
			return nil, err
		}
		if m.countries == nil && m.city.Within != nil {
			if prefixes, err = m.area(strings.Join(m.city.Within, ";"), f.Prefix); err != nil {
				return nil, err
			}
		}
	}
	m.prefixes = prefixes
	for _, p := range narrow(prefixes, m.pattern.lead) {
		q := exchange.MarketQuery{Prefix: p, Type: m.kind}
		q.Voice, q.SMS, q.Fax, q.Video = must(f.Voice), must(f.SMS), must(f.Fax), must(f.Video)
		m.queries = append(m.queries, q)
	}
	return m, nil
}

// identity returns what tells this filter from others, however countries and
// the like were spelt.
func (m *matcher) identity() []any {
	parts := []any{m.countries, m.prefix, m.kind, m.wants, strings.ToLower(m.vendor), m.part, m.pattern.text, m.monthly, m.setup, m.documents}
	if m.city != nil {
		parts = append(parts, "city", strings.ToLower(m.city.Name))
	}
	return parts
}

func must(b *bool) bool { return b != nil && *b }

// area resolves countries and prefix into the leading digits to ask for. The
// exchange's own spelling of a country is not certain, so it is never asked
// by name.
func (m *matcher) area(country, prefix string) ([]string, error) {
	var err error
	if prefix != "" {
		if m.prefix, err = phone.Prefix(prefix); err != nil {
			return nil, err
		}
	}
	if country == "" {
		return []string{m.prefix}, nil
	}
	found, err := phone.ResolveList(country)
	if err != nil {
		return nil, err
	}
	var prefixes []string
	for _, c := range found {
		m.countries = append(m.countries, c.ISO)
		prefixes = append(prefixes, phone.Prefixes(c.ISO)...)
	}
	slices.Sort(m.countries)
	within := overlap(shortest(prefixes), m.prefix)
	if len(within) == 0 {
		return nil, fault.New(fault.Invalid, "no number of %s begins with %s", named(found), m.prefix).
			WithField("prefix").WithHint("its numbers begin with %s; an area code comes behind that", strings.Join(shortest(prefixes), ", "))
	}
	return within, nil
}

func named(found []phone.Country) string {
	if len(found) == 1 {
		return found[0].Name
	}
	return "these countries"
}

// shortest drops the prefixes that a shorter one contains.
func shortest(prefixes []string) []string {
	var out []string
	for _, p := range prefixes {
		if !slices.Contains(out, p) && !slices.ContainsFunc(prefixes, func(q string) bool { return q != p && strings.HasPrefix(p, q) }) {
			out = append(out, p)
		}
	}
	return out
}

// overlap returns the leading digits that begin with one of the prefixes and
// with p as well.
func overlap(prefixes []string, p string) []string {
	var out []string
	for _, q := range prefixes {
		switch {
		case strings.HasPrefix(q, p):
			out = append(out, q)
		case strings.HasPrefix(p, q):
			out = append(out, p)
		}
	}
	return out
}

// narrow is overlap, or all prefixes where nothing is common: then no row
// will match, and reading says so truthfully.
func narrow(prefixes []string, lead string) []string {
	if within := overlap(prefixes, lead); len(within) > 0 {
		return within
	}
	return prefixes
}

// match reports whether the row is wanted, sellers' names left aside.
func (m *matcher) match(n *exchange.Number) bool {
	return strings.HasPrefix(n.Digits, m.prefix) &&
		cmp.Or(m.kind, n.Type) == n.Type &&
		m.inCountry(n) && m.fits(n) &&
		(!m.pattern.set() || m.pattern.match(n.Digits)) &&
		(m.part == "" || m.describes(n)) &&
		(m.city == nil || m.located(n))
}

func (m *matcher) describes(n *exchange.Number) bool {
	return strings.Contains(strings.ToLower(n.Description), m.part)
}

// papers holds what is stated of documents against what is wanted.
func (m *matcher) papers(n *exchange.Number) bool {
	return !n.DocumentsUnstated && (m.documents == "required") == n.NeedsDocuments
}

func (m *matcher) fits(n *exchange.Number) bool {
	for i, has := range [4]bool{n.Voice, n.SMS, n.Fax, n.Video} {
		if m.wants[i] != nil && *m.wants[i] != has {
			return false
		}
	}
	if m.documents != "" && !m.papers(n) {
		return false
	}
	return (!m.monthly.Known() || n.MonthlyFee.Cmp(m.monthly) <= 0) &&
		(!m.setup.Known() || n.SetupFee.Cmp(m.setup) <= 0)
}

// inCountry tells numbers of shared dialling codes apart by the row's own
// country code. A row without one counts where every country that it could
// be in is wanted.
func (m *matcher) inCountry(n *exchange.Number) bool {
	if m.countries == nil {
		return true
	}
	if n.Country != "" {
		return m.wanted(n.Country)
	}
	could := phone.CountriesOf(n.Digits)
	return len(could) > 0 && !slices.ContainsFunc(could, func(iso string) bool { return !m.wanted(iso) })
}

// undecided reports whether the row would fit in a wanted country and may be in
// one as well as in another: its digits are of several, and what the exchange
// says of its country is not understood.
func (m *matcher) undecided(n *exchange.Number) bool {
	if m.countries == nil || n.Country != "" || m.inCountry(n) || !slices.ContainsFunc(phone.CountriesOf(n.Digits), m.wanted) {
		return false
	}
	anywhere := *m
	anywhere.countries = nil
	return anywhere.match(n)
}

func (m *matcher) wanted(iso string) bool {
	_, ok := slices.BinarySearch(m.countries, iso)
	return ok
}

func (m *matcher) sells(n *exchange.Number) bool {
	return m.vendor == "" || strings.EqualFold(n.Vendor, m.vendor) ||
		strings.Contains(m.vendor, `"`) && strings.EqualFold(view.Quoted(n.Vendor), view.Quoted(m.vendor)) // as it is shown
}
