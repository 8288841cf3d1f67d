package order

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"didops/internal/audit"
)

// Stats is how the orders of an exchange stand at one moment.
type Stats struct {
	Orders  map[State]int       // how many there are; a state without any may be missing
	Oldest  map[State]time.Time // when the oldest of them was asked for
	Expires time.Time           // when the first pending order runs out; zero = none is pending
	Due     int                 // orders with something to be done by itself that is not done yet
	Since   time.Time           // for how long, of the first of them; zero = there are none
	Head    int64               // number of the last audit entry, of whatever exchange
}

// Stats reads how the orders stand. Without a store there are none. It
// counts every order there ever was, by an index: for something asked often
// its caller keeps the answer for a while.
func (e *Engine) Stats(ctx context.Context) (Stats, error) {
	var s Stats
	err := e.read(ctx, func(tx Tx) error {
		var err error
		s, err = tx.Stats(e.Exchange, e.now())
		return err
	})
	if err == nil {
		s.Head, err = e.Audit.Head(ctx)
	}
	return s, err
}

// Trail returns the entries about this exchange among those after the one
// numbered, at most so many, and the number of the last one that was read.
func (e *Engine) Trail(ctx context.Context, after int64, most int) ([]audit.Entry, int64, error) {
	var list []audit.Entry
	last, err := e.trail(ctx, after, most, func(_ audit.Kept, entry audit.Entry) { list = append(list, entry) })
	return list, last, err
}

func (e *Engine) trail(ctx context.Context, after int64, most int, take func(audit.Kept, audit.Entry)) (last int64, err error) {
	last = after
	err = present(e.Audit.Read(ctx, func(tx audit.Tx) error {
		kept, err := tx.Since(after, most)
		for _, k := range kept {
			last = k.Seq
			var entry audit.Entry
			if err := json.Unmarshal([]byte(k.Text), &entry); err != nil {
				return fmt.Errorf("read audit entry %d: %w", k.Seq, err)
			}
			if entry.Exchange == e.Exchange {
				take(k, entry)
			}
		}
		return err
	}))
	return last, err
}

// Waiting returns how many callers wait for a change of an order.
func (e *Engine) Waiting() int {
	e.changes.mu.Lock()
	defer e.changes.mu.Unlock()
	return e.changes.waiting
}
