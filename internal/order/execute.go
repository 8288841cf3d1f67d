package order

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"didops/internal/failpoint"
	"didops/internal/fault"
	"didops/internal/request"
)

// insistEvery is how long to wait before a journal that could not be written
// is tried again.
const persistEvery = time.Second

// reconcileWait is how long whoever decided waits for what stays unknown to be
// settled: for the earliest moment at which three looks can agree.
func (e *Engine) reconcileWait() time.Duration { return e.SendWithin + looksApart + 2*firstPause }

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
		if over {
			longest := time.Duration(len(r.Lines)+1) * maxTries * (e.ReadWithin + 2*e.SendWithin)
			r = e.await(ctx, r, e.Now().Add(longest), func(s State) bool { return s != Executing })
			return e.await(ctx, r, e.Now().Add(e.reconcileWait()), State.Settled)
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
		defer close(x.done)
		ctx := request.WithID(context.WithoutCancel(e.life), requestID)
		var err error
		for n := 0; err == nil && n < len(r.Lines); n++ {
			var stop bool
			if stop, err = x.line(ctx, r, n); stop && err == nil {
				err = x.skip(ctx, r, n+1)
				break
			}
		}
		if err != nil {
			// The record says what was sent; whoever looks next reconciles it.
			e.Log.Error().Ctx(ctx).Err(err).Str("order", r.ID).Msg("an order could not be carried on with")
		}
		if err != nil || !x.record().State().Settled() {
			e.reconcileSoon()
		}
	})
	return x
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

// line carries out one line and says whether the others are better left
// alone. An error is one of the journal.
func (x *execution) line(ctx context.Context, r Record, n int) (stop bool, err error) {
	handler, err := x.handler(r.Tool)
	if err != nil {
		return true, err
	}
	for try := 1; ; try++ {
		ready, stop, err := x.ready(ctx, handler, r, n)
		if !ready || err != nil {
			return stop, err
		}
		sent, a, err := x.attempt(ctx, handler, r, n)
		if err != nil || a.State != LineWaiting {
			return err != nil || a.State == LineUnknown || a.stop, err
		}
		if err := x.pause(ctx, r.ID, restFor(sent, try)); err != nil {
			return true, err
		}
	}
}

// attempt sends a line once and records what became of it: waiting where it
// may be tried again.
func (x *execution) attempt(ctx context.Context, handler *Handler, r Record, n int) (sent error, a Answer, err error) {
	deadline, try, err := x.send(ctx, r.ID, n)
	if errors.Is(err, errTooLate) {
		a = Answer{Line: n, State: LineFailed, Message: "turned away, and the order expired before it could be tried again", stop: true}
		return nil, a, x.answer(ctx, r.ID, a, turnedAway)
	}
	if err != nil {
		return nil, a, err
	}
	sent = x.transmit(ctx, handler, r.Quote.Lines[n], deadline)
	a = x.judge(ctx, handler, r.Quote.Lines[n], sent)
	a.Line = n
	if a.State != LineWaiting || x.mayRepeat(r, sent, try) {
		return sent, a, x.answer(ctx, r.ID, a, string(a.State))
	}
	a.State, a.Message, a.stop = LineFailed, "turned away, and nothing was done: "+a.Message, true
	return sent, a, x.answer(ctx, r.ID, a, turnedAway)
}

// turnedAway is the event of a line that was sent, with an answer that proves
// that nothing was done, and is not sent any more.
const turnedAway = "turned away"

// mayRepeat reports whether a line whose answer proved that nothing was done
// is tried again: not for ever, not after the order's end, and not with
// credentials that were just refused.
func (x *execution) mayRepeat(r Record, sent error, try int) bool {
	return try < maxTries && fault.CodeOf(sent) != fault.Unauthorized && x.Now().Add(restFor(sent, try)).Before(r.Expires)
}

// ready reads a line's facts again and reports whether it may be sent: what is
// worse than what was approved, or over a limit, is not.
func (x *execution) ready(ctx context.Context, handler *Handler, r Record, n int) (ready, stop bool, err error) {
	quoted := r.Quote.Lines[n]
	failpoint.Here("again")
	reading, cancel := context.WithTimeout(ctx, x.ReadWithin)
	now, err := handler.Requote(reading, quoted)
	cancel()
	failpoint.Here("read again")
	a := Answer{Line: n}
	if err != nil {
		a.State = LineFailed
		a.Message = "nothing was sent, because it could not be read again: " + words(err)
		return false, true, x.answer(ctx, r.ID, a, "not read again")
	}
	if differences := quoted.Differences(now); len(differences) > 0 {
		a.State, a.Message, a.Changed = LineChanged, "nothing was sent: it is not what was approved any more", Changes{}
		if now.Gone != "" {
			a.Message = "nothing was sent: " + now.Gone
		}
		for _, d := range differences {
			if d.Now == d.Quoted {
				d.Now += " (another secret)" // which is shown on neither side
			}
			a.Changed[d.Field] = [2]*string{said(d.Quoted), said(d.Now)}
		}
		return false, false, x.answer(ctx, r.ID, a, "changed")
	}
	if err := x.Policy().line(now, r.Risk, r.Currency); err != nil {
		a.State, a.Message = LineFailed, "nothing was sent: "+words(err)
		return false, false, x.answer(ctx, r.ID, a, "over a limit")
	}
	return true, false, nil
}

// said returns nil for what is not stated.
func said(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// errTooLate says that a line may not be tried once more, because its order
// has expired meanwhile.
var errTooLate = errors.New("too late to try again")

// send writes into the journal that the line is about to be sent. Only when
// that is on disk may it be.
func (x *execution) send(ctx context.Context, id string, n int) (deadline time.Time, try int, err error) {
	err = x.persist(ctx, func(tx Tx, _ int) error {
		r, err := tx.Order(id)
		if err != nil {
			return err
		}
		if err := sealed(tx, r); err != nil {
			return err
		}
		now := x.now()
		if r.Lines[n].Tries > 0 && !now.Before(r.Expires) {
			return errTooLate
		}
		deadline, try = now.Add(x.SendWithin), r.Lines[n].Tries+1
		entry := r.about(n, "sent", now, fmt.Sprintf("try %d", try))
		entry.Line = string(LineSending)
		_, err = x.step(tx, r, Send{Line: n, Runner: x.id, Deadline: deadline, Until: deadline.Add(x.ReadWithin)}, entry)
		return err
	})
	return deadline, try, err
}

// transmit sends the line, once.
func (x *execution) transmit(ctx context.Context, handler *Handler, l Line, deadline time.Time) error {
	// A machine that slept since has been given up on by others: the time of
	// day tells, and not how long the process ran.
	ctx, cancel := context.WithTimeout(ctx, deadline.Sub(x.now()))
	defer cancel()
	failpoint.Here("send")
	err := handler.Send(ctx, l)
	failpoint.Here("answered")
	return err
}

// judge returns what an answer makes of the line. Of one that the exchange
// turned down it is looked up whether it was ours before: a number that is
// "already sold" may have been sold to us.
func (x *execution) judge(ctx context.Context, handler *Handler, l Line, sent error) Answer {
	code := fault.CodeOf(sent)
	switch {
	case sent == nil:
		return Answer{State: LineDone}
	case errors.Is(sent, fault.ErrNothingDone):
		return Answer{State: LineWaiting, Message: words(sent)}
	case code == fault.Refused || code == fault.Invalid:
		ctx, cancel := context.WithTimeout(ctx, x.ReadWithin)
		defer cancel()
		if found, err := handler.Reconcile(ctx, l); err == nil && found.Verdict == Confirmed {
			return Answer{State: LineDone, Message: "the exchange turned it down, but it stands: " + found.Why}
		}
		return Answer{State: LineFailed, Message: words(sent)}
	}
	return Answer{State: LineUnknown, Message: "no answer that can be trusted came; it is looked for in the lists"}
}

// answer writes into the journal what became of a line.
func (x *execution) answer(ctx context.Context, id string, a Answer, event string) error {
	failpoint.Here("journal " + string(a.State))
	var r Record
	err := x.persist(ctx, func(tx Tx, attempt int) error {
		before, err := tx.Order(id)
		if err != nil {
			return err
		}
		if attempt > 1 && before.Lines[a.Line].State == a.State {
			r = before // it was kept, and nobody could say so
			return nil
		}
		a.Runner, a.At = x.id, x.now()
		a.Until = a.At.Add(x.ReadWithin + x.SendWithin)
		entry := before.about(a.Line, event, a.At, a.Message)
		entry.Line = string(a.State)
		r, err = x.step(tx, before, a, entry)
		return err
	})
	if err != nil {
		return err
	}
	x.changed(r)
	x.log(ctx, r).Info().Str("line", shown(r.Quote.Lines[a.Line].Number)).Str("outcome", string(a.State)).Msg("a line was carried out or not")
	return nil
}

// persist writes into the journal of an order that is carried out. A store that
// can't be reached, or does not say whether it kept what was written, is asked
// again for as long as other processes leave the order to this one; fn must
// read first how things stand.
func (e *Engine) persist(ctx context.Context, fn func(tx Tx, attempt int) error) error {
	until := e.Now().Add(e.ReadWithin)
	for attempt := 1; ; attempt++ {
		err := e.write(ctx, func(tx Tx) error { return fn(tx, attempt) })
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
