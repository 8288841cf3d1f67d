package mcp

import (
	"net/http"
	"sync"
)

// shares bounds how many requests each caller has open at a time, so that none
// takes all places there are. Of these, half at most are streams that only
// listen: whoever opens too many can still call. It is safe for concurrent use.
type shares struct {
	most int // 0: no bound

	mu   sync.Mutex
	open map[share]int
}

type share struct {
	caller string
	stream bool
}

// enter counts a request of the caller's until leave is called; not ok if there
// are too many.
func (s *shares) enter(caller, method string) (leave func(), ok bool) {
	if s.most <= 0 {
		return func() {}, true
	}
	key := share{caller, method == http.MethodGet}
	s.mu.Lock()
	defer s.mu.Unlock()
	streams := s.open[share{caller, true}]
	if key.stream && streams >= max(1, s.most/2) || streams+s.open[share{caller, false}] >= s.most {
		return nil, false
	}
	s.open[key]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.open[key]--; s.open[key] == 0 {
			delete(s.open, key)
		}
	}, true
}
