package did

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/market"
	"didops/internal/money"
	"didops/internal/phone"
	"didops/internal/view"
)

// aboutNumbers says in a few words what is asked about. What sellers are called
// is left out: it goes into a picture, too.
func aboutNumbers(m *matcher) string {
	var parts []string
	switch n := len(m.countries); {
	case n > countriesNamed:
		parts = append(parts, fmt.Sprintf("%d countries", n))
	case n > 0:
		var names []string
		for _, iso := range m.countries {
			c, _ := phone.ByISO(iso)
			names = append(names, c.Name)
		}
		parts = append(parts, listed(names))
	default:
		parts = append(parts, "all countries")
	}
	if m.kind != "" {
		parts = append(parts, m.kind)
	}
	if m.vendor != "" {
		parts = append(parts, "one seller")
	}
	return strings.Join(parts, ", ")
}

func viewHistory(in HistoryIn, out HistoryOut) view.Doc {
	doc := view.Doc{Title: "History of " + out.about}
	if out.IncompleteReason != "" {
		doc.Blocks = append(doc.Blocks, view.Notice{Warning: len(out.Weeks)+len(out.Events) == 0, Text: "Not complete: " + out.IncompleteReason + "."})
	}
	known := func() {
		if !out.KnownSince.IsZero() {
			doc.Blocks = append(doc.Blocks, view.Text("Known since "+moment(out.KnownSince)+"."))
		}
	}
	if in.Number != "" {
		doc.Summary = numberPast(out)
		if len(out.Events) > 0 {
			doc.Blocks = append(doc.Blocks, numberChart(out), eventTable(out.Events))
		}
		known()
		return doc
	}
	doc.Summary = weeksPast(out)
	if len(out.Weeks) > 0 {
		doc.Blocks = append(doc.Blocks, weeksChart(out), weekTable(out.Weeks))
	}
	known()
	return doc
}

// weeksPast tells weeks in a sentence or two.
func weeksPast(out HistoryOut) string {
	if len(out.Weeks) == 0 {
		return nothingKnown(out)
	}
	last := out.Weeks[len(out.Weeks)-1]
	came, went, repriced := 0, 0, 0
	lowest := HistoryWeek{}
	for _, w := range out.Weeks {
		came, went, repriced = came+w.Came, went+w.Went, repriced+w.Repriced
		if w.Lowest.Known() && (!lowest.Lowest.Known() || w.Lowest.Cmp(lowest.Lowest) < 0) {
			lowest = w
		}
	}
	s := fmt.Sprintf("In the week of %s: %s for sale", last.Week, view.Plural(last.Count, "number"))
	if last.Lowest.Known() {
		s += fmt.Sprintf(", from %s %s a month, median %s", last.Lowest, out.Currency, median(last))
	}
	s += "."
	if len(out.Weeks) == 1 {
		return s
	}
	if lowest.Lowest.Known() {
		s += fmt.Sprintf(" The lowest since %s was %s, in the week of %s.", out.Weeks[0].Week, lowest.Lowest, lowest.Week)
	}
	return s + fmt.Sprintf(" In these weeks %s came, %s went, and %s.", view.Count(came), view.Count(went), times(repriced, "another fee was asked"))
}

func times(n int, what string) string {
	if n == 1 {
		return what + " once"
	}
	return what + " " + view.Count(n) + " times"
}

func median(w HistoryWeek) string {
	if !w.Median.Known() {
		return "not known"
	}
	return w.Median.String()
}

func (w HistoryWeek) start() time.Time {
	at, _ := time.Parse(time.DateOnly, w.Week) // it was written so
	return at
}

func weekTable(weeks []HistoryWeek) view.Table {
	t := view.Table{Columns: []view.Column{
		{Title: "Week of"},
		{Title: "Numbers", Right: true},
		{Title: "Monthly from", Right: true},
		{Title: "Median", Right: true},
		{Title: "Came", Right: true},
		{Title: "Went", Right: true},
		{Title: "Other fee", Right: true},
		{Title: "Looked at", Right: true},
	}}
	for _, w := range weeks {
		t.Rows = append(t.Rows, []string{
			w.Week, view.Count(w.Count), w.Lowest.String(), w.Median.String(),
			view.Count(w.Came), view.Count(w.Went), view.Count(w.Repriced), fmt.Sprintf("%d of 7 days", w.Days),
		})
	}
	return t
}

// weeksChart draws the lowest and the median fee. Weeks that are missing leave a
// gap.
func weeksChart(out HistoryOut) view.Image {
	lowest, middle := view.Line{Name: "lowest"}, view.Line{Name: "median"}
	end := time.Time{}
	for _, w := range out.Weeks {
		at := w.start()
		if !end.IsZero() && at.After(end) {
			lowest.Points, middle.Points = append(lowest.Points, view.Point{At: end}), append(middle.Points, view.Point{At: end})
		}
		lowest.Points = append(lowest.Points, view.Point{At: at, Value: w.Lowest})
		middle.Points = append(middle.Points, view.Point{At: at, Value: w.Median})
		end = at.AddDate(0, 0, 7)
	}
	return picture(out, earliest(end, out.now), lowest, middle)
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// altMost is how long the text of a picture may be, in characters; chats take no
// more.
const altMost = 1000

func picture(out HistoryOut, end time.Time, lines ...view.Line) view.Image {
	i := view.Image{
		Name:  "history-" + fileName(out.about),
		Steps: view.Steps{Title: "Monthly fee in " + out.Currency + ": " + out.about, Lines: lines, End: end},
	}
	parts := []string{i.Steps.Title}
	for _, l := range lines {
		if told := alt(l); told != "" {
			parts = append(parts, l.Name+" "+told)
		}
	}
	i.Alt = strings.Join(parts, "; ") + "."
	return i
}

// alt tells a line in figures, with their dates: where it begins, each change as
// long as there is room for it, and what it is at the end.
func alt(l view.Line) string {
	var told []string
	var before money.Amount
	size := 0
	for _, p := range l.Points {
		if !p.Value.Known() || before.Known() && before.Cmp(p.Value) == 0 {
			continue
		}
		before = p.Value
		text := p.Value.String() + " from " + day(p.At)
		size += len(text) + 2
		told = append(told, text)
	}
	if half := altMost/2 - 120; size > half { // two lines, and a title
		room := half
		keep := slices.IndexFunc(told, func(s string) bool { room -= len(s) + 2; return room < 40 })
		told = append(told[:keep:keep], "…", told[len(told)-1])
	}
	return strings.Join(told, ", ")
}

// fileName makes a name of letters, digits and dashes.
func fileName(about string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, about)
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '-' }), "-")
}

// numberPast tells what is known of a number in a sentence or two.
func numberPast(out HistoryOut) string {
	seen := "it was last seen for sale on " + moment(out.LastSeen)
	fee := ""
	if n := len(out.Events); n > 0 && out.Events[n-1].MonthlyFee.Known() {
		fee = fmt.Sprintf(", for %s %s a month", out.Events[n-1].MonthlyFee, out.Currency)
	}
	switch {
	case out.State == stateForSale:
		return "For sale, as far as is known: " + seen + fee + "."
	case out.State == stateGone:
		return "It is gone: " + seen + fee + "."
	case !out.LastSeen.IsZero():
		return "Whether it is for sale is unknown: " + seen + fee + "."
	case !out.KnownSince.IsZero():
		return "It was not for sale at any time that is known; the rest is unknown."
	}
	return nothingKnown(out)
}

func nothingKnown(out HistoryOut) string {
	if out.off {
		return "The past is unknown."
	}
	return "The past of this is unknown yet: what searches and overviews read is remembered from then on."
}

func moment(at time.Time) string { return at.UTC().Format(time.DateTime) + " UTC" }

// numberChart draws the fee of one number, with gaps where it was not there.
func numberChart(out HistoryOut) view.Image {
	fee := view.Line{Name: "monthly fee"}
	for _, e := range out.Events {
		p := view.Point{At: e.At, Value: e.MonthlyFee}
		if ended(e.What) {
			p.Value = money.Amount{}
		}
		fee.Points = append(fee.Points, p)
	}
	end := out.now
	if out.State != stateForSale && out.LastSeen.After(fee.Points[len(fee.Points)-1].At) {
		end = out.LastSeen
	}
	return picture(out, end, fee)
}

func ended(what string) bool {
	switch market.What(what) {
	case market.Gone, market.Left, market.Lapsed:
		return true
	case market.WasFound, market.Came, market.Back, market.Changed:
	}
	return false
}

func eventTable(events []HistoryEvent) view.Table {
	t := view.Table{Columns: []view.Column{
		{Title: "When"},
		{Title: "What"},
		{Title: "Monthly", Right: true},
		{Title: "Set-up", Right: true},
		{Title: labelVendor, Loose: true},
		{Title: "Type", Extra: true},
		{Title: "Besides", Prose: true, Loose: true},
	}}
	for _, e := range events {
		t.Rows = append(t.Rows, []string{
			moment(e.At), e.What, e.MonthlyFee.String(), e.SetupFee.String(), view.Quoted(e.Vendor), e.Type, besides(e),
		})
	}
	return t
}

// besides says what else there is to say of an event.
func besides(e HistoryEvent) string {
	var parts []string
	for _, c := range e.Changed {
		switch {
		case c == changedMonthly && e.WasMonthly.Known():
			c += " " + e.WasMonthly.String() + " before"
		case c == changedSetup && e.WasSetup.Known():
			c += " " + e.WasSetup.String() + " before"
		}
		parts = append(parts, c)
	}
	switch market.What(e.What) {
	case market.WasFound:
		parts = append(parts, "nobody knows since when it was there")
	case market.Left:
		parts = append(parts, "not of that type any more, or gone")
	case market.Lapsed:
		parts = append(parts, "not seen for long")
	case market.Came, market.Back, market.Changed, market.Gone:
	}
	if !e.LastSeen.IsZero() {
		parts = append(parts, "last seen "+moment(e.LastSeen))
	}
	return strings.Join(parts, "; ")
}
