package mcp

import (
	"context"
	"errors"
	"net/http"
	"sync"
)

// shares bounds how many requests each caller has open at a time, so that none
// takes all places there are. Of these, half at most are streams that only
// listen: whoever opens too many can still call. It is safe for concurrent use.
type shares struct {
	most int // 0: no bound

	mu      sync.Mutex
	open    map[share]int
	cancels map[*openRequest]struct{}
}

// openRequest is a request that is being served.
type openRequest struct {
	caller string
	cancel context.CancelCauseFunc
}

type share struct {
	caller string
	stream bool
}

// errRevoked is why the requests of a caller end who may not connect any more.
var errRevoked = errors.New("its caller may not connect any more")

func newShares(most int) *shares {
	return &shares{most: most, open: map[share]int{}, cancels: map[*openRequest]struct{}{}}
}

// enter counts a request of the caller's until leave is called, and returns the
// context to serve it in; not ok if there are too many.
func (s *shares) enter(ctx context.Context, caller, method string) (serve context.Context, leave func(), ok bool) {
	key := share{caller, method == http.MethodGet}
	s.mu.Lock()
	defer s.mu.Unlock()
	streams := s.open[share{caller, true}]
	if s.most > 0 && (key.stream && streams >= max(1, s.most/2) || streams+s.open[share{caller, false}] >= s.most) {
		return ctx, nil, false
	}
	ctx, cancel := context.WithCancelCause(ctx)
	r := &openRequest{caller, cancel}
	s.open[key]++
	s.cancels[r] = struct{}{}
	return ctx, func() {
		cancel(nil)
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.cancels, r)
		if s.open[key]--; s.open[key] == 0 {
			delete(s.open, key)
		}
	}, true
}

// cut ends what a caller has open.
func (s *shares) cut(caller string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := range s.cancels {
		if r.caller == caller {
			r.cancel(errRevoked)
		}
	}
}
