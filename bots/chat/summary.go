package chat

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/view"
)

// shownMost is how many lines of an order are on its card, those apart that
// have something to say.
const shownMost = 10

// headingMost is how many characters a sentence may have that is a heading.
const headingMost = 72

// heading is the first sentence of what an order says of itself.
func heading(o order.Order) string {
	head, _ := headed(o.Message)
	mark := markOf(o.State)
	if o.State == order.Completed && o.Acquired().Altered {
		mark = "❗"
	}
	if mark != "" {
		return mark + " " + head
	}
	return head
}

// headed divides what an order says into a heading and the rest: after its
// first sentence or, where that is long, after what stands before its colon.
// What others wrote is not divided.
func headed(message string) (head, rest string) {
	head, rest = divided(message, ". ")
	if utf8.RuneCountInString(head) > headingMost {
		first, more := divided(head, ": ")
		if more != "" {
			head, rest = strings.TrimSuffix(first, ":"), strings.TrimSpace(capital(more)+" "+rest)
		}
	}
	return head, rest
}

// divided cuts a text behind the first mark that is in no quotation; the mark
// stays, its space does not.
func divided(text, mark string) (before, behind string) {
	quoted := false
	for i, r := range text {
		switch {
		case r == '“':
			quoted = true
		case r == '”':
			quoted = false
		case !quoted && strings.HasPrefix(text[i:], mark):
			return text[:i+1], text[i+len(mark):]
		}
	}
	return text, ""
}

// summary is what a person must read of an order: money first, one line for
// each number, what all of them share once.
func summary(o order.Order) view.Doc {
	var doc view.Doc
	if o.State != order.Pending {
		_, doc.Summary = headed(o.Message)
	}
	add := func(blocks ...view.Block) { doc.Blocks = append(doc.Blocks, blocks...) }
	s := shared(o.Lines)
	switch {
	case carriedOut(o):
		add(acquired(o)...)
		add(outcome(o, false)...)
		if !o.Costs {
			add(s.routes())
		}
	case o.State == order.Scheduled: // nothing came of it yet
		add(s.common("")...)
		add(s.lines(o)...)
		add(s.routes())
	case o.State != order.Pending: // it is over, and nothing came of it
		add(quoted(o)...)
		add(s.lines(o)...)
	default:
		add(quoted(o)...)
		fee := ""
		if len(o.Lines) == 1 && !o.Costs {
			fee = fees(o.Lines[0]) // of a purchase the question says it
		}
		add(s.common(fee)...)
		add(s.lines(o)...)
		add(s.routes())
		if len(o.Lines) > 1 && s.usesDiffer() {
			add(view.Text("What use costs is not the same for all: see All terms."))
		}
	}
	var notices []string
	switch o.State {
	case order.Pending:
		notices = o.Notes
	case order.Scheduled:
		notices = slices.Concat(o.Notes, o.Unsure)
	default:
		notices = o.Unsure
	}
	for _, n := range notices {
		add(view.Notice{Warning: true, Text: n})
	}
	doc.Blocks = slices.DeleteFunc(doc.Blocks, func(b view.Block) bool {
		f, ok := b.(view.Fields)
		return ok && len(f) == 0
	})
	return doc
}

// carriedOut reports whether anything became of a line of the order.
func carriedOut(o order.Order) bool {
	switch o.State {
	case order.Executing, order.Unknown, order.Completed, order.Partial, order.Changed, order.Failed:
		return true
	case order.Scheduled:
		return slices.ContainsFunc(o.Lines, func(l order.LineView) bool { return l.State != order.LineWaiting })
	case order.Pending, order.Rejected, order.Expired, order.Cancelled:
	}
	return false
}

// quoted says what an order costs, besides what its question says.
func quoted(o order.Order) []view.Block {
	if !o.Costs {
		return nil
	}
	year := o.Total.SetupFee.Add(o.Total.MonthlyFee.Times(12))
	text := fmt.Sprintf("Set-up %s + first month %s · %s %s the first year", o.Total.SetupFee, o.Total.MonthlyFee, year, o.Currency)
	if o.State != order.Pending {
		text = fmt.Sprintf("Quoted: %s %s, %s a month", o.Total.DueNow, o.Currency, o.Total.MonthlyFee)
	}
	return []view.Block{view.Text(text)}
}

// row is a line of words with a dot between, the first of which is bold.
func row(country bool, cells ...string) view.Block {
	t := view.Table{Columns: make([]view.Column, len(cells)), Rows: [][]string{cells}}
	t.Columns[0].Country = country
	return t
}

// acquired says what was spent, where several lines add up.
func acquired(o order.Order) []view.Block {
	a := o.Acquired()
	if !o.Costs || len(o.Lines) == 1 || a.Lines == 0 || !a.Due.Known() {
		return nil
	}
	return []view.Block{row(false, a.Due.String()+" "+o.Currency, a.Monthly.String()+" a month")}
}

// outcome is what became of the lines: those that say why, and of the others
// as many as there is room for by the count. Where everybody sees it, no address
// is named.
func outcome(o order.Order, public bool) []view.Block {
	t := view.Table{Columns: []view.Column{{}, {}, {}, {Prose: true, Loose: true, Extra: true, Vital: true}}}
	room := shownMost
	var rows [][]string
	for _, l := range o.Lines {
		r := outcomeRow(o, l, public)
		if rows = append(rows, r); r[3] != "" {
			room--
		}
	}
	more := map[order.LineState]int{}
	for n, r := range rows {
		if r[3] == "" {
			if room <= 0 {
				more[o.Lines[n].State]++
				continue
			}
			room--
		}
		t.Rows = append(t.Rows, r)
	}
	blocks := []view.Block{t}
	var counts []string
	for _, s := range []order.LineState{
		order.LineDone, order.LineUnknown, order.LineChanged, order.LineFailed, order.LineSkipped, order.LineSending, order.LineWaiting,
	} {
		if more[s] > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", more[s], s))
		}
	}
	if len(counts) > 0 {
		blocks = append(blocks, view.Text("and of the others "+strings.Join(counts, ", ")))
	}
	return blocks
}

func outcomeRow(o order.Order, l order.LineView, public bool) []string {
	r := []string{markOfLine(l) + " " + l.Number, "", "", ""}
	due, monthly := l.Cost()
	switch {
	case l.State != order.LineDone:
		r[1] = string(l.State)
	case o.Costs && due.Known() && len(o.Lines) == 1:
		r[1], r[2] = due.String()+" "+o.Currency, monthly.String()+" a month"
	case o.Costs && due.Known():
		r[1] = due.String()
	}
	if l.State == order.LineDone && l.Documents != nil && *l.Documents && o.Costs {
		r[2] = strings.TrimPrefix(r[2]+" · documents needed", " · ")
	}
	var why []string
	switch {
	case l.Message == "":
	case public && addressed(l.Message):
		why = append(why, "see the order")
	default:
		why = append(why, l.Message)
	}
	why = append(why, pairs(l, l.Changed, public)...)
	if altered := pairs(l, l.Differs, public); len(altered) > 0 {
		why = append(why, "NOT AS QUOTED: "+strings.Join(altered, "; "))
	}
	r[3] = strings.Join(why, "; ")
	return r
}

// pairs are what changed in a line. Where everybody sees it, an address is not
// named.
func pairs(l order.LineView, c order.Changes, public bool) []string {
	list := l.Pairs(c)
	for i, p := range list {
		if name, values, _ := strings.Cut(p, ": "); public && addressed(values) {
			list[i] = name + ": another, see the order"
		}
	}
	return spaced(list)
}

// addressed reports whether a text names where calls or messages go.
func addressed(text string) bool {
	return strings.Contains(text, "sip:") || strings.Contains(text, "smpp:")
}

// spaced writes the names of fields as words.
func spaced(pairs []string) []string {
	for i, p := range pairs {
		name, rest, _ := strings.Cut(p, ":")
		pairs[i] = strings.ReplaceAll(name, "_", " ") + ":" + rest
	}
	return pairs
}

// markOf is a sign for a state, for whoever can't tell colours apart.
func markOf(s order.State) string {
	switch s {
	case order.Completed:
		return "✅"
	case order.Partial, order.Changed:
		return "❗"
	case order.Unknown:
		return "❔"
	case order.Failed:
		return "❌"
	case order.Executing:
		return "⏳"
	case order.Scheduled:
		return "🗓️"
	case order.Pending, order.Rejected, order.Expired, order.Cancelled:
	}
	return ""
}

func markOfLine(l order.LineView) string {
	switch l.State {
	case order.LineDone:
		if len(l.Differs) > 0 {
			return "❗"
		}
		return "✅"
	case order.LineFailed:
		return "❌"
	case order.LineUnknown:
		return "❔"
	case order.LineChanged:
		return "❗"
	case order.LineSending:
		return "⏳"
	case order.LineWaiting, order.LineSkipped:
	}
	return "➖"
}

// fees says what a line costs.
func fees(l order.LineView) string {
	monthly := "monthly fee not stated"
	if l.MonthlyFee.Known() {
		monthly = l.MonthlyFee.String() + " a month"
	}
	return strings.Trim(known(l.SetupFee)+" + "+monthly, " +")
}

func known(a money.Amount) string {
	if !a.Known() {
		return ""
	}
	return a.String()
}
