package market

import (
	"slices"
	"strings"

	"didops/internal/money"
)

// sieve is a filter made ready for one chunk.
type sieve struct {
	filter  *Filter
	places  []Answer
	sellers []bool // nil: any
}

func newSieve(c *chunk, f *Filter) *sieve {
	s := &sieve{filter: f, places: make([]Answer, len(c.places.keys))}
	for i, p := range c.places.keys {
		s.places[i] = Yes
		if f.Place != nil {
			s.places[i] = f.Place(p)
		}
	}
	if f.Seller != nil {
		s.sellers = make([]bool, len(c.sellers.keys))
		for i, k := range c.sellers.keys {
			s.sellers[i] = f.Seller(k)
		}
	}
	return s
}

// sides reports whether the number of an event was one that is asked for before
// it, and is one after it.
func (s *sieve) sides(e *entry) (before, after bool) {
	switch e.what {
	case eventCame:
		after = s.fits(e.now, e)
	case eventChanged:
		before, after = s.stood(e) && s.fits(e.old, e), s.fits(e.now, e)
	case eventGone, eventLapsed:
		before = s.stood(e) && s.fits(e.old, e)
	case eventLeft:
		before = s.filter.kind && s.fits(e.old, e)
	}
	return before, after
}

// stood reports whether the number was known to be of its type, if that
// matters.
func (s *sieve) stood(e *entry) bool { return !e.left || !s.filter.kind }

func (s *sieve) fits(t entryTerms, e *entry) bool {
	where := s.places[t.place]
	if where == No || s.sellers != nil && !s.sellers[t.seller] {
		return false
	}
	prefixes := s.filter.Prefixes
	if where == Yes && len(prefixes) == 1 && prefixes[0] == "" {
		return true
	}
	digits := digitsOf(e.digits)
	for _, p := range prefixes {
		if strings.HasPrefix(digits, p) {
			return where == Yes || s.filter.Where(digits) == Yes
		}
	}
	return false
}

// histogram counts numbers by their monthly fee.
type histogram struct {
	fees   dict[string]
	counts []int // by fee
	all    int
	order  []int // fees that are known, the lowest first
	parsed []money.Amount
}

// ids returns the number here of each value of a dictionary.
func (h *histogram) ids(count int, text func(int) string) func(int) int {
	known := make([]int, count) // one more; 0: not asked for yet
	return func(i int) int {
		if known[i] == 0 {
			known[i] = int(h.fees.of(text(i))) + 1
		}
		return known[i] - 1
	}
}

func (h *histogram) add(fee, n int) {
	for fee >= len(h.counts) {
		h.counts = append(h.counts, make([]int, fee+1)...)
	}
	h.counts[fee] += n
	h.all += n
}

// rank puts the fees in their order, once all are there.
func (h *histogram) rank() {
	h.parsed = make([]money.Amount, len(h.fees.keys))
	for i, text := range h.fees.keys {
		if h.parsed[i] = amount(text); h.parsed[i].Known() {
			h.order = append(h.order, i)
		}
	}
	h.counts = append(h.counts, make([]int, len(h.fees.keys))...)
	slices.SortFunc(h.order, func(a, b int) int { return h.parsed[a].Cmp(h.parsed[b]) })
}

// lowest returns the lowest fee of what is there or was until something
// happened.
func (h *histogram) lowest(t *turnover) money.Amount {
	for _, fee := range h.order {
		if h.counts[fee] > 0 || t != nil && fee < len(t.left) && t.left[fee] {
			return h.parsed[fee]
		}
	}
	return money.Amount{}
}

func (h *histogram) median() money.Amount {
	known := 0
	for _, fee := range h.order {
		known += h.counts[fee]
	}
	at := func(rank int) money.Amount {
		for _, fee := range h.order {
			if rank -= h.counts[fee]; rank < 0 {
				return h.parsed[fee]
			}
		}
		return money.Amount{}
	}
	if known == 0 {
		return money.Amount{}
	}
	return at((known - 1) / 2).Add(at(known / 2)).Half()
}

// undo goes back to before what happened.
func (h *histogram) undo(t *turnover) {
	if t == nil {
		return
	}
	for fee, more := range t.fees {
		if more != 0 {
			h.add(fee, -more)
		}
	}
}
