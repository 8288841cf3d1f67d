package fakeorders

import (
	"context"
	"slices"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/request"
	"didops/internal/view"
)

// Ask implements [order.Service].
func (s *Service) Ask(_ context.Context, id string, by identity.Caller) (order.Placed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(id, by)
	if err != nil {
		return order.Placed{}, err
	}
	if err = s.undecided(r); err == nil {
		err = s.mayApprove(r, by)
	}
	if err != nil {
		s.refusals = append(s.refusals, order.Refusal{Order: id, By: by, Cause: err})
		return order.Placed{}, err
	}
	return s.placed(r, by), nil
}

// Decide implements [order.Service].
func (s *Service) Decide(ctx context.Context, d order.DecideRequest) (order.Order, error) {
	if fails := s.switched().Refuses.Decision; fails != nil {
		if err := fails(d); err != nil {
			return order.Order{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return order.Order{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(d.Order, d.By)
	if err == nil {
		err = s.mayDecide(r, d)
	}
	if err != nil {
		return order.Order{}, err
	}
	s.decisions = append(s.decisions, d)
	now, word := s.config.Now(), map[bool]string{true: "approved", false: "rejected"}[d.Approve]
	r.DecidedBy = append(slices.Clone(r.DecidedBy), order.Decided{
		Realm: d.By.Principal.Realm, Name: d.By.Principal.Name, Decision: word, At: now,
	})
	r.DecidedAt, r.own = now, d.By.Principal.String() == r.by.Principal.String()
	switch {
	case r.Drill:
		r.DecidedAt = time.Time{}
		s.note(r, "drill answered", " by "+d.By.Principal.Name)
	case !d.Approve:
		s.become(r, To(order.Rejected, order.LineSkipped, rejection(d)))
	case len(r.DecidedBy) < r.Needed:
		s.note(r, word, " by "+d.By.Principal.Name)
	default:
		s.execute(ctx, r)
	}
	return s.view(r), nil
}

func rejection(d order.DecideRequest) string {
	text := "Rejected by " + d.By.Principal.Name + ". Nothing was done."
	if d.Reason != "" {
		text += " Reason: " + view.Quoted(d.Reason)
	}
	return text
}

// execute carries an order out, and returns when it has ended or ctx has.
func (s *Service) execute(ctx context.Context, r *record) {
	s.executions++
	s.become(r, To(order.Executing, order.LineSending, "Approved, and being carried out."))
	takes, execute := s.switches.SendTakes, s.switches.Execute
	if execute == nil {
		execute = func(_ context.Context, o *order.Order) { To(order.Completed, order.LineDone, "Done: all of it.")(o) }
	}
	carryOut := func() {
		o := s.view(r)
		s.mu.Unlock()
		execute(ctx, &o)
		s.mu.Lock()
		s.become(r, func(was *order.Order) { *was = o })
	}
	if takes == 0 {
		carryOut()
		return
	}
	go func() {
		time.Sleep(takes)
		s.mu.Lock()
		defer s.mu.Unlock()
		carryOut()
	}()
	s.mu.Unlock()
	request.Report(ctx, request.Progress{Total: len(r.Lines), Text: "the first line is being sent"})
	s.mu.Lock()
	s.await(ctx, func() bool { return r.State != order.Executing })
}

// undecided reports that an order is decided or out of time.
func (s *Service) undecided(r *record) error {
	o := s.view(r)
	switch {
	case o.State == order.Pending:
		return nil
	case o.State == order.Expired:
		return fault.New(fault.Expired, "order %s expired at %s", o.ID, o.ExpiresAt.Format(time.TimeOnly)).WithHint("ask for it again")
	case len(o.DecidedBy) == 0:
		return fault.New(fault.Conflict, "order %s is %s", o.ID, o.State)
	}
	d := o.DecidedBy[len(o.DecidedBy)-1]
	return fault.New(fault.Conflict, "order %s is decided: %s by %s at %s", o.ID, d.Decision, d.Name, d.At.Format(time.TimeOnly))
}

// mayDecide reports why a decision does not count.
func (s *Service) mayDecide(r *record, d order.DecideRequest) error {
	if err := s.undecided(r); err != nil {
		return err
	}
	if !d.Approve {
		return mayReject(d.By)
	}
	if err := s.mayApprove(r, d.By); err != nil {
		return err
	}
	if q := r.handler.Ask(s.view(r)); !q.Accepts(d.Typed) {
		return fault.New(fault.Invalid, "that is not %s", q.Where).WithField("last4").WithHint("nothing was decided")
	}
	return nil
}

// mayApprove reports why the caller's approval of an order does not count.
func (s *Service) mayApprove(r *record, by identity.Caller) error {
	if err := s.switches.Refuses.Approval; err != nil {
		return err
	}
	if err := mayReject(by); err != nil {
		return err
	}
	if s.switches.Others && r.by.Principal.String() == by.Principal.String() {
		return fault.New(fault.Forbidden, "an order needs the approval of another person than its requester")
	}
	if slices.ContainsFunc(r.DecidedBy, func(d order.Decided) bool {
		return d.Realm == by.Principal.Realm && d.Name == by.Principal.Name
	}) {
		return fault.New(fault.Conflict, "you have approved it already; another person is needed")
	}
	return nil
}

func mayReject(by identity.Caller) error {
	switch {
	case by.Frontend == identity.FrontMCP && !by.Principal.Elicits:
		return fault.New(fault.Forbidden, "dialogs do not count")
	case by.Frontend != identity.FrontMCP && by.Principal.Role < identity.Approver:
		return fault.New(fault.Forbidden, "%s may not approve", by.Principal)
	}
	return nil
}
