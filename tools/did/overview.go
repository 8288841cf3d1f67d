package did

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/money"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// OverviewIn is what did_overview takes.
type OverviewIn struct {
	Filter
	Use
	Fresh bool `json:"fresh,omitempty" jsonschema_description:"Read now, not from memory"`
}

// OverviewOut is what did_overview returns.
type OverviewOut struct {
	tools.Envelope
	Currency         string    `json:"currency" jsonschema_description:"Of amounts"`
	Countries        []string  `json:"countries,omitempty" compact:"-" jsonschema_description:"Meant"`
	Matched          int       `json:"matched" jsonschema_description:"As did_search"`
	Complete         bool      `json:"complete" jsonschema_description:"As did_search"`
	IncompleteReason string    `json:"incomplete_reason,omitempty" jsonschema_description:"Why"`
	CityBy           []string  `json:"city_by,omitempty" jsonschema:"-"`
	AreaCodes        []string  `json:"area_codes,omitempty" jsonschema:"-"`
	WithoutPrice     int       `json:"without_price,omitempty" jsonschema:"-"`
	Assumption       string    `json:"assumption,omitempty" jsonschema:"-"`
	AsOf             time.Time `json:"as_of" jsonschema_description:"As did_search"`
	ByCountry        []Group   `json:"by_country" compact:",first=12" jsonschema_description:"Counts and fees"`
	ByType           []Group   `json:"by_type" compact:",first=12" jsonschema_description:"Alike"`
	ByVendor         []Group   `json:"by_vendor" quoted:"name" compact:",first=12" jsonschema_description:"Alike"`
	ByFeature        []Group   `json:"by_feature" compact:",first=12" jsonschema_description:"Alike"`
	WhyEmpty         []string  `json:"why_empty,omitempty" jsonschema:"-"` // told without being published: tokens are paid on every request

	age    string // as in SearchOut, for the view
	hidden int    // as in SearchOut, for the view
}

// Group sums up the numbers that have one thing in common.
type Group struct {
	Name    string       `json:"name"`
	Count   int          `json:"count"`
	Lowest  money.Amount `json:"lowest_monthly_fee,omitzero"`
	Median  money.Amount `json:"median_monthly_fee,omitzero"`
	SetupTo money.Amount `json:"lowest_setup_fee,omitzero"`
	Cost    money.Amount `json:"lowest_monthly_cost,omitzero"` // of those that have one
	Middle  money.Amount `json:"median_monthly_cost,omitzero"`
}

func overviewOperation(m *marketOps) tools.Declaration {
	return tools.Operation[OverviewIn, OverviewOut]{
		Name:    tools.Name{Noun: "did", Verb: "overview"},
		Title:   "Take stock of the market",
		Group:   tools.GroupMarket,
		Summary: "Count phone numbers for sale and what they cost, by country, type, vendor and feature.",
		Doc:     "Prices and overview, no single number; filters of did_search.",
		Hint:    "what phone numbers cost: prices, counts and countries of every number (DID) for sale, an overview of the market",
		Risk:    risk.Read,
		Brief:   true,
		Terse:   []string{"country", "type", "vendor"},
		Folded:  tools.Folded{Name: "filters", Says: `Others of did_search: {"sms":true}`, Params: rarely()},
		Examples: []tools.Example{
			{Says: "what the market has", Args: map[string]any{}},
			{Says: "who sells mobile numbers in the Emirates, and for how much", Args: map[string]any{"country": "Emirates", "type": "mobile"}},
		},
		Run:  m.overview,
		View: viewOverview,
		Complete: map[string]tools.Completer{
			"country": completeCountry,
			"city":    completeCity,
			"vendor":  m.completeVendor,
		},
	}
}

// rarely are the parameters of an overview by which it is narrowed less often.
func rarely() []string {
	often := func(name string) bool { return name == "country" || name == "type" || name == "vendor" }
	return append(slices.DeleteFunc(FilterParams(), often), "minutes", "messages", "fresh")
}

// marketStats is a reading of the market in counts.
type marketStats struct {
	readStats
	countries, types, vendors, features []Group
	unpriced                            int // numbers without a cost of the use that is asked about
}

func (m *marketOps) overview(ctx context.Context, in OverviewIn) (OverviewOut, error) {
	match, err := in.compile()
	if err != nil {
		return OverviewOut{}, err
	}
	of := in.month()
	key := digest(append([]any{m.Scope, "overview", in.Fresh, match.identity()}, of.identity()...)...)
	s, err := m.surveys.Get(ctx, key, func(s *marketStats) bool { return s.final && !in.Fresh && s.young() }, func(ctx context.Context) (*marketStats, error) {
		return m.survey(ctx, match, in.Fresh, of)
	})
	if err != nil {
		return OverviewOut{}, err
	}
	if err := s.checkVendor(in.Vendor); err != nil {
		return OverviewOut{}, err
	}
	return OverviewOut{
		Currency: m.Currency, Countries: match.countries, Matched: s.Matched, Complete: s.Complete, IncompleteReason: s.reason(),
		AsOf: s.asOf(), age: s.age(), hidden: s.Hidden, WhyEmpty: s.why, WithoutPrice: s.unpriced, Assumption: of.assumption(), CityBy: s.city.by(), AreaCodes: match.areaCodes(),
		ByCountry: s.countries, ByType: s.types, ByVendor: s.vendors, ByFeature: s.features,
	}, nil
}

func (m *marketOps) survey(ctx context.Context, match *matcher, fresh bool, of use) (*marketStats, error) {
	count := newTally(of)
	t, err := m.read(ctx, match, fresh, count)
	if err != nil {
		return nil, err
	}
	if t.nothing() {
		t.why = m.explain(ctx, match, &t)
	}
	stats := &marketStats{readStats: t, unpriced: count.unpriced}
	stats.countries, stats.types, stats.vendors, stats.features = count.lists()
	return stats, nil
}

// groupsShown is how many groups of each kind a person is shown.
const groupsShown = 12

func viewOverview(in OverviewIn, out OverviewOut) view.Doc {
	doc := view.Doc{Title: "Market overview", Summary: view.Plural(out.Matched, "number") + " for sale" + within(out.Countries) + " that fit; fees in " + out.Currency + "."}
	if out.Matched == 0 {
		doc.Summary = nothing(out.Complete, out.Countries)
	}
	doc.Summary = joined(doc.Summary, whereabouts(in.City, out.AreaCodes, out.CityBy), out.Assumption)
	doc.Blocks = append([]view.Block{view.Text(out.age)}, caveats(out.Complete, out.IncompleteReason, out.hidden)...)
	if out.WithoutPrice > 0 {
		doc.Blocks = append(doc.Blocks, view.Notice{Text: "Costs with use leave out " + view.Plural(out.WithoutPrice, "number") + noPrice + "."})
	}
	doc.Blocks = append(doc.Blocks, because(out.WhyEmpty)...)
	for _, t := range []struct {
		by     string
		groups []Group
	}{{labelCountry, out.ByCountry}, {"Type", out.ByType}, {labelVendor, out.ByVendor}, {"Feature", out.ByFeature}} {
		if len(t.groups) > 0 {
			doc.Blocks = append(doc.Blocks, groupTable(t.by, t.groups, out.Assumption != "")...)
		}
	}
	return doc
}

func groupTable(by string, list []Group, costs bool) []view.Block {
	table := view.Table{Columns: []view.Column{
		{Title: by, Loose: true, Country: by == labelCountry},
		{Title: "Numbers", Right: true},
		{Title: "Monthly from", Right: true},
		{Title: "Median", Right: true},
		{Title: "Set-up from", Right: true},
	}}
	if costs {
		table.Columns = append(table.Columns, view.Column{Title: "With use from", Right: true}, view.Column{Title: "Median with use", Right: true})
	}
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
		cells := []string{name(g.Name), view.Count(g.Count), g.Lowest.String(), g.Median.String(), g.SetupTo.String()}
		if costs {
			cells = append(cells, g.Cost.String(), g.Middle.String())
		}
		table.Rows = append(table.Rows, cells)
	}
	blocks := []view.Block{table}
	if more := len(list) - groupsShown; more > 0 {
		blocks = append(blocks, view.Text(fmt.Sprintf("and %d more by %s.", more, strings.ToLower(by))))
	}
	return blocks
}
