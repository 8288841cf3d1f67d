package market

import (
	"math"
	"sort"
	"strconv"
	"time"

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
	Number      func(digits []byte) bool // the whole number

	// Of these one is enough, and both are given or none.
	Named  func(string) bool        // the description
	Begins func(digits []byte) bool // the whole number

	// AsOf says of each of Prefixes when the reading began that the answer rests
	// upon ([Known.AsOf]). What a narrower reading since then, by type or features,
	// did not bring any more is in the answer as it was, and what any has missed that
	// proves nothing. Without, it is not.
	AsOf []time.Time
	// Waiting counts what was missed or went astray, and is not known to be gone, as
	// there.
	Waiting bool

	past bool // what is there for what is kept of the past, instead
	kind bool // and a type is asked for
}

// Found are rows of a cell, by where they stand in it. It is filled anew by
// each [Cell.Select].
type Found struct {
	Fit    []int
	Unsure []int // would fit if they were in the place that is asked for

	// Sellers are those of the rows that fit, whoever sells them.
	Sellers []string
}

// Select finds the rows that fit.
func (c *Cell) Select(f *Filter, found *Found) {
	*found = Found{Fit: found.Fit[:0], Unsure: found.Unsure[:0], Sellers: found.Sellers[:0]}
	s := newSelection(c, f, found)
	prefixes := f.Prefixes
	if len(prefixes) == 0 {
		prefixes = []string{""}
	}
	for i, p := range prefixes {
		s.asOf = math.MaxInt64
		if i < len(f.AsOf) {
			s.asOf = f.AsOf[i].UnixMicro()
		}
		c.within(p, s.scan)
	}
	if len(prefixes) > 1 {
		sort.Ints(s.found.Fit)
		sort.Ints(s.found.Unsure)
	}
	for i, there := range s.selling {
		if there {
			s.found.Sellers = append(s.found.Sellers, c.sellers.text(i))
		}
	}
}

// selection is a filter made ready for one cell: a table for each dictionary.
type selection struct {
	cell         *Cell
	filter       *Filter
	mask, want   uint16   // bits of flags that count, and what they have to be
	fee, setup   int      // fees from here on are too high
	place        []Answer // nil: any
	seller, text []bool   // nil: any
	named        []bool   // nil: any; of others the number decides
	selling      []bool
	asOf         int64 // rows that are lost count where they were seen since
	found        *Found
}

func newSelection(c *Cell, f *Filter, found *Found) *selection {
	s := &selection{cell: c, filter: f, selling: make([]bool, c.sellers.count), found: found}
	for i, want := range f.Features {
		s.flag(1<<i, want)
	}
	if f.Documents != nil {
		s.flag(flagDocuments, f.Documents)
		s.mask |= flagUnstated
	}
	s.fee, s.setup = c.most(f.MonthlyMost), c.most(f.SetupMost)
	if f.Place != nil {
		s.place = make([]Answer, len(c.places))
		for i, p := range c.places {
			s.place[i] = f.Place(p)
		}
	}
	if f.Seller != nil {
		s.seller = ask(&c.sellers, f.Seller)
	}
	if f.Text != nil {
		s.text = ask(&c.texts, f.Text)
	}
	if f.Named != nil {
		s.named = ask(&c.texts, f.Named)
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

func ask(w *words, about func(string) bool) []bool {
	list := make([]bool, w.count)
	for i := range list {
		list[i] = about(w.text(i))
	}
	return list
}

// most returns the first of the amounts, which are in order, that is more than
// one; behind the last where none is.
func (c *Cell) most(a money.Amount) int {
	if !a.Known() {
		return c.amounts.count
	}
	return sort.Search(c.amounts.count, func(i int) bool { return c.amount(i).Cmp(a) > 0 })
}

// scan looks at the rows from one to the one before another.
func (s *selection) scan(from, to int) {
	c := s.cell
	var buf [mostDigits + 5]byte
	for i := from; i < to; i++ {
		if c.flagsAt(i)&s.mask != s.want || int(c.at(colMonthly, i)) >= s.fee || int(c.at(colSetup, i)) >= s.setup {
			continue
		}
		if c.flagsAt(i)&(flagAstray|flagMissed) != 0 && !s.there(i) {
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
		if where == Unsure || s.filter.Number != nil || s.unnamed(i) {
			where = s.numbered(i, where, strconv.AppendUint(buf[:0], c.number(i), 10))
		}
		s.keep(i, where)
	}
}

// there reports whether a row counts that went astray or was missed.
func (s *selection) there(i int) bool {
	if s.filter.past {
		return !s.filter.kind || s.cell.flagsAt(i)&flagLeft == 0
	}
	return s.filter.Waiting || s.cell.lost[i].seen >= s.asOf
}

// unnamed reports whether the number decides of the row at i, because its
// description does not.
func (s *selection) unnamed(i int) bool { return s.named != nil && !s.named[s.cell.at(colText, i)] }

// numbered is what the number of the row at i, whose place says where, says of
// it.
func (s *selection) numbered(i int, where Answer, digits []byte) Answer {
	switch {
	case s.filter.Number != nil && !s.filter.Number(digits):
		return No
	case s.unnamed(i) && !s.filter.Begins(digits):
		return No
	case where == Unsure:
		return s.filter.Where(string(digits))
	}
	return where
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
