package lease

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"
)

// DefaultTerm is for how long a lease is taken unless something else is said.
const DefaultTerm = 30 * time.Second

// ErrLost is in the error of [Runner.Try], and is the cause of the end of its
// work's context, where the lease was lost.
var ErrLost = errors.New("the lease is lost")

// Runner does work while it holds a lease. It asks for the lease again every
// third of the term; a failed renewal is let pass as long as the lease runs,
// and the work is told to end a sixth of the term before it runs out. Every
// call of the store is given up after a third of the term, whether or not the
// store minds the end of its context.
//
// A runner does one work at a time and is safe for concurrent use. Its fields
// are set before it is used.
type Runner struct {
	Store Store         // nil = there is but one process: the lease is always ours
	Name  string        // of the lease; needed
	Term  time.Duration // how long the lease is taken for; 0 = [DefaultTerm]
	Retry time.Duration // how soon a lease that is not ours is asked for again; 0 = a third of Term

	// Holder is who this process is to the store, unlike any other; "" = a
	// random text for each runner.
	Holder string

	// Observe is told of every change, and of every time that the lease could
	// not be had, in order and one at a time. The error is the store's: why it
	// could not be asked, why the lease could not be renewed (nil: another has
	// it), or why it was not given back and runs out by itself. nil = nobody is
	// told.
	Observe func(Status, error)

	busy   sync.Mutex // held while the lease is asked for, or ours
	named  sync.Once
	holder string
}

// Run waits until the lease is ours, does the work, and gives the lease back.
// The work's context ends when the lease is lost; once the work has returned,
// Run waits for the lease again and does the work anew. It returns the error
// of work that ended with the lease still ours or because ctx ended, and nil
// where ctx ends while there is no work.
func (r *Runner) Run(ctx context.Context, work func(context.Context) error) error {
	for ctx.Err() == nil {
		held, err := r.Try(ctx, work)
		switch {
		case errors.Is(err, ErrLost):
			continue
		case held:
			return err
		case ctx.Err() != nil: // what the store said of that is no news
		case err != nil:
			r.tell(Unreachable, err)
		default:
			r.tell(Standby, nil)
		}
		pause(ctx, r.retry())
	}
	return nil
}

// Try does the work if the lease can be had at once, and gives the lease
// back. Not held means that the work was not begun, because the lease is
// another's, this runner is at work, or, with an error, the store could not be
// asked. Otherwise the error is the work's, together with [ErrLost] where the
// lease was lost before the work ended. The lease is given back after the end
// of ctx and after a panic too, which takes two thirds of the term at most.
func (r *Runner) Try(ctx context.Context, work func(context.Context) error) (held bool, err error) {
	if !r.busy.TryLock() {
		return false, nil
	}
	defer r.busy.Unlock()
	if r.Store == nil {
		r.tell(Held, nil)
		defer r.tell(Released, nil)
		return true, work(ctx)
	}
	r.named.Do(func() { r.holder = cmp.Or(r.Holder, rand.Text()) })
	holding, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	expiry := r.expire(lose)
	mine, err := r.acquire(holding)
	if err != nil || !mine {
		expiry.Stop()
		if err != nil && ctx.Err() != nil { // the store may have given it to us all the same
			_ = r.release(ctx)
		}
		return false, err
	}
	r.tell(Held, nil)
	var renewing sync.WaitGroup
	renewing.Go(func() { r.renew(holding, lose, expiry) })
	defer func() {
		lose(nil)
		renewing.Wait()
		r.tell(Released, r.release(ctx))
	}()
	err = work(holding)
	if errors.Is(context.Cause(holding), ErrLost) {
		return true, errors.Join(ErrLost, err)
	}
	return true, err
}

// renew keeps the lease on until holding ends, which it sees to where another
// has taken it.
func (r *Runner) renew(holding context.Context, lose context.CancelCauseFunc, expiry *time.Timer) {
	tick := time.NewTicker(r.third())
	defer tick.Stop()
	var failure error
	for {
		select {
		case <-holding.Done():
			expiry.Stop()
			if errors.Is(context.Cause(holding), ErrLost) {
				r.tell(Lost, failure)
			}
			return
		case <-tick.C:
		}
		if holding.Err() != nil {
			continue // both were ready: what was lost is not asked for again
		}
		next := r.expire(lose) // reckoned from before the store is asked, which counts from later
		mine, err := r.acquire(holding)
		switch {
		case err == nil && mine:
			expiry.Stop()
			expiry, failure = next, nil
			continue
		case err == nil:
			failure = nil
			lose(ErrLost)
		case holding.Err() == nil:
			failure = err
		}
		next.Stop()
	}
}

// expire ends the work in time before a lease taken now runs out.
func (r *Runner) expire(lose context.CancelCauseFunc) *time.Timer {
	return time.AfterFunc(r.term()*5/6, func() { lose(ErrLost) })
}

func (r *Runner) acquire(ctx context.Context) (mine bool, err error) {
	mine, err = r.ask(ctx, func(ctx context.Context) (bool, error) {
		return r.Store.Acquire(ctx, r.Name, r.holder, r.term())
	})
	if err != nil {
		return false, fmt.Errorf("ask for the lease %q: %w", r.Name, err)
	}
	return mine, nil
}

// release gives the lease back, after the end of ctx too.
func (r *Runner) release(ctx context.Context) error {
	_, err := r.ask(context.WithoutCancel(ctx), func(ctx context.Context) (bool, error) {
		return false, r.Store.Release(ctx, r.Name, r.holder)
	})
	if err != nil {
		return fmt.Errorf("give back the lease %q: %w", r.Name, err)
	}
	return nil
}

// ask bounds a call of the store. It does not return with ctx but with the
// call: an asking that is still under way would take the lease back after it
// was released.
func (r *Runner) ask(ctx context.Context, call func(context.Context) (bool, error)) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, r.third())
	defer cancel()
	type answer struct {
		mine bool
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		mine, err := call(ctx)
		answers <- answer{mine, err}
	}()
	late := time.NewTimer(r.third())
	defer late.Stop()
	select {
	case a := <-answers:
		return a.mine, a.err
	case <-late.C:
		return false, errors.New("the store does not answer")
	}
}

func (r *Runner) tell(s Status, err error) {
	if r.Observe != nil {
		r.Observe(s, err)
	}
}

func (r *Runner) term() time.Duration {
	if r.Term <= 0 {
		return DefaultTerm
	}
	return r.Term
}

func (r *Runner) third() time.Duration { return r.term() / 3 }

func (r *Runner) retry() time.Duration {
	if r.Retry <= 0 {
		return r.third()
	}
	return r.Retry
}

// pause returns after a time, or when ctx ends.
func pause(ctx context.Context, long time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	<-ctx.Done()
}
