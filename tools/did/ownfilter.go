package did

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/phone"
	"didops/internal/sanitize"
	"didops/internal/sipaddr"
	"didops/internal/view"
)

// ownMatcher is a filter of own numbers made ready.
type ownMatcher struct {
	matcher
	number string
	state  string
	tag    string         // [NoLabel] = without one
	owner  string         // likewise; case does not count
	payer  string         // the cost centre, likewise
	route  *sipaddr.Place // nil = no matter; the zero Place = nowhere
	due    time.Time
	until  string // the same as it was asked for
	idle   int    // days; 0 = no matter

	now    time.Time
	labels map[string]inventory.Labels // of all numbers, where they are asked for
	use    map[string]*inventory.Use   // likewise

	waiting   map[string]time.Time // since when numbers wait for documents, where these are asked for
	uncounted string               // why use is not counted anew; "" = it is, or nobody asks
}

// compile makes the filter ready. Labels and use are read where they are asked
// for.
func (h *ownNumbers) compile(ctx context.Context, in ListIn) (*ownMatcher, error) {
	m, err := in.compile(h.Now())
	if err != nil {
		return nil, err
	}
	if m.tag != "" || m.owner != "" || m.payer != "" {
		if h.Inventory == nil {
			return nil, fault.New(fault.Unavailable, "labels of numbers are not kept here")
		}
		if m.labels, err = h.Inventory.LabelsOf(ctx); err != nil {
			return nil, err
		}
	}
	if m.idle > 0 {
		m.use, err = h.uses(ctx, m)
	}
	if m.state == statePending && err == nil {
		m.waiting = h.waiting(ctx)
	}
	return m, err
}

// waiting returns since when numbers wait for their documents, of those of which
// that is known. Where it can't be read none is.
func (h *ownNumbers) waiting(ctx context.Context) map[string]time.Time {
	if h.Inventory == nil {
		return nil
	}
	own, err := h.Inventory.Own(ctx, 0, false)
	if err != nil {
		return nil
	}
	since := map[string]time.Time{}
	for i := range own.Numbers {
		if n := &own.Numbers[i]; !n.Waiting.IsZero() {
			since[n.Digits] = n.Waiting
		}
	}
	return since
}

// Uncounted says why use was not counted anew; "" for no error.
func Uncounted(err error) string {
	if err == nil {
		return ""
	}
	message := "an internal error"
	if f, ok := fault.As(err); ok {
		message = f.Message
	}
	return "use could not be counted anew: " + message
}

// uses returns the use of numbers, counted anew where that can be.
func (h *ownNumbers) uses(ctx context.Context, m *ownMatcher) (map[string]*inventory.Use, error) {
	unknown := fault.New(fault.Unavailable, "how numbers are used is not known").WithField("idle_for").
		WithHint("[exchange] usage = true lets the histories of calls and messages be read")
	if h.Inventory == nil {
		return nil, unknown
	}
	if h.Count != nil {
		err := h.Count(ctx)
		if m.uncounted = Uncounted(err); err != nil {
			unknown = fault.New(fault.Unavailable, "how numbers are used is not known: %s", m.uncounted).WithField("idle_for").WithCause(err)
			if f, ok := fault.As(err); ok {
				unknown = unknown.WithHint("%s", f.Hint)
			}
		}
	}
	own, err := h.Inventory.Own(ctx, 0, false)
	if err != nil {
		return nil, err
	}
	use := map[string]*inventory.Use{}
	for i := range own.Numbers {
		if n := &own.Numbers[i]; n.Use != nil {
			use[n.Digits] = n.Use
		}
	}
	if len(use) == 0 {
		return nil, unknown
	}
	return use, nil
}

func (in ListIn) compile(now time.Time) (*ownMatcher, error) {
	m, err := Filter{Country: in.Country, Prefix: in.Prefix, Description: in.Description}.compile()
	if err != nil {
		return nil, err
	}
	own := &ownMatcher{matcher: *m, now: now}
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
	return own, own.further(in)
}

// further reads what only own numbers are filtered by, and only the inventory or
// their routing tells.
func (m *ownMatcher) further(in ListIn) error {
	var err error
	if in.Tag != "" {
		if m.tag, err = Tag(in.Tag); err != nil {
			return inField("tag", err)
		}
	}
	m.owner = strings.ToLower(sanitize.Clean(view.Unquoted(in.Owner), 2*inventory.MaxOwner))
	m.payer = strings.ToLower(sanitize.Clean(view.Unquoted(in.CostCentre), 2*inventory.MaxOwner))
	if in.Route != "" {
		m.route = new(sipaddr.Place)
		if *m.route, err = routePlace(in.Route); err != nil {
			return err
		}
	}
	if in.DueBefore != "" {
		if m.due, err = dueWhen(in.DueBefore, m.now); err != nil {
			return err
		}
		m.until = strings.ToLower(in.DueBefore)
	}
	if in.IdleFor != "" {
		m.idle, err = daysOf("idle_for", in.IdleFor)
	}
	return err
}

// routePlace reads a host, with a port or without, or an address that ends in one;
// [NoLabel] is the zero Place.
func routePlace(text string) (sipaddr.Place, error) {
	place := strings.TrimSpace(text)
	if strings.EqualFold(place, NoLabel) {
		return sipaddr.Place{}, nil
	}
	if at := strings.LastIndexByte(place, '@'); at >= 0 {
		place, _, _ = strings.Cut(place[at+1:], ";")
	}
	p, ok := sipaddr.ParsePlace(place)
	if !ok {
		return p, fault.New(fault.Invalid, "%q is no host", sanitize.Clean(text, 40)).WithField("route").
			WithHint("the host of an address, such as sip.example.net or 192.0.2.7:5060; %s for numbers that go nowhere", NoLabel)
	}
	return p, nil
}

// routed reports whether calls or messages of a number go to the place that is
// asked for, or, for the zero Place, nowhere.
func (m *ownMatcher) routed(o *exchange.Owned) bool {
	switch {
	case m.route == nil:
		return true
	case *m.route == sipaddr.Place{}:
		return o.Contact == "" && o.SMPPContact == ""
	}
	calls, _ := sipaddr.PlaceOf(sipaddr.SIP, o.Contact)
	messages, _ := sipaddr.PlaceOf(sipaddr.SMPP, o.SMPPContact)
	return m.route.Holds(calls) || m.route.Holds(messages)
}

// dueWhen reads a day, or a time from now: 7d, 4w.
func dueWhen(text string, now time.Time) (time.Time, error) {
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return at, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	days, err := daysOf("due_before", text)
	if err != nil {
		return time.Time{}, fault.New(fault.Invalid, "%q is no day", sanitize.Clean(text, 40)).WithField("due_before").
			WithHint("a day, 2027-01-31, or how long from now: 7d, 4w")
	}
	return now.AddDate(0, 0, days), nil
}

// daysOf reads a number of days or weeks.
func daysOf(field, text string) (int, error) {
	bad := fault.New(fault.Invalid, "%q is no number of days", sanitize.Clean(text, 40)).WithField(field).WithHint("such as 60d or 8w")
	text = strings.ToLower(strings.TrimSpace(text))
	digits, unit := strings.TrimRight(text, "dw"), 1
	switch strings.TrimPrefix(text, digits) {
	case "w":
		unit = 7
	case "", "d":
	default:
		return 0, bad
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > 36_500 || strings.Trim(digits, "0123456789") != "" {
		return 0, bad
	}
	return n * unit, nil
}

func (m *ownMatcher) match(o *exchange.Owned) bool {
	return m.matcher.match(&o.Number) && m.elsewise(o)
}

// elsewise reports whether the row is wanted by what only own numbers are
// filtered by.
func (m *ownMatcher) elsewise(o *exchange.Owned) bool {
	return (m.number == "" || m.number == o.Digits) && (m.state == "" || m.state == ownState(o)) &&
		m.tagged(o) && m.owned(o) && m.paid(o) && m.routed(o) && m.falls(o) && m.rests(o)
}

func (m *ownMatcher) tagged(o *exchange.Owned) bool {
	tags := m.labels[o.Digits].Tags
	return m.tag == "" || slices.Contains(tags, m.tag) || m.tag == NoLabel && len(tags) == 0
}

func (m *ownMatcher) owned(o *exchange.Owned) bool {
	return labelled(m.owner, m.labels[o.Digits].Owner)
}

func (m *ownMatcher) paid(o *exchange.Owned) bool {
	return labelled(m.payer, m.labels[o.Digits].CostCentre)
}

// labelled reports whether a label is the one that is asked for.
func labelled(want, label string) bool {
	return want == "" || strings.ToLower(label) == want || want == NoLabel && label == ""
}

// falls reports whether the number is paid for until before the day asked for.
func (m *ownMatcher) falls(o *exchange.Owned) bool {
	return m.due.IsZero() || !o.BilledTo.IsZero() && o.BilledTo.Before(m.due)
}

func (m *ownMatcher) rests(o *exchange.Owned) bool {
	if m.idle == 0 {
		return true
	}
	days, _, known := m.use[o.Digits].Idle(m.now)
	return known && days >= m.idle
}

// unknown reports whether the row is left out only because something of it is not
// known: until when it is paid, or how it is used.
func (m *ownMatcher) unknown(o *exchange.Owned) bool {
	undated := !m.due.IsZero() && o.BilledTo.IsZero()
	unused := m.idle > 0 && m.use[o.Digits] == nil
	if !undated && !unused {
		return false
	}
	rest := *m
	if undated {
		rest.due = time.Time{}
	}
	if unused {
		rest.idle = 0
	}
	return rest.match(o)
}

// filters returns what tells this filter of own numbers from others.
func (m *ownMatcher) filters() []any {
	route := ""
	if m.route != nil {
		route = cmp.Or(m.route.String(), NoLabel)
	}
	return []any{m.number, m.state, m.tag, m.owner, m.payer, route, m.until, m.idle}
}

// ownSums are what the numbers that fit come to.
type ownSums struct {
	Monthly money.Amount // of those that state a fee
	Without int          // that state none
	Unknown int          // left out because something of them is not known
}

func (s *ownSums) add(o *exchange.Owned) {
	switch {
	case !o.MonthlyFee.Known():
		s.Without++
	case !s.Monthly.Known():
		s.Monthly = o.MonthlyFee
	default:
		s.Monthly = s.Monthly.Add(o.MonthlyFee)
	}
}

// take takes a number off that does not count any more.
func (s *ownSums) take(o *exchange.Owned) {
	if !o.MonthlyFee.Known() {
		s.Without--
		return
	}
	s.Monthly = s.Monthly.Less(o.MonthlyFee)
}

// oneByOne is of how many numbers labels are asked for by themselves, rather than
// those of all.
const oneByOne = 200

// labelled fills the labels of rows in. Where they can't be read rows are without,
// and the reason is returned.
func (h *ownNumbers) labelled(ctx context.Context, rows []OwnedRow) string {
	if h.Inventory == nil || len(rows) == 0 {
		return ""
	}
	digits := make([]string, len(rows))
	for i := range rows {
		digits[i] = strings.TrimPrefix(rows[i].Number, "+")
	}
	var asked []string // none: of all numbers
	if len(rows) <= oneByOne {
		asked = digits
	}
	labels, err := h.Inventory.LabelsOf(ctx, asked...)
	if err != nil {
		return "labels can't be read at the moment, and are not shown"
	}
	for i := range rows {
		rows[i].label(labels[digits[i]])
	}
	return ""
}
