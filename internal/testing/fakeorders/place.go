package fakeorders

import (
	"context"
	"slices"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/risk"
)

// Place implements [order.Service]. The order says what the quote of the
// operation's handler does.
func (s *Service) Place(ctx context.Context, p order.PlaceRequest) (order.Placed, error) {
	time.Sleep(s.switched().QuoteTakes)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, p)
	if err := s.switches.Refuses.Request; err != nil {
		return order.Placed{}, err
	}
	request := p.Operation + string(p.Args) + p.By.Principal.String()
	for _, r := range s.orders {
		if r.request == request && !s.view(r).State.Settled() {
			return s.placed(r, p.By), nil
		}
	}
	i := slices.IndexFunc(s.config.Handlers, func(h *order.Handler) bool { return h.Operation == p.Operation })
	if i < 0 {
		return order.Placed{}, fault.New(fault.NotFound, "there is no handler of %s", p.Operation)
	}
	handler := s.config.Handlers[i]
	quote, err := handler.Quote(ctx, p.Args, p.By)
	if err != nil {
		return order.Placed{}, err
	}
	r := &record{Order: s.draft(handler, quote, p), handler: handler, quote: quote, by: p.By, request: request}
	s.orders = append(s.orders, r)
	s.note(r, "requested", " by "+r.RequestedBy.Name)
	return s.placed(r, p.By), nil
}

// draft is a quote as an order that waits.
func (s *Service) draft(h *order.Handler, q order.Quote, p order.PlaceRequest) order.Order {
	id, now := s.config.ID(len(s.orders)+1), s.config.Now()
	zero := money.MustParse("0")
	o := order.Order{
		ID: id, Kind: h.Kind, State: order.Pending, QuoteHash: "5f2b8c1d9e3a70460123",
		Message:   "Waiting for a person to approve. Nothing has been done yet.",
		CreatedAt: now, ExpiresAt: now.Add(Life), Reason: p.Reason,
		RequestedBy: identity.PublicParty{Realm: p.By.Principal.Realm, Name: p.By.Principal.Name}, DecidedBy: []order.Decided{},
		Currency: "USD", Total: order.Total{SetupFee: zero, MonthlyFee: zero, DueNow: zero},
		ApproveAt: s.ways(id),
		Costs:     h.Risk == risk.Spend, Needed: max(1, s.switches.Needed), Terms: h.DrawTerms(q), Brief: h.Summarize(q), Notes: q.Notices,
	}
	add := func(sum *money.Amount, a money.Amount) {
		if a.Known() {
			*sum = sum.Add(a)
		}
	}
	for _, l := range q.Lines {
		add(&o.Total.SetupFee, l.SetupFee)
		add(&o.Total.MonthlyFee, l.MonthlyFee)
		add(&o.Total.DueNow, l.DueNow)
		line := order.LineView{
			Number: "+" + l.Number, ID: l.ID, State: order.LineWaiting, SetupFee: l.SetupFee, MonthlyFee: l.MonthlyFee, Documents: l.Documents, Words: h.Words,
		}
		if h.Gist != nil {
			line.Gist = h.Gist(l)
		}
		o.Lines = append(o.Lines, line)
	}
	h.Tell(&o, q)
	return o
}

// placed is an order with what the caller may be asked about it.
func (s *Service) placed(r *record, by identity.Caller) order.Placed {
	p := order.Placed{Order: s.view(r)}
	if p.Order.State != order.Pending {
		return p
	}
	if err := s.mayApprove(r, by); err != nil {
		if f, ok := fault.As(err); ok {
			p.Unasked = f.Message
		}
		return p
	}
	p.Question = r.handler.Ask(p.Order)
	return p
}

// ways says how an order is decided.
func (s *Service) ways(id string) []string {
	list := []string{"A person approves it in a terminal of their own with: didops slip accept " + id}
	if s.switches.Page != "" {
		list = append(list, "To approve it on the web page, open "+s.switches.Page+"/orders/"+id)
	}
	return list
}
