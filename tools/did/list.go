package did

import (
	"context"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/inventory"
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
	Number      string `json:"number,omitempty" jsonschema_description:"Only this"`
	Description string `json:"description,omitempty" jsonschema_description:"A part"`
	State       string `json:"state,omitempty" jsonschema:"enum=any,enum=active,enum=pending_documents" jsonschema_description:"Works yet"`
	Tag         string `json:"tag,omitempty" jsonschema_description:"One, or none"`
	Owner       string `json:"owner,omitempty" jsonschema_description:"Whose, or none"`
	CostCentre  string `json:"cost_centre,omitempty" jsonschema_description:"Who pays, or none"`
	Route       string `json:"route,omitempty" jsonschema_description:"Host of calls or messages"`
	DueBefore   string `json:"due_before,omitempty" jsonschema_description:"Paid until before: 2027-01-31, 7d"`
	IdleFor     string `json:"idle_for,omitempty" jsonschema_description:"Unused: 60d"`
	Sort        string `json:"sort,omitempty" jsonschema:"enum=monthly_fee,enum=setup_fee,enum=first_year_cost,enum=number,default=number" jsonschema_description:"Lowest first; default number"`
	Limit       int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100,default=10" jsonschema_description:"1 to 100, default 10"`
	Cursor      string `json:"cursor,omitempty" programs:"true" jsonschema_description:"next_cursor of a page"`
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
	Totals           ListTotals `json:"totals" compact:",omitempty" jsonschema:"-"` // told without being published: tokens are paid on every request
	WhyEmpty         []string   `json:"why_empty,omitempty" jsonschema:"-"`         // likewise
	LabelsUnknown    string     `json:"labels_unknown,omitempty" jsonschema:"-"`
	UseUnknown       string     `json:"use_unknown,omitempty" jsonschema:"-"` // why what is known of use is old

	anew bool // not of the reading of the page before, for the view
}

// ListTotals are of all numbers that fit, shown or not.
type ListTotals struct {
	MonthlyFee money.Amount `json:"monthly_fee,omitzero"`             // of those that state one
	WithoutFee int          `json:"without_fee" compact:",omitempty"` // that state none
	NotKnown   int          `json:"not_known" compact:",omitempty"`   // left out: until when they are paid, or their use, is not known
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
	Owner       string    `json:"owner,omitempty" quoted:"true"`
	CostCentre  string    `json:"cost_centre,omitempty" quoted:"true"`
	Tags        []string  `json:"tags,omitempty" quoted:"true"`
	Note        string    `json:"note,omitempty" quoted:"true"`
	LastUsed    string    `json:"last_used,omitempty"`    // a day, or never since one; where use was asked for
	Waiting     time.Time `json:"waiting_since,omitzero"` // for its documents; where these were asked for

	waited string // the same in days, for the view
}

// waits takes over since when the number is known to wait for its documents; zero =
// that is not known.
func (r *OwnedRow) waits(since, now time.Time) {
	if since.IsZero() || r.State != statePending {
		return
	}
	r.Waiting = since.UTC().Truncate(time.Second)
	r.waited = view.Plural(max(0, int(now.Sub(since)/(24*time.Hour))), "day")
}

// label takes labels over.
func (r *OwnedRow) label(l inventory.Labels) {
	r.Owner, r.CostCentre, r.Tags, r.Note = l.Owner, l.CostCentre, l.Tags, l.Note
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
	Owner       string       `json:"owner,omitempty" quoted:"true"`
	CostCentre  string       `json:"cost_centre,omitempty" quoted:"true"`
	Tags        []string     `json:"tags,omitempty" quoted:"true"`
	Note        string       `json:"note,omitempty" quoted:"true"`
	LastUsed    string       `json:"last_used,omitempty"`
	Waiting     time.Time    `json:"waiting_since,omitzero"`
}

// CompactRow returns the row as models are told of it.
func (r OwnedRow) CompactRow() any {
	return compactOwned{
		Number: r.Number, Country: r.country(), Type: r.Type, Features: r.Features, NoVoice: r.NoVoice, State: r.State, MonthlyFee: r.MonthlyFee,
		BilledTo: r.BilledTo, Contact: r.Contact, SMPPContact: r.SMPPContact, Vendor: r.Vendor, Notes: r.Notes,
		Owner: r.Owner, CostCentre: r.CostCentre, Tags: r.Tags, Note: r.Note, LastUsed: r.LastUsed,
		Waiting: r.Waiting,
	}
}

const statePending = exchange.PendingDocuments

// ownState tells whether a number works. documents_verified alone does not: it
// is 0 as well where no documents are needed; and what the exchange calls
// something else than purchased is in that state.
func ownState(o *exchange.Owned) string { return o.State() }

// NewOwnedRow returns an own number with its labels, without a password.
func NewOwnedRow(o *exchange.Owned, l inventory.Labels) OwnedRow {
	r := newOwnedRow(o)
	r.label(l)
	return r
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
		Terse:   []string{"country", "prefix", "number", "owner", "cost_centre"},
		Examples: []tools.Example{
			{Says: "the numbers of this account", Args: map[string]any{}},
			{Says: "those that wait for documents", Args: map[string]any{"state": statePending}},
			{Says: "those whose calls or messages go to one host", Args: map[string]any{"route": "sip.example.net"}},
		},
		Run:  h.list,
		All:  h.listAll,
		View: viewList,
		Resource: &tools.Resource{
			Kind: "number", Param: "number", Var: "e164", Title: "A number of this account", Summary: "Its fees, routing and whether it works yet.",
			Icon: "M2 1V8H7V1zM4 7H5", // a telephone
		},
		Prompts: append([]tools.Prompt{costPrompt()}, c.Prompts...),
		Paging:  tools.Paging{Sort: "sort", Limit: "limit", Cursor: "cursor"},
		RowActions: append([]tools.RowAction{
			{Table: "numbers", Column: "number", Operation: "did_unsubscribe", Param: "numbers"},
			{Table: "numbers", Column: "number", Operation: "did_update", Param: "numbers", Further: true},
		}, h.letters()...),
		Complete: map[string]tools.Completer{
			"country": completeCountry,
			"number":  h.completeNumber,
			"owner":   CompleteOwner(c.Inventory),
			"tag":     CompleteTags(c.Inventory),

			"cost_centre": CompleteCostCentre(c.Inventory),
		},
	}
}

// letters offers to write to sellers, where messages are allowed.
func (h *ownNumbers) letters() []tools.RowAction {
	if h.Messenger == nil {
		return nil
	}
	return []tools.RowAction{{Table: "numbers", Column: "number", Operation: MessageOperation, Param: "numbers", Further: true}}
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

func (h *ownNumbers) list(ctx context.Context, in ListIn) (ListOut, error) {
	m, err := h.compile(ctx, in)
	if err != nil {
		return ListOut{}, err
	}
	search := digest(h.Scope, "list", m.identity(), m.filters(), in.Sort)
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
	out := h.result(ctx, m, f, f.rows[at:end])
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
	m, err := h.compile(ctx, in)
	if err != nil {
		return ListOut{}, err
	}
	f, err := h.read(ctx, m, ordering{By: in.Sort}, sortKey{}, 0)
	if err != nil {
		return ListOut{}, err
	}
	out := h.result(ctx, m, f, f.rows)
	if out.Matched == 0 {
		out.WhyEmpty = h.explain(ctx, m)
	}
	return out, nil
}

func (h *ownNumbers) result(ctx context.Context, m *ownMatcher, f *reading[exchange.Owned], rows []ranked[exchange.Owned]) ListOut {
	out := ListOut{
		Currency: h.Currency, Countries: m.countries, Numbers: make([]OwnedRow, 0, len(rows)), Matched: f.Matched,
		Complete: f.Complete, IncompleteReason: f.reason(), Unreadable: f.Unreadable,
		Totals:     ListTotals{MonthlyFee: f.own.Monthly, WithoutFee: f.own.Without, NotKnown: f.own.Unknown},
		UseUnknown: m.uncounted,
	}
	for i := range rows {
		out.Numbers = append(out.Numbers, newOwnedRow(rows[i].row))
		out.Numbers[i].LastUsed = lastUsed(m.use[rows[i].row.Digits])
		out.Numbers[i].waits(m.waiting[rows[i].row.Digits], m.now)
	}
	out.LabelsUnknown = h.labelled(ctx, out.Numbers)
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
					t.own.add(o)
					top.offer(key(&o.Number), o)
				case m.unknown(o):
					t.own.Unknown++
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
	for i := range f.rows {
		r := newRow(&f.rows[i].row.Number)
		list = append(list, tools.Choice{Value: r.Number, Label: strings.TrimSpace(r.country() + " " + r.Type)})
	}
	return list
}
