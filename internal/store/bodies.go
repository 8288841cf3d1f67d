package store

import (
	"slices"
	"sync"

	"didops/internal/order"
)

const (
	// mostBodies is how many bytes of bodies are remembered at most: what they mean
	// takes some twice that.
	mostBodies = 1 << 20
	// longestBody is how long one may be: most orders have a line or ten, of a kilobyte.
	longestBody = 32 << 10
)

// bodies remembers what orders were made of, so that one that a process has just
// written, or read by its id, need not be parsed again: that takes as long as all else
// that a transaction does. It holds what a text means and not what is kept: what is
// read is read, and is only known by its text. It is safe for concurrent use.
type bodies struct {
	mu   sync.Mutex
	kept map[string]parsed // by order
	size int               // of all bodies, in bytes
}

type parsed struct {
	body   string
	record order.Record
}

// of returns what a body means, if it is known.
func (b *bodies) of(id, body string) (order.Record, bool) {
	b.mu.Lock()
	p, known := b.kept[id]
	b.mu.Unlock()
	if !known || p.body != body {
		return order.Record{}, false
	}
	return own(p.record), true
}

// keep remembers what a body means.
func (b *bodies) keep(id, body string, r order.Record) {
	if len(body) > longestBody {
		return
	}
	r = own(r)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.size += len(body) - len(b.kept[id].body)
	if b.kept == nil || b.size > mostBodies {
		b.kept, b.size = map[string]parsed{}, len(body)
	}
	b.kept[id] = parsed{body, r}
}

// own returns a copy of which whoever gets it may change what orders are changed by,
// and what is quoted.
func own(r order.Record) order.Record {
	r = r.Clone()
	r.Salt, r.Quote.Notices, r.Quote.Lines = slices.Clone(r.Salt), slices.Clone(r.Quote.Notices), slices.Clone(r.Quote.Lines)
	for i, l := range r.Quote.Lines {
		r.Quote.Lines[i].Facts, r.Quote.Lines[i].Terms = slices.Clone(l.Facts), slices.Clone(l.Terms)
	}
	return r
}
