package watch

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/internal/watch"
	"didops/tools"
)

// ListIn is what watch_list takes.
type ListIn struct{}

// ListOut is what watch_list returns.
type ListOut struct {
	tools.Envelope
	Currency string    `json:"currency" jsonschema_description:"Of amounts"`
	Watches  []Watched `json:"watches" compact:"-"`
	Lines    []string  `json:"-" compact:"watches" quoted:"true"` // the same in words, a line each
	Found    []Found   `json:"found" jsonschema_description:"Latest first"`

	hits []watch.Hit
	of   []*watch.Watch // of each hit
	more string         // what is not shown, as a sentence; "" = nothing

	count, found, waiting int // of all, shown or not
}

// Watched is a watch as results show it.
type Watched struct {
	Name     string     `json:"name" quoted:"true"`
	Owner    string     `json:"owner,omitempty"` // realm:id; absent of one's own
	Filter   string     `json:"filter"`
	Until    time.Time  `json:"until,omitzero"` // absent where the watch can't be read
	Over     bool       `json:"over,omitempty"`
	Channel  string     `json:"channel,omitempty"`
	Problem  string     `json:"problem,omitempty"` // why nothing can be told there, or found
	Quiet    string     `json:"quiet,omitempty"`
	PerDay   int        `json:"per_day"`
	Fit      int        `json:"fit"`     // now
	Found    int        `json:"found"`   // since it was added
	Waiting  int        `json:"waiting"` // of these, still to be told: held back by quiet hours or per_day
	Complete bool       `json:"complete"`
	AsOf     *time.Time `json:"as_of,omitempty"`
}

// Found is what a watch found.
type Found struct {
	Watch             string       `json:"watch,omitempty" quoted:"true"`
	Number            string       `json:"number"`
	Country           string       `json:"country,omitempty"`
	Type              string       `json:"type"`
	Features          []string     `json:"features"`
	MonthlyFee        money.Amount `json:"monthly_fee,omitzero"`
	SetupFee          money.Amount `json:"setup_fee,omitzero"`
	MedianMonthlyFee  money.Amount `json:"median_monthly_fee,omitzero" compact:"-"` // of its country and type
	LowestMonthlyFee  money.Amount `json:"lowest_monthly_fee,omitzero" compact:"-"` // of these, in so many days
	LowestDays        int          `json:"lowest_days,omitempty" compact:"-"`       // 0 = now
	Compares          string       `json:"-" compact:"compares_to"`                 // these, in words
	DocumentsRequired *bool        `json:"documents_required,omitempty"`
	Vendor            string       `json:"vendor,omitempty" quoted:"true"`
	State             string       `json:"state,omitempty" compact:"-"` // waiting, told, found where none is told, gone
	FoundAt           *time.Time   `json:"found_at,omitempty" compact:"-"`
	ToldAt            *time.Time   `json:"told_at,omitempty" compact:"-"`
	Found             string       `json:"-" compact:"found"` // when it was, in words, in UTC
	Standing          string       `json:"-" compact:"state"` // the state and when, in words
}

// hitsShown is how many hits of each watch are listed. A model is given no more
// watches and hits in all than modelWatches and modelHits: it pays for each word.
const (
	hitsShown    = 10
	modelWatches = 50
	modelHits    = 100
)

func listOperation(c Config) tools.Declaration {
	return tools.Operation[ListIn, ListOut]{
		Name:    name("list"),
		Title:   "List watches",
		Apart:   true,
		Summary: "List what is watched, and what was found for sale.",
		Hint:    "which alerts for phone numbers there are, and what came up for sale since",
		Risk:    risk.Read,
		Inward:  true,
		Brief:   true,
		Run:     c.list,
		View:    viewList,
		RowActions: []tools.RowAction{
			{Table: "found", Column: "number", Operation: "did_purchase", Param: "numbers", Label: "Buy…"},
		},
	}
}

func (c Config) list(ctx context.Context, _ ListIn) (ListOut, error) {
	by := request.Caller(ctx)
	out := ListOut{Currency: c.Currency, Watches: []Watched{}, Found: []Found{}}
	list, err := c.Watches.List(ctx, by, hitsShown)
	if err != nil {
		return ListOut{}, err
	}
	now := c.Now()
	for i := range list {
		out.count, out.found, out.waiting = out.count+1, out.found+list[i].Watch.Seq, out.waiting+list[i].Count.Waiting
	}
	list, out.more = bounded(list, by)
	for i := range list {
		l := &list[i]
		w := watchedOf(l, now)
		if w.Problem != "" && l.Err == nil && !within(by) {
			w.Problem = "its channel takes no messages: ask who runs didops"
		}
		if own := by.Principal.String(); l.Watch.Owner.String() != own {
			w.Owner = l.Watch.Owner.String()
		}
		out.Watches, out.Lines = append(out.Watches, w), append(out.Lines, view.Quoted(w.Name)+": "+lineOf(w, l.Coverage, now))
		for n := range l.Hits {
			out.Found = append(out.Found, foundOf(&l.Watch, &l.Hits[n]))
			out.hits, out.of = append(out.hits, l.Hits[n]), append(out.of, &l.Watch)
		}
	}
	return out, nil
}

// bounded leaves out what is too much for the caller, and says so: of the watches
// the caller's own come first, and each has as many hits as the others.
func bounded(list []watch.Listed, by identity.Caller) ([]watch.Listed, string) {
	var said []string
	each := hitsShown
	if by.Frontend.Model() {
		if more := len(list) - modelWatches; more > 0 {
			others := func(l watch.Listed) int {
				if l.Watch.Owner.String() == by.Principal.String() {
					return 0
				}
				return 1
			}
			slices.SortStableFunc(list, func(a, b watch.Listed) int { return others(a) - others(b) })
			list = list[:modelWatches]
			said = append(said, counted(more, "more watch is", "more watches are")+` not shown here: "didops watch list" shows all`)
		}
		each = min(each, max(1, modelHits/max(1, len(list))))
	}
	more := 0
	for i := range list {
		l := &list[i]
		l.Hits = l.Hits[:min(each, len(l.Hits))]
		more += l.Watch.Seq - len(l.Hits)
	}
	if more > 0 {
		said = append(said, fmt.Sprintf("the latest %d of each watch are below, and %s not", each, counted(more, "earlier number is", "earlier numbers are")))
	}
	return list, strings.Join(said, "; ")
}

// within reports whether a caller may be told of the server on Discord: who is a
// member, and who is at the machine.
func within(by identity.Caller) bool {
	realm := by.Principal.Realm
	return realm == identity.Discord || identity.RealmOf(realm).Sees == identity.SeesEverything
}

func watchedOf(l *watch.Listed, now time.Time) Watched {
	w := &l.Watch
	out := Watched{
		Name: w.Name, Filter: w.Words, Until: w.Until.Truncate(time.Second), Over: w.Over(now), Channel: w.Place, Problem: w.Sending.Closed,
		Quiet: w.Quiet.String(), PerDay: w.PerDay, Fit: l.Fit, Found: w.Seq, Waiting: l.Count.Waiting,
		Complete: l.Coverage.Complete, AsOf: timeOf(l.Coverage.AsOf),
	}
	if w.Unreadable != nil {
		out.Filter = w.About()
	}
	if l.Err != nil {
		out.Problem = "it could not be looked at"
		if f, ok := fault.As(l.Err); ok {
			out.Problem = f.Outside().Message
		}
	}
	return out
}

func foundOf(w *watch.Watch, h *watch.Hit) Found {
	o := &h.Offer
	return Found{
		Watch: w.Name, Number: o.Number, Country: o.Country, Type: o.Type, Features: append([]string{}, o.Features...),
		MonthlyFee: o.MonthlyFee, SetupFee: o.SetupFee, MedianMonthlyFee: h.Kind.Median, LowestMonthlyFee: h.Kind.Lowest, LowestDays: h.Kind.Days,
		Compares: h.Kind.String(), Found: h.Since(), Standing: h.Standing(w), DocumentsRequired: o.Documents, Vendor: o.Vendor, State: h.Stands(w), FoundAt: timeOf(h.Found), ToldAt: timeOf(h.Told),
	}
}

// timeOf is a moment to the second; nil for none.
func timeOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// zoned says of which time zone quiet hours are.
func zoned(quiet string) string {
	if strings.Contains(quiet, " ") {
		return quiet
	}
	return quiet + " UTC"
}

func viewList(_ ListIn, out ListOut) view.Doc {
	doc := view.Doc{Title: "Watches", Summary: "Nothing is watched."}
	if len(out.Watches) == 0 {
		return doc
	}
	for _, line := range out.Lines {
		doc.Blocks = append(doc.Blocks, view.Text(line))
	}
	doc.Summary = fmt.Sprintf("%s, %s found", counted(out.count, "watch", "watches"), view.Plural(out.found, "number"))
	if out.waiting > 0 {
		doc.Summary += fmt.Sprintf(", %s still to be told", view.Count(out.waiting))
	}
	doc.Summary += "."
	if out.more != "" {
		doc.Summary += " " + strings.ToUpper(out.more[:1]) + out.more[1:] + "."
	}
	if len(out.hits) > 0 {
		doc.Blocks = append(doc.Blocks, watch.Table(out.Currency, out.hits, out.of))
	}
	return doc
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return view.Count(n) + " " + many
}

// lineOf says how a watch stands.
func lineOf(w Watched, c watch.Coverage, now time.Time) string {
	parts := []string{w.Filter}
	if w.Owner != "" {
		parts = append(parts, "of "+view.Quoted(w.Owner))
	}
	switch {
	case w.Until.IsZero():
		return strings.Join(append(parts, "PROBLEM: "+w.Problem), " · ")
	case w.Over:
		parts = append(parts, "over since "+day(w.Until))
	default:
		parts = append(parts, "until "+day(w.Until), view.Count(w.Fit)+" fit now")
	}
	parts = append(parts, view.Count(w.Found)+" found")
	switch {
	case w.Waiting > 0 && w.Channel != "":
		parts = append(parts, fmt.Sprintf("%s to be told (%s)", view.Count(w.Waiting), held(w)))
	case w.Channel == "":
		parts = append(parts, "told here only")
	}
	if w.Problem != "" {
		parts = append(parts, "PROBLEM: "+w.Problem)
	} else if known := c.Covers(now); known != "" && !w.Over {
		parts = append(parts, strings.TrimSuffix(known, "."))
	}
	return strings.Join(parts, " · ")
}

// held says what may hold back what is to be told.
func held(w Watched) string {
	text := view.Plural(w.PerDay, "message") + " a day"
	if w.Quiet != "" {
		text += ", quiet " + zoned(w.Quiet)
	}
	return text
}
