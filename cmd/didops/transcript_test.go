package main

import (
	"bytes"
	"sync"
)

// transcript collects what a program writes. Safe for concurrent use.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // of one element, filled when something came; nil = nobody asks
}

func newTranscript() *transcript { return &transcript{more: make(chan struct{}, 1)} }

func (w *transcript) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.more <- struct{}{}:
	default:
	}
	return w.text.Write(p)
}

func (w *transcript) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// Bytes returns what was written, as it is now.
func (w *transcript) Bytes() []byte { return []byte(w.String()) }

// Len returns how many bytes were written.
func (w *transcript) Len() int { return len(w.String()) }

// Reset forgets what was written.
func (w *transcript) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Reset()
}
