package chat

import (
	"context"
	"sync"
	"time"

	"didops/internal/order"
)

// follow shows what becomes of an order while its execution goes on, on the
// message that the control is on, until the function that it returns is
// called. When that returns, nothing more is shown.
func (t *session) follow(ctx context.Context, id string) (stop func()) {
	waiting, cancel := context.WithCancel(ctx)
	var following sync.WaitGroup
	following.Go(func() {
		_ = t.boundary().Guard(ctx, "a decision", func() error {
			t.watch(ctx, waiting, id)
			return nil
		})
	})
	return func() {
		cancel()
		following.Wait()
	}
}

// watch shows every state in which the order is being carried out, now and
// then. What is on its way when waiting ends is not cut off: it would arrive
// behind the last word.
func (t *session) watch(ctx, waiting context.Context, id string) {
	shown := int64(0)
	for waiting.Err() == nil {
		seen, _, err := t.c.Feed.Head(waiting)
		if err != nil {
			return // the last word comes all the same
		}
		c, err := t.c.Feed.Card(waiting, id)
		if err != nil {
			return
		}
		if c.Order.State == order.Executing && c.Entry > shown {
			shown = c.Entry
			t.showCard(ctx, c)
			rest(waiting, again)
		}
		t.c.Feed.Changed(waiting, seen)
	}
}

// showCard puts a card in place of the message that the control is on. Others
// may have written it meanwhile, or what was written may arrive late, so the
// loop writes it once more.
func (t *session) showCard(ctx context.Context, c order.Card) {
	if t.request.Private {
		t.show(ctx, t.orderMessage(c.Order, c.Question, false))
		return
	}
	t.show(ctx, t.card(c))
	if err := t.c.Feed.Doubt(ctx, c.Order.ID); err != nil {
		t.c.Log.Warn().Ctx(ctx).Err(err).Str("order", c.Order.ID).Msg(t.c.Realm + ": a card could not be marked")
	}
	t.poke()
}

// rest waits for a time, or until ctx ends.
func rest(ctx context.Context, long time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	<-ctx.Done()
}
