package chat

import (
	"sync"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
)

// lateAfter is how long a card may be behind before people are misled by it:
// more than bursts take under the limits of a chat.
const lateAfter = 2 * time.Minute

// Backlog is what the chat was not shown yet.
type Backlog struct {
	Cards  int           // that do not show what their orders are
	Oldest time.Duration // for how long the first of them has not; 0 = there is none
	Audit  time.Duration // age of the first entry of the trail that is not announced; 0 = there is none
}

// backlog keeps count of that. It is safe for concurrent use.
type backlog struct {
	mu     sync.Mutex
	behind map[string]time.Time // since when, by order
	untold time.Time            // of the first entry that is not announced; zero = all are
}

// cards takes note of all the cards that are behind.
func (b *backlog) cards(list []order.Card, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.behind
	b.behind = make(map[string]time.Time, len(list))
	for _, p := range list {
		since, ok := was[p.Order.ID]
		if !ok {
			since = now
		}
		b.behind[p.Order.ID] = since
	}
}

// shown takes note that a card shows what its order was a moment ago.
func (b *backlog) shown(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.behind, id)
}

// audit takes note of the first entry that is not announced.
func (b *backlog) audit(untold time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.untold = untold
}

// forget is for a process that shows nothing any more.
func (b *backlog) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.behind, b.untold = nil, time.Time{}
}

// Backlog returns what the chat was not shown yet. In a process that does not
// show it, that is nothing.
func (s *Service) Backlog() Backlog {
	now := s.c.Now()
	b := &s.backlog
	b.mu.Lock()
	defer b.mu.Unlock()
	out := Backlog{Cards: len(b.behind)}
	for _, since := range b.behind {
		out.Oldest = max(out.Oldest, now.Sub(since))
	}
	if !b.untold.IsZero() {
		out.Audit = max(0, now.Sub(b.untold))
	}
	return out
}

// upToDate returns nil, or an Unavailable fault that says how many cards are
// behind, and for how long.
func (s *Service) upToDate() error {
	b := s.Backlog()
	if b.Oldest < lateAfter {
		return nil
	}
	return fault.New(fault.Unavailable, "cards on %s do not show what their orders are: %d, the first for %s", s.c.Name, b.Cards, b.Oldest.Round(time.Second)).
		WithHint("the log says what %s does not take", s.c.Name)
}
