package tools

import (
	"context"
	"encoding/json"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
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
	Reply  Reply
	Typed  string
	Reason string
}

func (c Call) asker() identity.Caller {
	return identity.Caller{Principal: c.Principal, Frontend: c.Frontend}
}

func (c Call) prompt() order.PromptCall {
	return order.PromptCall{Operation: c.Tool, Args: c.Args, Dialog: c.Dialog, By: c.asker()}
}

// placeCall asks the desk for an order.
func (g *Gate) placeCall(ctx context.Context, c Call, args json.RawMessage) (Result, error) {
	var said struct {
		Reason string `json:"reason"`
	}
	if err := json.Unmarshal(args, &said); err != nil {
		return Result{}, err
	}
	o, err := g.Desk.Place(ctx, order.PlaceRequest{Tool: c.Tool, Args: args, By: c.asker(), Reason: sanitize.Clean(said.Reason, order.MaxReason)})
	if err != nil {
		return Result{}, err
	}
	return g.result(ctx, o, c.asker())
}

// decideCall is the call of an operation by which a person decides. A rejection
// is carried out; an approval only leads to the question, whose answer comes
// by [Gate.Decide].
func (g *Gate) decideCall(ctx context.Context, t *Tool, c Call, args json.RawMessage) (Result, error) {
	var in decideIn
	if err := json.Unmarshal(args, &in); err != nil {
		return Result{}, err
	}
	by := c.asker()
	if t.decides == rejects {
		o, err := g.Desk.Decide(ctx, order.DecideRequest{Order: in.ID, Reason: sanitize.Clean(in.Reason, order.MaxReason), By: by})
		if err != nil {
			return Result{}, err
		}
		return orderResult(o, g.Sandbox)
	}
	if err := g.Desk.May(ctx, in.ID, by); err != nil {
		g.Desk.Refused(ctx, order.Refusal{Tool: c.Tool, Order: in.ID, By: by, Cause: err})
		return Result{}, err
	}
	o, err := g.Desk.Order(ctx, in.ID, by, 0)
	if err != nil {
		return Result{}, err
	}
	return g.result(ctx, o, by)
}

// result is an order for the caller, with the question that it may be asked.
func (g *Gate) result(ctx context.Context, o order.Order, by identity.Caller) (Result, error) {
	r, err := orderResult(o, g.Sandbox)
	if err != nil || o.State != order.Pending {
		return r, err
	}
	err = g.Desk.May(ctx, o.ID, by)
	if err == nil {
		q := o.Question()
		q.Card.Sandbox = g.Sandbox
		r.Question = &q
		return r, nil
	}
	if f, ok := fault.As(err); ok {
		r.Unasked = f.Message
	}
	return r, nil
}

// Decide carries out what a person answered to the question about an order on
// a surface that the model does not control: a terminal or Discord. Silence
// and an approval without the digits that were wanted decide nothing; the
// latter is an Invalid fault. It returns the order as it is when its
// execution has ended, or when ctx ends, and the errors of [order.Service.Decide].
func (g *Gate) Decide(ctx context.Context, id string, c Call, a Answer) (Result, error) {
	return g.observed(ctx, Answered, c, func(ctx context.Context) (Result, error) {
		if c.Frontend == identity.MCP || c.Principal.Role < identity.Approver {
			err := fault.New(fault.Forbidden, "%s may not decide orders here", c.Principal)
			g.Desk.Refused(ctx, order.Refusal{Tool: c.Tool, Order: id, By: c.asker(), Cause: err})
			return Result{}, err
		}
		if c.Progress != nil {
			ctx = request.WithProgress(ctx, c.Progress)
		}
		return g.answer(ctx, id, c.asker(), a)
	})
}

// IssuePrompt returns a handle by which the client of c may bring one person's
// answer to the question about the order, until the moment given; see
// [Gate.Answer].
func (g *Gate) IssuePrompt(ctx context.Context, order string, c Call, until time.Time) (string, error) {
	var handle string
	_, err := g.observed(ctx, Asked, c, func(ctx context.Context) (Result, error) {
		t, err := g.admit(c)
		if err == nil {
			c.Args, err = t.arguments(c.Args)
		}
		if err == nil {
			handle, err = g.Desk.IssuePrompt(ctx, order, c.prompt(), until)
		}
		return Result{Order: order}, err
	})
	return handle, err
}

// Answer carries out what a person answered in the dialog of a client, as
// far as such dialogs may decide. The handle is used up by it; c must be the
// call that led to the question, from the same principal, but where it has a
// dialog its arguments may be left out. Where the answer decides nothing the
// result is the order as it is.
func (g *Gate) Answer(ctx context.Context, handle string, c Call, a Answer) (Result, error) {
	return g.observed(ctx, Answered, c, func(ctx context.Context) (Result, error) {
		t, err := g.admit(c)
		if err != nil {
			return Result{}, err
		}
		if !t.places {
			return Result{}, fault.New(fault.Invalid, "%s asks no questions", t.name)
		}
		if c.Dialog == "" {
			if c.Args, err = t.arguments(c.Args); err != nil {
				return Result{}, err
			}
		}
		id, err := g.Desk.RedeemPrompt(ctx, handle, c.prompt())
		if err != nil {
			return Result{}, err
		}
		if c.Progress != nil {
			ctx = request.WithProgress(ctx, c.Progress)
		}
		result, err := g.answer(ctx, id, c.asker(), a)
		f, ok := fault.As(err)
		if !ok || f.Code != fault.Invalid && f.Code != fault.Forbidden {
			return result, err
		}
		// The digits were not those wanted, or a limit was reached since the
		// question was asked: the order waits for somebody else.
		return g.stillWaits(ctx, id, c.asker(), f.Message)
	})
}

// stillWaits returns an order that an answer has not decided, with the reason.
func (g *Gate) stillWaits(ctx context.Context, id string, by identity.Caller, why string) (Result, error) {
	o, err := g.Desk.Order(ctx, id, by, 0)
	if err != nil {
		return Result{}, err
	}
	o.Message = "The answer decided nothing: " + why + ". " + o.Message
	return orderResult(o, g.Sandbox)
}

// PromptUsed reports whether the question of a handle has had its answer, be it
// one that decides nothing. It is asked again and again, so the observer is
// not told.
func (g *Gate) PromptUsed(ctx context.Context, handle string) (bool, error) {
	return g.Desk.PromptUsed(ctx, handle)
}

// Order returns the order as it is, for a client whose person has not
// answered. It is asked again and again, so the observer is not told.
func (g *Gate) Order(ctx context.Context, order string, c Call) (Result, error) {
	result, err := guarded(c.Tool, func() (Result, error) {
		return g.answer(ctx, order, c.asker(), Answer{})
	})
	if err != nil {
		err = presentable(ctx, err).Error
	}
	return result, err
}

func (g *Gate) answer(ctx context.Context, id string, by identity.Caller, a Answer) (Result, error) {
	o, err := g.Desk.Order(ctx, id, by, 0)
	if err != nil {
		return Result{}, err
	}
	if a.Reply == NoReply {
		return orderResult(o, g.Sandbox)
	}
	if q := o.Question(); a.Reply == Yes && o.State == order.Pending && !q.Accepts(a.Typed) {
		return Result{Order: o.ID}, fault.New(fault.Invalid, "that is not %s", q.Where).WithField("last4").WithHint("nothing was decided")
	}
	decided, err := g.Desk.Decide(ctx, order.DecideRequest{
		Order: id, Approve: a.Reply == Yes, Reason: sanitize.Clean(a.Reason, order.MaxReason), By: by,
	})
	if err != nil {
		return Result{Order: o.ID}, err
	}
	return orderResult(decided, g.Sandbox)
}
