package deadline

import (
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ErrUnread is the error of what an output threw away because nobody read it.
var ErrUnread = errors.New("nobody reads what is written")

// Writer writes to another writer that may never come back, such as a pipe that
// nobody reads. Until it is bounded it is as patient as the other. From then on
// a Write that takes longer, one that is under way included, is left behind,
// and as long as it has not ended what else is written is thrown away: nobody
// would read it.
//
// Of a log ([NewWriter]) what is thrown away counts as written, so that nobody
// tries again or complains in the same place. Of an output ([NewOutput]) it is
// an error, [ErrUnread], and so is everything after it: a result with a hole
// would be a wrong one. Safe for concurrent use.
type Writer struct {
	to     io.Writer
	output bool

	bounded chan struct{} // is closed once there is a bound
	once    sync.Once
	bound   time.Duration // set before that

	mu   sync.Mutex
	left <-chan written // the Write that was left behind; nil = none
	lost atomic.Bool    // something was thrown away
}

type written struct {
	n   int
	err error
}

// NewWriter returns a Writer for a log that is not bounded yet.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to, bounded: make(chan struct{})} }

// NewOutput returns a Writer for results that is not bounded yet.
func NewOutput(to io.Writer) *Writer {
	w := NewWriter(to)
	w.output = true
	return w
}

// Bound bounds every Write that is under way, from now on, and every later one.
// Only the first call counts.
func (w *Writer) Bound(d time.Duration) {
	w.once.Do(func() {
		w.bound = d
		close(w.bounded)
	})
}

// Unwrap returns the writer that is written to, for whom has bounds of its own.
func (w *Writer) Unwrap() io.Writer { return w.to }

// Lost reports whether something was thrown away.
func (w *Writer) Lost() bool { return w.lost.Load() }

func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.output && w.lost.Load() {
		return w.thrown(p)
	}
	if w.left != nil {
		select {
		case <-w.left:
			w.left = nil
		default:
			return w.thrown(p)
		}
	}
	text, ended := slices.Clone(p), make(chan written, 1)
	go func() {
		n, err := w.to.Write(text)
		ended <- written{n, err}
	}()
	select {
	case done := <-ended:
		return done.n, done.err
	case <-w.bounded:
	}
	timer := time.NewTimer(w.bound)
	defer timer.Stop()
	select {
	case done := <-ended:
		return done.n, done.err
	case <-timer.C:
		w.left = ended
		return w.thrown(p)
	}
}

// thrown is the answer to a Write of what is not written.
func (w *Writer) thrown(p []byte) (int, error) {
	w.lost.Store(true)
	if w.output {
		return 0, ErrUnread
	}
	return len(p), nil
}
