package order

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"didops/internal/identity"
	"didops/internal/risk"
	"didops/internal/view"
)

// IdempotencyKey is what makes two requests the same request: the numbers and the
// terms, told from the arguments alone, before anything is read. Which numbers a
// choice comes to is told by the quote, and two choices that come to the same
// numbers are the same request.
type IdempotencyKey struct {
	Numbers []string // digits, in the order asked, no duplicates; none where there is a choice
	Choice  string   // by what numbers are chosen that the request does not name; "" = it names them
	Terms   string   // everything else that would be carried out; may hold secrets
}

// ErrNoneChosen marks the fault of a quote whose choice comes to no number: it
// may have been carried out a moment ago.
var ErrNoneChosen = errors.New("no number is chosen")

// DrawTerms draws the terms of a quote.
type DrawTerms func(Quote) []view.Block

// Wording is how an operation speaks to a person of what it does.
type Wording struct {
	// Question says, as one sentence that ends in "?", what an approval of the
	// order does, with what it costs: "Buy +9715… for 15.081 USD now, …?". It
	// is also what the control says by which the order is approved.
	Question func(Order) string
	// Outcome says the same as one of several choices: "Buy for 15.081 USD".
	Outcome func(Order) string
	// Past is what was done to a number then: "bought".
	Past string
	// Confirm is what a person does to approve.
	Confirm Confirm
	// Remark is what is to be known of the money of an order, a sentence; "" =
	// nothing.
	Remark string
	// Words are the names of the facts that another party wrote: they are shown
	// as quotations.
	Words []string
}

// Confirm is how an approval is given.
type Confirm uint8

// The ways to confirm; the zero Confirm is invalid, so that no operation asks
// for too little by omission.
const (
	ConfirmYes    Confirm = iota + 1 // say yes
	ConfirmDigits                    // type the last digits of the first number, and how many there are
)

// Handler is what an operation that needs an approval brings to its orders: a
// quote, a send and a look, with its types erased. Front ends never hold one.
type Handler struct {
	Operation string // noun_verb
	Kind      string // what an order of it is called: purchase, update, unsubscribe
	Risk      risk.Level
	Wording
	Identify func(args json.RawMessage, by identity.Caller) (IdempotencyKey, error)
	Quote    func(ctx context.Context, args json.RawMessage, by identity.Caller) (Quote, error)
	Requote  func(context.Context, Line) (Line, error)
	Send     func(context.Context, Line) error
	// Deliver takes the place of Send where nothing that can be read shows whether
	// a line was carried out, such as for a message: the proof that it returns is
	// all there will ever be. See send.go.
	Deliver   func(context.Context, Line) (proof string, err error)
	Reconcile func(context.Context, Line) (Evidence, error)
	DrawTerms DrawTerms
	Describe  func(Line) LineTerms // the same of a line for programs; nil = there is nothing to say
	Summarize Summarize
	Gist      func(Line) Gist     // nil = there is none
	Onward    func([]Rest) Onward // nil = nothing can be asked for
	Back      Back                // nil = nothing leads back

	// Notices returns what a person must know first of lines of a quote, from the
	// lines alone: those of an order that was edited. Nil = its orders can't be.
	Notices func([]Line) []string
	Reroute Reroute // nil = they route nothing
}

// Back says by which call an order's lines that were carried out can be made
// undone, and what that is called: "Route them back". The zero Call is for none.
type Back func(id string, done []Line) (call Call, says string)

// complete reports whether the operation says what it asks, what it has done
// then, and how it is confirmed.
func (w Wording) complete() bool {
	return w.Question != nil && w.Outcome != nil && w.Past != "" && w.Confirm >= ConfirmYes && w.Confirm <= ConfirmDigits
}

// blind reports whether nothing that can be read shows what became of a line.
func (h *Handler) blind() bool { return h.Deliver != nil }

// check reports what a handler lacks.
func (h *Handler) check() error {
	switch {
	case h.Operation == "" || h.Kind == "" || !h.Risk.Writes():
		return fmt.Errorf("order: the handler %q has no operation, kind or risk", h.Operation)
	case !h.complete():
		return fmt.Errorf("order: %s does not say what it asks, what it has done then, or how it is confirmed", h.Operation)
	case h.Identify == nil || h.Quote == nil || h.Requote == nil || (h.Send == nil) == (h.Deliver == nil) || h.Reconcile == nil || h.DrawTerms == nil || h.Summarize == nil:
		return fmt.Errorf("order: %s lacks a function", h.Operation)
	}
	return nil
}
