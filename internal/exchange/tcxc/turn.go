package tcxc

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"didops/internal/deadline"
	"didops/internal/request"
)

// turns is the rate limit: a token bucket for what somebody waits for, and a
// bucket of one for what is read in the background ([request.Background]), into
// which goes what runs over (RFC 2697 calls it the excess burst).
//
// So all that somebody waits for goes as if there was no background, and
// together they are never more than the rate and the two buckets let go. One
// request of the background goes at a time, and none sooner than its share of
// the rate allows, however many wait.
type turns struct {
	limit *rate.Limiter
	share *rate.Limiter
	turn  chan struct{} // held by the request of the background that is next

	mu    sync.Mutex
	since time.Time // until when the buckets are reckoned
	had   float64   // tokens of limit then
	spare float64   // tokens that have run over, at most one
}

// leastPause is how long a request of the background sleeps at least before it
// looks again: the figures of a bucket are not exact.
const leastPause = time.Millisecond

func newTurns(perSecond, share float64) *turns {
	t := &turns{turn: make(chan struct{}, 1), limit: rate.NewLimiter(rate.Inf, 1), share: rate.NewLimiter(rate.Inf, 1)}
	if perSecond > 0 {
		t.limit = rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond)))
		t.share = rate.NewLimiter(rate.Limit(perSecond*share), 1)
	}
	t.had = float64(t.limit.Burst())
	return t
}

// wait blocks until one more request may go, or returns the context's error.
func (t *turns) wait(ctx context.Context) error {
	if request.InBackground(ctx) {
		return t.behind(ctx)
	}
	mine, pause := t.reserve()
	if !deadline.Allows(ctx, pause) {
		t.undo(mine)
		<-ctx.Done()
		return ctx.Err()
	}
	if err := sleep(ctx, pause); err != nil {
		t.undo(mine)
		return err
	}
	return nil
}

// reserve takes a token of those that somebody waits for, and returns how long
// it takes until it is there.
func (t *turns) reserve() (*rate.Reservation, time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.reckon()
	mine := t.limit.ReserveN(now, 1)
	t.had = t.limit.TokensAt(now)
	return mine, mine.DelayFrom(now)
}

func (t *turns) undo(mine *rate.Reservation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.reckon()
	mine.CancelAt(now)
	t.had = t.limit.TokensAt(now)
}

// reckon counts what has run over until now, which it returns.
func (t *turns) reckon() time.Time {
	now := time.Now() //nolint:forbidigo // as the limiters have it
	if !t.since.IsZero() {
		over := t.had + float64(t.limit.Limit())*now.Sub(t.since).Seconds() - float64(t.limit.Burst())
		t.spare = min(1, t.spare+max(0, over))
	}
	t.since, t.had = now, t.limit.TokensAt(now)
	return now
}

// behind blocks until a request of the background may go.
func (t *turns) behind(ctx context.Context) error {
	if err := t.take(ctx); err != nil {
		return err
	}
	defer t.give()
	for {
		pause := t.leftOver()
		if pause == 0 {
			return ctx.Err()
		}
		if err := sleep(ctx, max(pause, leastPause)); err != nil {
			return err
		}
	}
}

// leftOver takes what a request of the background needs, or returns how long it
// takes until that is there, if nobody comes.
func (t *turns) leftOver() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.reckon()
	if t.limit.Limit() == rate.Inf {
		return 0
	}
	if t.spare < 1 {
		lacks := float64(t.limit.Burst()) - t.had + 1 - t.spare
		return max(leastPause, time.Duration(lacks/float64(t.limit.Limit())*float64(time.Second)))
	}
	own := t.share.ReserveN(now, 1)
	if pause := own.DelayFrom(now); pause > 0 {
		own.CancelAt(now)
		return pause
	}
	t.spare--
	return 0
}

// rest lets some time pass. In the background nothing else goes meanwhile: the
// exchange has asked for less, or can't.
func (t *turns) rest(ctx context.Context, pause time.Duration) error {
	if request.InBackground(ctx) {
		if err := t.take(ctx); err != nil {
			return err
		}
		defer t.give()
	}
	return sleep(ctx, pause)
}

func (t *turns) take(ctx context.Context) error {
	select {
	case t.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *turns) give() { <-t.turn }

// sleep returns after a time, or with the error of the context.
func sleep(ctx context.Context, long time.Duration) error {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
