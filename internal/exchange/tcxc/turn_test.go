package tcxc_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/request"
)

// passes has requests come at these times after now, and returns when each may
// go.
func passes(ctx context.Context, wait func(context.Context) error, come []time.Duration) []time.Duration {
	began := time.Now()
	gone := make([]time.Duration, len(come))
	var all sync.WaitGroup
	for i, after := range come {
		all.Go(func() {
			time.Sleep(after)
			if wait(ctx) == nil {
				gone[i] = time.Since(began)
			}
		})
	}
	all.Wait()
	slices.Sort(gone) // those that come at the same time go in any order
	return gone
}

// visits are times of requests that somebody waits for: single ones, and as
// many as a reading that fetches ahead makes, often more than the rate allows.
func visits(seed uint64, perSecond float64) []time.Duration {
	r := rand.New(rand.NewPCG(seed, 1))
	var list []time.Duration
	at := time.Duration(0)
	for range 40 {
		at += time.Duration(float64(r.IntN(20000))/perSecond) * time.Millisecond
		for range 1 + r.IntN(2)*r.IntN(12) {
			list = append(list, at)
		}
	}
	return list
}

// TestTheBackgroundIsInNobodysWay has people come and go while eight readings
// of the background ask for all they may have: each request of theirs goes at
// the moment at which it would without, the background never has more than its
// share, and all together keep to the limit.
func TestTheBackgroundIsInNobodysWay(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		limits := []struct{ perSecond, share float64 }{{5, 0.5}, {5, 1}, {1, 0.25}, {0.5, 0.5}, {12.5, 0.1}}
		l := limits[seed%uint64(len(limits))]
		var alone, beside, behind []time.Duration
		synctest.Test(t, func(t *testing.T) {
			alone = passes(t.Context(), tcxc.NewTurns(l.perSecond, l.share), visits(seed, l.perSecond))
		})
		synctest.Test(t, func(t *testing.T) {
			wait, began := tcxc.NewTurns(l.perSecond, l.share), time.Now()
			ctx, cancel := context.WithCancel(request.Background(t.Context()))
			var mu sync.Mutex
			var readers sync.WaitGroup
			for range 8 {
				readers.Go(func() {
					for wait(ctx) == nil {
						mu.Lock()
						behind = append(behind, time.Since(began))
						mu.Unlock()
					}
				})
			}
			beside = passes(t.Context(), wait, visits(seed, l.perSecond))
			cancel()
			readers.Wait()
		})
		for i := range alone {
			if late := beside[i] - alone[i]; late > time.Microsecond {
				t.Errorf("seed %d: request %d went %s later than without the background", seed, i, late)
			}
		}
		if len(behind) == 0 {
			t.Errorf("seed %d: got nothing read in the background, want what is left", seed)
		}
		within(t, behind, 1, l.perSecond*l.share)
		within(t, append(behind, beside...), 1+max(1, float64(int(l.perSecond))), l.perSecond)
	}
}

// within holds a list of moments against a bucket: in no span of time there are
// more than those at once, and those of the rate.
func within(t *testing.T, at []time.Duration, once, perSecond float64) {
	t.Helper()
	for _, from := range at {
		for _, to := range at {
			if to < from {
				continue
			}
			n := 0
			for _, x := range at {
				if x >= from && x <= to {
					n++
				}
			}
			if most := once + perSecond*(to-from).Seconds() + 0.01; float64(n) > most {
				t.Errorf("got %d requests between %s and %s, want at most %.1f", n, from, to, most)
				return
			}
		}
	}
}

// TestReadingAheadKeepsToItsShare reads in the background with pages ahead: they
// are asked for one by one, and a refusal has all of them wait.
func TestReadingAheadKeepsToItsShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExchange(t, sandbox.Options{Numbers: 5000})
		var mu sync.Mutex
		var at []time.Duration
		began := time.Now()
		reader := client(t, s, func(o *tcxc.Options) {
			o.RequestsPerSecond, o.Share, o.PageSize, o.ReadDeadline = 5, 0.4, 100, time.Hour
			o.Observe = func(r tcxc.Request) {
				mu.Lock()
				defer mu.Unlock()
				at = append(at, time.Since(began)-r.Duration)
			}
		}).Reader()
		ctx := request.Background(t.Context())
		got, reading, err := numbersOf(ctx, reader, exchange.MarketQuery{})
		if err != nil || !reading.End || len(got) != 5000 {
			t.Fatalf("got %d numbers, %+v, %v", len(got), reading, err)
		}
		within(t, at, 1, 2)
		s.Script(sandbox.Fault{Kind: sandbox.Status, Code: http.StatusTooManyRequests, RetryAfter: 60, After: 6})
		at = nil
		if _, reading, err = numbersOf(ctx, reader, exchange.MarketQuery{}); err != nil || !reading.End {
			t.Fatalf("got %+v, %v", reading, err)
		}
		rested := false
		for i := 1; i < len(at); i++ {
			rested = rested || at[i]-at[i-1] >= time.Minute
		}
		if !rested {
			t.Error("got no minute without requests after a refusal that asked for one")
		}
	})
}

// TestTheBackgroundEnds holds that a wait of the background ends with its context.
func TestTheBackgroundEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wait := tcxc.NewTurns(0.01, 1)
		if err := wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(request.Background(t.Context()), time.Second)
		defer cancel()
		if err := wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the end of the wait", err)
		}
	})
}
