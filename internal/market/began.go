package market

import (
	"context"
	"time"
)

// Began returns since when all that a question about the past asks for is known;
// zero where it is not yet.
func (v *View) Began(ctx context.Context, p Past) (time.Time, error) {
	if len(p.Prefixes) == 0 {
		p.Prefixes = []string{""}
	}
	_, since, err := v.seen(ctx, p.Prefixes, question{kind: p.Type})
	return since, err
}
