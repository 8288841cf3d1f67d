package deadline

import (
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Writer writes to another writer that may never come back, such as a pipe that
// nobody reads. Once it is bounded, a Write that takes longer is left behind,
// and as long as it has not ended what else is written is thrown away: nobody
// would read it. Thrown away text counts as written, so that nobody tries again
// or complains in the same place. Safe for concurrent use.
type Writer struct {
	to    io.Writer
	bound atomic.Int64 // in nanoseconds; 0 = none
	mu    sync.Mutex
	left  <-chan written // the Write that was left behind; nil = none
}

type written struct {
	n   int
	err error
}

// NewWriter returns a Writer that is not bounded yet.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to} }

// Bound bounds every later Write.
func (w *Writer) Bound(d time.Duration) { w.bound.Store(int64(d)) }

func (w *Writer) Write(p []byte) (int, error) {
	bound := time.Duration(w.bound.Load())
	if bound == 0 {
		return w.to.Write(p) //nolint:wrapcheck // as if it were the other one
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left != nil {
		select {
		case <-w.left:
			w.left = nil
		default:
			return len(p), nil
		}
	}
	text, ended := slices.Clone(p), make(chan written, 1)
	go func() {
		n, err := w.to.Write(text)
		ended <- written{n, err}
	}()
	timer := time.NewTimer(bound)
	defer timer.Stop()
	select {
	case done := <-ended:
		return done.n, done.err
	case <-timer.C:
		w.left = ended
		return len(p), nil
	}
}
