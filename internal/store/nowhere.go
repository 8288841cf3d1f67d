package store

import (
	"context"
	"errors"
	"time"

	"didops/internal/audit"
)

// Nowhere returns a store for which there is no place: it answers everything
// with the error that says why.
func Nowhere(why error) *Store {
	return &Store{
		engine: nowhere{why}, clock: func() time.Time { return time.Time{} }, hook: func(string) {},
		told: func(string, time.Duration, error) {}, turn: make(chan struct{}, 1), memory: newMemoryTurns(),
	}
}

// nowhere is the engine of a store that can't be opened.
type nowhere struct{ why error }

func (n nowhere) open(context.Context, bool) (*pools, error)           { return nil, n.why }
func (n nowhere) begin(context.Context, *tx) (string, error)           { return "", n.why }
func (n nowhere) commit(context.Context, *pools, *tx, string) error    { return n.why }
func (n nowhere) check(context.Context) (Report, error)                { return Report{}, n.why }
func (n nowhere) listen(context.Context, func(audit.News)) error       { return errors.ErrUnsupported }
func (n nowhere) where() string                                        { return "" }
func (n nowhere) anew() string                                         { return "" }
func (n nowhere) failure(_ context.Context, _ string, err error) error { return err }
