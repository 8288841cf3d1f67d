package order

import (
	"context"
	"encoding/json"
	"fmt"

	"didops/internal/identity"
	"didops/internal/risk"
	"didops/internal/view"
)

// IdempotencyKey is what makes two requests the same request: the numbers and the
// terms, told from the arguments alone, before anything is read.
type IdempotencyKey struct {
	Numbers []string // digits, in the order asked, no duplicates
	Terms   string   // everything else that would be carried out; may hold secrets
}

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
	Identify  func(args json.RawMessage, by identity.Caller) (IdempotencyKey, error)
	Quote     func(ctx context.Context, args json.RawMessage, by identity.Caller) (Quote, error)
	Requote   func(context.Context, Line) (Line, error)
	Send      func(context.Context, Line) error
	Reconcile func(context.Context, Line) (Evidence, error)
	DrawTerms DrawTerms
	Describe  func(Line) LineTerms // the same of a line for programs; nil = there is nothing to say
	Summarize Summarize
	Gist      func(Line) Gist     // nil = there is none
	Onward    func([]Rest) Onward // nil = nothing can be asked for
}

// complete reports whether the operation says what it asks, what it has done
// then, and how it is confirmed.
func (w Wording) complete() bool {
	return w.Question != nil && w.Outcome != nil && w.Past != "" && w.Confirm >= ConfirmYes && w.Confirm <= ConfirmDigits
}

// check reports what a handler lacks.
func (h *Handler) check() error {
	switch {
	case h.Operation == "" || h.Kind == "" || !h.Risk.Writes():
		return fmt.Errorf("order: the handler %q has no operation, kind or risk", h.Operation)
	case !h.complete():
		return fmt.Errorf("order: %s does not say what it asks, what it has done then, or how it is confirmed", h.Operation)
	case h.Identify == nil || h.Quote == nil || h.Requote == nil || h.Send == nil || h.Reconcile == nil || h.DrawTerms == nil || h.Summarize == nil:
		return fmt.Errorf("order: %s lacks a function", h.Operation)
	}
	return nil
}
