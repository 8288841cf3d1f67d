package order

import (
	"context"
	"encoding/json"

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

// Handler is a [tools.Write] with its types erased: what the desk needs in order to
// quote, send and look. Front ends never hold one, so the way around the
// approval can't be written there.
type Handler struct {
	Operation string // noun_verb
	Kind      string // what an order of it is called: purchase, update, unsubscribe
	Risk      risk.Level
	Identify  func(args json.RawMessage, by identity.Caller) (IdempotencyKey, error)
	Quote     func(ctx context.Context, args json.RawMessage, by identity.Caller) (Quote, error)
	Requote   func(context.Context, Line) (Line, error)
	Send      func(context.Context, Line) error
	Reconcile func(context.Context, Line) (Evidence, error)
	DrawTerms DrawTerms
}

// Terms draws the terms of a quote of this deal.
func (d *Handler) Terms(q Quote) []view.Block {
	if d.DrawTerms == nil {
		return nil
	}
	return d.DrawTerms(q)
}
