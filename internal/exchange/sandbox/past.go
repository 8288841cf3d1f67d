package sandbox

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// held returns what is sold, as a read that lags sees it.
func (x *exchange) held(ctx context.Context, m *market) (*held, error) {
	h, err := x.server.state.read(ctx, m)
	if err == nil {
		if f, ok := x.faults.get(Lag); ok {
			return x.server.asOf(ctx, h, m, x.now.Add(-f.Delay))
		}
	}
	return h, err
}

// asOf returns what was sold at a moment: the present without what was done
// since, from the last to the first.
func (s *Server) asOf(ctx context.Context, h *held, m *market, at time.Time) (*held, error) {
	ledger, err := s.state.ledger(ctx)
	if err != nil {
		return nil, err
	}
	own := map[string]holding{}
	for _, o := range h.own {
		if o.buyer != anotherBuyer || !o.bought.After(at) {
			own[o.number] = o
		}
	}
	for i := len(ledger) - 1; i >= 0 && ledger[i].Time.After(at); i-- {
		s.undo(own, m, ledger[:i], ledger[i])
	}
	past := &held{own: slices.SortedFunc(maps.Values(own), func(a, b holding) int { return a.bought.Compare(b.bought) })}
	for number := range own {
		if k, ok := m.find(number); ok {
			past.gone = append(past.gone, narrow(k))
		}
	}
	slices.Sort(past.gone)
	return past, nil
}

// undo takes one entry of the ledger back. Before are those before it.
func (s *Server) undo(own map[string]holding, m *market, before []Entry, e Entry) {
	o := own[e.Number]
	switch e.Operation {
	case Purchase:
		delete(own, e.Number)
		return
	case Unsubscribe:
		var ok bool
		if o, ok = s.offer(m, e.ID); !ok {
			return
		}
		o.buyer, o.account, o.contact, o.smpp = e.Buyer, e.Account, e.Contact, e.SMPPContact
	case Update, Market, List, Calls, Messages, Message:
	}
	for _, earlier := range slices.Backward(before) {
		if earlier.Number != e.Number {
			continue
		}
		if e.Operation == Update {
			o.contact, o.smpp = earlier.Contact, earlier.SMPPContact
		}
		o.bought = earlier.Time
		break
	}
	own[e.Number] = o
}

// twins are the numbers that the market offers under a second id, whoever has
// them. Safe for concurrent use.
type twins struct {
	of atomic.Pointer[map[string]bool]
}

func (t *twins) current() map[string]bool {
	if m := t.of.Load(); m != nil {
		return *m
	}
	return nil
}

func (t *twins) add(number string) {
	next := maps.Clone(t.current())
	if next == nil {
		next = map[string]bool{}
	}
	next[number] = true
	t.of.Store(&next)
}

// shown leaves numbers that have a second id among what is for sale.
func (t *twins) shown(m *market, gone []int32) []int32 {
	if len(t.current()) == 0 {
		return gone
	}
	gone = slices.Clone(gone)
	for number := range t.current() {
		if k, ok := m.find(number); ok {
			gone = slices.DeleteFunc(gone, func(row int32) bool { return row == narrow(k) })
		}
	}
	return gone
}

// elsewhere returns an address at another host.
func elsewhere(contact, host string) string {
	head, tail, ok := strings.Cut(contact, "@")
	if !ok {
		return contact
	}
	_, port, _ := strings.Cut(tail, ":")
	return head + "@" + host + ":" + port
}

// another returns a number for sale other than the one that is asked for.
func (x *exchange) another(ctx context.Context, m *market, o holding) (holding, bool) {
	h, err := x.server.state.read(ctx, m)
	if err != nil {
		return o, false
	}
	first, _ := m.find(o.number)
	for i := 1; i < m.size; i++ {
		k := (first + i) % m.size
		if _, sold := slices.BinarySearch(h.gone, narrow(k)); sold {
			continue
		}
		if other, ok := x.server.offerOf(m, k); ok {
			other.contact, other.smpp, other.account, other.bought, other.buyer = o.contact, o.smpp, o.account, o.bought, o.buyer
			return other, true
		}
	}
	return o, false
}
