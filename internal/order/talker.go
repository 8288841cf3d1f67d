package order

import (
	"context"
	"slices"
	"strings"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
)

// Talker is what people say of orders that wait, and make of them, before they
// are decided. Nothing of it approves. [Engine] implements it. Safe for
// concurrent use.
//
// Every error is a fault. An order that the caller may not see is NotFound, one
// that is decided a Conflict, and one out of time Expired.
type Talker interface {
	// Say adds a remark to an order. Who may decide it may ask its requester
	// back, who alone may answer; both may comment. At most [MaxRemarks] are
	// kept, the last of which is left for an answer: more is a Conflict.
	Say(ctx context.Context, s SayRequest) (Order, error)
	// Edit puts an order with other terms in the place of one: a new quote, read
	// anew, of the same requester, which waits for its own decision. The old one
	// is cancelled in the same transaction. It never widens: the numbers are
	// numbers of the old order, none costs more than it did. What can't be had
	// like that any more is a Conflict, and nothing is replaced.
	Edit(ctx context.Context, e EditRequest) (Order, error)
	// Reassign says who is asked to decide an order: who that is is told and
	// reminded. Who may decide it stays as it is.
	Reassign(ctx context.Context, a ReassignRequest) (Order, error)
	// Permits returns what of this the caller may do to an order now, for forms
	// that are shown only where they can be used. Nothing rests upon it: what is
	// done is checked when it is done.
	Permits(ctx context.Context, id string, by identity.Caller) (Permitted, error)
}

// SayRequest is a remark about an order.
type SayRequest struct {
	Order string
	Kind  RemarkKind
	Text  string // as given; what is kept of it is cleaned, without secrets and at most MaxRemark long
	By    identity.Caller
}

// EditRequest is what is to be made of an order. What is zero stays.
type EditRequest struct {
	Order         string
	Remove        []string     // digits of numbers to be left out
	Contact       string       // where calls go then: an address or "template"
	MaxMonthlyFee money.Amount // numbers that cost more are left out
	By            identity.Caller
}

// ReassignRequest hands an order to somebody.
type ReassignRequest struct {
	Order string
	To    string // a person of [[people]], or role:NAME
	By    identity.Caller
}

var _ Talker = (*Engine)(nil)

// Say implements [Talker].
func (e *Engine) Say(ctx context.Context, s SayRequest) (Order, error) {
	if err := e.existing(ctx, s.Order, s.By); err != nil {
		return Order{}, err
	}
	text := e.words(s.Text, MaxRemark)
	if text == "" {
		return Order{}, fault.New(fault.Invalid, "there is nothing to read in the text").WithField("text")
	}
	r, err := e.asideOf(ctx, s.Order, s.By, func(r Record, now time.Time) (Aside, audit.Entry, error) {
		if err := e.maySay(r, s); err != nil {
			return Aside{}, audit.Entry{}, err
		}
		m := Remark{By: e.party(s.By.Principal), Kind: s.Kind, Text: text, At: now}
		return Aside{At: now, Remark: &m}, audit.Entry{Event: s.Kind.event(), At: now, Actor: e.actor(s.By), Result: text}, nil
	})
	if err != nil {
		return Order{}, err
	}
	e.nudgeSoon() // with an answer it is on those who decide again
	e.log(ctx, r).Info().Str("remark", string(s.Kind)).Stringer("by", s.By.Principal).Msg("something was said of an order")
	return e.view(r, s.By.Frontend.Outside()), nil
}

// asideOf lets something happen to an order that waits, as the caller.
func (e *Engine) asideOf(ctx context.Context, id string, by identity.Caller, what func(Record, time.Time) (Aside, audit.Entry, error)) (Record, error) {
	var r Record
	var late error
	err := e.write(ctx, func(tx Tx) error {
		late = nil
		now := e.now()
		var err error
		if _, err = e.visible(tx, id, by); err != nil {
			return err
		}
		if r, err = e.expire(tx, normal(id), now); err != nil {
			return err
		}
		if late = e.undecided(e.told(r, by.Frontend.Outside()), now); late == nil {
			var event Aside
			var entry audit.Entry
			if event, entry, err = what(r, now); err == nil {
				r, err = e.step(tx, r, event, entry)
			}
		}
		return err // none where it is too late: that it expired is kept
	})
	if err == nil {
		err = late
	}
	return r, err
}

// maySay reports why a remark can't be made.
func (e *Engine) maySay(r Record, s SayRequest) error {
	own := e.Policy().same(partyOf(s.By.Principal), r.Requester)
	decides := s.By.Principal.Role >= identity.Approver && !s.By.Frontend.Model()
	room := MaxRemarks - len(r.Talk)
	switch s.Kind {
	case RemarkAsked:
		if err := mayReject(s.By); err != nil || !decides {
			return fault.New(fault.Forbidden, "%s may not ask back", s.By.Principal).WithHint("who may decide an order asks its requester; the requester can comment")
		}
		if own {
			return fault.New(fault.Forbidden, "you asked for order %s yourself", r.ID).WithHint("say what there is to know as a comment")
		}
		room -= 1
	case RemarkAnswered:
		if !own {
			return fault.New(fault.Forbidden, "order %s was asked for by somebody else, who alone can answer", r.ID).WithHint("say what there is to know as a comment")
		}
		if r.openQuestion() == nil {
			return fault.New(fault.Conflict, "nothing is asked about order %s", r.ID).WithHint("it waits for who decides it")
		}
	case RemarkMade:
		if !own && !decides {
			return fault.New(fault.Forbidden, "%s may not comment on order %s", s.By.Principal, r.ID).WithHint("its requester can, and who may decide it")
		}
		room -= 1
	}
	if room <= 0 {
		return fault.New(fault.Conflict, "%d things are said of order %s already, which is the most", len(r.Talk), r.ID).WithHint("decide it, or talk elsewhere")
	}
	return nil
}

// mayEdit reports why the caller may not change what an order asks for, or to
// whom it goes: whoever may say no may.
func mayEdit(by identity.Caller) error {
	if by.Frontend.Model() {
		return fault.New(fault.Forbidden, "%s may not change orders", by.Principal)
	}
	return mayReject(by)
}

// Reassign implements [Talker].
func (e *Engine) Reassign(ctx context.Context, a ReassignRequest) (Order, error) {
	if err := e.existing(ctx, a.Order, a.By); err != nil {
		return Order{}, err
	}
	if err := mayEdit(a.By); err != nil {
		return Order{}, err
	}
	to, err := e.Policy().assignee(a.To)
	if err != nil {
		return Order{}, err
	}
	r, err := e.asideOf(ctx, a.Order, a.By, func(r Record, now time.Time) (Aside, audit.Entry, error) {
		if r.Assigned != nil && r.Assigned.To == to {
			return Aside{}, audit.Entry{}, fault.New(fault.Conflict, "order %s is asked of %s already", r.ID, to)
		}
		assigned := Assigned{To: to, By: e.party(a.By.Principal), At: now}
		return Aside{At: now, Assigned: &assigned}, audit.Entry{Event: "reassigned", At: now, Actor: e.actor(a.By), Result: to}, nil
	})
	if err != nil {
		return Order{}, err
	}
	e.log(ctx, r).Info().Str("to", to).Stringer("by", a.By.Principal).Msg("an order was handed to somebody")
	return e.view(r, a.By.Frontend.Outside()), nil
}

// rolePrefix begins the name of a role, where a person could stand as well.
const rolePrefix = "role:"

// assignee returns a person or role by its name, as it is spelt in the
// configuration.
func (p Policy) assignee(to string) (string, error) {
	to = strings.TrimSpace(to)
	known := p.assignees()
	i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, to) })
	if i < 0 {
		err := fault.New(fault.Invalid, "there is nobody called %q to hand an order to", clean(to)).WithField("to")
		if len(known) == 0 {
			return "", err.WithHint("name people under [[people]]")
		}
		return "", err.WithHint("%s", "one of: "+strings.Join(known[:min(len(known), maxNamed)], ", "))
	}
	return known[i], nil
}

// assignees are all to whom an order can be handed: people, then roles.
func (p Policy) assignees() []string {
	var list []string
	for _, person := range p.People {
		list = append(list, person.Name)
	}
	return append(list, p.roleNames()...)
}

// maxNamed is how many people and roles a hint names.
const maxNamed = 25

// roleNames returns the roles that people have, as they are handed orders.
func (p Policy) roleNames() []string {
	var list []string
	for _, person := range p.People {
		for _, role := range person.Roles {
			list = append(list, rolePrefix+role)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
