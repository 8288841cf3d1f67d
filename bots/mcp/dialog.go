package mcp

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"sync"
)

const (
	// askPrefix begins the id of every request that is sent to a client, so
	// that answers to those are told from answers to mcp-go's.
	askPrefix = "ask-"

	// maxAsked is how many questions a caller may have open at once. Somebody
	// with more of them is not reading them.
	maxAsked = 128
)

// party is who is asked a question: a caller in one of its sessions.
type party struct{ principal, session string }

// dialogs are the questions that clients of the handshake era are being
// asked. An answer is of use only to the party that was asked, and only once.
// It is safe for concurrent use.
type dialogs struct {
	mu   sync.Mutex
	open map[string]dialog // by the id of the request
}

type dialog struct {
	whom   party
	answer chan<- message // has room for the one that it gets
}

// Asking returns how many clients of the handshake era have a dialog open.
func (s *Server) Asking() int {
	s.dialogs.mu.Lock()
	defer s.dialogs.mu.Unlock()
	return len(s.dialogs.open)
}

// begin opens a question and returns the id of the request that asks it and
// where its answer arrives; not ok if the caller has too many open. The
// question must be ended.
func (d *dialogs) begin(whom party) (id string, answer <-chan message, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	open := 0
	for _, other := range d.open {
		if other.whom.principal == whom.principal {
			open++
		}
	}
	if open >= maxAsked {
		return "", nil, false
	}
	id = askPrefix + rand.Text()
	c := make(chan message, 1)
	d.open[id] = dialog{whom, c}
	return id, c, true
}

// end closes a question: what arrives from now on decides nothing.
func (d *dialogs) end(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, id)
}

// take reports whether a response is to a question of ours, and hands it over
// if it is the first from the party that was asked. One that comes too late or
// from somebody else is taken too, and dropped: whether the question is still
// open is nobody else's business, and clients have been seen to break off when
// their answer is refused.
func (d *dialogs) take(from party, m message) bool {
	var id string
	if json.Unmarshal(m.ID, &id) != nil || !strings.HasPrefix(id, askPrefix) {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if q, ok := d.open[id]; ok && q.whom == from {
		delete(d.open, id)
		q.answer <- m
	}
	return true
}
