package order

import (
	"context"

	"didops/internal/identity"
)

// Carried is an order as an operation may go on from it: routing in full, which
// leaves the program to the exchange alone.
type Carried struct {
	ID        string
	Operation string // did_purchase …
	Done      []Line // what was carried out, as it was quoted
	Open      int    // how many lines may still be, or may have been
}

// Carried returns what an order has carried out. One that the caller may not
// see is NotFound, but for what was carried out where everybody reaches its card:
// a way back is offered there. One whose quote was altered since it was made is
// an error without a code.
func (e *Engine) Carried(ctx context.Context, id string, by identity.Caller) (Carried, error) {
	r, err := e.reached(ctx, id, by, func(r Record) bool { return r.done() > 0 })
	if err != nil {
		return Carried{}, err
	}
	if r, err = e.refreshed(ctx, r, by); err != nil {
		return Carried{}, err
	}
	if err := e.read(ctx, func(tx Tx) error { return sealed(tx, r) }); err != nil {
		return Carried{}, err
	}
	c := Carried{ID: r.ID, Operation: r.Tool}
	for n, l := range r.Lines {
		switch {
		case l.State == LineDone:
			c.Done = append(c.Done, r.Quote.Lines[n])
		case l.open() && r.Phase != PhaseRejected && r.Phase != PhaseExpired && r.Phase != PhaseCancelled:
			c.Open++
		}
	}
	return c, nil
}
