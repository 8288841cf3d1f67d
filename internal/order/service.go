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
// and carries out what was approved, at most once. It is implemented by
// internal/order; the gate is its only user. Safe for concurrent use.
//
// Every error is a fault. An order that the asker may not see is NotFound.
type Service interface {
	// Place quotes what is asked for and keeps it as an order that waits for a
	// decision, or returns the order of the same request that is still of
	// interest. It refuses with Forbidden what breaks a limit or what nobody
	// could approve, and with Conflict what overlaps an open order.
	Place(ctx context.Context, p PlaceRequest) (Order, error)
	// Order returns an order, after up to wait as soon as its state is none of
	// pending, executing and unknown.
	Order(ctx context.Context, id string, by identity.Caller, wait time.Duration) (Order, error)
	// Orders returns the latest orders first, those in one state unless state
	// is empty.
	Orders(ctx context.Context, by identity.Caller, state string, limit int) ([]Order, error)
	// Cancel ends a pending order of the asker's own.
	Cancel(ctx context.Context, id string, by identity.Caller) (Order, error)
	// May reports as a fault why the asker's approval of the order would not
	// count; nil if it would.
	May(ctx context.Context, id string, by identity.Caller) error
	// Decide records a person's decision. The approval that completes what
	// the order needs begins its execution, which goes on whatever becomes of
	// ctx; Decide returns when it has ended, or with the state as it is when
	// ctx ends. The first decision wins: a later one is a Conflict that says
	// who decided and when.
	Decide(ctx context.Context, d DecideRequest) (Order, error)
	// Refused records what was refused before it came to the desk: a request by
	// somebody who may not ask, a decision by somebody who may not decide or
	// that comes too late. The same is recorded once a minute.
	Refused(ctx context.Context, r Refusal)
	// IssuePrompt returns a handle by which one answer to a question about the
	// order can be given, until the order expires and at most until the moment
	// given, by the same principal with the same operation: where the call has
	// a dialog, out of that dialog, else with the same arguments.
	IssuePrompt(ctx context.Context, id string, c PromptCall, until time.Time) (handle string, err error)
	// RedeemPrompt uses a handle up and returns the order's id. A handle that is not
	// of this desk, or of another principal, operation, dialog or other
	// arguments, is Invalid, one out of time Expired, and one that was used a
	// Conflict that is marked [ErrAnswered].
	RedeemPrompt(ctx context.Context, handle string, c PromptCall) (id string, err error)
	// PromptUsed reports whether a handle was used, by whatever process.
	PromptUsed(ctx context.Context, handle string) (bool, error)
}

// PlaceRequest is a request for what needs an approval.
type PlaceRequest struct {
	Tool   string
	Args   json.RawMessage // checked against the tool's schema
	By     identity.Caller
	Reason string // the requester's words: cleaned and capped
}

// Refusal is an attempt that was refused.
type Refusal struct {
	Tool  string // what was called
	Order string // whose decision was attempted; "" = it was a request
	By    identity.Caller
	Cause error
}

// DecideRequest is what a person decided about an order, on a surface that the
// model does not control.
type DecideRequest struct {
	Order   string
	Approve bool
	Reason  string
	By      identity.Caller
}

// PromptCall is the call that led to a question: what an answer is bound to.
type PromptCall struct {
	Operation string
	Args      json.RawMessage // checked against the operation's schema
	Dialog    string          // where the client is asked while its call waits; "" = it calls anew with the answer
	By        identity.Caller
}
