package did

import (
	"context"
	"fmt"
	"slices"
	"time"

	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// SearchIn is what did_search takes.
type SearchIn struct {
	Filter
	Use
	Months int    `json:"contract_months,omitempty" jsonschema:"minimum=1,maximum=120" jsonschema_description:"1 to 120"`
	Sort   string `json:"sort,omitempty" jsonschema:"enum=monthly_fee,enum=monthly_cost,enum=setup_fee,enum=first_year_cost,enum=number,default=monthly_fee" jsonschema_description:"Lowest first; default monthly_fee"`
	Fresh  bool   `json:"fresh,omitempty" jsonschema_description:"Read now, not from memory"`
	Limit  int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100,default=10" jsonschema_description:"1 to 100, default 10"`
	Cursor string `json:"cursor,omitempty" programs:"true" jsonschema_description:"next_cursor of a page"`
}

// SearchOut is what did_search returns.
type SearchOut struct {
	tools.Envelope
	Currency         string     `json:"currency" jsonschema_description:"Of amounts"`
	Countries        []string   `json:"countries,omitempty" compact:"-" jsonschema_description:"Meant by country"`
	Numbers          []OfferRow `json:"numbers" jsonschema_description:"One page"`
	Matched          int        `json:"matched" jsonschema_description:"How many fit"`
	Complete         bool       `json:"complete" jsonschema_description:"All was read"`
	IncompleteReason string     `json:"incomplete_reason,omitempty" jsonschema_description:"Why not"`
	Hidden           int        `json:"hidden_unpurchasable" compact:",omitempty" jsonschema_description:"Can't be bought"`
	CityBy           []string   `json:"city_by,omitempty" compact:",omitempty" jsonschema_description:"What says that numbers are there"`
	AreaCodes        []string   `json:"area_codes,omitempty" jsonschema_description:"Of city"`
	WithoutPrice     int        `json:"without_price,omitempty" jsonschema_description:"Left out of monthly_cost"`
	Assumption       string     `json:"assumption,omitempty" jsonschema_description:"What monthly_cost rests upon"`
	Unreadable       int        `json:"unreadable" compact:",omitempty" jsonschema_description:"Not understood"`
	AsOf             time.Time  `json:"as_of" jsonschema_description:"Oldest reading behind this"`
	NextCursor       string     `json:"next_cursor,omitempty" jsonschema_description:"Next page"`
	WhyEmpty         []string   `json:"why_empty,omitempty" jsonschema:"-"` // told without being published: tokens are paid on every request

	age  string // when what this rests upon was read, for the view
	anew bool   // not of the reading of the page before, for the view
}

func searchOperation(m *marketOps) tools.Declaration {
	return tools.Operation[SearchIn, SearchOut]{
		Name:    tools.Name{Noun: "did", Verb: "search"},
		Title:   "Search numbers for sale",
		Group:   tools.GroupMarket,
		Summary: "Find phone numbers (DIDs) for sale by country, type, features, pattern and price.",
		Doc:     "Search a virtual, VoIP, SIP, SMS, mobile, local or toll free number that is available, cheapest first.",
		Hint:    "find phone numbers for sale: search a virtual, VoIP, SIP, SMS, mobile, local, landline, vanity or toll free number (DID, DIDs) that is available, cheapest first",
		Risk:    risk.Read,
		Terse:   []string{"sms", "fax", "video"}, // which are as voice
		Examples: []tools.Example{
			{Says: "UAE mobile numbers, cheapest first", Args: map[string]any{"country": "UAE", "type": "mobile"}},
			{Says: "that take SMS, need no documents and cost at most 15 a month", Args: map[string]any{"country": "UAE", "sms": true, "documents": "not_required", "max_monthly_fee": "15"}},
			{Says: "numbers that end in 777, by what they cost in the first year", Args: map[string]any{"pattern": "*777", "sort": "first_year_cost", "limit": 5}},
		},
		Run:        m.search,
		All:        m.searchAll,
		View:       viewSearch,
		Prompts:    []tools.Prompt{findPrompt()},
		Paging:     tools.Paging{Sort: "sort", Limit: "limit", Cursor: "cursor"},
		RowActions: []tools.RowAction{{Table: "numbers", Column: "number", Operation: "did_purchase", Param: "numbers", Label: "Buy…"}},
		Complete: map[string]tools.Completer{
			"country": completeCountry,
			"city":    completeCity,
			"vendor":  m.completeVendor,
		},
	}
}

func (m *marketOps) search(ctx context.Context, in SearchIn) (SearchOut, error) {
	match, err := in.compile()
	if err != nil {
		return SearchOut{}, err
	}
	by := in.order()
	search := digest(append([]any{m.Scope, "search", match.identity(), in.Sort}, by.Use.identity()...)...)
	cur, err := m.take(ctx, in.Cursor, search)
	if err != nil {
		return SearchOut{}, err
	}
	f, base, fresh, err := m.page(ctx, match, &in, search, cur)
	if err != nil {
		return SearchOut{}, err
	}
	if err := f.checkVendor(in.Vendor); err != nil {
		return SearchOut{}, err
	}
	out := m.result(match, f, by.Use)
	out.anew = fresh && !cur.Last.zero()
	at := f.behind(cur.Last)
	end := min(at+in.Limit, len(f.rows))
	out.Numbers = make([]OfferRow, 0, max(0, end-at))
	for _, r := range m.identified(ctx, f.rows[at:end]) {
		out.Numbers = append(out.Numbers, newOfferRow(&r.row.Number, by.Use))
	}
	if end > at && (end < len(f.rows) || f.more > 0) {
		out.NextCursor = m.pages.give(ctx, cursor{Search: search, Reading: m.pages.keep(ctx, f, by), Base: base, Last: f.rows[end-1].key})
	}
	return out, nil
}

// page returns the reading that holds the rows behind the cursor: the one that
// the page before was of, while it is kept and has more; else another, which
// is said, and where the page before was the last of many, begins there.
func (m *marketOps) page(ctx context.Context, match *matcher, in *SearchIn, search string, cur cursor) (f *searchResult, base sortKey, fresh bool, err error) {
	usable := func(f *searchResult) bool { return f.final && !in.Fresh && f.young() || !cur.Last.zero() }
	if kept := m.pages.of(ctx, cur, in.order()); kept != nil {
		kept = without(kept, m.moved(ctx, kept.began))
		if kept.more == 0 || kept.behind(cur.Last) < len(kept.rows) {
			return kept, cur.Base, false, nil
		}
	}
	get := func(base sortKey) (*searchResult, error) {
		f, err := m.searches.Get(ctx, search+digest(base, in.Fresh), usable, func(ctx context.Context) (*searchResult, error) {
			return m.find(ctx, match, in, base, keepMost)
		})
		if err != nil {
			return nil, err
		}
		return without(f, m.moved(ctx, f.began)), nil
	}
	f, err = get(cur.Base)
	if err != nil || cur.Last.zero() || f.behind(cur.Last) < len(f.rows) || f.more == 0 {
		return f, cur.Base, true, err
	}
	f, err = get(cur.Last)
	return f, cur.Last, true, err
}

// searchAll returns every row of the search in one result.
func (m *marketOps) searchAll(ctx context.Context, in SearchIn) (SearchOut, error) {
	match, err := in.compile()
	if err != nil {
		return SearchOut{}, err
	}
	f, err := m.find(ctx, match, &in, sortKey{}, 0)
	if err != nil {
		return SearchOut{}, err
	}
	f = without(f, m.moved(ctx, f.began))
	if err := f.checkVendor(in.Vendor); err != nil {
		return SearchOut{}, err
	}
	by := in.order()
	out := m.result(match, f, by.Use)
	out.Numbers = make([]OfferRow, 0, len(f.rows))
	for _, r := range m.identified(ctx, f.rows) {
		out.Numbers = append(out.Numbers, newOfferRow(&r.row.Number, by.Use))
	}
	return out, nil
}

func (m *marketOps) result(match *matcher, f *searchResult, of use) SearchOut {
	return SearchOut{
		Currency: m.Currency, Countries: match.countries, Numbers: []OfferRow{}, Matched: f.Matched, Complete: f.Complete,
		IncompleteReason: f.reason(), Hidden: f.Hidden, WithoutPrice: f.Unpriced, Assumption: of.assumption(), CityBy: f.city.by(), AreaCodes: match.areaCodes(), Unreadable: f.Unreadable, WhyEmpty: f.why, AsOf: f.asOf(), age: f.age(),
	}
}

func viewSearch(in SearchIn, out SearchOut) view.Doc {
	doc := view.Doc{Title: "Numbers for sale", Summary: summary(in, out)}
	doc.Blocks = append(doc.Blocks, view.Text(out.age))
	doc.Blocks = append(doc.Blocks, caveats(out.Complete, out.IncompleteReason, out.Hidden)...)
	if out.WithoutPrice > 0 {
		doc.Blocks = append(doc.Blocks, view.Notice{Text: unpriced(out.WithoutPrice)})
	}
	if len(out.Numbers) == 0 {
		doc.Blocks = append(doc.Blocks, because(out.WhyEmpty)...)
		return doc
	}
	doc.Headline = fmt.Sprintf("%s%s, %s", view.Plural(out.Matched, "number"), within(out.Countries), sorted(in.Sort)) + further(whereabouts(in.City, out.AreaCodes, out.CityBy), out.Assumption, anew(out.anew))
	doc.Blocks = append(doc.Blocks, offerTable(in, out))
	if out.NextCursor != "" {
		doc.Blocks = append(doc.Blocks, view.More{Cursor: out.NextCursor})
	}
	return doc
}

// offerTable are the rows of a search; what use and a contract cost stands in
// columns of their own where they are asked for.
func offerTable(in SearchIn, out SearchOut) view.Table {
	by, money := in.order(), " "+out.Currency
	fee := view.Column{Title: "Monthly" + money, Right: true, Lead: true, Brief: "%s" + money + "/mo"}
	if by.priced() {
		fee.Lead, fee.Brief = false, "fee %s"
	}
	table := view.Table{Columns: []view.Column{
		{Title: "Number"}, {Title: "Country", Country: true}, {Title: "Type"}, {Title: "Features"}, fee,
	}, Total: out.Matched}
	if by.Use.Given {
		cost := view.Column{Title: "With use" + money, Right: true, Brief: "with use %s"}
		if by.priced() {
			cost.Lead, cost.Brief = true, "%s"+money+"/mo with use"
		}
		table.Columns = append(table.Columns, cost)
	}
	if by.Use.Months > 0 {
		table.Columns = append(table.Columns, view.Column{Title: view.Plural(in.Months, "month") + money, Right: true, Brief: "%s in " + view.Plural(in.Months, "month")})
	}
	table.Columns = append(table.Columns,
		view.Column{Title: "Set-up" + money, Right: true, Brief: "set-up %s"},
		view.Column{Title: "Docs", Brief: "documents %s"},
		view.Column{Title: labelVendor, Loose: true},
		view.Column{Title: "Description", Loose: true, Extra: true, Brief: "%s"},
		view.Column{Title: "Per minute", Extra: true},
		view.Column{Title: "Per SMS", Right: true, Extra: true},
		view.Column{Title: "At once", Right: true, Extra: true},
	)
	for _, r := range out.Numbers {
		cells := []string{r.Number, r.country(), r.Type, abilities(r.Type, r.Features), r.MonthlyFee.String()}
		if by.Use.Given {
			cells = append(cells, r.MonthlyCost.String())
		}
		if by.Use.Months > 0 {
			cells = append(cells, r.ContractCost.String())
		}
		table.Rows = append(table.Rows, append(cells, r.SetupFee.String(), documents(r.DocumentsRequired),
			view.Quoted(r.Vendor), view.Quoted(r.Description), r.PerMinute, r.SMSPrice.String(), number(r.Capacity)))
	}
	return table
}

func summary(in SearchIn, out SearchOut) string {
	where := whereabouts(in.City, out.AreaCodes, out.CityBy)
	if len(out.Numbers) == 0 {
		if in.Cursor != "" {
			return joined("There are no more numbers.", anew(out.anew))
		}
		if out.WithoutPrice > 0 {
			return joined("No number for sale"+within(out.Countries)+" that fits has a price for this use.", where, out.Assumption)
		}
		return joined(nothing(out.Complete, out.Countries), where)
	}
	return joined(fmt.Sprintf("%s of %s numbers%s that fit, %s.", view.Count(len(out.Numbers)), view.Count(out.Matched), within(out.Countries), sorted(in.Sort)), where, out.Assumption, anew(out.anew))
}

// sorted says in which order rows are.
func sorted(by string) string {
	return map[string]string{
		"monthly_fee": "lowest monthly fee first", "setup_fee": "lowest set-up fee first",
		"first_year_cost": "lowest cost of the first year first", byMonthlyCost: "lowest cost a month with use first", "number": "by number",
	}[by]
}

// nothing says that no number fits, or what is known of it.
func nothing(complete bool, countries []string) string {
	if complete {
		return "No number for sale" + within(countries) + " fits."
	}
	return "No number for sale" + within(countries) + " that was read fits."
}

func documents(needed *bool) string {
	switch {
	case needed == nil:
		return unstated
	case *needed:
		return "needed"
	}
	return "none"
}

// caveats says what a result leaves out.
func caveats(complete bool, reason string, hidden int) []view.Block {
	var blocks []view.Block
	if !complete {
		blocks = append(blocks, view.Notice{Warning: true, Text: "Not complete: " + reason + "."})
	}
	if hidden > 0 {
		blocks = append(blocks, view.Notice{Text: view.Plural(hidden, "more number") + " can't be bought here, because the exchange gives no id."})
	}
	return blocks
}

func clip(list []string, most int) []string {
	if len(list) > most {
		return append(slices.Clone(list[:most]), fmt.Sprintf("%d others", len(list)-most))
	}
	return list
}
