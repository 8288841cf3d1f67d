package order

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"didops/internal/fault"
	"didops/internal/request"
)

// insistEvery is how long to wait before a journal that could not be written
// is tried again.
const persistEvery = time.Second

// mostWait is how long whoever decided waits at most for what stays unknown to
// be settled: what was carried out mostly shows by then.
const mostWait = 30 * time.Second

// reconcileWait is how long whoever decided waits for that: where it is not
// long, until the earliest moment at which looks that see nothing can agree.
func (e *Engine) reconcileWait() time.Duration {
	if e.SettleAfter > mostWait {
		return mostWait
	}
	return e.SendWithin + max(looksApart, e.SettleAfter) + 2*firstPause
}

// execution is an order that this process carries out, for who waits for it.
// It is safe for concurrent use.
type execution struct {
	*Engine
	done chan struct{} // closed at the end
	news chan struct{} // has room for one word that the order has changed

	mu     sync.Mutex
	latest Record
}

func (x *execution) record() Record {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.latest
}

func (x *execution) changed(r Record) {
	x.mu.Lock()
	x.latest = r
	x.mu.Unlock()
	select {
	case x.news <- struct{}{}:
	default:
	}
}

// outcome waits until an order has been carried out, and where something is
// unknown then, for a first attempt to reconcile it.
func (e *Engine) outcome(ctx context.Context, x *execution) Record {
	for r, over := x.record(), false; ; r = x.record() {
		if over && r.State().Settled() || ctx.Err() != nil {
			return r
		}
		if over && e.blind(r) {
			return r // nothing will show what is not known now
		}
		if over {
			longest := time.Duration(len(r.Lines)+1) * maxTries * (e.ReadWithin + 2*e.SendWithin)
			// What can't be read in the end is as this process left it.
			r, _ = e.await(ctx, r, e.Now().Add(longest), func(r Record) bool { return r.State() != Executing })
			r, _ = e.await(ctx, r, e.Now().Add(e.reconcileWait()), func(r Record) bool { return r.State().Settled() })
			return r
		}
		e.progress(ctx, r)
		timer := time.NewTimer(time.Second)
		select {
		case <-x.done:
			over = true
		case <-x.news:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// execute sends the lines of an order that this process has in hand, in the
// background: neither the end of a request nor a client that hangs up cuts it
// off. It is logged and journaled as the work of the request that decided.
func (e *Engine) execute(requestID string, r Record) *execution {
	x := &execution{Engine: e, done: make(chan struct{}), news: make(chan struct{}, 1), latest: r}
	e.running.Go(func() {
		ctx := request.WithID(context.WithoutCancel(e.life), requestID)
		x.sendAll(ctx, r)
		e.see(ctx, x.record()) // of what was not sent too
	})
	return x
}

// sendAll sends the lines one after the other.
func (x *execution) sendAll(ctx context.Context, r Record) {
	defer close(x.done)
	var err error
	for n := 0; err == nil && n < len(r.Lines); n++ {
		var stop bool
		if stop, err = x.line(r, n).carryOut(ctx); stop && err == nil {
			err = x.skip(ctx, r, n+1)
			break
		}
	}
	if err != nil && !errors.Is(err, errTaken) {
		// The record says what was sent; whoever looks next reconciles it.
		x.Log.Error().Ctx(ctx).Err(err).Str("order", r.ID).Msg("an order could not be carried on with")
	}
	if err != nil || !x.record().State().Settled() {
		x.reconcileSoon()
	}
}

// skip leaves out the lines from n on, because the exchange itself is failing.
func (x *execution) skip(ctx context.Context, r Record, from int) error {
	for n := from; n < len(r.Lines); n++ {
		err := x.answer(ctx, r.ID, Answer{Line: n, State: LineSkipped, Message: "not sent, because the exchange failed before: it can be ordered again"}, "skipped")
		if err != nil {
			return err
		}
	}
	return nil
}

// persist writes into the journal of an order that is carried out. A store that
// can't be reached, or does not say whether it kept what was written, is asked
// again for as long as other processes leave the order to this one; fn must
// read first how things stand.
func (e *Engine) persist(ctx context.Context, foreseen Foresight, fn func(tx Tx, attempt int) error) error {
	until := e.Now().Add(e.ReadWithin)
	for attempt := 1; ; attempt++ {
		err := e.writing(ctx, foreseen, func(tx Tx) error { return fn(tx, attempt) })
		code := fault.CodeOf(err)
		if err == nil || code != fault.Unavailable && code != fault.UnknownOutcome || !e.Now().Before(until) {
			return err
		}
		e.Log.Warn().Err(err).Msg("the journal could not be written; trying again")
		timer := time.NewTimer(persistEvery)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// restFor returns how long to wait before the next try: as long as the
// exchange asks for.
func restFor(sent error, try int) time.Duration {
	if f, ok := fault.As(sent); ok && f.RetryAfter > 0 {
		return f.RetryAfter
	}
	return time.Duration(try) * time.Second
}

// pause waits before the next try, and gives signs of life meanwhile.
func (e *Engine) pause(ctx context.Context, id string, rest time.Duration) error {
	for rest > 0 {
		wait := min(rest, e.SendWithin)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		if rest -= wait; rest > 0 {
			if err := e.alive(ctx, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// alive tells other processes that the order is still in this one's hands.
func (e *Engine) alive(ctx context.Context, id string) error {
	return e.Store.Write(ctx, func(tx Tx) error {
		r, err := tx.Order(id)
		if err != nil {
			return err
		}
		if r.Phase != PhaseExecuting || r.Runner != e.id {
			return fmt.Errorf("order %s was taken out of this process's hands", id)
		}
		r.RunnerUntil = e.now().Add(e.ReadWithin + e.SendWithin)
		return tx.Save(r)
	})
}

// words returns what of an error anybody may read.
func words(err error) string {
	if f, ok := fault.As(err); ok {
		if f.Hint != "" {
			return f.Message + " (" + f.Hint + ")"
		}
		return f.Message
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it took too long"
	}
	return "an internal error, see the log"
}
