package order

import (
	"context"
	"sync"
	"time"

	"didops/internal/deadline"
	"didops/internal/fault"
)

// bounded returns a handler whose calls of the exchange are over soon after
// their context is, whether or not they mind it: one that hangs must not hold
// up the settling of every other order, or the end of the program.
func (h *Handler) bounded() *Handler {
	b := *h
	b.Requote = func(ctx context.Context, l Line) (Line, error) {
		return deadline.Call(ctx, func() (Line, error) { return h.Requote(ctx, l) })
	}
	if h.Send != nil {
		b.Send = func(ctx context.Context, l Line) error {
			_, err := deadline.Call(ctx, func() (struct{}, error) { return struct{}{}, h.Send(ctx, l) })
			return err
		}
	}
	if h.Deliver != nil {
		b.Deliver = func(ctx context.Context, l Line) (string, error) {
			return deadline.Call(ctx, func() (string, error) { return h.Deliver(ctx, l) })
		}
	}
	b.Reconcile = func(ctx context.Context, l Line) (Evidence, error) {
		return deadline.Call(ctx, func() (Evidence, error) { return h.Reconcile(ctx, l) })
	}
	return &b
}

// pulse is when a loop last got on. It is safe for concurrent use.
type pulse struct {
	mu   sync.Mutex
	last time.Time // zero = it has not begun
}

func (p *pulse) beat(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = now
}

// since returns how long ago the last beat was; 0 where there was none, and
// where the clock was set back.
func (p *pulse) since(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last.IsZero() {
		return 0
	}
	return max(0, now.Sub(p.last))
}

// storeSlack is how long the settler may wait for the store before it counts
// as one that hangs.
const storeSlack = time.Minute

// SettlerIdle returns for how long the settler of this process has not got on,
// while it should look around every few seconds; 0 where it has not begun.
func (e *Engine) SettlerIdle() time.Duration { return e.reconciler.pulse.since(e.Now()) }

// Settles returns nil while this process settles what is due, and Unavailable
// when its settler has not got on for longer than any look may take.
func (e *Engine) Settles() error {
	idle := e.SettlerIdle()
	if idle <= e.ReadWithin+2*deadline.Grace+storeSlack {
		return nil
	}
	return fault.New(fault.Unavailable, "the settling of orders has not got on for %s", idle.Round(time.Second)).
		WithHint("see what the log says of the store and of the exchange, and start didops again")
}
