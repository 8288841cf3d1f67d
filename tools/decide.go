package tools

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/incident"
	"didops/internal/order"
	"didops/internal/request"
	"didops/internal/sanitize"
)

// Reply is what a person answered to a [order.Question].
type Reply uint8

// The answers.
const (
	NoReply Reply = iota // no answer, or one that decides nothing
	Yes
	No
)

// Answer is what a person said, with what was typed where digits are wanted.
type Answer struct {
	Reply     Reply
	Typed     string
	Reason    string
	Assertion *order.Assertion // a passkey's signature over it; see [Gate.Challenge]
}

// written returns a reason as one line of visible characters. The service,
// which knows what is secret, masks and cuts it.
func written(s string) string { return sanitize.Clean(s, math.MaxInt) }

func (c Call) caller() identity.Caller {
	return identity.Caller{Principal: c.Principal, Frontend: c.Frontend}
}

func (c Call) prompt() order.PromptCall {
	return order.PromptCall{Operation: c.Tool, Args: c.Args, Dialog: c.Dialog, By: c.caller()}
}

// place has the order of a call made.
func (g *Gate) place(ctx context.Context, c Call, args json.RawMessage) (Result, error) {
	var given struct {
		Reason string `json:"reason"`
	}
	if err := json.Unmarshal(args, &given); err != nil {
		return Result{}, err
	}
	placed, err := g.orders.Place(ctx, order.PlaceRequest{
		Operation: c.Tool, Args: args, By: c.caller(), Reason: written(given.Reason),
	})
	if err != nil {
		return Result{}, err
	}
	return placedResult(placed, g.sandbox)
}

// decideBy is the call of an operation by which a person decides. A rejection
// is carried out; an approval only leads to the question, whose answer comes
// by [Gate.Decide].
func (g *Gate) decideBy(ctx context.Context, t *Tool, c Call, args json.RawMessage) (Result, error) {
	var in decideIn
	if err := json.Unmarshal(args, &in); err != nil {
		return Result{}, err
	}
	if t.decides == rejects {
		return g.answer(ctx, in.ID, c.caller(), Answer{Reply: No, Reason: in.Reason})
	}
	result, err := g.ask(ctx, in.ID, c)
	if err != nil {
		g.orders.Refused(ctx, order.Refusal{Operation: c.Tool, Order: in.ID, By: c.caller(), Cause: err})
	}
	return result, err
}

func (g *Gate) ask(ctx context.Context, id string, c Call) (Result, error) {
	placed, err := g.orders.Ask(ctx, id, c.caller())
	if err != nil {
		return Result{}, err
	}
	return placedResult(placed, g.sandbox)
}

// Ask returns a pending order with the question whose answer the caller may
// bring to [Gate.Decide], and the errors of [order.Service.Ask].
func (g *Gate) Ask(ctx context.Context, id string, c Call) (Result, error) {
	return g.observed(ctx, Asked, c, func(ctx context.Context, c Call, e *Event) (Result, error) {
		e.Order = id
		return g.ask(ctx, id, c)
	})
}

// Challenge returns what a passkey of the caller is asked to sign, so that it
// approves or rejects an order: the answer is brought to [Gate.Decide], with
// [order.ParseAssertion]. Its errors are those of [order.Service.Challenge].
func (g *Gate) Challenge(ctx context.Context, id string, approve bool, c Call) (order.Challenge, error) {
	var challenge order.Challenge
	_, err := g.observed(ctx, Asked, c, func(ctx context.Context, c Call, e *Event) (Result, error) {
		e.Order = id
		if c.Frontend.Model() {
			return Result{}, fault.New(fault.Forbidden, "%s may not decide orders here", c.Principal)
		}
		var err error
		challenge, err = g.orders.Challenge(ctx, id, approve, c.caller())
		return Result{}, err
	})
	return challenge, err
}

// Decide carries out what a person answered to the question about an order on
// a surface that the model does not control: a terminal or Discord. No reply,
// and an approval without what had to be typed, decide nothing; the latter is
// an Invalid fault. It returns the order as it is when its execution has
// ended, or when ctx ends, and the errors of [order.Service.Decide].
func (g *Gate) Decide(ctx context.Context, id string, c Call, a Answer) (Result, error) {
	return g.observed(ctx, Answered, c, func(ctx context.Context, c Call, e *Event) (Result, error) {
		e.Order = id
		if c.Frontend.Model() || c.Principal.Role < identity.Approver {
			err := fault.New(fault.Forbidden, "%s may not decide orders here", c.Principal)
			g.orders.Refused(ctx, order.Refusal{Operation: c.Tool, Order: id, By: c.caller(), Cause: err})
			return Result{}, err
		}
		if c.Progress != nil {
			ctx = request.WithProgress(ctx, c.Progress)
		}
		return g.answer(ctx, id, c.caller(), a)
	})
}

// IssuePrompt returns a handle by which the client of c may bring one person's
// answer to the question about the order, until the moment given; see
// [Gate.Answer].
func (g *Gate) IssuePrompt(ctx context.Context, id string, c Call, until time.Time) (string, error) {
	var handle string
	_, err := g.observed(ctx, Asked, c, func(ctx context.Context, c Call, e *Event) (Result, error) {
		e.Order = id
		t, err := g.admit(c)
		if err == nil {
			c.Args, err = t.arguments(c)
		}
		if err == nil {
			handle, err = g.orders.IssuePrompt(ctx, id, c.prompt(), until)
		}
		return Result{}, err
	})
	return handle, err
}

// Answer carries out what a person answered in the dialog of a client, as
// far as such dialogs may decide. The handle is used up by it; c must be the
// call that led to the question, from the same principal, but where it has a
// dialog its arguments may be left out. Where the answer decides nothing the
// result is the order as it is.
func (g *Gate) Answer(ctx context.Context, handle string, c Call, a Answer) (Result, error) {
	return g.observed(ctx, Answered, c, func(ctx context.Context, c Call, e *Event) (Result, error) {
		t, err := g.admit(c)
		if err != nil {
			return Result{}, err
		}
		if !t.places {
			return Result{}, fault.New(fault.Invalid, "%s asks no questions", t.name)
		}
		if c.Dialog == "" {
			if c.Args, err = t.arguments(c); err != nil {
				return Result{}, err
			}
		}
		id, err := g.orders.RedeemPrompt(ctx, handle, c.prompt())
		if err != nil {
			return Result{}, err
		}
		e.Order = id
		if c.Progress != nil {
			ctx = request.WithProgress(ctx, c.Progress)
		}
		result, err := g.answer(ctx, id, c.caller(), a)
		f, ok := fault.As(err)
		if !ok || f.Code != fault.Invalid && f.Code != fault.Forbidden {
			return result, err
		}
		// What was typed was not what was wanted, or a limit was reached since
		// the question was asked: the order waits for somebody else.
		return g.stillWaits(ctx, id, c.caller(), f.Message)
	})
}

// stillWaits returns an order that an answer has not decided, with the reason.
func (g *Gate) stillWaits(ctx context.Context, id string, by identity.Caller, why string) (Result, error) {
	o, err := g.orders.Order(ctx, id, by, 0)
	if err != nil {
		return Result{}, err
	}
	o.Message = "The answer decided nothing: " + why + ". " + o.Message
	return orderResult(o, g.sandbox)
}

// PromptUsed reports whether the question of a handle has had its answer, be it
// one that decides nothing. It is asked again and again, so the observer is
// not told.
func (g *Gate) PromptUsed(ctx context.Context, handle string) (bool, error) {
	return g.orders.PromptUsed(ctx, handle)
}

// Order returns the order as it is, for a client whose person has not
// answered. It is asked again and again, so the observer is not told.
func (g *Gate) Order(ctx context.Context, id string, c Call) (Result, error) {
	c = g.bind(c)
	result, err := guarded(c, func() (Result, error) {
		return g.answer(ctx, id, c.caller(), Answer{})
	})
	if err != nil {
		err, _ = incident.Present(ctx, err)
	}
	return result, err
}

func (g *Gate) answer(ctx context.Context, id string, by identity.Caller, a Answer) (Result, error) {
	var o order.Order
	var err error
	if a.Reply == NoReply {
		o, err = g.orders.Order(ctx, id, by, 0)
	} else {
		o, err = g.orders.Decide(ctx, order.DecideRequest{
			Order: id, Approve: a.Reply == Yes, Typed: a.Typed, Reason: written(a.Reason), By: by, Assertion: a.Assertion,
		})
	}
	if err != nil {
		return Result{}, err
	}
	return orderResult(o, g.sandbox)
}
