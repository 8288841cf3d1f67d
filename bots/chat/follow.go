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
func (o *owned) follow(ctx context.Context) (stop func()) {
	waiting, cancel := context.WithCancel(ctx)
	var following sync.WaitGroup
	following.Go(func() {
		_ = o.boundary().Guard(ctx, "a decision", func() error {
			o.watch(ctx, waiting)
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
func (o *owned) watch(ctx, waiting context.Context) {
	shown := int64(0)
	for waiting.Err() == nil {
		seen, _, err := o.c.Feed.Head(waiting)
		if err != nil {
			return // the last word comes all the same
		}
		c, err := o.c.Feed.Card(waiting, o.order)
		if err != nil {
			return
		}
		if c.Order.State == order.Executing && c.Entry > shown {
			shown = c.Entry
			if err := o.showCard(ctx, c); err != nil {
				o.leave() // the last word comes all the same
				return
			}
			rest(waiting, again)
		}
		o.c.Feed.Changed(waiting, seen)
	}
}

// showCard puts a card in place of the message that the control is on.
func (t *session) showCard(ctx context.Context, c order.Card) error {
	m := t.card(c)
	if t.request.Private {
		m = t.orderMessage(c.Order, c.Question, false)
	}
	err := t.put(ctx, m)
	t.unshown(ctx, err)
	return err
}

// rest waits for a time, or until ctx ends.
func rest(ctx context.Context, long time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	<-ctx.Done()
}
