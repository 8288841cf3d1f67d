package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/lease"
	"didops/internal/webhook"
)

const (
	// atOnce is how many subjects a receiver is told of at a time.
	atOnce = 8
	// grace is how long a try may go on when the process is told to end.
	grace = 5 * time.Second
	// noteWithin is how long it may take to keep what came of it then.
	noteWithin = 5 * time.Second
)

// worker tells one target what happens. It is used by one goroutine.
type worker struct {
	*Service
	target Target
	mark   int64 // what was taken over, as far as is known
	head   int64 // what there was
	seen   time.Time
}

// news waits for something to take over.
func (w *worker) news(ctx context.Context) { w.c.Changed(ctx, w.mark) }

// step takes over what there is, makes one round of tries, and says when there
// is more to do.
func (w *worker) step(ctx context.Context) (time.Duration, error) {
	closed, more, err := w.take(ctx)
	if err != nil || closed {
		return idle, err
	}
	now := w.now()
	list, events, err := w.due(ctx, now)
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		if more {
			return 0, nil
		}
		return w.quiet(ctx, now)
	}
	return 0, w.round(ctx, list, events)
}

// take takes over what there is, if there may be something, and says now and
// then that somebody is at it.
func (w *worker) take(ctx context.Context) (closed, more bool, err error) {
	if w.head, err = w.c.Head(ctx); err != nil {
		return false, false, err
	}
	now := w.now()
	if age := now.Sub(w.seen); w.head > w.mark || age < 0 || age >= idle {
		r, more, err := w.takeOver(ctx, &w.target)
		if err == nil {
			w.mark, w.seen = r.Mark, now
		}
		return !r.Closed.IsZero(), more, err
	}
	err = w.c.Store.Read(ctx, func(tx Tx) error {
		r, err := tx.Receiver(w.c.Exchange, w.target.Name)
		closed = !r.Closed.IsZero()
		return err
	})
	return closed, false, err
}

// event is what is sent of a delivery.
type event struct {
	id   string
	body []byte
}

// due returns what may be tried now, with what is sent of it.
func (w *worker) due(ctx context.Context, now time.Time) (list []Delivery, events []event, err error) {
	err = w.c.Store.Read(ctx, func(tx Tx) error {
		var err error
		list, err = tx.Due(w.c.Exchange, w.target.Name, now, now.Add(longest+webhook.LongWait), atOnce)
		events = nil
		for _, d := range list {
			k, err := tx.Since(d.Seq-1, 1)
			if err != nil {
				return err
			}
			if len(k) == 0 || k[0].Seq != d.Seq {
				return fault.New(fault.Unavailable, "the trail lacks entry %d, which is to be told", d.Seq).WithHint("didops audit verify says what else is wrong with it")
			}
			e, err := read(k[0])
			if err != nil {
				return err
			}
			body, err := w.body(tx, k[0], e)
			if err != nil {
				return err
			}
			events = append(events, event{ID(k[0].Hash), body})
		}
		return err
	})
	return list, events, err
}

// body is what is sent of an entry. One about a whole order has the numbers of
// that, which never change.
func (w *worker) body(tx Tx, k audit.Kept, e audit.Entry) ([]byte, error) {
	made := eventOf(k, w.c.Told(e), w.c.Sandbox)
	if e.Order != "" && e.Number == "" {
		numbers, err := tx.Numbers(e.Order)
		if err != nil {
			return nil, err
		}
		for _, digits := range numbers[:min(len(numbers), mostListed)] {
			if digits != "" && digits[0] >= '0' && digits[0] <= '9' { // else it is about something that has a name
				made.Data.Numbers = append(made.Data.Numbers, "+"+digits)
			}
		}
	}
	body, err := json.Marshal(made)
	if err != nil {
		return nil, fmt.Errorf("write the event of audit entry %d: %w", k.Seq, err)
	}
	return body, nil
}

// quiet says how long nothing is to be done, unless there are news.
func (w *worker) quiet(ctx context.Context, now time.Time) (time.Duration, error) {
	var next time.Time
	err := w.c.Store.Read(ctx, func(tx Tx) error {
		var err error
		next, err = tx.Next(w.c.Exchange, w.target.Name)
		return err
	})
	if err != nil || next.IsZero() {
		return idle, err
	}
	return min(idle, max(next.Sub(now), 0)), nil
}

// round tries deliveries side by side. One that is under way when the process
// is told to end has a moment to come to its end; when the lease is lost it has
// none.
func (w *worker) round(ctx context.Context, list []Delivery, events []event) error {
	within, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		if errors.Is(context.Cause(ctx), lease.ErrLost) {
			cancel()
			return
		}
		time.AfterFunc(grace, cancel)
	})
	defer stop()
	errs := make([]error, len(list))
	var all sync.WaitGroup
	for i := range list {
		all.Go(func() { errs[i] = w.try(within, list[i], events[i]) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// try sends one event, and notes what came of it. What was given up in the
// middle is not noted: it is tried again.
func (w *worker) try(ctx context.Context, d Delivery, e event) error {
	got := w.target.Client.Send(ctx, e.id, e.body)
	if ctx.Err() != nil && got.Kind != webhook.Delivered {
		return nil
	}
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancel()
	kept, err := w.note(noting, d, got)
	if err == nil && kept {
		w.tell(ctx, d, got)
	}
	return err
}

// note keeps what came of a try, unless another process has noted one since.
func (w *worker) note(ctx context.Context, d Delivery, got webhook.Result) (kept bool, err error) {
	err = w.c.Store.Write(ctx, func(tx Tx) error {
		now := w.now()
		tries := d.Tries
		next := after(d, got, now, w.c.Jitter())
		if kept, err = tx.SaveDelivery(next, tries); err != nil || !kept {
			return err
		}
		r, err := tx.Receiver(w.c.Exchange, w.target.Name)
		if err != nil {
			return present(err)
		}
		switch {
		case got.Kind == webhook.Delivered:
			r.Told, r.Failing, r.Note = now, time.Time{}, ""
		case r.Failing.IsZero():
			r.Failing = now
		}
		if got.Kind != webhook.Delivered {
			r.Note = got.Why
		}
		if got.Kind == webhook.Gone {
			r.Closed = now
		}
		return tx.SaveReceiver(r)
	})
	return kept, err
}

// after is a delivery after a try.
func after(d Delivery, got webhook.Result, now time.Time, jitter float64) Delivery {
	d.Tries++
	d.Note = got.Why
	last := d.Made.Add(giveUpAfter)
	switch got.Kind {
	case webhook.Delivered:
		d.Ended, d.Done = now, true
	case webhook.Gone: // it waits until the receiver is opened again
	case webhook.Failed, webhook.Refused: // a name may lead to another address soon
		if !now.Before(last) {
			d.Ended = now
			return d
		}
		d.Due = now.Add(max(pause(d.Tries, jitter), got.Wait))
		if d.Due.After(last) {
			d.Due = last
		}
	}
	return d
}

// tell counts a try, and tells the log of it.
func (w *worker) tell(ctx context.Context, d Delivery, got webhook.Result) {
	t := w.tries[w.target.Name]
	log := w.c.Log.With().Ctx(ctx).Str("webhook", w.target.Name).Int64("entry", d.Seq).Int("try", d.Tries+1).
		Int("status", got.Status).Dur("took", got.Took).Logger()
	ended := after(d, got, w.now(), 0).Ended
	switch {
	case got.Kind == webhook.Delivered:
		t.delivered.Add(1)
		log.Debug().Msg("an event was delivered")
	case !ended.IsZero():
		t.failed.Add(1)
		log.Error().AnErr("error", got.Err).Str("why", got.Why).Msg("an event was not delivered, and is given up")
	default:
		t.retried.Add(1)
		if w.limit.Allow(w.target.Name + " " + got.Why) {
			log.Warn().AnErr("error", got.Err).Str("why", got.Why).Msg("an event was not delivered: it is tried again")
		}
	}
}
