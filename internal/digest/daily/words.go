package daily

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/money"
	"didops/internal/view"
)

// named is how many numbers or orders a line names.
const named = 3

// Text is the line for a person: what it says, and the first few that it is
// about. Dates are of a time zone.
func (l *Line) Text(currency string, zone *time.Location) string {
	names, more := l.Names(currency)
	text := l.Say(currency, zone)
	if len(names) > 0 {
		text += ": " + strings.Join(names, ", ")
	}
	if more > 0 {
		text += " and " + view.Count(more) + " more"
	}
	return text
}

// Say is what the line says, in a hundred characters or little more.
func (l *Line) Say(currency string, zone *time.Location) string {
	n := len(l.Items)
	switch l.Kind {
	case Lost:
		return numbers(n, "is", "are") + " gone from your list, by no order of yours"
	case Unknown, Unanswered, Unsigned, Kept, Ending:
		return l.standing()
	case Came:
		return numbers(n, "is", "are") + " new in your list, by no order of yours"
	case Rerouted:
		return numbers(n, "was", "were") + " re-routed, by no order of yours"
	case Altered:
		return numbers(n, "is", "are") + " other than before"
	case Fees:
		return "The fees of " + view.Plural(n, "number") + " changed"
	case Verified:
		return "The documents of " + view.Plural(n, "number") + " were accepted"
	case Waiting:
		return fmt.Sprintf("The documents of %s are still waiting (%s)", view.Plural(n, "number"), view.Plural(l.Items[0].Days, "day"))
	case Leaving:
		return l.leaving(zone)
	case Renewing:
		return numbers(n, "renews", "renew") + " within a week" + l.costs(currency, "") + ", the first on " + l.Items[0].At.UTC().Format("2 January") // a day in UTC, as the exchange says it
	case Idle:
		return numbers(n, "was", "were") + " not used for " + view.Plural(l.least(), "day") + " or more" + l.costs(currency, " a month")
	case Cheaper:
		return l.cheaper(currency)
	case Mandated:
		return numbers(n, "was", "were") + " bought by mandate"
	case Found:
		return "Watches found " + view.Plural(n, "number")
	}
	return string(l.Kind)
}

// standing is what a line about orders or mandates says that stand still.
func (l *Line) standing() string {
	if l.Kind == Ending {
		return view.Plural(len(l.Items), "mandate") + " can't buy for long"
	}
	what := map[Kind]string{
		Unknown: " may have been carried out or not", Unanswered: " got no answer",
		Unsigned: " will not be sent, since rules want a passkey by now (cancel, and ask again)", Kept: " to give numbers up before they renew came to nothing",
	}
	return view.Plural(len(l.Items), "order") + what[l.Kind]
}

func numbers(n int, one, more string) string {
	if n == 1 {
		return "1 number " + one
	}
	return view.Plural(n, "number") + " " + more
}

// shownAs is a number as people read it.
func shownAs(digits string) string {
	if digits == "" {
		return ""
	}
	return "+" + digits
}

// costs is what the numbers of a line cost, in brackets; "" where none states it.
func (l *Line) costs(currency, per string) string {
	total := l.Sum()
	if !total.Known() {
		return ""
	}
	text := total.String() + " " + currency + per
	if slices.ContainsFunc(l.Items, func(it Item) bool { return !it.Fee.Known() }) {
		text += " and more, whose fee is not stated"
	}
	return " (" + text + ")"
}

// name is what an item is about.
func (it *Item) name() string {
	if it.Order != "" {
		return it.Order
	}
	if it.Number == "" && it.Name != "" {
		return view.Quoted(it.Name)
	}
	return shownAs(it.Number)
}

// ends says why a mandate can't buy for long.
func (it *Item) ends() string {
	if it.State == UsedUp {
		return UsedUp
	}
	return "until " + it.At.UTC().Format("2 January") // a day in UTC, as its terms say it
}

// byMandate are the first few mandates of a line, with what was bought by each and
// what is left of it.
func (l *Line) byMandate(currency string) (names []string, more int) {
	var order []string
	by := map[string][]Item{}
	for _, it := range l.Items {
		if by[it.Name] == nil {
			order = append(order, it.Name)
		}
		by[it.Name] = append(by[it.Name], it)
	}
	for _, name := range order[:min(named, len(order))] {
		items := by[name]
		text := view.Quoted(name) + " " + view.Count(len(items))
		if due := sum(items, func(it *Item) money.Amount { return it.Due }); due.Known() {
			text += " for " + due.String() + " " + currency
		}
		latest := slices.MaxFunc(items, func(a, b Item) int { return a.At.Compare(b.At) })
		if left := latest.To; left != "" {
			text += ", " + left
		}
		names = append(names, text)
	}
	return names, len(order) - len(names)
}

// Names are the first few that the line is about, with what changed, and how
// many more there are.
func (l *Line) Names(currency string) (names []string, more int) {
	shown := l.Items[:min(named, len(l.Items))]
	if l.Kind == Found {
		return []string{l.best(currency)}, len(l.Items) - 1
	}
	if l.Kind == Mandated {
		return l.byMandate(currency)
	}
	for i := range shown {
		it := &shown[i]
		name := it.name()
		if l.Kind == Ending {
			name += " (" + it.ends() + ")"
		}
		if (l.Kind == Altered || l.Kind == Fees) && (it.From != "" || it.To != "") {
			name += " " + stated(it.From) + " → " + stated(it.To)
		}
		if it.State == AskedBack {
			name += " (its requester is asked)"
		}
		names = append(names, name)
	}
	return names, len(l.Items) - len(shown)
}

func stated(text string) string {
	if text == "" {
		return "not stated"
	}
	return text
}

func (l *Line) leaving(zone *time.Location) string {
	count := 0
	for _, it := range l.Items {
		count += it.Count
	}
	return numbers(count, "will be given up before it renews", "will be given up before they renew") +
		", the first on " + l.Items[0].At.In(zone).Format("2 January 15:04")
}

// least is the fewest days of a line's items.
func (l *Line) least() int {
	n := l.Items[0].Days
	for _, it := range l.Items {
		n = min(n, it.Days)
	}
	return n
}

func (l *Line) cheaper(currency string) string {
	most := 0
	for _, it := range l.Items {
		most = max(most, it.Part)
	}
	saves := ""
	if s := l.Saves(); s.Known() {
		saves = " (" + s.String() + " " + currency + " a month less)"
	}
	return fmt.Sprintf("%s the same kind costs up to %d %% less elsewhere%s", of(len(l.Items)), most, saves)
}

func of(n int) string {
	if n == 1 {
		return "Of 1 number"
	}
	return "Of " + view.Plural(n, "number")
}

// best is the cheapest that watches found, with the name of the watch.
func (l *Line) best(currency string) string {
	best := &l.Items[0]
	for i := range l.Items {
		if it := &l.Items[i]; it.Fee.Known() && (!best.Fee.Known() || it.Fee.Cmp(best.Fee) < 0) {
			best = it
		}
	}
	text := "the cheapest " + best.name()
	if best.Fee.Known() {
		text += " for " + best.Fee.String() + " " + currency + " a month"
	}
	return text + ", of " + view.Quoted(best.Name)
}

// Price is the sum that a line is about, and whether it is a saving; not known
// where it is about none.
func (l *Line) Price() (sum money.Amount, saving bool) {
	switch l.Kind {
	case Cheaper:
		return l.Saves(), true
	case Found, Unknown, Unanswered, Unsigned, Kept, Mandated, Ending:
		return money.Amount{}, false
	case Lost, Came, Rerouted, Altered, Fees, Verified, Waiting, Leaving, Renewing, Idle:
	}
	return l.Sum(), false
}
