package store

import (
	"sync"

	"didops/internal/order"
)

// mostBodies is how many orders are remembered as they were read or written last.
const mostBodies = 256

// bodies remembers what orders were made of, so that one that a process has just
// written, or read, need not be parsed again: that takes as long as all else that a
// transaction does. It holds what a text means and not what is kept: what is read is
// read, and is only known by its text. What is handed out is a copy; what a copy shares
// (see [order.Record.Clone]) nobody changes. It is safe for concurrent use.
type bodies struct {
	mu   sync.Mutex
	kept map[string]parsed // by order
}

type parsed struct {
	body   string
	record order.Record
}

// of returns what a body means, if it is known.
func (b *bodies) of(id, body string) (order.Record, bool) {
	b.mu.Lock()
	p := b.kept[id]
	b.mu.Unlock()
	if p.body != body || body == "" {
		return order.Record{}, false
	}
	return p.record.Clone(), true
}

// keep remembers what a body means.
func (b *bodies) keep(id, body string, r order.Record) {
	r = r.Clone()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.kept == nil || len(b.kept) >= mostBodies {
		b.kept = map[string]parsed{}
	}
	b.kept[id] = parsed{body, r}
}
