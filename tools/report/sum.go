package report

import "didops/internal/money"

// sum adds up amounts of which there are many: in billionths, which is exact and
// takes a hundredth of the time.
type sum struct {
	count   int
	unknown int // amounts that are not known
	nanos   uint64
	rest    money.Amount // what does not fit
}

// fits is how much is added up before it is put aside.
const fits = 1 << 62

func (s *sum) add(a money.Amount) {
	s.count++
	if !a.Known() {
		s.unknown++
		return
	}
	n, ok := a.Nanos()
	if !ok {
		s.aside(a)
		return
	}
	if s.nanos += n; s.nanos > fits {
		s.aside(money.OfNanos(s.nanos))
		s.nanos = 0
	}
}

func (s *sum) aside(a money.Amount) {
	if s.rest.Known() {
		a = s.rest.Add(a)
	}
	s.rest = a
}

// fee returns the sum of what is known; not known where nothing of something is.
func (s *sum) fee() money.Amount {
	switch {
	case s.count > 0 && s.unknown == s.count:
		return money.Amount{}
	case s.rest.Known():
		return s.rest.Add(money.OfNanos(s.nanos))
	}
	return money.OfNanos(s.nanos)
}
