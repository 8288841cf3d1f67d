// Package fakeorders is a fake of the service of orders and of its feed, for
// tests of what stands above them: it keeps orders in memory and sends
// nothing. What an order says comes of the handlers of the operations, as in
// the real one; what a test wants to go wrong, to take long or to be refused
// is a switch.
package fakeorders

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/view"
)

// Life is how long an order waits for a decision.
const Life = 15 * time.Minute

// Config is what a service is made of.
type Config struct {
	Handlers []*order.Handler   // of the operations that orders can be made by
	Now      func() time.Time   // the clock of orders; waits are on that of the process
	ID       func(n int) string // the id of the nth order, counted from 1; nil = sb-0001, sb-0002 …
}

// Switches are what a test can have go otherwise. Their zero value is a
// service where one approval of anybody who may decide is enough and is
// carried out at once.
type Switches struct {
	Needed  int    // approvals that an order needs that is placed from now on; 0 = one
	Page    string // address of the page where orders that are placed from now on can be decided; "" = there is none
	Others  bool   // the approval of who asked for an order does not count
	Refuses struct {
		Request  error                           // no order is placed
		Approval error                           // nobody's approval counts, so nobody is asked
		Decision func(order.DecideRequest) error // called before a decision is looked at; may be nil
		Order    func(context.Context) error     // called before an order is shown; may be nil
		Prompt   error                           // no handle is issued
		Task     error                           // nor one to follow an order by
	}
	Turn         []order.Called // who is asked to decide orders; none = everybody who may
	QuoteTakes   time.Duration  // how long placing an order takes
	SendTakes    time.Duration  // how long carrying an order out takes, whatever becomes of the decision's context
	StuckHandles bool           // redeeming a handle ends with its context only
	// Execute carries an approved order out, by changing it, in the context of
	// the decision; nil = all of it is done.
	Execute func(context.Context, *order.Order)
}

// Service implements [order.Service] and [order.Feed]. It is safe for
// concurrent use. It tells the caller's realm apart as the real one does: an
// HTTP client sees its own orders only, and the answer of a client's dialog
// counts only if its principal's dialogs do.
type Service struct {
	config Config

	mu         sync.Mutex
	switches   Switches
	orders     []*record
	prompts    map[string]*prompt
	tasks      map[string]order.Task
	requests   []order.PlaceRequest
	decisions  []order.DecideRequest
	refusals   []order.Refusal
	executions int
	news       []audit.Event
	cards      map[string]order.Card
	companions map[order.Companion]map[string]order.Card
	marks      map[string]int64
	changed    chan struct{} // closed when something has changed
}

// record is an order with what callers do not see of it.
type record struct {
	order.Order
	handler *order.Handler
	quote   order.Quote
	by      identity.Caller
	request string
	entry   int64
	own     bool // the requester had the last word
}

var (
	_ order.Service = (*Service)(nil)
	_ order.Feed    = (*Service)(nil)
)

// New returns a service without orders.
func New(c Config) *Service {
	if c.ID == nil {
		c.ID = func(n int) string { return fmt.Sprintf("sb-%04d", n) }
	}
	return &Service{
		config: c, prompts: map[string]*prompt{}, tasks: map[string]order.Task{}, cards: map[string]order.Card{}, marks: map[string]int64{},
		companions: map[order.Companion]map[string]order.Card{order.RequestNote: {}, order.OutcomeNote: {}},
		changed:    make(chan struct{}),
	}
}

// Order implements [order.Service].
func (s *Service) Order(ctx context.Context, id string, by identity.Caller, wait time.Duration) (order.Order, error) {
	if fails := s.switched().Refuses.Order; fails != nil {
		if err := fails(ctx); err != nil {
			return order.Order{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return order.Order{}, err
	}
	until, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(id, by)
	if err != nil {
		return order.Order{}, err
	}
	s.await(until, func() bool { return s.view(r).State.Rests() })
	return s.view(r), nil
}

// Orders implements [order.Service]. The first order comes first.
func (s *Service) Orders(_ context.Context, by identity.Caller, state string, limit int) ([]order.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []order.Order{}
	for _, r := range s.orders {
		if o := s.view(r); sees(r, by) && (state == "" || string(o.State) == state) && (limit == 0 || len(list) < limit) {
			list = append(list, o)
		}
	}
	return list, nil
}

// Cancel implements [order.Service].
func (s *Service) Cancel(_ context.Context, id string, by identity.Caller) (order.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(id, by)
	if err == nil && r.State == order.Scheduled {
		r.own = r.by.Principal.String() == by.Principal.String()
		s.become(r, To(order.Cancelled, order.LineSkipped, "Taken back by "+view.Quoted(by.Principal.Name)+" before it was sent. Nothing was done."))
		return s.view(r), nil
	}
	if err == nil {
		err = s.undecided(r)
	}
	if err != nil {
		return order.Order{}, err
	}
	r.own = true
	s.become(r, To(order.Cancelled, order.LineSkipped, "Cancelled by who asked for it. Nothing was done."))
	return s.view(r), nil
}

// Refused implements [order.Service].
func (s *Service) Refused(_ context.Context, r order.Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusals = append(s.refusals, r)
}

// switched returns the switches as they are.
func (s *Service) switched() Switches {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.switches
}

// find returns an order that the caller may see. The caller of find holds the
// lock, as with all that follows.
func (s *Service) find(id string, by identity.Caller) (*record, error) {
	for _, r := range s.orders {
		if r.ID == id && sees(r, by) {
			return r, nil
		}
	}
	return nil, fault.New(fault.NotFound, "there is no order %s", id)
}

func sees(r *record, by identity.Caller) bool {
	return by.Principal.Realm != "http" || by.Principal.String() == r.by.Principal.String()
}

// view is an order as it is at this moment.
func (s *Service) view(r *record) order.Order {
	o := r.Order
	if o.State == order.Pending && !s.config.Now().Before(o.ExpiresAt) {
		o.State, o.Message = order.Expired, "Nobody decided in time. Nothing was done."
	}
	if o.State != order.Pending {
		o.ApproveAt = nil
	}
	o.Lines, o.DecidedBy = slices.Clone(o.Lines), slices.Clone(o.DecidedBy)
	o.Onward = r.handler.GoOn(o.ID, o.State, r.quote, o.Lines)
	o.Fill()
	return o
}

// become changes an order and adds its new state to the trail.
func (s *Service) become(r *record, edits ...func(*order.Order)) {
	r.Lines, r.DecidedBy = slices.Clone(r.Lines), slices.Clone(r.DecidedBy)
	for _, edit := range edits {
		edit(&r.Order)
	}
	r.Changed = s.config.Now()
	s.note(r, string(r.State), "")
}

// note adds an entry to the trail.
func (s *Service) note(r *record, event, more string) {
	n := int64(len(s.news) + 1)
	s.news = append(s.news, audit.Event{
		Entry: n, Hash: fmt.Sprintf("%08xcafe", n), At: s.config.Now(), Order: r.ID, Event: event, Text: r.ID + " " + r.Kind + ": " + event + more,
	})
	r.entry = n
	s.announce()
}

// Happened adds an entry to the trail that is about no order.
func (s *Service) Happened(event string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := int64(len(s.news) + 1)
	s.news = append(s.news, audit.Event{Entry: n, Hash: fmt.Sprintf("%08xcafe", n), At: s.config.Now(), Event: event, Text: event})
	s.announce()
}

func (s *Service) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// await returns when what is asked is so, or ctx has ended. It lets go of the
// lock meanwhile.
func (s *Service) await(ctx context.Context, so func() bool) {
	for !so() && ctx.Err() == nil {
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		s.mu.Lock()
	}
}
