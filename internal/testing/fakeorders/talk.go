package fakeorders

import (
	"context"
	"slices"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// Say implements [order.Service]. Whoever asked for an order may answer, and
// whoever may decide it may do all else.
func (s *Service) Say(_ context.Context, q order.SayRequest) (order.Order, error) {
	return s.waiting(q.Order, q.By, func(r *record) error {
		own := r.by.Principal.String() == q.By.Principal.String()
		if q.Kind == order.RemarkMade && !own && q.By.Principal.Role < identity.Approver || q.Kind != order.RemarkMade && own != (q.Kind == order.RemarkAnswered) {
			return fault.New(fault.Forbidden, "%s may not say that of order %s", q.By.Principal, q.Order)
		}
		s.become(r, func(o *order.Order) {
			o.Talk = append(slices.Clone(o.Talk), order.RemarkView{
				Realm: q.By.Principal.Realm, Name: q.By.Principal.Name, Kind: q.Kind, Text: q.Text, At: s.config.Now(),
			})
			switch q.Kind {
			case order.RemarkAsked:
				o.WaitsFor = "requester"
			case order.RemarkAnswered:
				o.WaitsFor = ""
			case order.RemarkMade:
			}
		})
		s.news[len(s.news)-1].Event = map[order.RemarkKind]string{
			order.RemarkAsked: "asked back", order.RemarkAnswered: "answered back", order.RemarkMade: "commented",
		}[q.Kind]
		return nil
	})
}

// Edit implements [order.Service]: what is left is the same but for its numbers.
func (s *Service) Edit(_ context.Context, q order.EditRequest) (order.Order, error) {
	var made *record
	_, err := s.waiting(q.Order, q.By, func(r *record) error {
		if err := mayReject(q.By); err != nil {
			return err
		}
		kept := *r
		kept.Order = s.view(r)
		kept.ID, kept.Replaces, kept.Edit = s.config.ID(len(s.orders)+1), r.ID, "edited, by "+q.By.Principal.Name
		kept.Lines = slices.DeleteFunc(kept.Lines, func(l order.LineView) bool {
			return slices.Contains(q.Remove, l.Number[1:])
		})
		kept.quote.Lines = slices.DeleteFunc(slices.Clone(r.quote.Lines), func(l order.Line) bool { return slices.Contains(q.Remove, l.Number) })
		if len(kept.Lines) == 0 || len(kept.Lines) != len(kept.quote.Lines) {
			return fault.New(fault.Invalid, "nothing of order %s would be left", r.ID)
		}
		kept.Terms, kept.Brief = r.handler.DrawTerms(kept.quote), r.handler.Summarize(kept.quote)
		made = &kept
		s.orders = append(s.orders, made)
		s.become(r, To(order.Cancelled, order.LineSkipped, "Replaced by "+kept.ID+". Nothing was done."), func(o *order.Order) { o.ReplacedBy = kept.ID })
		s.news[len(s.news)-1].Event = "replaced"
		s.note(made, "edited", "")
		return nil
	})
	if err != nil {
		return order.Order{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(made), nil
}

// Reassign implements [order.Service].
func (s *Service) Reassign(_ context.Context, q order.ReassignRequest) (order.Order, error) {
	return s.waiting(q.Order, q.By, func(r *record) error {
		if err := mayReject(q.By); err != nil {
			return err
		}
		s.become(r, func(o *order.Order) { o.AskedOf = q.To })
		s.news[len(s.news)-1].Event = "reassigned"
		return nil
	})
}

// Permits implements [order.Service]: orders of several numbers can be made
// smaller, and handed to Bob.
func (s *Service) Permits(_ context.Context, id string, by identity.Caller) (order.Permitted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(id, by)
	if err != nil || s.undecided(r) != nil || r.Drill {
		return order.Permitted{}, err
	}
	own, decides := r.by.Principal.String() == by.Principal.String(), mayReject(by) == nil
	p := order.Permitted{Ask: decides && !own, Answer: own && r.WaitsFor != "", Comment: own || decides}
	if decides {
		p.Remove, p.Cap, p.Reroute = len(r.Lines) > 1, len(r.Lines) > 1, true
		p.To = slices.DeleteFunc([]string{"Bob", "role:finance"}, func(to string) bool { return to == r.AskedOf })
	}
	return p, nil
}

// waiting changes an order that waits.
func (s *Service) waiting(id string, by identity.Caller, change func(*record) error) (order.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(id, by)
	if err == nil {
		err = s.undecided(r)
	}
	if err == nil {
		err = change(r)
	}
	if err != nil {
		return order.Order{}, err
	}
	return s.view(r), nil
}

// Drill implements [order.Service]: an order without lines, which every approver
// answers.
func (s *Service) Drill(_ context.Context, by identity.Caller, lasts time.Duration) (order.Order, error) {
	if err := mayReject(by); err != nil {
		return order.Order{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.config.Now()
	handler := &order.Handler{Operation: order.DrillOperation, Kind: order.KindDrill, Wording: order.Wording{
		Question: func(order.Order) string { return "Are you there?" }, Outcome: func(order.Order) string { return "I'm here" },
		Past: "done", Confirm: order.ConfirmYes,
	}}
	o := order.Order{
		ID: s.config.ID(len(s.orders) + 1), Kind: order.KindDrill, State: order.Pending, Message: "A drill: it asks who is there.",
		CreatedAt: now, ExpiresAt: now.Add(lasts), Changed: now, Drill: true, QuoteHash: "d211", Lines: []order.LineView{}, DecidedBy: []order.Decided{},
		RequestedBy: identity.PublicParty{Realm: by.Principal.Realm, Name: by.Principal.Name},
	}
	r := &record{Order: o, handler: handler, by: by}
	s.orders = append(s.orders, r)
	s.note(r, "requested", "")
	return s.view(r), nil
}

// DrillReport implements [order.Service]: nothing is known.
func (s *Service) DrillReport(context.Context, identity.Caller) (order.DrillReport, error) {
	return order.DrillReport{Answered: []order.Answered{}, Silent: []string{}, CanAct: []order.Actor{}, Nobody: []order.Uncovered{}}, nil
}
