package usage

import (
	"context"
	"time"

	"didops/internal/inventory"
)

// day is what the histories of one day say.
type day struct {
	begins          time.Time
	calls, messages map[string]int // by digits, of own numbers
	rows            int            // of any number
}

func newDay(begins time.Time) *day {
	return &day{begins: begins, calls: map[string]int{}, messages: map[string]int{}}
}

// tally is the use of own numbers over a run of days. It belongs to one
// collection.
type tally struct {
	own    []inventory.Number
	has    map[string]bool // their digits
	result Result

	told            bool // the histories tell of something, or did before
	calls, messages bool // likewise, of an own number

	from, to time.Time // the run that is not kept yet; zero: there is none
	days     map[string][]inventory.Day
}

// newTally returns a tally that begins with what histories have shown.
func newTally(own []inventory.Number, h inventory.Histories) *tally {
	t := &tally{
		own: own, has: make(map[string]bool, len(own)), told: !h.Told.IsZero(), calls: h.Calls, messages: h.Messages,
		days: map[string][]inventory.Day{}, result: Result{Unknown: len(own)},
	}
	for i := range own {
		t.has[own[i].Digits] = true
	}
	return t
}

// add counts a day that was read whole up to a moment. Days before the histories
// tell anything are not known.
func (t *tally) add(d *day, until time.Time) {
	t.told = t.told || d.rows > 0
	if !t.told {
		return
	}
	if t.from.IsZero() {
		t.from = d.begins
	}
	if t.result.From.IsZero() {
		t.result.From = d.begins
	}
	t.to, t.result.To = until, until
	t.result.Rows += d.rows
	for _, n := range t.own {
		of := inventory.Day{Date: d.begins, Calls: d.calls[n.Digits], Messages: d.messages[n.Digits]}
		if of.Calls+of.Messages == 0 {
			continue
		}
		t.calls, t.messages = t.calls || of.Calls > 0, t.messages || of.Messages > 0
		t.result.Calls += of.Calls
		t.result.Messages += of.Messages
		t.days[n.Digits] = append(t.days[n.Digits], of)
	}
}

// keep keeps the run and begins a new one.
func (t *tally) keep(ctx context.Context, in Inventory) error {
	if t.from.IsZero() {
		return nil
	}
	use := map[string]inventory.Use{}
	for i := range t.own {
		n := &t.own[i]
		from := later(t.from, ours(n))
		if !t.proved(n) || from.After(t.to) {
			continue
		}
		use[n.Digits] = inventory.Use{From: from, To: t.to, Days: since(t.days[n.Digits], from)}
	}
	t.from, t.to, t.days = time.Time{}, time.Time{}, map[string][]inventory.Day{}
	t.result.Numbers, t.result.Unknown = len(use), len(t.own)-len(use)
	return in.KeepUse(ctx, use)
}

// proved reports whether the histories have shown what would be seen of the use
// of a number: a call to some own number where it takes calls, a message where it
// takes messages.
func (t *tally) proved(n *inventory.Number) bool {
	if !speaks(n) && !n.SMS {
		return t.calls && t.messages
	}
	return (!speaks(n) || t.calls) && (!n.SMS || t.messages)
}

// speaks reports whether a number takes calls of some kind.
func speaks(n *inventory.Number) bool { return n.Voice || n.Fax || n.Video }

// ours returns the day from which on a number's use is ours; the zero time where
// that is not known.
func ours(n *inventory.Number) time.Time {
	if !n.Since.IsZero() {
		return dayOf(n.Since)
	}
	if n.First.IsZero() {
		return time.Time{}
	}
	return dayOf(n.First)
}

// since returns the days from one on.
func since(days []inventory.Day, from time.Time) []inventory.Day {
	for i, d := range days {
		if !d.Date.Before(from) {
			return days[i:]
		}
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
