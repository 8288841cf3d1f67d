package did

import (
	"slices"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/phone"
)

// columns is the filter for the columns of the memory: asked of each distinct
// value there, it says what match and sells say of each row.
func (m *matcher) columns(prefixes []string) *market.Filter {
	f := &market.Filter{
		Prefixes: prefixes, Features: m.wants, MonthlyMost: m.monthly, SetupMost: m.setup,
		Place: m.place, Where: m.where,
	}
	if m.documents != "" {
		needed := m.documents == "required"
		f.Documents = &needed
	}
	if m.vendor != "" {
		f.Seller = func(name string) bool { return m.sells(&exchange.Number{Vendor: name}) }
	}
	if m.city != nil {
		f.Named = m.city.In
		f.Begins = func(digits []byte) bool { return m.city.Has(string(digits)) }
	}
	if m.part != "" {
		f.Text = func(text string) bool { return m.describes(&exchange.Number{Description: text}) }
	}
	if m.pattern.set() {
		f.Number = m.pattern.matchBytes
	}
	return f
}

func (m *matcher) place(p market.Place) market.Answer {
	switch {
	case m.kind != "" && m.kind != p.Type:
		return market.No
	case m.countries == nil || p.Country != "" && m.wanted(p.Country):
		return market.Yes
	case p.Country == "":
		return market.Unsure
	}
	return market.No
}

// where says whether a number is in a wanted country, of whose country the
// exchange says nothing that is understood.
func (m *matcher) where(digits string) market.Answer {
	could := phone.CountriesOf(digits)
	switch {
	case !slices.ContainsFunc(could, m.wanted):
		return market.No
	case slices.ContainsFunc(could, func(iso string) bool { return !m.wanted(iso) }):
		return market.Unsure
	}
	return market.Yes
}
