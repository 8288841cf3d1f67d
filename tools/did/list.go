package did

import (
	"context"
	"fmt"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/money"
	"didops/internal/phone"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// ListIn is what did_list takes.
type ListIn struct {
	Country     string `json:"country,omitempty" several:"true" jsonschema_description:"Names or codes: AE, +971, EU"`
	Prefix      string `json:"prefix,omitempty" jsonschema_description:"Leading digits"`
	Number      string `json:"number,omitempty" jsonschema_description:"This number only"`
	Description string `json:"description,omitempty" jsonschema_description:"Part of it"`
	State       string `json:"state,omitempty" jsonschema:"enum=any,enum=active,enum=pending_documents" jsonschema_description:"Whether the number works yet"`
	Sort        string `json:"sort,omitempty" jsonschema:"enum=monthly_fee,enum=setup_fee,enum=first_year_cost,enum=number,default=number" jsonschema_description:"Lowest first; default number"`
	Limit       int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100,default=10" jsonschema_description:"1 to 100, default 10"`
	Cursor      string `json:"cursor,omitempty" programs:"true" jsonschema_description:"next_cursor of the page before"`
}

// ListOut is what did_list returns.
type ListOut struct {
	tools.Envelope
	Currency         string     `json:"currency" jsonschema_description:"Of amounts"`
	Countries        []string   `json:"countries,omitempty" compact:"-" jsonschema_description:"Meant"`
	Numbers          []OwnedRow `json:"numbers" jsonschema_description:"With state and routing"`
	Matched          int        `json:"matched" jsonschema_description:"How many fit"`
	Complete         bool       `json:"complete" jsonschema_description:"All were read"`
	IncompleteReason string     `json:"incomplete_reason,omitempty" jsonschema_description:"Why"`
	Unreadable       int        `json:"unreadable" compact:",omitempty" jsonschema_description:"Not understood"`
	NextCursor       string     `json:"next_cursor,omitempty" jsonschema_description:"Next page"`
	WhyEmpty         []string   `json:"why_empty,omitempty" jsonschema:"-"` // told without being published: tokens are paid on every request

	anew bool // not of the reading of the page before, for the view
}

// OwnedRow is a number of one's own as results show it.
type OwnedRow struct {
	Row
	State       string    `json:"state"`
	Contact     string    `json:"contact,omitempty"`
	SMPPContact string    `json:"smpp_contact,omitempty"`
	BilledTo    time.Time `json:"billed_to,omitzero"`
	Since       time.Time `json:"since,omitzero"`
	Notes       string    `json:"notes,omitempty" quoted:"true"`
}

// compactOwned is such a row as models are told of it: what the table says.
type compactOwned struct {
	Number      string       `json:"number"`
	Country     string       `json:"country,omitempty"`
	Type        string       `json:"type"`
	Features    []string     `json:"features"`
	NoVoice     bool         `json:"no_voice,omitempty"`
	State       string       `json:"state"`
	MonthlyFee  money.Amount `json:"monthly_fee,omitzero"`
	BilledTo    time.Time    `json:"billed_to,omitzero"`
	Contact     string       `json:"contact,omitempty"`
	SMPPContact string       `json:"smpp_contact,omitempty"`
	Vendor      string       `json:"vendor,omitempty" quoted:"true"`
	Notes       string       `json:"notes,omitempty" quoted:"true"`
}

// CompactRow returns the row as models are told of it.
func (r OwnedRow) CompactRow() any {
	return compactOwned{
		Number: r.Number, Country: r.country(), Type: r.Type, Features: r.Features, NoVoice: r.NoVoice, State: r.State, MonthlyFee: r.MonthlyFee,
		BilledTo: r.BilledTo, Contact: r.Contact, SMPPContact: r.SMPPContact, Vendor: r.Vendor, Notes: r.Notes,
	}
}

const (
	stateActive  = "active"
	statePending = "pending_documents"
)

// ownState tells whether a number works. documents_verified alone does not: it
// is 0 as well where no documents are needed; and what the exchange calls
// something else than purchased is in that state.
func ownState(o *exchange.Owned) string {
	if o.Status != "" {
		return o.Status
	}
	if o.NeedsDocuments && !o.DocumentsVerified {
		return statePending
	}
	return stateActive
}

func newOwnedRow(o *exchange.Owned) OwnedRow {
	return OwnedRow{
		Row: newRow(&o.Number), State: ownState(o), Contact: maskContact(o.Contact),
		SMPPContact: maskContact(o.SMPPContact), BilledTo: o.BilledTo, Since: o.Since, Notes: o.Notes,
	}
}

// ownNumbers are the account's own numbers. They are read anew at every call
// but for further pages: what was bought a moment ago must be there.
type ownNumbers struct {
	Config
	pages *pages[exchange.Owned]
}

func newOwnNumbers(c Config) *ownNumbers { return &ownNumbers{c, newPages(c, ownNumber, ownShown)} }

func listOperation(c Config) tools.Declaration {
	h := newOwnNumbers(c)
	return tools.Operation[ListIn, ListOut]{
		Name:    tools.Name{Noun: "did", Verb: "list"},
		Title:   "List own numbers",
		Summary: "List my phone numbers (DIDs): what each number costs, and where its calls go.",
		Doc:     "pending_documents: bought, but not working until documents are verified.",
		Hint:    "list my phone numbers: every number (DID, DIDs) that we own, what it costs and where its calls go",
		Risk:    risk.Read,
		Brief:   true,
		Examples: []tools.Example{
			{Says: "the numbers of this account", Args: map[string]any{}},
			{Says: "those that wait for documents", Args: map[string]any{"state": statePending}},
		},
		Run:  h.list,
		All:  h.listAll,
		View: viewList,
		Resource: &tools.Resource{
			Kind: "number", Param: "number", Var: "e164", Title: "A number of this account", Summary: "Its fees, routing and whether it works yet.",
			Icon: "M2 1V8H7V1zM4 7H5", // a telephone
		},
		Prompts: []tools.Prompt{costPrompt()},
		Paging:  tools.Paging{Sort: "sort", Limit: "limit", Cursor: "cursor"},
		RowActions: []tools.RowAction{
			{Table: "numbers", Column: "number", Operation: "did_unsubscribe", Param: "numbers"},
			{Table: "numbers", Column: "number", Operation: "did_update", Param: "numbers", Further: true},
		},
		Complete: map[string]tools.Completer{
			"country": completeCountry,
			"number":  h.completeNumber,
		},
	}
}

// ownMatcher is a filter of own numbers made ready.
type ownMatcher struct {
	matcher
	number string
	state  string
}

func (in ListIn) compile() (*ownMatcher, error) {
	m, err := Filter{Country: in.Country, Prefix: in.Prefix, Description: in.Description}.compile()
	if err != nil {
		return nil, err
	}
	own := &ownMatcher{matcher: *m}
	if len(own.queries) > ownQueries {
		own.queries = []exchange.MarketQuery{{Prefix: common(own.queries)}}
	}
	if in.State != "any" {
		own.state = in.State
	}
	if in.Number != "" {
		if own.number, err = phone.Digits(in.Number); err != nil {
			return nil, err
		}
		own.queries = []exchange.MarketQuery{{Prefix: own.number}}
	}
	return own, nil
}

// ownQueries is how many prefixes own numbers are read by. Beyond that it is
// less work to read those of what the prefixes have in common: nobody owns as
// many numbers as a market has.
const ownQueries = 3

// common returns the leading digits that all queries have in common.
func common(queries []exchange.MarketQuery) string {
	lead := queries[0].Prefix
	for _, q := range queries[1:] {
		for !strings.HasPrefix(q.Prefix, lead) {
			lead = lead[:len(lead)-1]
		}
	}
	return lead
}

func (m *ownMatcher) match(o *exchange.Owned) bool {
	return m.matcher.match(&o.Number) && m.elsewise(o)
}

// elsewise reports whether the row is wanted by what only own numbers are
// filtered by.
func (m *ownMatcher) elsewise(o *exchange.Owned) bool {
	return (m.number == "" || m.number == o.Digits) && (m.state == "" || m.state == ownState(o))
}

func (h *ownNumbers) list(ctx context.Context, in ListIn) (ListOut, error) {
	m, err := in.compile()
	if err != nil {
		return ListOut{}, err
	}
	search := digest(h.Scope, "list", m.identity(), m.number, m.state, in.Sort)
	cur, err := h.take(ctx, in.Cursor, search)
	if err != nil {
		return ListOut{}, err
	}
	by := ordering{By: in.Sort}
	f := h.pages.of(ctx, cur, by)
	if f != nil {
		f = withoutGivenUp(f, h.moved(ctx, f.began))
	}
	fresh := f == nil || f.more > 0 && f.behind(cur.Last) == len(f.rows)
	if fresh {
		if f, err = h.read(ctx, m, by, cur.Last, keepMost); err != nil {
			return ListOut{}, err
		}
	}
	at := f.behind(cur.Last)
	end := min(at+in.Limit, len(f.rows))
	out := h.result(m, f, f.rows[at:end])
	out.anew = fresh && !cur.Last.zero()
	if out.Matched == 0 {
		out.WhyEmpty = h.explain(ctx, m)
	}
	if end > at && (end < len(f.rows) || f.more > 0) {
		out.NextCursor = h.pages.give(ctx, cursor{Search: search, Reading: h.pages.keep(ctx, f, by), Last: f.rows[end-1].key})
	}
	return out, nil
}

func (h *ownNumbers) listAll(ctx context.Context, in ListIn) (ListOut, error) {
	m, err := in.compile()
	if err != nil {
		return ListOut{}, err
	}
	f, err := h.read(ctx, m, ordering{By: in.Sort}, sortKey{}, 0)
	if err != nil {
		return ListOut{}, err
	}
	out := h.result(m, f, f.rows)
	if out.Matched == 0 {
		out.WhyEmpty = h.explain(ctx, m)
	}
	return out, nil
}

func (h *ownNumbers) result(m *ownMatcher, f *reading[exchange.Owned], rows []ranked[exchange.Owned]) ListOut {
	out := ListOut{
		Currency: h.Currency, Countries: m.countries, Numbers: make([]OwnedRow, 0, len(rows)), Matched: f.Matched,
		Complete: f.Complete, IncompleteReason: f.reason(), Unreadable: f.Unreadable,
	}
	for i := range rows {
		out.Numbers = append(out.Numbers, newOwnedRow(rows[i].row))
	}
	return out
}

// read returns the first rows behind after, as many as keep at most (0 = all).
func (h *ownNumbers) read(ctx context.Context, m *ownMatcher, by ordering, after sortKey, keep int) (*reading[exchange.Owned], error) {
	key := by.key()
	top := topN[exchange.Owned]{most: keep, after: after}
	t, lags := newReadStats(h.Config), h.lagging(ctx)
	for _, q := range m.queries {
		reading, err := h.Reader.Owned(ctx, exchange.OwnedQuery{Prefix: q.Prefix, Until: t.until}, func(page []exchange.Owned) error {
			for i := range page {
				switch o := &page[i]; {
				case !strings.HasPrefix(o.Digits, q.Prefix), lags.gone(o.Digits):
				case m.match(o):
					t.Matched++
					top.offer(key(&o.Number), o)
				case m.elsewise(o) && m.undecided(&o.Number):
					t.leaveOut()
				}
			}
			t.rows += len(page)
			request.Report(ctx, request.Progress{Done: t.rows, Text: view.Plural(t.rows, "own number") + " read"})
			return nil
		})
		more, err := t.account(ctx, reading, err)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
	}
	if why := lags.missing(m); t.Complete && why != "" {
		t.Complete, t.stopped = false, why
	}
	rows := top.sorted()
	return &reading[exchange.Owned]{readStats: t, rows: rows, more: top.seen - len(rows)}, nil
}

func (h *ownNumbers) completeNumber(ctx context.Context, partial string) []tools.Choice {
	ctx, cancel := context.WithTimeout(ctx, completeWithin)
	defer cancel()
	prefix, _ := phone.Prefix(partial)
	m := &ownMatcher{matcher: matcher{queries: []exchange.MarketQuery{{Prefix: prefix}}, prefix: prefix}}
	f, err := h.read(ctx, m, ordering{By: "number"}, sortKey{}, suggestMost)
	if err != nil {
		return nil
	}
	var list []tools.Choice
	for _, r := range h.result(m, f, f.rows).Numbers {
		list = append(list, tools.Choice{Value: r.Number, Label: strings.TrimSpace(r.country() + " " + r.Type)})
	}
	return list
}

func viewList(in ListIn, out ListOut) view.Doc {
	doc := view.Doc{Title: "Own numbers", Summary: joined(fmt.Sprintf("%s of %s%s that fit.", view.Count(len(out.Numbers)), view.Plural(out.Matched, "own number"), within(out.Countries)), anew(out.anew))}
	switch {
	case len(out.Numbers) == 0 && in.Cursor != "":
		doc.Summary = joined("There are no more numbers.", anew(out.anew))
	case len(out.Numbers) == 0 && !out.Complete:
		doc.Summary = "No own number" + within(out.Countries) + " that was read fits."
	case len(out.Numbers) == 0 && len(out.WhyEmpty) > 0 && out.WhyEmpty[0] == noNumbers:
		doc.Summary, out.WhyEmpty = noNumbers, out.WhyEmpty[1:]
		if where := within(out.Countries); where != "" {
			doc.Summary = strings.TrimSuffix(noNumbers, ".") + ", so none" + where + "."
		}
	case len(out.Numbers) == 0:
		doc.Summary = "No own number" + within(out.Countries) + " fits."
	}
	doc.Blocks = append(caveats(out.Complete, out.IncompleteReason, 0), because(out.WhyEmpty)...)
	if len(out.Numbers) == 0 {
		return doc
	}
	table := view.Table{Columns: []view.Column{
		{Title: "Number"},
		{Title: "Country", Country: true},
		{Title: "Type"},
		{Title: "Features"},
		{Title: "State"},
		{Title: "Monthly " + out.Currency, Right: true, Lead: true, Brief: "%s " + out.Currency + "/mo"},
		{Title: "Paid until", Brief: "paid until %s"},
		{Title: "Calls to", Loose: true, Brief: "calls to %s"},
		{Title: "Messages to", Loose: true, Extra: true, Brief: "messages to %s"},
		{Title: labelVendor, Loose: true, Extra: true},
		{Title: "Notes", Loose: true, Extra: true, Brief: "%s"},
	}, Total: out.Matched}
	for _, r := range out.Numbers {
		table.Rows = append(table.Rows, []string{
			r.Number, r.country(), r.Type, abilities(r.Type, r.Features), shortState(r.State),
			r.MonthlyFee.String(), day(r.BilledTo), r.Contact, r.SMPPContact, view.Quoted(r.Vendor), view.Quoted(r.Notes),
		})
	}
	doc.Headline = fmt.Sprintf("%s%s, %s", view.Plural(out.Matched, "own number"), within(out.Countries), sorted(in.Sort)) + further(anew(out.anew))
	doc.Blocks = append(doc.Blocks, table)
	if out.NextCursor != "" {
		doc.Blocks = append(doc.Blocks, view.More{Cursor: out.NextCursor})
	}
	return doc
}

// shortState is a state in a table, where room is short.
func shortState(state string) string {
	if state == statePending {
		return "docs pending"
	}
	return state
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
