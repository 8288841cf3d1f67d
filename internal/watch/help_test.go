package watch_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"didops/internal/audit"
	"didops/internal/money"
	"didops/internal/transaction"
	"didops/internal/watch"
)

// store keeps watches in memory, as internal/store does on disk.
type store struct {
	mu      sync.Mutex
	made    bool
	watches map[string]kept
	hits    map[string][]watch.Hit
	trail   []audit.Entry
}

// kept is a watch with its numbers as bytes, so that nobody shares a map.
type kept struct {
	watch.Watch
	known []byte
}

func newStore() *store { return &store{watches: map[string]kept{}, hits: map[string][]watch.Hit{}} }

func (s *store) Read(_ context.Context, fn func(watch.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.made {
		return transaction.ErrNone
	}
	return fn(tx{s})
}

func (s *store) Write(_ context.Context, fn func(watch.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	watches, hits, trail := maps.Clone(s.watches), map[string][]watch.Hit{}, len(s.trail)
	for id, list := range s.hits {
		hits[id] = slices.Clone(list)
	}
	s.made = true
	err := fn(tx{s})
	if err != nil {
		s.watches, s.hits, s.trail = watches, hits, s.trail[:trail]
	}
	return err
}

type tx struct{ s *store }

func (t tx) Append(e audit.Entry) (int64, string, error) {
	t.s.trail = append(t.s.trail, e)
	return int64(len(t.s.trail)), "", nil
}

func (t tx) Heads(exchange string) ([]watch.Watch, error) {
	list, err := t.Watches(exchange)
	for i := range list {
		list[i].Known = nil
	}
	return list, err
}

func (t tx) Watches(exchange string) ([]watch.Watch, error) {
	var list []watch.Watch
	for id, w := range t.s.watches {
		if w.Exchange != exchange {
			continue
		}
		read, err := t.Watch(id)
		if err != nil {
			read = watch.Watch{ID: id, Exchange: exchange, Owner: w.Owner, Name: w.Key(), Unreadable: err}
		}
		list = append(list, read)
	}
	slices.SortFunc(list, func(a, b watch.Watch) int { return cmp.Compare(a.Key(), b.Key()) })
	return list, nil
}

func (t tx) Watch(id string) (watch.Watch, error) {
	k, ok := t.s.watches[id]
	if !ok {
		return watch.Watch{}, transaction.ErrNone
	}
	w := k.Watch
	var err error
	if w.Known, err = watch.Unpack(k.known); err != nil {
		err = fmt.Errorf("watch %s: %w", id, watch.ErrUnreadable)
	}
	return w, err
}

func (t tx) Insert(w watch.Watch) error { return t.Save(w) }

func (t tx) Save(w watch.Watch) error {
	t.s.watches[w.ID] = kept{w, w.Known.Pack()}
	return nil
}

func (t tx) Remove(id string) (bool, error) {
	_, ok := t.s.watches[id]
	delete(t.s.watches, id)
	delete(t.s.hits, id)
	return ok, nil
}

func (t tx) Hits(id string, most int) ([]watch.Hit, error) {
	list := slices.Clone(t.s.hits[id])
	slices.Reverse(list)
	return list[:min(most, len(list))], nil
}

func (t tx) Untold(id string) ([]watch.Hit, error) {
	return slices.DeleteFunc(slices.Clone(t.s.hits[id]), func(h watch.Hit) bool { return !h.Waiting() }), nil
}

func (t tx) SaveHit(h watch.Hit) error {
	list := t.s.hits[h.Watch]
	if i := slices.IndexFunc(list, func(o watch.Hit) bool { return o.Seq == h.Seq }); i >= 0 {
		list[i] = h
		return nil
	}
	t.s.hits[h.Watch] = append(list, h)
	return nil
}

func (t tx) EndHits(id string, numbers []string, at time.Time) error {
	for i, h := range t.s.hits[id] {
		if slices.Contains(numbers, h.Offer.Number) && h.Ended.IsZero() {
			t.s.hits[id][i].Ended = at
		}
	}
	return nil
}

func (t tx) Forget(id string, upTo int, waiting bool) error {
	t.s.hits[id] = slices.DeleteFunc(t.s.hits[id], func(h watch.Hit) bool { return h.Seq <= upTo && (waiting || !h.Waiting()) })
	return nil
}

func (t tx) Counts(exchange string) (map[string]watch.Count, error) {
	counts := map[string]watch.Count{}
	for id, w := range t.s.watches {
		for _, h := range t.s.hits[id] {
			if w.Exchange != exchange {
				continue
			}
			c := counts[id]
			if h.Waiting() {
				c.Waiting++
			} else if !h.Told.IsZero() {
				c.Told++
			}
			counts[id] = c
		}
	}
	return counts, nil
}

// fee is the filter of the tests: at most so many units a month.
func fee(most int64) json.RawMessage {
	b, _ := json.Marshal(most)
	return b
}

// units is an amount of whole units.
func units(n int64) money.Amount { return money.MustParse("1").Times(n) }

// damage leaves of a watch what nobody can read.
func (s *store) damage(id string) {
	k := s.watches[id]
	k.known = []byte{0xff}
	s.watches[id] = k
}
