package order

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"didops/internal/audit"
)

const (
	// pollEvery is how soon a change that another process made is seen where
	// the store does not tell: about as soon as one that does would tell. One
	// goroutine asks for all who wait, and what it asks costs some 50 µs.
	pollEvery = 50 * time.Millisecond

	// lookAnyway is how often the store is asked that tells by itself.
	lookAnyway = 5 * time.Second

	// soonTold is how soon a store that tells of changes tells of one of this
	// process: what it did not tell by then is looked for.
	soonTold = 200 * time.Millisecond

	// listenAgain is how long to wait before a store that stopped telling is
	// listened to again.
	listenAgain = time.Second

	// mostNews is how many entries are read at once to see whom they concern.
	mostNews = 500
)

// notifier wakes whoever waits for a change of the store, and of it only who
// waits for that order: at once for changes of this process, and of others
// where the store tells of them; else soon. One goroutine looks for all, and
// only while somebody waits. It is safe for concurrent use.
type notifier struct {
	store audit.Store
	life  context.Context // the life of the engine, which no call has

	mu      sync.Mutex
	changed map[string]chan struct{} // by order, "" for any: closed at the next change
	waiting int
	poller  *poller // nil: nobody waits
}

// poller is what looks while somebody waits.
type poller struct {
	stop  context.CancelFunc
	kicks chan struct{} // to look now
	told  atomic.Bool   // whether the store tells of changes at the moment
	due   atomic.Bool   // whether it is about to be seen that the store told of a change of this process

	anyway atomic.Bool // to ask the store, whatever it told

	mu    sync.Mutex
	heard []audit.News // that were not looked at yet
}

// hear takes what the store tells.
func (l *poller) hear(n audit.News) {
	l.told.Store(true)
	l.mu.Lock()
	l.heard = append(l.heard, n)
	l.mu.Unlock()
	l.kick()
}

// take returns what was told since it was called last.
func (l *poller) take() []audit.News {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.heard
	l.heard = nil
	return list
}

func (l *poller) kick() {
	select {
	case l.kicks <- struct{}{}:
	default: // it is about to look
	}
}

func newNotifier(s audit.Store, life context.Context) *notifier {
	return &notifier{store: s, life: life, changed: map[string]chan struct{}{}}
}

// wrote wakes who waits for orders that this process has changed, if the store does not
// tell by itself. Where a write has failed, the store is asked what it holds.
func (w *notifier) wrote(err error, orders ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.poller
	switch {
	case l == nil:
	case !l.told.Load() && err == nil:
		if len(orders) > 0 {
			w.wake(orders)
		}
	case !l.told.Load():
		l.kick()
	case l.due.CompareAndSwap(false, true):
		time.AfterFunc(soonTold, func() { l.due.Store(false); l.anyway.Store(true); l.kick() })
	}
}

// join begins to look for changes, until the function that it returns is
// called.
func (w *notifier) join() (leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting++
	if w.poller == nil {
		ctx, stop := context.WithCancel(w.life)
		w.poller = &poller{stop: stop, kicks: make(chan struct{}, 1)}
		go w.look(ctx, w.poller)
		if store, ok := w.store.(audit.Listener); ok {
			go w.poller.listen(ctx, store)
		}
	}
	return sync.OnceFunc(w.leave)
}

func (w *notifier) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting--; w.waiting == 0 {
		w.poller.stop()
		w.poller = nil
		w.changed = map[string]chan struct{}{} // nobody waits for any
	}
}

// next returns a channel that is closed at the next change of an order, or of
// any for "". It must be asked for before what may change is read.
func (w *notifier) next(order string) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.changed[order] == nil {
		w.changed[order] = make(chan struct{})
	}
	return w.changed[order]
}

// tell wakes who waits for one of the orders, or everybody.
func (w *notifier) tell(all bool, orders ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if all {
		for _, c := range w.changed {
			close(c)
		}
		clear(w.changed)
		return
	}
	w.wake(orders)
}

// wake wakes who waits for one of the orders, or for any. Who calls it has mu.
func (w *notifier) wake(orders []string) {
	for _, id := range append(orders, "") {
		if c := w.changed[id]; c != nil {
			close(c)
			delete(w.changed, id)
		}
	}
}

// look asks the store for its latest entries until nobody waits, but for those that
// it is told of one after another. What was changed before it looked first is told as
// well.
func (w *notifier) look(ctx context.Context, l *poller) {
	last := int64(-1)
	for ctx.Err() == nil {
		every := pollEvery
		var known bool
		if last, known = w.follow(last, l.take()); known && !l.anyway.Swap(false) {
			every = lookAnyway // nothing is missing
		} else if head, err := w.store.Head(ctx); err == nil { // whoever waits meets the error when it reads
			if l.told.Load() {
				every = lookAnyway
			}
			if last < 0 || head < last { // it may be another store
				w.tell(true)
				last = head
			}
			for more := head > last; more; {
				last, more = w.news(ctx, last)
			}
		}
		timer := time.NewTimer(every)
		select {
		case <-ctx.Done():
		case <-l.kicks:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// follow wakes whom entries concern that come right after one. It returns the last that
// is known of, and whether there is nothing to look for.
func (w *notifier) follow(last int64, told []audit.News) (int64, bool) {
	known := last >= 0 && len(told) > 0
	for _, n := range told {
		switch {
		case !known || n.Seq == 0 || n.Seq > last+1:
			return last, false
		case n.Seq == last+1:
			last = n.Seq
			w.tell(false, n.Order)
		}
	}
	return last, known
}

// news reads the entries after one and wakes whom they concern. It returns the
// last that it has read, and whether there may be more.
func (w *notifier) news(ctx context.Context, last int64) (int64, bool) {
	var list []audit.Kept
	err := w.store.Read(ctx, func(tx audit.Tx) error {
		var err error
		list, err = tx.Since(last, mostNews)
		return err
	})
	if err != nil || len(list) == 0 {
		return last, false
	}
	var ids []string
	for _, k := range list {
		var e audit.Entry
		if json.Unmarshal([]byte(k.Text), &e) == nil && e.Order != "" {
			ids = append(ids, e.Order)
		}
	}
	w.tell(false, ids...)
	return list[len(list)-1].Seq, len(list) == mostNews
}

// listen has the store tell of changes, for as long as it can.
func (l *poller) listen(ctx context.Context, store audit.Listener) {
	for {
		err := store.Listen(ctx, l.hear)
		l.told.Store(false)
		l.kick()
		if errors.Is(err, errors.ErrUnsupported) {
			return
		}
		timer := time.NewTimer(listenAgain)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}
