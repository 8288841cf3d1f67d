package tools

import (
	"context"
	"encoding/json"
	"fmt"

	"didops/internal/order"
	"didops/internal/view"
)

// OrderResult is the result that holds one order. Only order_get publishes all
// of its fields; elsewhere the key fields stand for them.
type OrderResult struct {
	Envelope
	Order order.Order `json:"order" jsonschema_description:"As order_get"`
}

func (o *OrderResult) order() (id string, s order.State) { return o.Order.ID, o.Order.State }

// orderResult is an order for programs and for people.
func orderResult(o order.Order, sandbox bool) (Result, error) {
	data, err := json.Marshal(OrderResult{Envelope{sandbox}, o})
	if err != nil {
		return Result{}, fmt.Errorf("write order %s: %w", o.ID, err)
	}
	r := Result{Data: data, Doc: o.Doc(), Order: o.ID, State: o.State}
	o.Terms = nil
	r.Outcome = o.Doc()
	r.Doc.Sandbox, r.Outcome.Sandbox = sandbox, sandbox
	return r, nil
}

// Result is what an operation came to, for programs and for people.
type Result struct {
	Data json.RawMessage // one JSON object, fitting the tool's output schema
	Doc  view.Doc        // the same for a person

	// Outcome is the Doc of an order without its terms, for a person who has
	// just read them; empty for other results.
	Outcome view.Doc
	// Order and State are the id of the order that the result is, and where it
	// stands; empty for others.
	Order string
	State order.State
	// Question is what the caller may be asked right away; nil for nothing.
	Question *order.Question
	// Unasked says why the caller is not asked about a pending order; empty
	// where there is a question, or nothing to decide.
	Unasked string
}

type runFunc func(ctx context.Context, args []byte, sandbox bool) (Result, error)
