package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/risk"
)

// Write declares an operation that needs an approval. There is no function
// that runs it: a call makes a quote, a person approves the quote, and the
// [order.Service] sends its lines, each at most once.
//
// In is as for [Operation]. All functions are safe for concurrent use; their
// errors are faults where a caller can do something about them.
type Write[In any] struct {
	Name     Name
	Title    string
	Summary  string
	Doc      string
	Hint     string     // as in [Operation]
	Risk     risk.Level // Change, Spend or Destroy
	Group    Group      // as in [Operation]
	Apart    bool       // likewise
	Kind     string     // what an order of it is called: purchase
	Wording  order.Wording
	Terse    []string // as in [Operation]
	Folded   Folded   // likewise
	Examples []Example
	Complete map[string]Completer
	Notes    map[string]ParamNote  // by the parameter's name
	Lists    map[string]ListReader // likewise, for lists that may be given as a file

	// Identify tells what is asked for from the arguments alone, and refuses
	// what may not be asked from there. It reads nothing.
	Identify func(In, identity.Caller) (order.IdempotencyKey, error)
	// Quote reads what the exchange says of every number and returns what
	// would be carried out, in the order asked.
	Quote func(context.Context, In, identity.Caller) (order.Quote, error)
	// Requote reads the line's facts once more and returns the line as it would
	// be quoted now. A number that is not there any more is a difference in
	// the facts, not an error.
	Requote func(context.Context, order.Line) (order.Line, error)
	// Send carries out one approved line with exactly one request. An error
	// that is marked [fault.ErrNothingDone] proves that nothing was done,
	// [didops/internal/fault.Invalid] that we ourselves turned the line down.
	// [didops/internal/fault.Refused] says that the exchange did, which proves
	// as little as its success: both are looked for. Any other error leaves open
	// what was done.
	Send func(context.Context, order.Line) error
	// Deliver takes the place of Send where nothing that can be read shows whether
	// a line was carried out, as [order.Handler] has it. The proof is a sentence to
	// a person, such as which number a message has.
	Deliver func(context.Context, order.Line) (proof string, err error)
	// Reconcile finds out by reading whether a line was carried out, and what of
	// it is not as quoted.
	Reconcile func(context.Context, order.Line) (order.Evidence, error)
	// DrawTerms draws the terms of a quote for a person.
	DrawTerms order.DrawTerms
	// Describe says the same of one line for programs.
	Describe func(order.Line) order.LineTerms
	// Summarize says what of a quote must be read even where space is short.
	Summarize order.Summarize
	// Gist says in few words what a person must have read of a line before
	// deciding; nil = cards show the numbers and what they cost.
	Gist func(order.Line) order.Gist
	// Onward says what can be asked for once lines of an order were not carried
	// out; nil = nothing.
	Onward func([]order.Rest) order.Onward
	// Back says what makes undone what an order has carried out; nil = nothing.
	Back order.Back
	// Notices says what of lines a person must know first, as their quote does, and
	// Reroute gives them another address for calls: by these an approver edits an
	// order that waits. Nil = orders can't be edited; nil = they route nothing.
	Notices func([]order.Line) []string
	Reroute order.Reroute
}

// Handlers returns the deals among the declarations.
func Handlers(declarations []Declaration) []*order.Handler {
	var list []*order.Handler
	for _, d := range declarations {
		if w, ok := d.(interface{ handler() *order.Handler }); ok {
			list = append(list, w.handler())
		}
	}
	return list
}

// Without returns the declarations but for the write of that name: what an
// installation does not offer, though it knows the orders of it.
func Without(declarations []Declaration, name string) []Declaration {
	return slices.DeleteFunc(slices.Clone(declarations), func(d Declaration) bool {
		w, ok := d.(interface{ handler() *order.Handler })
		return ok && w.handler().Operation == name
	})
}

func (w Write[In]) handler() *order.Handler {
	return &order.Handler{
		Operation: w.Name.String(), Kind: w.Kind, Risk: w.Risk, Wording: w.Wording, Requote: w.Requote, Send: w.Send, Deliver: w.Deliver, Reconcile: w.Reconcile,
		DrawTerms: w.DrawTerms, Describe: w.Describe, Summarize: w.Summarize,
		Gist: w.Gist, Onward: w.Onward, Back: w.Back, Notices: w.Notices, Reroute: w.Reroute,
		Identify: func(args json.RawMessage, by identity.Caller) (order.IdempotencyKey, error) {
			in, err := decode[In](args)
			if err != nil {
				return order.IdempotencyKey{}, err
			}
			return w.Identify(in, by)
		},
		Quote: func(ctx context.Context, args json.RawMessage, by identity.Caller) (order.Quote, error) {
			in, err := decode[In](args)
			if err != nil {
				return order.Quote{}, err
			}
			return w.Quote(ctx, in, by)
		},
	}
}

func (w Write[In]) tool() (*Tool, error) {
	t := &Tool{
		name: w.Name, title: w.Title, summary: w.Summary, doc: w.Doc, hint: w.Hint,
		group: w.Group, apart: w.Apart, risk: w.Risk, examples: w.Examples, complete: w.Complete, notes: w.Notes, lists: w.Lists, places: true, holdsOrders: true, kind: w.Kind, confirm: w.Wording.Confirm,
	}
	if !w.Risk.Writes() {
		return nil, fmt.Errorf("%s: risk %s needs no approval: declare an Operation", w.Name, w.Risk)
	}
	if err := w.whole(); err != nil {
		return nil, err
	}
	if err := t.derive(new(In), new(OrderResult), true, w.Folded, w.Terse...); err != nil {
		return nil, fmt.Errorf("%s: %w", w.Name, err)
	}
	return t, t.check()
}

// whole refuses a declaration that lacks what a person is asked and told, or a
// function.
func (w Write[In]) whole() error {
	if w.Kind == "" || w.Wording.Question == nil || w.Wording.Outcome == nil || w.Wording.Past == "" || w.Wording.Confirm == 0 {
		return fmt.Errorf("%s: Kind and Wording are needed: what a person is asked and told", w.Name)
	}
	told := w.DrawTerms != nil && w.Describe != nil && w.Summarize != nil
	if w.Identify == nil || w.Quote == nil || w.Requote == nil || (w.Send == nil) == (w.Deliver == nil) || w.Reconcile == nil || !told {
		return fmt.Errorf("%s: Identify, Quote, Requote, one of Send and Deliver, Reconcile, DrawTerms, Describe and Summarize are needed", w.Name)
	}
	return nil
}

// Choose declares the operation by which a person decides an order. Its
// arguments are the order's id and a reason; what is decided is the
// operation's own.
type Choose struct {
	Name    Name
	Title   string
	Summary string
	Doc     string
	Approve bool // else it rejects
	// Complete suggests ids.
	Complete Completer
}

type decideIn struct {
	ID     string `json:"id" jsonschema_description:"The order's id, such as o-7k3f"`
	Reason string `json:"reason,omitempty" jsonschema_description:"Why, for the record"`
}

func (c Choose) tool() (*Tool, error) {
	decides := rejects
	if c.Approve {
		decides = approves
	}
	t := &Tool{
		name: c.Name, title: c.Title, summary: c.Summary, doc: c.Doc,
		risk: risk.Local, inward: true, people: true, decides: decides, holdsOrders: true,
	}
	if c.Complete != nil {
		t.complete = map[string]Completer{"id": c.Complete}
	}
	if err := t.derive(new(decideIn), new(OrderResult), true, Folded{}); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	return t, t.check()
}

// decode reads arguments that have passed the schema, and applies the rules
// that concern several of them.
func decode[In any](args []byte) (In, error) {
	var in In
	dec := json.NewDecoder(bytes.NewReader(args))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return in, fmt.Errorf("decode checked arguments: %w", err)
	}
	if v, ok := any(in).(interface{ Validate() error }); ok {
		return in, v.Validate()
	}
	return in, nil
}

var errNoOrders = errors.New("a catalogue with operations that need an approval needs a service of orders")
