package order

import (
	"context"
	"slices"
	"sync"
	"time"

	"didops/internal/audit"
	"didops/internal/identity"
)

// placesFor is for how long it is known which places are closed.
const placesFor = time.Second

// places knows in which realms orders can't be shown at the moment, as far as
// the store tells. It is safe for concurrent use.
type places struct {
	mu     sync.Mutex
	until  time.Time
	closed []string // ids of realms
}

// learnPlaces reads in which realms orders can't be shown, so that nobody is
// sent to a card that is not there. What can't be read stays as it was.
func (e *Engine) learnPlaces(ctx context.Context) {
	policy := e.Policy()
	shown := slices.DeleteFunc(identity.Realms(), func(realm identity.Realm) bool { return realm.ByCard == "" || !policy.realm(realm.ID).Cards })
	if len(shown) == 0 || !e.places.due(e.Now()) {
		return
	}
	var closed []string
	err := e.Audit.Read(ctx, func(tx audit.Tx) error {
		closed = nil
		for _, realm := range shown {
			mark, err := tx.Mark(e.Exchange + " " + ClosedMark(realm.ID))
			if err != nil {
				return err
			}
			if mark > 0 {
				closed = append(closed, realm.ID)
			}
		}
		return nil
	})
	if err == nil {
		e.places.set(closed)
	}
}

// due reports whether it is the caller's turn to read. The lock is not held
// while the store is: what is shown in a transaction takes it too.
func (p *places) due(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Before(p.until) && p.until.Sub(now) <= placesFor {
		return false
	}
	p.until = now.Add(placesFor)
	return true
}

func (p *places) set(closed []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = closed
}

// shows reports whether orders can be shown in a realm, as far as is known.
func (p *places) shows(realm string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !slices.Contains(p.closed, realm)
}
