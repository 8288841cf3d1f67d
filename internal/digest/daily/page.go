// Package daily is what a morning page says, and by what a chat tells it. It
// knows nothing of where that comes from: see the package above it.
package daily

import (
	"cmp"
	"slices"
	"time"

	"didops/internal/money"
)

// Kind is what a line of a page is about.
type Kind string

// The kinds of lines, in the order of a page: what is wrong first, what is only
// worth knowing last.
const (
	Lost       Kind = "lost"       // gone from the list, by no order of ours
	Unknown    Kind = "unknown"    // orders of which nobody knows what became of them
	Unanswered Kind = "unanswered" // orders that wait for a decision for long, or ran out of time
	Unsigned   Kind = "unsigned"   // scheduled orders that are not sent, because rules want passkeys by now
	Kept       Kind = "kept"       // orders to give numbers up before they renew that came to nothing
	Ending     Kind = "ending"     // mandates that are used up, or end soon
	Came       Kind = "came"       // new in the list, by no order of ours
	Rerouted   Kind = "rerouted"   // likewise
	Altered    Kind = "altered"    // features, type or state became other
	Fees       Kind = "fees"
	Verified   Kind = "verified"
	Waiting    Kind = "waiting"  // for documents
	Leaving    Kind = "leaving"  // will be given up before they renew
	Renewing   Kind = "renewing" // within a week
	Idle       Kind = "idle"     // for as many days as are said
	Cheaper    Kind = "cheaper"  // the same kind costs less elsewhere
	Mandated   Kind = "mandated" // bought by mandates
	Found      Kind = "found"    // by watches
)

// AskedBack is the state of an order that waits for its requester.
const AskedBack = "asked back"

// UsedUp is the state of a mandate of which nothing is left.
const UsedUp = "used up"

// Kinds returns every kind, in the order of a page.
func Kinds() []Kind {
	return []Kind{Lost, Unknown, Unanswered, Unsigned, Kept, Ending, Came, Rerouted, Altered, Fees, Verified, Waiting, Leaving, Renewing, Idle, Cheaper, Mandated, Found}
}

// Item is one thing that is told once.
type Item struct {
	Key    string       // no other thing has it
	Number string       `json:",omitempty"` // digits; "" = it is about no number
	Order  string       `json:",omitempty"` // its id; "" = it is about none
	Name   string       `json:",omitempty"` // of a watch, its owner's words; of a mandate
	Fee    money.Amount `json:",omitzero"`  // a month, of the number; of an offer, what that costs
	Saving money.Amount `json:",omitzero"`  // a month, by the offer
	Due    money.Amount `json:",omitzero"`  // at once, of what a mandate bought
	Offer  string       `json:",omitempty"` // digits of a number that costs less
	At     time.Time    `json:",omitzero"`  // the change, the renewal, the last use, since when it waits
	Days   int          `json:",omitempty"` // for how many it waits or was not used
	Part   int          `json:",omitempty"` // percent that the offer costs less
	From   string       `json:",omitempty"` // what changed, before
	To     string       `json:",omitempty"` // and after
	State  string       `json:",omitempty"` // of the order or mandate
	Count  int          `json:",omitempty"` // numbers of the order
}

// Line is what a page has of one kind: one item at least.
type Line struct {
	Kind  Kind
	Items []Item
}

// Page is a morning page. It is a value.
type Page struct {
	At       time.Time // when it was made
	Since    time.Time // what changed after it is told
	AsOf     time.Time // when the own list was read; zero = never
	Currency string
	Lines    []Line
	Notes    []string // what could not be found out, a sentence each
}

// Empty reports whether there is nothing to tell.
func (p *Page) Empty() bool { return len(p.Lines) == 0 }

// Add puts an item into its line.
func (p *Page) Add(kind Kind, it Item) {
	for i := range p.Lines {
		if p.Lines[i].Kind == kind {
			p.Lines[i].Items = append(p.Lines[i].Items, it)
			return
		}
	}
	p.Lines = append(p.Lines, Line{kind, []Item{it}})
}

// Sort sorts lines and items, so that the same things make the same page.
func (p *Page) Sort() {
	order := Kinds()
	slices.SortStableFunc(p.Lines, func(a, b Line) int { return slices.Index(order, a.Kind) - slices.Index(order, b.Kind) })
	for _, l := range p.Lines {
		slices.SortStableFunc(l.Items, func(a, b Item) int { return cmp.Or(l.first(&a, &b), cmp.Compare(a.Key, b.Key)) })
	}
}

// first says which of two items of a line matters more.
func (l *Line) first(a, b *Item) int {
	switch l.Kind {
	case Waiting, Idle:
		return cmp.Or(cmp.Compare(b.Days, a.Days), cmp.Compare(a.Number, b.Number))
	case Renewing, Leaving:
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Number, b.Number))
	case Cheaper:
		return cmp.Or(b.Saving.Cmp(a.Saving), cmp.Compare(a.Number, b.Number))
	case Found:
		return cmp.Or(a.Fee.Cmp(b.Fee), cmp.Compare(a.Number, b.Number))
	case Mandated, Ending:
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Order, b.Order))
	case Lost, Unknown, Unanswered, Unsigned, Kept, Came, Rerouted, Altered, Fees, Verified:
	}
	return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Number, b.Number))
}

// Sum adds up the monthly fees of a line's numbers, of those that state one; not
// known where none does.
func (l *Line) Sum() money.Amount {
	return sum(l.Items, func(it *Item) money.Amount { return it.Fee })
}

// Saves adds up what the offers of a line save a month.
func (l *Line) Saves() money.Amount {
	return sum(l.Items, func(it *Item) money.Amount { return it.Saving })
}

func sum(items []Item, of func(*Item) money.Amount) money.Amount {
	var total money.Amount
	for i := range items {
		switch a := of(&items[i]); {
		case !a.Known():
		case total.Known():
			total = total.Add(a)
		default:
			total = a
		}
	}
	return total
}

// Numbers returns the digits of a line's numbers, none twice, in their order.
func (l *Line) Numbers() []string {
	var list []string
	seen := map[string]bool{}
	for _, it := range l.Items {
		if it.Number != "" && !seen[it.Number] {
			seen[it.Number] = true
			list = append(list, it.Number)
		}
	}
	return list
}

// Merge adds the changes that an earlier page has and that was not sent, none
// twice. What stands is told as it stands now.
func (p *Page) Merge(earlier Page) {
	has := map[string]bool{}
	for _, key := range p.Keys() {
		has[key] = true
	}
	for _, l := range earlier.Lines {
		switch l.Kind {
		case Lost, Came, Rerouted, Altered, Fees, Verified, Mandated:
			for _, it := range l.Items {
				if !has[it.Key] {
					p.Add(l.Kind, it)
				}
			}
		case Unknown, Unanswered, Unsigned, Kept, Ending, Waiting, Leaving, Renewing, Idle, Cheaper, Found:
		}
	}
	p.Sort()
}

// Keys returns the keys of all items.
func (p *Page) Keys() []string {
	var list []string
	for _, l := range p.Lines {
		for _, it := range l.Items {
			list = append(list, it.Key)
		}
	}
	return list
}
