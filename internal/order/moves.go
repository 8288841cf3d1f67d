package order

import (
	"context"
	"time"

	"didops/internal/risk"
	"didops/internal/transaction"
)

// MovesTx is what knowing which numbers were moved needs of a transaction. It
// is not safe for concurrent use.
type MovesTx interface {
	// Moved returns the lines of the exchange that came to be sent, done or
	// unknown at or after a moment and are so still, in the order in which they
	// did.
	Moved(exchange string, since time.Time) ([]Move, error)
}

// MovesStore reads what was moved. It is implemented by internal/store. Safe
// for concurrent use, by several processes.
type MovesStore = transaction.Reader[MovesTx]

// Move is a line that was carried out, may have been, or is being sent.
type Move struct {
	Number    string // digits
	Operation string // did_purchase …
	State     LineState
}

// Moved says what became of one number.
type Moved struct {
	Bought bool // else it was given up
	Sure   bool // else it may have been, or is being
}

// Moves are the numbers that orders have bought or given up lately, by digits,
// each as of the last order that did. Lists and markets that lag show them
// otherwise.
type Moves map[string]Moved

// Moved returns what orders of this exchange, of whatever process on the store,
// have bought or given up since a moment. It is one read of the store, by an
// index; where there is no store there is nothing. Errors are those of the
// store.
func (e *Engine) Moved(ctx context.Context, since time.Time) (Moves, error) {
	if e.Moves == nil {
		return nil, nil
	}
	moves := Moves{}
	err := present(e.Moves.Read(ctx, func(tx MovesTx) error {
		list, err := tx.Moved(e.Exchange, since)
		for _, m := range list {
			h, known := e.handlers[m.Operation]
			if known && (h.Risk == risk.Spend || h.Risk == risk.Destroy) {
				moves[m.Number] = Moved{Bought: h.Risk == risk.Spend, Sure: m.State == LineDone}
			}
		}
		return err
	}))
	return moves, err
}
