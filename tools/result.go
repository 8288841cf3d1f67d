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

// next is what to tell a person of an order: of one that waits, that it says how
// it is decided; of one that was carried out, what makes that undone.
func (o *OrderResult) next() []string {
	switch on := o.Order.Onward; {
	case len(o.Order.ApproveAt) > 0:
		return []string{"Tell the user how to decide: approve_at."}
	case !on.Back.IsZero():
		return []string{on.Says + ": " + on.Back.Operation + " " + string(on.Back.Args)}
	}
	return nil
}

// held implements holder.
func (o *OrderResult) held() []order.Order { return []order.Order{o.Order} }

// OrdersResult is the result that holds a list of orders.
type OrdersResult struct {
	Envelope
	Orders []order.Order `json:"orders" jsonschema_description:"Latest first, as order_get"`
}

func (o *OrdersResult) held() []order.Order { return o.Orders }

// holder is a result that holds orders.
type holder interface{ held() []order.Order }

// Result is what an operation came to, for programs and for people. Front
// ends draw from its values and hand its Data on; none reads Data.
type Result struct {
	Data json.RawMessage // one JSON object, fitting the tool's output schema
	Doc  view.Doc        // the same for a person

	// Outcome is the Doc of an order without its terms, for a person who has
	// just read them; empty for other results.
	Outcome view.Doc
	// Order is the order that the result is; nil for others.
	Order *order.Order
	// Orders are those that it holds: the one, or those of a list.
	Orders []order.Order
	// Question is what the caller may be asked right away; nil for nothing.
	Question *order.Question
	// Unasked says why the caller is not asked about a pending order; empty
	// where there is a question, or nothing to decide.
	Unasked string

	out any // the typed result, whose rows are those of [Tool.Tables]
}

// State returns where the order stands that the result is; "" for others.
func (r Result) State() order.State {
	if r.Order == nil {
		return ""
	}
	return r.Order.State
}

// placedResult is an order with what the caller may be asked about it.
func placedResult(p order.Placed, sandbox bool) (Result, error) {
	r, err := orderResult(p.Order, sandbox)
	r.Question, r.Unasked = p.Question, p.Unasked
	if r.Question != nil {
		r.Question.Card.Sandbox = sandbox
	}
	return r, err
}

// orderResult is an order for programs and for people.
func orderResult(o order.Order, sandbox bool) (Result, error) {
	out := OrderResult{Order: o}
	out.mark(Envelope{Sandbox: sandbox, Summary: o.Message, Next: out.next(), Quoted: quotedFields(out)})
	data, err := json.Marshal(out)
	if err != nil {
		return Result{}, fmt.Errorf("write order %s: %w", o.ID, err)
	}
	r := Result{Data: data, Doc: o.Doc(), Order: &o, Orders: []order.Order{o}, out: out}
	short := o
	short.Terms = nil
	r.Outcome = short.Doc()
	r.Doc.Sandbox, r.Outcome.Sandbox = sandbox, sandbox
	return r, nil
}

type runFunc func(ctx context.Context, args []byte, sandbox bool) (Result, error)
