// Package capture collects what a program writes, for tests.
package capture

import (
	"bytes"
	"sync"
)

// Output collects what a program writes. Safe for concurrent use.
type Output struct {
	mu   sync.Mutex
	text bytes.Buffer
	More chan struct{} // of one element, filled when something came; nil = nobody asks
}

// New returns one that tells of more by its channel.
func New() *Output { return &Output{More: make(chan struct{}, 1)} }

func (w *Output) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.More <- struct{}{}:
	default:
	}
	return w.text.Write(p)
}

func (w *Output) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// Bytes returns what was written, as it is now.
func (w *Output) Bytes() []byte { return []byte(w.String()) }

// Len returns how many bytes were written.
func (w *Output) Len() int { return len(w.String()) }

// Reset forgets what was written.
func (w *Output) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Reset()
}
