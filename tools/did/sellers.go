package did

import (
	"context"
	"sync"
	"time"

	"didops/internal/exchange"
	"didops/internal/incident"
)

const (
	sellersRows   = 5000                    // rows that are read to know some sellers before anybody has searched
	sellersWithin = 1500 * time.Millisecond // for that reading, and for who waits for it
	sellersFor    = 10 * time.Minute        // before another, where there still was no search
	sellersAgain  = 10 * time.Second        // after one that brought none
)

// sellers are those that a reading of the beginning of the market has seen,
// for who chooses one before anything was searched. It is safe for concurrent
// use; the zero value knows none.
type sellers struct {
	mu      sync.Mutex
	names   map[string]bool
	until   time.Time     // no reading before
	changed chan struct{} // closed at the next page, and at the end; nil = nothing is being read
}

// find returns the names that suit, as soon as there are some: it begins a
// reading if none is known, and waits for it a moment. The reading goes on
// to its end without the caller, for whoever types the next letter.
func (s *sellers) find(ctx context.Context, m *marketOps, suits func(string) bool) []string {
	ctx, cancel := context.WithTimeout(ctx, sellersWithin)
	defer cancel()
	for {
		names, changed := s.suiting(ctx, m, suits)
		if len(names) > 0 || changed == nil {
			return names
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

func (s *sellers) suiting(ctx context.Context, m *marketOps, suits func(string) bool) (names []string, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.names {
		if suits(name) {
			names = append(names, name)
		}
	}
	if now := m.Now(); s.changed == nil && !now.Before(s.until) {
		s.changed, s.until = make(chan struct{}), now.Add(sellersFor)
		go s.read(context.WithoutCancel(ctx), m)
	}
	return names, s.changed
}

// read reads the beginning of the market.
func (s *sellers) read(ctx context.Context, m *marketOps) {
	ctx, cancel := context.WithTimeout(ctx, sellersWithin)
	defer cancel()
	q := exchange.MarketQuery{Until: m.Now().Add(sellersWithin), MaxRows: sellersRows}
	err := incident.Guard("the beginning of the market", func() error {
		_, err := m.few(ctx, q, s.add)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || len(s.names) == 0 {
		s.until = m.Now().Add(sellersAgain)
	}
	close(s.changed)
	s.changed = nil
}

func (s *sellers) add(page []exchange.Offer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names == nil {
		s.names = map[string]bool{}
	}
	for i := range page {
		if name := page[i].Vendor; name != "" && len(s.names) < vendorsKept {
			s.names[name] = true
		}
	}
	close(s.changed)
	s.changed = make(chan struct{})
}
