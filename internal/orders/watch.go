package orders

import (
	"context"
	"sync"
	"time"
)

// lookEvery is how soon a change that another process made is seen.
const lookEvery = 200 * time.Millisecond

// watch wakes whoever waits for a change of the store: at once for changes of
// this process, soon for those of others. One goroutine looks for all, and
// only while somebody waits. It is safe for concurrent use.
type watch struct {
	store Store
	life  context.Context //nolint:containedctx // the life of the engine, which no call has

	mu      sync.Mutex
	changed chan struct{} // closed at the next change
	waiting int
	stop    context.CancelFunc // of the goroutine that looks; nil: there is none
}

func newWatch(s Store, life context.Context) *watch {
	return &watch{store: s, life: life, changed: make(chan struct{})}
}

// tell wakes everybody.
func (w *watch) tell() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.changed)
	w.changed = make(chan struct{})
}

// join begins to look for changes that other processes make, until the
// function that it returns is called.
func (w *watch) join() (leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting++
	if w.stop == nil {
		ctx, stop := context.WithCancel(w.life)
		w.stop = stop
		go w.look(ctx)
	}
	return sync.OnceFunc(w.leave)
}

func (w *watch) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting--; w.waiting == 0 {
		w.stop()
		w.stop = nil
	}
}

// next returns a channel that is closed at the next change. It must be asked
// for before what may change is read.
func (w *watch) next() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed
}

// look asks the store for its latest entry until nobody waits. What was
// changed before it looked first is told as well.
func (w *watch) look(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	last, known := int64(0), false
	for {
		if head, err := w.store.Head(ctx); err == nil { // whoever waits meets the error when it reads
			if !known || head != last {
				w.tell()
			}
			last, known = head, true
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
