package mandate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"didops/internal/approval"
	"didops/internal/money"
	"didops/internal/view"
)

// Purchase is what would be bought by a mandate.
type Purchase struct {
	At    time.Time
	By    User
	Lines []Line
}

// User is who would use a mandate.
type User struct {
	approval.Requester

	Principal string // realm:id
	Asked     bool   // it is who asked for the mandate
}

// Line is one number of a purchase.
type Line struct {
	Digits     string
	MonthlyFee money.Amount
	SetupFee   money.Amount
	DueNow     money.Amount
	Terms      map[string]string // of account and routing, by name
	Fits       bool              // the filter
}

// Fit returns why a purchase may not be made by the mandate beside what was made
// by it so far, in words; nil where it may. What is not known does not fit.
func (t Terms) Fit(p Purchase, uses []Use) []string { return append(t.Holds(p), t.room(p, uses)...) }

// Holds returns the same for the purchase by itself, whatever else was made by the
// mandate.
func (t Terms) Holds(p Purchase) []string {
	var why []string
	if t.Over(p.At) {
		why = append(why, "it ended at "+t.Until.UTC().Format("2006-01-02 15:04 UTC"))
	}
	if !t.UsedBy(p.By) {
		why = append(why, "it is for others to use")
	}
	if len(p.Lines) == 0 {
		why = append(why, "nothing would be bought")
	}
	for _, l := range p.Lines {
		why = append(why, t.line(l)...)
	}
	return why
}

// UsedBy reports whether somebody may use the mandate.
func (t Terms) UsedBy(u User) bool {
	return u.Asked || slices.Contains(t.IDs, u.Principal) || slices.ContainsFunc(t.Users, func(w approval.Who) bool {
		return w.Role != "" && slices.Contains(u.Roles, w.Role) || w.Person != "" && w.Person == u.Person
	})
}

// line returns why a number does not fit by itself.
func (t Terms) line(l Line) []string {
	number := "+" + l.Digits
	var why []string
	if !l.Fits {
		why = append(why, number+" is none of "+t.Words)
	}
	for _, fee := range []struct {
		what    string
		is, max money.Amount
	}{{"a month", l.MonthlyFee, t.MaxMonthlyFee}, {"to set up", l.SetupFee, t.MaxSetupFee}} {
		switch {
		case !fee.is.Known():
			why = append(why, fmt.Sprintf("what %s costs %s is not known", number, fee.what))
		case fee.is.Cmp(fee.max) > 0:
			why = append(why, fmt.Sprintf("%s costs %s %s, and at most %s may be paid", number, fee.is, fee.what, fee.max))
		}
	}
	if !l.DueNow.Known() || negative(l.DueNow) {
		why = append(why, "what "+number+" costs at once is not known")
	}
	return append(why, t.routing(l)...)
}

// routing returns what of account and routing is not as the mandate has it.
func (t Terms) routing(l Line) []string {
	var why []string
	for _, name := range slices.Sorted(maps.Keys(l.Terms)) {
		if is := l.Terms[name]; is != "" && is != strings.ReplaceAll(t.Routing[name], "{number}", l.Digits) {
			why = append(why, fmt.Sprintf("the %s of +%s is not that of the mandate", strings.ReplaceAll(name, "_", " "), l.Digits))
		}
	}
	return why
}

// room returns which bounds of all uses together a purchase would break.
func (t Terms) room(p Purchase, uses []Use) []string {
	more := money.MustParse("0")
	for _, l := range p.Lines {
		if !l.DueNow.Known() {
			return nil // said of the line
		}
		more = more.Add(l.DueNow)
	}
	var why []string
	for _, b := range t.bounds(p.At) {
		n, spent := b.of(uses)
		if b.numbers > 0 && n+len(p.Lines) > b.numbers {
			why = append(why, fmt.Sprintf("%s of %s %s %s bought or on their way already", view.Count(n), view.Plural(b.numbers, "number"), b.span, are(n)))
		}
		if over(spent.Add(more), b.budget) {
			why = append(why, fmt.Sprintf("%s of %s %s are spent or reserved, so that %s more would be too much", spent, b.budget, b.span, more))
		}
	}
	return why
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// Exceeded returns which bound is exceeded by what was made so far, in words; ""
// where none is. It is asked once more before each send: lines may have turned
// out to cost more than was quoted.
func (t Terms) Exceeded(at time.Time, uses []Use) string {
	for _, b := range t.bounds(at) {
		if n, spent := b.of(uses); b.numbers > 0 && n > b.numbers || over(spent, b.budget) {
			return fmt.Sprintf("%s for %s %s are more than it allows", view.Plural(n, "number"), spent, b.span)
		}
	}
	return ""
}

// bound is one bound of all uses within a span of time.
type bound struct {
	span    string
	within  func(time.Time) bool
	numbers int
	budget  money.Amount
}

func (t Terms) bounds(now time.Time) []bound {
	same := func(layout string) func(time.Time) bool {
		return func(at time.Time) bool { return at.UTC().Format(layout) == now.UTC().Format(layout) }
	}
	return []bound{
		{"in all", func(time.Time) bool { return true }, t.Numbers, t.Budget},
		{"of the month", same("2006-01"), t.MonthNumbers, t.MonthBudget},
		{"of the day", same(time.DateOnly), t.PerDay, money.Amount{}},
	}
}

// of returns how many numbers count within the bound, and with how much.
func (b bound) of(uses []Use) (n int, spent money.Amount) {
	spent = money.MustParse("0")
	for _, u := range uses {
		if u.Counts && b.within(u.At) {
			n, spent = n+1, spent.Add(u.Due)
		}
	}
	return n, spent
}

// over reports whether a sum is over a bound, or not known to be within.
func over(sum, bound money.Amount) bool { return bound.Known() && (!sum.Known() || sum.Cmp(bound) > 0) }

// Left returns how many numbers may still be bought in all, and for how much.
func (t Terms) Left(uses []Use) (numbers int, budget money.Amount) {
	n, spent := t.bounds(t.Until)[0].of(uses)
	if over(spent, t.Budget) {
		return 0, money.MustParse("0")
	}
	return max(0, t.Numbers-n), t.Budget.Less(spent)
}
