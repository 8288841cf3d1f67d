package did

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"didops/internal/didyoumean"
	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/market"
	"didops/internal/money"
	"didops/internal/phone"
	"didops/internal/risk"
	"didops/internal/sanitize"
	"didops/internal/view"
	"didops/tools"
)

// HistoryIn is what did_history takes: a number, or what numbers have in
// common.
type HistoryIn struct {
	Number  string `json:"number,omitempty" jsonschema_description:"Its own past"`
	Country string `json:"country,omitempty" several:"true" jsonschema_description:"Names or codes: AE, +971, EU"`
	Type    string `json:"type,omitempty" jsonschema:"enum=any,enum=national,enum=mobile,enum=tollfree,enum=unknown" jsonschema_description:"Kind of number"`
	Vendor  string `json:"vendor,omitempty" jsonschema_description:"Seller's whole name"`
	Since   string `json:"since,omitempty" jsonschema_description:"2026-01-31, or 90d, 12w, 1y; of a number all, else 12w"`
}

// HistoryOut is what did_history returns: the weeks of numbers, or the events of
// one.
type HistoryOut struct {
	tools.Envelope
	Currency         string         `json:"currency" jsonschema_description:"Of amounts"`
	Countries        []string       `json:"countries,omitempty" compact:"-" jsonschema_description:"Meant"`
	Number           string         `json:"number,omitempty" jsonschema_description:"Asked about"`
	State            string         `json:"state,omitempty" jsonschema_description:"Of the number: for_sale, gone, unknown"`
	LastSeen         time.Time      `json:"last_seen,omitzero" jsonschema_description:"The number, for sale"`
	Weeks            []HistoryWeek  `json:"weeks" jsonschema_description:"In which the market was looked at"`
	Events           []HistoryEvent `json:"events" quoted:"vendor" jsonschema_description:"Of the number"`
	KnownSince       time.Time      `json:"known_since,omitzero" jsonschema_description:"Nothing is known before"`
	Complete         bool           `json:"complete" jsonschema_description:"No week is missing"`
	IncompleteReason string         `json:"incomplete_reason,omitempty" jsonschema_description:"Why"`

	about string    // what was asked about, for the view
	now   time.Time // likewise
	off   bool      // nothing is kept, likewise
}

// HistoryWeek is one week of what was for sale.
type HistoryWeek struct {
	Week     string       `json:"week"` // its Monday
	Days     int          `json:"days_looked_at"`
	Count    int          `json:"count"`
	Lowest   money.Amount `json:"lowest_monthly_fee,omitzero"`
	Median   money.Amount `json:"median_monthly_fee,omitzero"`
	Came     int          `json:"came"`
	Went     int          `json:"went"`
	Repriced int          `json:"repriced"`
}

// HistoryEvent is one thing that happened to a number.
type HistoryEvent struct {
	At         time.Time    `json:"at"`
	What       string       `json:"what"`
	MonthlyFee money.Amount `json:"monthly_fee,omitzero"`
	SetupFee   money.Amount `json:"setup_fee,omitzero"`
	WasMonthly money.Amount `json:"was_monthly_fee,omitzero"`
	WasSetup   money.Amount `json:"was_setup_fee,omitzero"`
	Changed    []string     `json:"changed,omitempty"`
	Type       string       `json:"type,omitempty"`
	Vendor     string       `json:"vendor,omitempty"`
	LastSeen   time.Time    `json:"last_seen,omitzero"`
}

func historyOperation(m *marketOps) tools.Declaration {
	return tools.Operation[HistoryIn, HistoryOut]{
		Name:    tools.Name{Noun: "did", Verb: "history"},
		Title:   "Look at the past of the market",
		Group:   tools.GroupMarket,
		Apart:   true,
		Summary: "See what numbers cost before: fees by week, what came and went, or the past of one number.",
		Doc:     "From memory alone.",
		Hint:    "price history of phone numbers (DIDs): what numbers cost last month, fees by week, when a number came or went",
		Risk:    risk.Read,
		Inward:  true,
		Draws:   true,
		Brief:   true,
		Terse:   []string{"country", "type", "vendor"},
		Examples: []tools.Example{
			{Says: "what mobile numbers of the Emirates cost in the last twelve weeks", Args: map[string]any{"country": "Emirates", "type": "mobile"}},
			{Says: "all that is known of one number", Args: map[string]any{"number": "+12025550123"}},
		},
		Run:  m.history,
		View: viewHistory,
		Complete: map[string]tools.Completer{
			"country": completeCountry,
			"vendor":  m.completeVendor,
		},
	}
}

// Validate refuses a number together with what others have in common.
func (in HistoryIn) Validate() error {
	if in.Number != "" && (in.Country != "" || in.Vendor != "" || in.Type != "" && in.Type != "any") {
		return fault.New(fault.Invalid, "a number is asked about by itself, without country, type or vendor").WithField("number")
	}
	return nil
}

// history answers from memory alone.
func (m *marketOps) history(ctx context.Context, in HistoryIn) (HistoryOut, error) {
	out := HistoryOut{Currency: m.Currency, Weeks: []HistoryWeek{}, Events: []HistoryEvent{}, now: m.Now().UTC()}
	since, err := Since(in.Since, out.now)
	if err != nil {
		return out, err
	}
	ask := m.weeks
	if in.Number != "" {
		ask = m.events
	}
	look, err := ask(in, since, &out)
	if err != nil {
		return out, err
	}
	if m.Mirror == nil {
		out.off, out.IncompleteReason = true, "what is read of the market is not kept: [market] mirror is off"
		return out, nil
	}
	err = m.Mirror.Look(ctx, func(v *market.View) error { return look(ctx, v) })
	switch _, told := fault.As(err); {
	case errors.Is(err, market.ErrNothing):
		out.IncompleteReason = "nothing of the market has been read yet"
	case err != nil && !told && ctx.Err() == nil:
		return out, fault.New(fault.Unavailable, "what is remembered of the market can't be read").WithCause(err)
	case err != nil:
		return out, err
	}
	return out, nil
}

// weeksBack is how far back is looked where nobody says.
const weeksBack = 12

// Since reads a day, a moment (RFC 3339), or how long before now: 90d, 12w, 1y. A
// day begins where now is, by its location. Zero where nothing is said. What is none of these is [fault.Invalid] in the
// parameter since.
func Since(text string, now time.Time) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, strings.ToUpper(strings.TrimSpace(text))); err == nil && !at.After(now) {
		return at, nil
	}
	bad := fault.New(fault.Invalid, "%q is no time to look back to", sanitize.Clean(text, 40)).WithField("since").
		WithHint("write a date that is over, such as %s, or how long ago: 90d, 12w, 1y", now.AddDate(0, -3, 0).Format(time.DateOnly))
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.ParseInLocation(time.DateOnly, text, now.Location()); err == nil {
		if at.After(now) {
			return at, bad
		}
		return at, nil
	}
	n, err := strconv.Atoi(text[:len(text)-1])
	if err != nil || n < 1 || n > 36_500 || text[0] == '+' {
		return time.Time{}, bad
	}
	switch text[len(text)-1] {
	case 'd':
		return now.AddDate(0, 0, -n), nil
	case 'w':
		return now.AddDate(0, 0, -7*n), nil
	case 'y':
		return now.AddDate(-min(n, 100), 0, 0), nil
	}
	return time.Time{}, bad
}

type lookBack = func(context.Context, *market.View) error

// weeks asks about the weeks of numbers.
func (m *marketOps) weeks(in HistoryIn, since time.Time, out *HistoryOut) (lookBack, error) {
	match, err := Filter{Country: in.Country, Type: in.Type, Vendor: in.Vendor}.compile()
	if err != nil {
		return nil, err
	}
	if since.IsZero() {
		since = out.now.AddDate(0, 0, -7*weeksBack)
	}
	out.Countries, out.about = match.countries, aboutNumbers(match)
	sellers := map[string]bool{}
	past := market.Past{Filter: *match.pastColumns(sellers), Type: match.kind, Since: since}
	return func(ctx context.Context, v *market.View) error {
		got, err := v.Weeks(ctx, past)
		if err != nil {
			return err
		}
		there := false
		for _, w := range got.Weeks {
			there = there || w.Count+w.Came+w.Went > 0
			out.Weeks = append(out.Weeks, HistoryWeek{
				Week: w.Start.Format(time.DateOnly), Days: w.Days, Count: w.Count, Lowest: w.Lowest, Median: w.Median,
				Came: w.Came, Went: w.Went, Repriced: w.Repriced,
			})
		}
		if near := didyoumean.Words(in.Vendor, slices.Sorted(maps.Keys(sellers))); in.Vendor != "" && !there && len(near) > 0 {
			return fault.New(fault.Invalid, "no number that is remembered was sold by %q", sanitize.Clean(in.Vendor, 40)).
				WithField("vendor").WithHint("%s", didyoumean.Question(view.QuotedAll(near)))
		}
		out.KnownSince = got.Since
		out.IncompleteReason = unknownWeeks(got, since, out.now)
		out.Complete = out.IncompleteReason == ""
		return nil
	}, nil
}

// pastColumns is the filter for what is kept of the past. All sellers that are
// asked about are noted.
func (m *matcher) pastColumns(sellers map[string]bool) *market.Filter {
	f := &market.Filter{Prefixes: m.prefixes}
	slices.Sort(f.Prefixes)
	f.Place = func(p market.Place) market.Answer {
		switch {
		case m.kind != "" && p.Type != m.kind:
			return market.No
		case m.countries == nil:
			return market.Yes
		case p.Country == "":
			return market.Unsure
		case m.wanted(p.Country):
			return market.Yes
		}
		return market.No
	}
	f.Where = func(digits string) market.Answer {
		if m.inCountry(&exchange.Number{Digits: digits}) {
			return market.Yes
		}
		return market.No
	}
	if m.vendor != "" {
		f.Seller = func(name string) bool {
			if name != "" && len(sellers) < vendorsKept {
				sellers[name] = true
			}
			return m.sells(&exchange.Number{Vendor: name})
		}
	}
	return f
}

// unknownWeeks says what of a time is not known; "" where all is.
func unknownWeeks(got market.Weeks, since, now time.Time) string {
	if got.Since.IsZero() {
		return "this part of the market has not been read as a whole yet"
	}
	var why []string
	if got.Since.After(since) {
		why = append(why, "nothing is known before "+day(got.Since))
		since = got.Since
	}
	weeks := int(monday(now).Sub(monday(since))/(7*24*time.Hour)) + 1
	if missing := weeks - len(got.Weeks); missing > 0 {
		why = append(why, fmt.Sprintf("nobody looked in %s", view.Plural(missing, "week")))
	}
	return strings.Join(why, "; ")
}

func monday(at time.Time) time.Time {
	at = at.UTC()
	return time.Date(at.Year(), at.Month(), at.Day()-(int(at.Weekday())+6)%7, 0, 0, 0, 0, time.UTC)
}

// events asks about one number.
func (m *marketOps) events(in HistoryIn, since time.Time, out *HistoryOut) (lookBack, error) {
	digits, err := phone.Digits(in.Number)
	if err != nil {
		return nil, err
	}
	out.Number = phone.Format(digits)
	out.about, out.State = out.Number, stateUnknown
	return func(ctx context.Context, v *market.View) error {
		got, err := v.Timeline(ctx, digits)
		if err != nil {
			return err
		}
		for _, e := range got.Moments {
			if !e.At.Before(since) {
				out.Events = append(out.Events, newHistoryEvent(e))
			}
		}
		out.LastSeen, out.KnownSince, out.State = got.Seen, got.Since, m.stateOf(got)
		switch {
		case got.Since.IsZero():
			out.IncompleteReason = "this part of the market has not been read as a whole yet"
		case got.Since.After(since) && !since.IsZero():
			out.IncompleteReason = "nothing is known before " + day(got.Since)
		}
		out.Complete = out.IncompleteReason == ""
		return nil
	}, nil
}

// States of a number that is asked about.
const (
	stateForSale = "for_sale"
	stateGone    = "gone"
	stateUnknown = "unknown"
)

// seenLately is for how long a number counts as for sale that nobody has looked
// for since.
const seenLately = 7 * 24 * time.Hour

func (m *marketOps) stateOf(t market.Timeline) string {
	switch {
	case t.There && m.Now().Sub(t.Seen) <= seenLately:
		return stateForSale
	case len(t.Moments) > 0 && t.Moments[len(t.Moments)-1].What == market.Gone:
		return stateGone
	}
	return stateUnknown
}

// What is changed of a number, besides what [market.Moment] names.
const (
	changedMonthly = "monthly fee"
	changedSetup   = "set-up fee"
)

func newHistoryEvent(m market.Moment) HistoryEvent {
	e := HistoryEvent{
		At: m.At, What: string(m.What), MonthlyFee: m.MonthlyFee, SetupFee: m.SetupFee,
		Changed: m.Others, Type: m.Type, Vendor: m.Vendor, LastSeen: m.Seen,
	}
	if m.What == market.Changed && (m.WasMonthly.Known() != m.MonthlyFee.Known() || m.WasMonthly.Cmp(m.MonthlyFee) != 0) {
		e.WasMonthly, e.Changed = m.WasMonthly, append([]string{changedMonthly}, e.Changed...)
	}
	if m.What == market.Changed && (m.WasSetup.Known() != m.SetupFee.Known() || m.WasSetup.Cmp(m.SetupFee) != 0) {
		e.WasSetup, e.Changed = m.WasSetup, append(e.Changed, changedSetup)
	}
	return e
}
