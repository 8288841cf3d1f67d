package did

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"didops/internal/exchange"
	"didops/internal/money"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// OverviewIn is what did_overview takes.
type OverviewIn struct{ Filter }

// OverviewOut is what did_overview returns.
type OverviewOut struct {
	tools.Envelope
	Currency         string   `json:"currency" jsonschema_description:"Of amounts"`
	Countries        []string `json:"countries,omitempty" compact:"-" jsonschema_description:"Meant"`
	Matched          int      `json:"matched" jsonschema_description:"As did_search"`
	Complete         bool     `json:"complete" jsonschema_description:"As did_search"`
	IncompleteReason string   `json:"incomplete_reason,omitempty" jsonschema_description:"Why"`
	ByCountry        []Group  `json:"by_country" compact:",first=12" jsonschema_description:"Counts and fees"`
	ByType           []Group  `json:"by_type" compact:",first=12" jsonschema_description:"Alike"`
	ByVendor         []Group  `json:"by_vendor" quoted:"name" compact:",first=12" jsonschema_description:"Alike"`
	ByFeature        []Group  `json:"by_feature" compact:",first=12" jsonschema_description:"Alike"`
	WhyEmpty         []string `json:"why_empty,omitempty" jsonschema:"-"` // told without being published: tokens are paid on every request

	hidden int // as in SearchOut, for the view
}

// Group sums up the numbers that have one thing in common.
type Group struct {
	Name    string       `json:"name"`
	Count   int          `json:"count"`
	Lowest  money.Amount `json:"lowest_monthly_fee,omitzero"`
	Median  money.Amount `json:"median_monthly_fee,omitzero"`
	SetupTo money.Amount `json:"lowest_setup_fee,omitzero"`
}

func overviewOperation(m *marketOps) tools.Declaration {
	return tools.Operation[OverviewIn, OverviewOut]{
		Name:    tools.Name{Noun: "did", Verb: "overview"},
		Title:   "Take stock of the market",
		Summary: "Count phone numbers for sale and what they cost, by country, type, vendor and feature.",
		Doc:     "Prices and overview, no single number; filters of did_search.",
		Hint:    "what phone numbers cost: prices, counts and countries of every number (DID) for sale, an overview of the market",
		Risk:    risk.Read,
		Brief:   true,
		Examples: []tools.Example{
			{Says: "what the market has", Args: map[string]any{}},
			{Says: "who sells mobile numbers in the Emirates, and for how much", Args: map[string]any{"country": "Emirates", "type": "mobile"}},
		},
		Run:  m.overview,
		View: viewOverview,
		Complete: map[string]tools.Completer{
			"country": completeCountry,
			"vendor":  m.completeVendor,
		},
	}
}

// marketStats is a reading of the market in counts.
type marketStats struct {
	readStats
	countries, types, vendors, features groups
}

func (m *marketOps) overview(ctx context.Context, in OverviewIn) (OverviewOut, error) {
	match, err := in.compile()
	if err != nil {
		return OverviewOut{}, err
	}
	key := digest(m.Scope, "overview", match.identity())
	s, err := m.surveys.Get(ctx, key, func(s *marketStats) bool { return s.final }, func(ctx context.Context) (*marketStats, error) {
		return m.survey(ctx, match)
	})
	if err != nil {
		return OverviewOut{}, err
	}
	if err := s.checkVendor(in.Vendor); err != nil {
		return OverviewOut{}, err
	}
	return OverviewOut{
		Currency: m.Currency, Countries: match.countries, Matched: s.Matched, Complete: s.Complete, IncompleteReason: s.reason(),
		hidden: s.Hidden, WhyEmpty: s.why,
		ByCountry: s.countries.list(), ByType: s.types.list(),
		ByVendor: s.vendors.list(), ByFeature: s.features.list(),
	}, nil
}

func (m *marketOps) survey(ctx context.Context, match *matcher) (*marketStats, error) {
	s := &marketStats{countries: groups{}, types: groups{}, vendors: groups{}, features: groups{}}
	t, err := m.read(ctx, match, func(o *exchange.Offer) {
		n := &o.Number
		s.countries.add(cmp.Or(n.CountryName, n.Country, unknownName), n)
		s.types.add(n.Type, n)
		s.vendors.add(cmp.Or(n.Vendor, unknownName), n)
		for _, f := range features(n) {
			s.features.add(f, n)
		}
	})
	if s.readStats = t; err == nil && t.nothing() {
		s.why = m.explain(ctx, match, &t)
	}
	return s, err
}

// What groups are called that have no name, and those beyond the bound.
const (
	unknownName = "unknown"
	otherNames  = "others"
)

// groups collects fees by name. The medians are exact: every distinct fee is
// counted, and a market has few of them.
type groups map[string]*fees

type fees struct {
	count   int
	setup   money.Amount
	monthly map[string]*feeCount
}

type feeCount struct {
	fee   money.Amount
	count int
}

// groupsMost bounds the distinct names that strangers' rows can make.
const groupsMost = 2000

func (g groups) add(name string, n *exchange.Number) {
	f := g[name]
	if f == nil {
		if len(g) >= groupsMost {
			name = otherNames
			f = g[name]
		}
		if f == nil {
			f = &fees{setup: n.SetupFee, monthly: map[string]*feeCount{}}
			g[name] = f
		}
	}
	f.count++
	if n.SetupFee.Cmp(f.setup) < 0 {
		f.setup = n.SetupFee
	}
	key := n.MonthlyFee.String()
	c := f.monthly[key]
	if c == nil {
		c = &feeCount{fee: n.MonthlyFee}
		f.monthly[key] = c
	}
	c.count++
}

// list returns the groups, largest first, then by name.
func (g groups) list() []Group {
	list := make([]Group, 0, len(g))
	for name, f := range g {
		lowest, median := f.quantiles()
		list = append(list, Group{Name: name, Count: f.count, Lowest: lowest, Median: median, SetupTo: f.setup})
	}
	slices.SortFunc(list, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name))
	})
	return list
}

// quantiles returns the lowest and the median monthly fee. The median of an
// even count is the mean of the middle two.
func (f *fees) quantiles() (lowest, median money.Amount) {
	all := make([]*feeCount, 0, len(f.monthly))
	for _, c := range f.monthly {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *feeCount) int { return a.fee.Cmp(b.fee) })
	at := func(rank int) money.Amount {
		for _, c := range all {
			if rank -= c.count; rank < 0 {
				return c.fee
			}
		}
		return money.Amount{}
	}
	return at(0), at((f.count - 1) / 2).Add(at(f.count / 2)).Half()
}

// groupsShown is how many groups of each kind a person is shown.
const groupsShown = 12

func viewOverview(_ OverviewIn, out OverviewOut) view.Doc {
	doc := view.Doc{Title: "Market overview", Summary: view.Plural(out.Matched, "number") + " for sale" + within(out.Countries) + " that fit; fees in " + out.Currency + "."}
	if out.Matched == 0 {
		doc.Summary = nothing(out.Complete, out.Countries)
	}
	doc.Blocks = caveats(out.Complete, out.IncompleteReason, out.hidden)
	doc.Blocks = append(doc.Blocks, because(out.WhyEmpty)...)
	for _, t := range []struct {
		by     string
		groups []Group
	}{{labelCountry, out.ByCountry}, {"Type", out.ByType}, {labelVendor, out.ByVendor}, {"Feature", out.ByFeature}} {
		if len(t.groups) > 0 {
			doc.Blocks = append(doc.Blocks, groupTable(t.by, t.groups)...)
		}
	}
	return doc
}

func groupTable(by string, list []Group) []view.Block {
	table := view.Table{Columns: []view.Column{
		{Title: by, Loose: true, Country: by == labelCountry},
		{Title: "Numbers", Right: true},
		{Title: "Monthly from", Right: true},
		{Title: "Median", Right: true},
		{Title: "Set-up from", Right: true},
	}}
	name := func(s string) string { return s }
	if by == labelVendor {
		name = func(s string) string {
			if s == unknownName || s == otherNames {
				return s
			}
			return view.Quoted(s)
		}
	}
	for _, g := range list[:min(len(list), groupsShown)] {
		table.Rows = append(table.Rows, []string{name(g.Name), view.Count(g.Count), g.Lowest.String(), g.Median.String(), g.SetupTo.String()})
	}
	blocks := []view.Block{table}
	if more := len(list) - groupsShown; more > 0 {
		blocks = append(blocks, view.Text(fmt.Sprintf("and %d more by %s.", more, strings.ToLower(by))))
	}
	return blocks
}
