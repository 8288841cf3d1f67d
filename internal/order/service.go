package order

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"didops/internal/identity"
)

// MaxReason is the most characters of a reason that are kept.
const MaxReason = 200

// ErrAnswered marks the Conflict of a handle that was used already.
var ErrAnswered = errors.New("the handle was used")

// Service takes requests for what needs an approval, lets people decide them,
// and carries out what was approved, at most once. [Engine] implements it. The
// gate decides by it and the operations on orders read by it; no front end
// holds one. Safe for concurrent use.
//
// Every error is a fault. An order that the caller may not see is NotFound.
type Service interface {
	Talker
	Driller

	// Place quotes what is asked for and keeps it as an order that waits for a
	// decision, or returns the order of the same request that is still of
	// interest. It refuses with Forbidden what breaks a limit or what nobody
	// could approve, and with Conflict what overlaps an open order.
	// The question is there where the caller's own approval would count.
	Place(ctx context.Context, p PlaceRequest) (Placed, error)
	// Order returns an order, after up to wait as soon as its state is none of
	// pending, executing and unknown, or its requester is asked something.
	Order(ctx context.Context, id string, by identity.Caller, wait time.Duration) (Order, error)
	// Orders returns the latest orders first, those in one state unless state
	// is empty.
	Orders(ctx context.Context, by identity.Caller, state string, limit int) ([]Order, error)
	// Cancel ends a pending order of the caller's own, or takes back what of a
	// scheduled one has not been sent, whoever asked for it.
	Cancel(ctx context.Context, id string, by identity.Caller) (Order, error)
	// Ask returns a pending order with the question whose answer the caller may
	// give. Where the caller's approval would not count it fails with the
	// reason: Forbidden, or Conflict and Expired for an order that is decided or
	// out of time. It records nothing.
	Ask(ctx context.Context, id string, by identity.Caller) (Placed, error)
	// Decide records a person's decision. The approval that completes what
	// the order needs begins its execution, which goes on whatever becomes of
	// ctx; Decide returns when it has ended, or with the state as it is when
	// ctx ends. The first decision wins: a later one is a Conflict that says
	// who decided and when. An approval without what had to be typed is Invalid
	// and decides nothing.
	Decide(ctx context.Context, d DecideRequest) (Order, error)
	// Challenge returns what a passkey of the caller is asked to sign, in order to
	// decide an order like that: [DecideRequest.Assertion] of a decision. It fails
	// like Ask where the decision would not count, with Forbidden where no
	// passkeys are used here and with NotFound for a person who has none.
	Challenge(ctx context.Context, id string, approve bool, by identity.Caller) (Challenge, error)
	// Refused records what was refused before it came to the service: a request by
	// somebody who may not ask, a decision by somebody who may not decide or
	// that comes too late. The same is recorded once a minute.
	Refused(ctx context.Context, r Refusal)
	// IssuePrompt returns a handle by which one answer to a question about the
	// order can be given, until the order expires and at most until the moment
	// given, by the same principal with the same operation: where the call has
	// a dialog, out of that dialog, else with the same arguments.
	IssuePrompt(ctx context.Context, id string, c PromptCall, until time.Time) (handle string, err error)
	// RedeemPrompt uses a handle up and returns the order's id. A handle that is not
	// of this service, or of another principal, operation, dialog or other
	// arguments, is Invalid, one out of time Expired, and one that was used a
	// Conflict that is marked [ErrAnswered].
	RedeemPrompt(ctx context.Context, handle string, c PromptCall) (id string, err error)
	// PromptUsed reports whether a handle was used, by whatever process.
	PromptUsed(ctx context.Context, handle string) (bool, error)
	// IssueTask returns a handle by which the same principal can follow the
	// order for a day longer than it waits, and what it stands for. When it
	// returns, every process on the store knows it. An order with very many of
	// them gets no more: RateLimited.
	IssueTask(ctx context.Context, id string, by identity.Caller) (handle string, t Task, err error)
	// Task returns what a handle of the principal's stands for. A handle that is
	// not of this service, of another principal, or out of time is NotFound.
	Task(ctx context.Context, handle string, by identity.Caller) (Task, error)
}

// Placed is an order and what the caller may be asked about it. The zero
// Question and Unasked belong to an order that has nothing to decide.
type Placed struct {
	Order    Order
	Question *Question // nil: the caller is not asked
	Unasked  string    // why the caller is not asked about a pending order; "" where there is a question
}

// PlaceRequest is a request for what needs an approval.
type PlaceRequest struct {
	Operation string
	Args      json.RawMessage // checked against the operation's schema
	By        identity.Caller
	Reason    string // the requester's words, as given; what is kept of them is cleaned, without secrets and at most MaxReason long

	// Mandated refuses what the mandate that is named does not decide: nobody is
	// there to wait for people.
	Mandated bool

	likely string // an id that the order gets, unless another has it
}

// Refusal is an attempt that was refused.
type Refusal struct {
	Operation string // that was called
	Order     string // whose decision was attempted; "" = it was a request
	By        identity.Caller
	Cause     error
}

// DecideRequest is what a person decided about an order, on a surface that the
// model does not control.
type DecideRequest struct {
	Order   string
	Approve bool
	Typed   string // what was typed to confirm an approval, where the operation wants that
	Reason  string // as given, like that of a request
	By      identity.Caller

	// Assertion is a passkey's signature over the decision, to what
	// [Service.Challenge] gave; nil: it is not signed.
	Assertion *Assertion
}

// PromptCall is the call that led to a question: what an answer is bound to.
type PromptCall struct {
	Operation string
	Args      json.RawMessage // checked against the operation's schema
	Dialog    string          // where the client is asked while its call waits; "" = it calls anew with the answer
	By        identity.Caller
}
