package order

import (
	"context"
	"slices"
	"time"

	"didops/internal/identity"
)

// Permitted is what a caller may do to an order at the moment, besides deciding
// it. The zero Permitted is nothing: so is that of an order that waits no more,
// and of a drill, which only asks who is there.
type Permitted struct {
	Ask     bool // ask its requester back
	Answer  bool // answer what was asked back
	Comment bool

	// What an edit may change of it.
	Remove  bool // some of its numbers can be left out
	Cap     bool // those that cost more a month than an amount can be left out
	Reroute bool // calls can go to another address

	To []string // to whom it can be handed: people of [[people]], then role:NAME
}

// Edits reports whether another order can be put in the place of the order.
func (p Permitted) Edits() bool { return p.Remove || p.Cap || p.Reroute }

// Permits implements [Talker].
func (e *Engine) Permits(ctx context.Context, id string, by identity.Caller) (Permitted, error) {
	r, err := e.record(ctx, id, by)
	if err != nil {
		return Permitted{}, err
	}
	return e.permitted(r, by, e.now()), nil
}

func (e *Engine) permitted(r Record, by identity.Caller, now time.Time) Permitted {
	if r.drill() || e.undecided(r, now) != nil {
		return Permitted{}
	}
	says := func(kind RemarkKind) bool { return e.maySay(r, SayRequest{Order: r.ID, Kind: kind, By: by}) == nil }
	p := Permitted{Ask: says(RemarkAsked), Answer: says(RemarkAnswered), Comment: says(RemarkMade)}
	if mayEdit(by) != nil {
		return p
	}
	if h, err := e.handler(r.Tool); err == nil && h.Notices != nil {
		p.Remove = len(r.Quote.Lines) > 1
		p.Cap = p.Remove && slices.ContainsFunc(r.Quote.Lines, func(l Line) bool { return l.MonthlyFee.Known() })
		p.Reroute = h.Reroute != nil
	}
	p.To = slices.DeleteFunc(e.Policy().assignees(), func(to string) bool { return r.Assigned != nil && r.Assigned.To == to })
	return p
}
