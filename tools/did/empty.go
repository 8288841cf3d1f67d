package did

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
	"didops/internal/phone"
	"didops/internal/view"
)

// explainRows is how many rows are read, at most, to say why nothing fits.
const explainRows = 5000

// check is one filter of a search by itself.
type check struct {
	name string // of its parameter
	fits func(*exchange.Number) bool
}

// checks returns the filters that were given, but for where numbers are, in the
// order of their parameters. A row fits when it fits all of them.
func (m *matcher) checks() []check {
	var list []check
	add := func(given bool, name string, fits func(*exchange.Number) bool) {
		if given {
			list = append(list, check{name, fits})
		}
	}
	add(m.kind != "", "type", func(n *exchange.Number) bool { return n.Type == m.kind })
	for i, name := range [4]string{"voice", "sms", "fax", "video"} {
		add(m.wants[i] != nil, name, func(n *exchange.Number) bool { return [4]bool{n.Voice, n.SMS, n.Fax, n.Video}[i] == *m.wants[i] })
	}
	add(m.vendor != "", "vendor", m.sells)
	add(m.city != nil, "city", m.located)
	add(m.part != "", "description", m.describes)
	add(m.pattern.set(), "pattern", func(n *exchange.Number) bool { return m.pattern.match(n.Digits) })
	add(m.monthly.Known(), "max_monthly_fee", func(n *exchange.Number) bool { return n.MonthlyFee.Cmp(m.monthly) <= 0 })
	add(m.setup.Known(), "max_setup_fee", func(n *exchange.Number) bool { return n.SetupFee.Cmp(m.setup) <= 0 })
	add(m.documents != "", "documents", m.papers)
	return list
}

// funnel counts how many rows each filter leaves, one after the other.
type funnel struct {
	area  string // what the first count is of
	base  int
	names []string
	left  []int // behind each filter
	alone []int // rows that fit but for this filter
}

func newFunnel(area string, names ...string) *funnel {
	return &funnel{area: area, names: names, left: make([]int, len(names)), alone: make([]int, len(names))}
}

// add counts a row of the area by the filters that it fits, and returns the
// only one that it does not, -1 where that are none or several.
func (f *funnel) add(fits []bool) int {
	f.base++
	only, passed := -1, true
	for i, ok := range fits {
		if passed = passed && ok; passed {
			f.left[i]++
		}
	}
	for i, ok := range fits {
		switch {
		case ok:
		case only >= 0:
			return -1
		default:
			only = i
		}
	}
	if only >= 0 {
		f.alone[only]++
	}
	return only
}

// steps says what each filter left: "country 342 → fax 36 → video 0".
func (f *funnel) steps() string {
	parts := []string{f.area + " " + view.Count(f.base)}
	for i, n := range f.left {
		parts = append(parts, f.names[i]+" "+view.Count(n))
		if n == 0 {
			break
		}
	}
	return "Left after each filter: " + strings.Join(parts, " → ") + "."
}

// without says how many would fit without one of the filters.
func (f *funnel) without() string {
	var parts []string
	for i, n := range f.alone {
		if n > 0 {
			parts = append(parts, "without "+f.names[i]+" "+view.Count(n))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Leave one out, and numbers fit: " + strings.Join(parts, ", ") + "."
}

// emptySearch is the count of the rows of a search that found nothing.
type emptySearch struct {
	*matcher
	*funnel
	checks   []check
	loose    pattern // the pattern anywhere in a number
	anywhere int     // rows that fit but for the pattern, which they hold somewhere
	unstated int     // rows that fit but for what is not stated of documents
	lowest   map[string]money.Amount
}

// explain says, a sentence each, why a search that was read as t found nothing.
// It reads what the filters were narrowing, so it is called for nothing else,
// and has what is left of the search's time; nil where that is too little.
func (m *marketOps) explain(ctx context.Context, match *matcher, t *readStats) []string {
	if t.checkVendor(match.vendor) != nil || t.late() || ctx.Err() != nil {
		return nil
	}
	e := &emptySearch{matcher: match, checks: match.checks(), lowest: map[string]money.Amount{}}
	names := make([]string, len(e.checks))
	for i, c := range e.checks {
		names[i] = c.name
	}
	e.funnel = newFunnel(match.areaName(), names...)
	if match.pattern.set() {
		e.loose, _ = parsePattern("*" + match.pattern.text + "*")
	}
	wide := *match
	wide.queries = nil
	for _, p := range match.prefixes {
		wide.queries = append(wide.queries, exchange.MarketQuery{Prefix: p})
	}
	read, err := m.sample(ctx, &wide, t.until, e.count)
	if err != nil {
		return nil
	}
	list := e.reasons(t.sellers())
	if !read.Complete && read.rows > 0 {
		list = slices.Insert(list, 0, "All of this is counted among the first "+view.Count(read.rows)+" numbers read.")
	}
	return list
}

// sample reads rows of the queries that can be bought, [explainRows] at most and
// until a moment: from memory if it has all of them, otherwise from the
// exchange.
func (m *marketOps) sample(ctx context.Context, match *matcher, until time.Time, take func(*exchange.Number)) (readStats, error) {
	t := newReadStats(m.Config)
	t.until = until
	most := explainRows
	if m.MaxRows > 0 {
		most = min(most, m.MaxRows)
	}
	if m.Mirror != nil {
		if all, err := m.sampled(ctx, match, &t, most, take); all || err != nil {
			return t, err
		}
	}
	for _, q := range match.queries {
		q.Until = until
		if q.MaxRows = most - t.rows; q.MaxRows <= 0 {
			_, err := t.account(ctx, exchange.Reading{Bounded: true}, nil)
			return t, err
		}
		reading, err := m.few(ctx, q, func(page []exchange.Offer) {
			for i := range page {
				if n := &page[i].Number; n.ID != "" && strings.HasPrefix(n.Digits, q.Prefix) {
					take(n)
				}
			}
			t.rows += len(page)
		})
		if more, err := t.account(ctx, reading, err); err != nil || !more {
			return t, err
		}
	}
	return t, nil
}

// errEnough ends a visit of the memory.
var errEnough = errors.New("enough rows")

// sampled gives the rows of the memory if it has all that the queries ask for,
// and reports whether it has. Only then, or with an error, it has given any.
func (m *marketOps) sampled(ctx context.Context, match *matcher, t *readStats, most int, take func(*exchange.Number)) (bool, error) {
	all := true
	err := m.Mirror.Look(ctx, func(v *market.View) error {
		var prefixes []string
		for _, q := range match.queries {
			all = all && len(v.Plan(q, m.Now().Add(-m.MaxAge)).Missing) == 0
			prefixes = append(prefixes, q.Prefix)
		}
		if !all {
			return nil
		}
		var found market.Found
		return v.Visit(ctx, prefixes, func(c *market.Cell) error {
			c.Select(&market.Filter{Prefixes: prefixes}, &found)
			for _, i := range found.Fit {
				if t.rows == most {
					t.Complete = false
					return errEnough
				}
				if t.rows++; c.Purchasable(i) {
					o := c.Offer(i)
					take(&o.Number)
				}
			}
			return nil
		})
	})
	if errors.Is(err, errEnough) || errors.Is(err, market.ErrNothing) {
		return all && t.rows > 0, nil
	}
	m.forgets(err)
	return all, err
}

// count takes one row into account.
func (e *emptySearch) count(n *exchange.Number) {
	if !strings.HasPrefix(n.Digits, e.prefix) || !e.inCountry(n) {
		return
	}
	fits := make([]bool, len(e.checks))
	for i, c := range e.checks {
		fits[i] = c.fits(n)
	}
	only := e.add(fits)
	if only < 0 {
		return
	}
	switch name := e.names[only]; name {
	case "pattern":
		if e.loose.set() && e.loose.match(n.Digits) {
			e.anywhere++
		}
	case "documents":
		if n.DocumentsUnstated {
			e.unstated++
		}
	case "max_monthly_fee":
		e.low(name, n.MonthlyFee)
	case "max_setup_fee":
		e.low(name, n.SetupFee)
	}
}

func (e *emptySearch) low(name string, fee money.Amount) {
	if before, ok := e.lowest[name]; !ok || fee.Cmp(before) < 0 {
		e.lowest[name] = fee
	}
}

// reasons are the sentences: what each filter left, what a filter means that
// people take for something else, and what would help.
func (e *emptySearch) reasons(sellers []string) []string {
	list := []string{e.steps()}
	if e.prefix != "" && e.countries == nil {
		list = append(list, areaCode(e.prefix))
	}
	for i, name := range e.names {
		if text := e.reason(i, name, sellers); text != "" {
			list = append(list, text)
		}
	}
	if text := e.without(); text != "" {
		list = append(list, text)
	}
	return list
}

// reason is what is to be known of a filter where it leaves something out.
func (e *emptySearch) reason(i int, name string, sellers []string) string {
	takes := e.left[i] == 0 && (i == 0 && e.base > 0 || i > 0 && e.left[i-1] > 0) || e.alone[i] > 0
	switch w := slices.Index([]string{"voice", "sms", "fax", "video"}, name); {
	case !takes:
	case w >= 0 && !*e.wants[w]:
		return "That " + name + " is false means that a number must not have it; leave it out where it does not matter."
	case name == "vendor":
		return soldBy(e.vendor, sellers)
	case name == "pattern":
		return e.wholeNumber()
	case name == "city":
		return e.nearCities()
	case name == "documents" && e.unstated > 0:
		return view.Plural(e.unstated, "number") + " that would fit do not state whether documents are needed, and so fit neither."
	case e.lowest[name].Known():
		return "The lowest that would fit but for " + name + " is " + e.lowest[name].String() + "."
	}
	return ""
}

// wholeNumber says what a pattern is held against.
func (e *emptySearch) wholeNumber() string {
	text := "The pattern is held against the whole number, country code first, and * stands for any run of digits"
	if e.anywhere > 0 {
		text += fmt.Sprintf("; %s would find %s", e.loose.text, view.Count(e.anywhere))
	}
	return text + "."
}

// areaCode says what a prefix is, to who meant the code of an area.
func areaCode(prefix string) string {
	return "A prefix begins with a country code" + belongs(prefix) + "; an area code needs its country: write the country code in front of it."
}

// belongs says whose numbers begin so, as part of a sentence.
func belongs(prefix string) string {
	var names []string
	for _, iso := range phone.CountriesOf(prefix) {
		if c, ok := phone.ByISO(iso); ok {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return " (" + prefix + " is none)"
	}
	return " (" + prefix + ": " + listed(clip(names, 3)) + ")"
}

// soldBy says that a seller's name is taken exactly, and which there are.
func soldBy(vendor string, sellers []string) string {
	text := "The vendor is the whole name of a seller"
	var like []string
	for _, s := range sellers {
		if strings.Contains(strings.ToLower(s), strings.ToLower(vendor)) {
			like = append(like, s)
		}
	}
	if len(like) > 0 {
		text += ", such as " + listed(clip(view.QuotedAll(like), 3))
	}
	if len(sellers) > 0 {
		text += "; sellers that have such numbers: " + listed(clip(view.QuotedAll(sellers), 10))
	}
	return text + "."
}

// areaName is what the numbers of the area have in common, by its parameters.
func (m *matcher) areaName() string {
	var names []string
	if m.countries != nil {
		names = append(names, "country")
	}
	if m.prefix != "" {
		names = append(names, "prefix")
	}
	if len(names) == 0 {
		return "for sale"
	}
	return strings.Join(names, " and ")
}

// because are the sentences of an empty result as blocks of a document.
func because(why []string) []view.Block {
	var blocks []view.Block
	for _, text := range why {
		blocks = append(blocks, view.Text(text))
	}
	return blocks
}
