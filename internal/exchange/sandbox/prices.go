package sandbox

import (
	"slices"
	"sync/atomic"
)

// prices are the changes of monthly fees that faults have made since the
// server started. Safe for concurrent use.
type prices struct{ changes atomic.Pointer[priceList] }

type priceList []priceChange

type priceChange struct {
	number  string // "" = every number
	percent int    // of the fee before; 0 = not relative
	monthly fee    // the new fee where percent is 0
}

func (p *prices) current() priceList {
	if l := p.changes.Load(); l != nil {
		return *l
	}
	return nil
}

func (p *prices) add(c priceChange) {
	for {
		old := p.changes.Load()
		var list priceList
		if old != nil {
			list = slices.Clone(*old)
		}
		list = append(list, c)
		if p.changes.CompareAndSwap(old, &list) {
			return
		}
	}
}

// apply changes the row's monthly fee by all that concerns it, in order.
func (l priceList) apply(r *row) {
	for _, c := range l {
		if c.number != "" && c.number != string(r.digits) {
			continue
		}
		if c.percent != 0 {
			r.monthly = r.monthly * fee(c.percent) / 100
		} else {
			r.monthly = c.monthly
		}
	}
}
