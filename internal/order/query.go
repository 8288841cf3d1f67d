package order

import (
	"context"
	"errors"
	"fmt"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/request"
	"didops/internal/view"
)

// Order implements [Service].
func (e *Engine) Order(ctx context.Context, id string, by identity.Caller, wait time.Duration) (Order, error) {
	r, err := e.record(ctx, id, by)
	if err != nil {
		return Order{}, err
	}
	if r, err = e.refreshed(ctx, r, by); err != nil {
		return Order{}, err
	}
	if wait > 0 && !r.State().Rests() {
		e.reconcileSoon()
		// Who does not wait any more is told what was known.
		asked := len(r.Talk)
		rests := func(now Record) bool {
			return now.State().Rests() || len(now.Talk) > asked && now.openQuestion() != nil
		}
		if r, err = e.await(ctx, r, e.Now().Add(wait), rests); err != nil && ctx.Err() == nil {
			return Order{}, err
		}
	}
	e.learnPlaces(ctx)
	return e.view(r, by.Frontend.Outside()), nil
}

// refreshed does what is due for an order, so that what is shown is true: it
// ends one that is out of time, and looks for the lines whose outcome is open
// or may still turn out to be another. Without an order that needs it nothing
// is done. A store that can be read and not written, as on a full disk, keeps
// nobody from reading: what is out of time is shown so.
func (e *Engine) refreshed(ctx context.Context, r Record, by identity.Caller) (Record, error) {
	now := e.Now()
	if _, ahead := r.Bounded(now, e.claims()); ahead {
		if err := e.unwritten(e.bound(ctx, r.ID)); err != nil {
			return r, err
		}
	}
	due := r.Phase == PhasePending && !now.Before(r.Expires) || r.Silent(now)
	asked := false
	for _, l := range r.Lines {
		looked := !l.NextLook.IsZero()
		due = due || looked && !l.NextLook.After(now)
		asked = asked || looked && by.Frontend.Looks()
	}
	if !due && !asked {
		return r, nil
	}
	if asked {
		if err := e.unwritten(e.lookNow(ctx, r.ID)); err != nil {
			return r, err
		}
	}
	e.attend(ctx, r.ID)
	r, err := e.record(ctx, r.ID, by)
	return e.asOf(r), err
}

// unwritten drops the error of a store that could not be written, which is no
// reason not to read it.
func (e *Engine) unwritten(err error) error {
	if fault.CodeOf(err) != fault.Unavailable {
		return err
	}
	e.Log.Warn().Err(err).Msg("the store can be read at most: what is due was not done")
	return nil
}

// asOf is the record as it is at the moment, where that could not be kept: out
// of time, or out of the hands of a process that has ended.
func (e *Engine) asOf(r Record) Record {
	now := e.now()
	for _, event := range []Event{Expire{At: now}, Interrupt{At: now}} {
		if next, err := Next(r, event); err == nil {
			return next
		}
	}
	return r
}

// lookNow makes the lines of an order that are still looked at due: a person
// who looks at it wants to know how it stands, and where no other process runs
// nobody else looks.
func (e *Engine) lookNow(ctx context.Context, id string) error {
	return e.write(ctx, func(tx Tx) error {
		r, err := tx.Order(id)
		if errors.Is(err, ErrNone) {
			return e.noOrder(id, identity.Caller{})
		}
		if err != nil {
			return err
		}
		next, now := r.Clone(), e.now()
		for i := range next.Lines {
			if l := &next.Lines[i]; l.NextLook.After(now) {
				l.NextLook = now
			}
		}
		return tx.Save(next)
	})
}

// mostListed is how many orders are searched for those of one person.
const mostListed = 1000

// Orders implements [Service].
func (e *Engine) Orders(ctx context.Context, by identity.Caller, state string, limit int) ([]Order, error) {
	f := Filter{Exchange: e.Exchange, State: State(state), Limit: limit}
	if ownOnly(by.Principal) {
		f.Limit = mostListed // those of others are left out below
		if identity.RealmOf(by.Principal.Realm).Sees == identity.SeesOwn || e.Policy().person(partyOf(by.Principal)) == "" {
			f.Requester = by.Principal.String()
		}
	}
	swept := e.sweep(ctx)
	if err := e.unwritten(swept); err != nil {
		return nil, err
	}
	e.learnPlaces(ctx)
	if swept != nil { // the store finds by states that are not kept up
		f.State, f.Limit = "", mostListed
	}
	list := []Order{}
	err := e.read(ctx, func(tx Tx) error {
		records, err := tx.Orders(f)
		for _, r := range records {
			if o := e.view(e.asOf(r), by.Frontend.Outside()); e.sees(by, r) && len(list) < limit && (state == "" || o.State == State(state)) {
				list = append(list, o)
			}
		}
		return err
	})
	return list, err
}

// await waits until the order is as wanted, until a moment, until ctx
// ends, or until this engine leaves and does not carry out the order itself,
// and returns the order as it is then. Where it could not be read at the end,
// it is returned as it was read last, with the error.
func (e *Engine) await(ctx context.Context, r Record, until time.Time, wanted func(Record) bool) (Record, error) {
	leave := e.changes.join() //nolint:contextcheck // one look-out serves all who wait
	defer leave()
	var changed <-chan struct{}
	var unread error
	for news := true; ; {
		if news {
			changed = e.changes.next(r.ID)
		}
		now := e.Now()
		over := !now.Before(until) || ctx.Err() != nil
		if news || over || r.Phase == PhasePending && !now.Before(r.Expires) {
			var latest Record
			if latest, unread = e.current(ctx, r.ID); unread == nil {
				r, news = latest, false
			}
			over = over || fault.CodeOf(unread) == fault.NotFound
		}
		leaving := e.leavingFrom(r)
		if over || wanted(r) || ended(leaving) {
			return r, unread
		}
		e.progress(ctx, r)
		news = doze(ctx, r.upTo(until).Sub(now), changed, leaving) || news
	}
}

// upTo returns when the order may change by itself, at the latest a moment.
func (r Record) upTo(moment time.Time) time.Time {
	if r.Phase == PhasePending && r.Expires.Before(moment) {
		return r.Expires
	}
	return moment
}

// leavingFrom returns what is closed when who waits for the order is to be
// told how it stands: never, while this engine carries it out.
func (e *Engine) leavingFrom(r Record) <-chan struct{} {
	if r.Phase == PhaseExecuting && r.Runner == e.id {
		return nil
	}
	return e.leaving.Done()
}

func ended(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// doze waits for a while, at most a second because clocks may be set and time
// tells progress, for a signal or for the end of ctx. It reports whether it
// was a signal.
func doze(ctx context.Context, rest time.Duration, changed, leaving <-chan struct{}) bool {
	timer := time.NewTimer(min(rest, time.Second))
	defer timer.Stop()
	select {
	case <-changed:
		return true
	case <-leaving:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// current reads an order, which expires by being looked at too late. One that
// is not there any more, or whose store is not, is an error.
func (e *Engine) current(ctx context.Context, id string) (Record, error) {
	var r Record
	err := e.reading(ctx, theOrder(id), func(tx Tx) error {
		var err error
		r, err = tx.Order(id)
		return err
	})
	if errors.Is(err, ErrNone) {
		return r, e.noOrder(id, identity.Caller{})
	}
	if err == nil && r.Phase == PhasePending && !e.Now().Before(r.Expires) {
		read := r
		failed := e.write(ctx, func(tx Tx) error {
			var err error
			r, err = e.expire(tx, id, e.now())
			return err
		})
		err = e.unwritten(failed)
		if failed != nil || r.Phase == PhasePending {
			r = e.asOf(read)
		}
	}
	return r, err
}

// progress tells a caller that waits how far the order is.
func (e *Engine) progress(ctx context.Context, r Record) {
	done, not := 0, 0
	for _, l := range r.Lines {
		switch {
		case l.State == LineDone:
			done++
		case !l.open():
			not++
		}
	}
	p := request.Progress{Done: int(e.Now().Sub(r.Created) / time.Second)}
	switch r.State() {
	case Pending:
		p.Text = "waiting for a person to decide " + r.ID
	case Unknown:
		p.Text = "looking for what became of " + r.ID
	default:
		p.Text = fmt.Sprintf("%s: %d of %s %s", r.ID, done, view.Plural(len(r.Lines), "number"), e.past(r))
		if not > 0 {
			p.Text += fmt.Sprintf(", %d not", not)
		}
	}
	request.Report(ctx, p)
}
