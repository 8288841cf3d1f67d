package usage

import (
	"context"
	"time"

	"didops/internal/inventory"
)

// Held reads a day, and returns of how many numbers anything is held then, and how
// many records there were.
func (c *Collector) Held(ctx context.Context, begins time.Time, own ...inventory.Number) (numbers, rows int, err error) {
	d, sum := newDay(begins), newTally(own, inventory.Histories{})
	if _, err := c.history(ctx, sum, d, c.c.Histories.Calls, d.calls, begins.Add(oneDay)); err != nil {
		return 0, 0, err
	}
	_, err = c.history(ctx, sum, d, c.c.Histories.Messages, d.messages, begins.Add(oneDay))
	return len(d.calls) + len(d.messages), d.rows, err
}
