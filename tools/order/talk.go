package order

import (
	"context"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// talk are the operations by which people say something of an order that waits,
// and change it before it is decided. None of them decides.
func talk(orders order.Service) []tools.Declaration {
	waiting := complete(orders, order.Pending)
	return []tools.Declaration{
		say(orders, sayOperation{
			verb: "ask", title: "Ask back", kind: order.RemarkAsked, needs: identity.Approver, people: true,
			summary: "Ask who asked for an order something about it, before it is decided.",
		}),
		say(orders, sayOperation{
			verb: "answer", title: "Answer what was asked back", kind: order.RemarkAnswered, needs: identity.Requester,
			summary: "Answer what was asked back about one's own order, in the words of the person who wants it.",
			doc:     "It decides nothing.",
		}),
		say(orders, sayOperation{
			verb: "comment", title: "Comment", kind: order.RemarkMade, needs: identity.Reader, people: true,
			summary: "Say something about an order that waits: its requester, or who decides it.",
		}),
		edit(orders, waiting), reassign(orders, waiting),
	}
}

// SayIn is what order_ask, order_answer and order_comment take.
type SayIn struct {
	ID   string `json:"id" jsonschema_description:"The order's id"`
	Text string `json:"text" jsonschema:"minLength=1,maxLength=200" jsonschema_description:"What to say"`
}

// sayOperation is where the operations that say something differ.
type sayOperation struct {
	verb, title, summary, doc string
	kind                      order.RemarkKind
	needs                     identity.Role
	people                    bool
}

func say(orders order.Service, s sayOperation) tools.Declaration {
	return tools.Operation[SayIn, tools.OrderResult]{
		Name: name(s.verb), Title: s.title, Summary: s.summary, Doc: s.doc, Risk: risk.Local, Needs: s.needs, People: s.people, Group: tools.GroupTalk, Apart: true, Brief: true,
		Run: func(ctx context.Context, in SayIn) (tools.OrderResult, error) {
			o, err := orders.Say(ctx, order.SayRequest{Order: in.ID, Kind: s.kind, Text: in.Text, By: request.Caller(ctx)})
			return tools.OrderResult{Order: o}, err
		},
		View:     func(_ SayIn, out tools.OrderResult) view.Doc { return out.Order.Doc() },
		Complete: map[string]tools.Completer{"id": complete(orders, order.Pending)},
		Upon:     tools.Upon{Param: "id", Does: upon(s.kind)},
	}
}

// upon is what a remark does to an order.
func upon(kind order.RemarkKind) tools.Deed {
	switch kind {
	case order.RemarkAsked:
		return tools.AsksBack
	case order.RemarkAnswered:
		return tools.AnswersBack
	case order.RemarkMade:
		return tools.Comments
	}
	return tools.NoDeed
}

// EditIn is what order_edit takes.
type EditIn struct {
	ID            string       `json:"id" jsonschema_description:"The order's id"`
	Remove        []string     `json:"remove,omitempty" jsonschema:"maxItems=1000" jsonschema_description:"Numbers to leave out"`
	Contact       string       `json:"contact,omitempty" jsonschema_description:"Where calls go then: template or sip:user@host[:port]"`
	MaxMonthlyFee money.Amount `json:"max_monthly_fee,omitzero" jsonschema_description:"Leave out numbers that cost more a month"`
}

// Validate refuses what changes nothing.
func (in EditIn) Validate() error {
	if len(in.Remove) == 0 && in.Contact == "" && !in.MaxMonthlyFee.Known() {
		return fault.New(fault.Invalid, "nothing would change").WithField("remove").WithHint("name numbers to leave out, another address for calls, or an amount a month that some cost more than")
	}
	return nil
}

func edit(orders order.Service, waiting tools.Completer) tools.Declaration {
	return tools.Operation[EditIn, tools.OrderResult]{
		Name: name("edit"), Title: "Edit an order",
		Summary: "Put a smaller or cheaper order in the place of one that waits. It waits for its own decision.",
		Risk:    risk.Local, Outward: true, Needs: identity.Approver, People: true, Brief: true,
		Run: func(ctx context.Context, in EditIn) (tools.OrderResult, error) {
			digits, err := digitsOf(in.Remove)
			if err != nil {
				return tools.OrderResult{}, err
			}
			o, err := orders.Edit(ctx, order.EditRequest{
				Order: in.ID, Remove: digits, Contact: in.Contact, MaxMonthlyFee: in.MaxMonthlyFee, By: request.Caller(ctx),
			})
			return tools.OrderResult{Order: o}, err
		},
		View:     func(_ EditIn, out tools.OrderResult) view.Doc { return out.Order.Doc() },
		Complete: map[string]tools.Completer{"id": waiting},
		Upon:     tools.Upon{Param: "id", Does: tools.Edits},
	}
}

// digitsOf returns the digits of numbers as people write them, each of which may
// be several.
func digitsOf(numbers []string) ([]string, error) {
	var list []string
	for _, n := range numbers {
		digits, err := phone.Split(n)
		if err != nil {
			if f, ok := fault.As(err); ok {
				err = f.WithField("remove")
			}
			return nil, err
		}
		list = append(list, digits...)
	}
	return list, nil
}

// ReassignIn is what order_reassign takes.
type ReassignIn struct {
	ID string `json:"id" jsonschema_description:"The order's id"`
	To string `json:"to" jsonschema:"minLength=1,maxLength=100" jsonschema_description:"A person of [[people]], or role:NAME"`
}

func reassign(orders order.Service, waiting tools.Completer) tools.Declaration {
	return tools.Operation[ReassignIn, tools.OrderResult]{
		Name: name("reassign"), Title: "Hand an order to somebody",
		Summary: "Say who is asked to decide an order, and told. Who may decide it stays as it is.",
		Risk:    risk.Local, Needs: identity.Approver, People: true, Brief: true,
		Run: func(ctx context.Context, in ReassignIn) (tools.OrderResult, error) {
			o, err := orders.Reassign(ctx, order.ReassignRequest{Order: in.ID, To: in.To, By: request.Caller(ctx)})
			return tools.OrderResult{Order: o}, err
		},
		View:     func(_ ReassignIn, out tools.OrderResult) view.Doc { return out.Order.Doc() },
		Complete: map[string]tools.Completer{"id": waiting},
		Upon:     tools.Upon{Param: "id", Does: tools.HandsOver},
	}
}
