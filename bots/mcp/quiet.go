package mcp

import (
	"time"

	"didops/internal/cache"
)

const (
	// instant is how soon a dialog that is closed was seen by nobody: clients
	// that run without a person close it themselves.
	instant = 500 * time.Millisecond

	// overlooked is how long a question must have been open for its silence to
	// say something, where the client gives its call up.
	overlooked = 5 * time.Second

	// quietTime is how long a client that did not answer is not asked. It
	// doubles each time, up to quietMost.
	quietTime = 10 * time.Minute
	quietMost = 24 * time.Hour

	maxQuiet = 4096 // clients that are remembered
)

// quiet remembers the clients whose dialogs nobody answers, so that they cost
// one wait and not one per call: they count as ones that can't ask. A client
// that answers after all is forgotten. It is safe for concurrent use; each
// process remembers for itself.
type quiet struct {
	now   func() time.Time
	known *cache.Cache[sessionKey, silence]
	begun *cache.Cache[string, time.Time] // when a question was handed out, by its handle
}

// silence is what is known of a client that did not answer.
type silence struct {
	until time.Time // it is not asked
	times int       // that it did not answer, in a row
}

func newQuiet(now func() time.Time) *quiet {
	return &quiet{
		now:   now,
		known: cache.New[sessionKey](cache.Config[silence]{MaxEntries: maxQuiet, TTL: 2 * quietMost, Now: now}),
		begun: cache.New[string](cache.Config[time.Time]{MaxEntries: maxQuiet, TTL: time.Minute, Now: now}),
	}
}

// note remembers that a client did not answer, or closed its dialog by itself.
func (q *quiet) note(who sessionKey) {
	s, _ := q.known.Get(who)
	wait := min(quietTime<<min(s.times, 10), quietMost)
	q.known.Put(who, silence{until: q.now().Add(wait), times: s.times + 1})
}

// heard forgets what was known of a client: a person answered there.
func (q *quiet) heard(who sessionKey) {
	if _, known := q.known.Get(who); known {
		q.known.Put(who, silence{})
	}
}

// silent reports whether a client is not to be asked at present.
func (q *quiet) silent(who sessionKey) bool {
	s, ok := q.known.Get(who)
	return ok && q.now().Before(s.until)
}

// hand notes when a question is handed out.
func (q *quiet) hand(handle string) { q.begun.Put(handle, q.now()) }

// answered takes note of the answer to the question with the handle. One that
// another process handed out says nothing about how soon that was.
func (q *quiet) answered(who sessionKey, handle string, closed bool) {
	begun, ok := q.begun.Get(handle)
	switch {
	case !closed:
		q.heard(who)
	case !ok:
	case q.now().Sub(begun) < instant:
		q.note(who)
	default:
		q.heard(who)
	}
}
