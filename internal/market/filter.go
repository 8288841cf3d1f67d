package market

import (
	"sort"
	"strconv"

	"didops/internal/money"
)

// Answer is what a filter says of a place.
type Answer uint8

// What a filter says of a place.
const (
	No Answer = iota
	Yes
	Unsure // it depends on the number; of a number: nobody can tell
)

// Filter is a question to the rows of cells. Its functions are asked once for
// each distinct value of a cell, but for Where and Number. What is nil or not
// known does not matter.
type Filter struct {
	Prefixes    []string                   // numbers begin with one of them, none within another
	Features    [4]*bool                   // voice, sms, fax, video: it is there, or is not
	Documents   *bool                      // they are needed, or are not; not stated fits neither
	MonthlyMost money.Amount               // the fee a month is at most so much
	SetupMost   money.Amount               // likewise what is paid once
	Place       func(Place) Answer         // country and type
	Where       func(digits string) Answer // of a number whose place is Unsure
	Seller      func(string) bool
	Text        func(string) bool        // the description
	Number      func(digits string) bool // the whole number
}

// Found are rows of a cell, by where they stand in it.
type Found struct {
	Fit    []int
	Unsure []int // would fit if they were in the place that is asked for

	// Sellers are those of the rows that fit, whoever sells them.
	Sellers []string
}

// Select returns the rows that fit.
func (c *Cell) Select(f *Filter) Found {
	s := newSelection(c, f)
	prefixes := f.Prefixes
	if len(prefixes) == 0 {
		prefixes = []string{""}
	}
	for _, p := range prefixes {
		c.within(p, s.scan)
	}
	if len(prefixes) > 1 {
		sort.Ints(s.found.Fit)
		sort.Ints(s.found.Unsure)
	}
	for i, there := range s.selling {
		if there {
			s.found.Sellers = append(s.found.Sellers, c.dicts.sellers.keys[i])
		}
	}
	return s.found
}

// selection is a filter made ready for one cell: a table for each dictionary.
type selection struct {
	cell         *Cell
	filter       *Filter
	mask, want   uint16   // bits of flags that count, and what they have to be
	fee, setup   int      // fees from here on are too high
	place        []Answer // nil: any
	seller, text []bool   // nil: any
	selling      []bool
	found        Found
}

func newSelection(c *Cell, f *Filter) *selection {
	s := &selection{cell: c, filter: f, selling: make([]bool, len(c.dicts.sellers.keys))}
	for i, want := range f.Features {
		s.flag(1<<i, want)
	}
	if f.Documents != nil {
		s.flag(flagDocuments, f.Documents)
		s.mask |= flagUnstated
	}
	s.fee, s.setup = c.most(f.MonthlyMost), c.most(f.SetupMost)
	if f.Place != nil {
		s.place = ask(c.dicts.places.keys, f.Place)
	}
	if f.Seller != nil {
		s.seller = ask(c.dicts.sellers.keys, f.Seller)
	}
	if f.Text != nil {
		s.text = ask(c.dicts.texts.keys, f.Text)
	}
	return s
}

func (s *selection) flag(bit uint16, want *bool) {
	if want == nil {
		return
	}
	s.mask |= bit
	if *want {
		s.want |= bit
	}
}

func ask[K, A any](keys []K, about func(K) A) []A {
	list := make([]A, len(keys))
	for i, k := range keys {
		list[i] = about(k)
	}
	return list
}

// most returns the first of the amounts, which are in order, that is more than
// one; behind the last where none is.
func (c *Cell) most(a money.Amount) int {
	if !a.Known() {
		return len(c.amounts)
	}
	return sort.Search(len(c.amounts), func(i int) bool { return c.amounts[i].Cmp(a) > 0 })
}

// scan looks at the rows from one to the one before another.
func (s *selection) scan(from, to int) {
	c := s.cell
	for i := from; i < to; i++ {
		if c.flagsAt(i)&s.mask != s.want || int(c.at(colMonthly, i)) >= s.fee || int(c.at(colSetup, i)) >= s.setup {
			continue
		}
		if s.text != nil && !s.text[c.at(colText, i)] {
			continue
		}
		where := Yes
		if s.place != nil {
			where = s.place[c.at(colPlace, i)]
		}
		if where == No {
			continue
		}
		if where == Unsure || s.filter.Number != nil {
			digits := strconv.FormatUint(c.number(i), 10)
			if s.filter.Number != nil && !s.filter.Number(digits) {
				continue
			}
			if where == Unsure {
				where = s.filter.Where(digits)
			}
		}
		s.keep(i, where)
	}
}

// keep takes a row over that fits but perhaps for its seller.
func (s *selection) keep(i int, where Answer) {
	seller := s.cell.at(colSeller, i)
	sold := s.seller == nil || s.seller[seller]
	switch {
	case where == Yes:
		s.selling[seller] = true
		if sold {
			s.found.Fit = append(s.found.Fit, i)
		}
	case where == Unsure && sold:
		s.found.Unsure = append(s.found.Unsure, i)
	}
}
