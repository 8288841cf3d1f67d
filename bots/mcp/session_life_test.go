package mcp_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/mcp"
)

// uses is a store of sessions.
type uses struct {
	mu    sync.Mutex
	last  map[string]time.Time
	wrote int
	down  bool
}

var errAway = errors.New("the store is away")

func (u *uses) Used(_ context.Context, id string) (time.Time, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.down {
		return time.Time{}, errAway
	}
	return u.last[id], nil
}

func (u *uses) Use(_ context.Context, id string, at time.Time) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.down {
		return errAway
	}
	u.last[id] = at
	u.wrote++
	return nil
}

func (u *uses) fail(down bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.down = down
}

// remembering is a process whose sessions are kept in u.
func remembering(tb testing.TB, y *harness, u *uses) *mcp.Handler {
	tb.Helper()
	s, err := mcp.New(mcp.Config{Gate: y.gate, Version: "1.2.3", Log: zerolog.Nop(), Now: time.Now, Secret: storeKey, Sessions: u})
	if err != nil {
		tb.Fatal(err)
	}
	return handler(tb, s, mcp.HTTP{})
}

// TestSessionsEndUnused uses a session, at processes that are started again
// each time and at one that stays, and then no more.
func TestSessionsEndUnused(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, restarts := range map[string]bool{"one process": false, "restarted for each request": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := newHarness(t)
			synctest.Test(t, func(t *testing.T) {
				u := &uses{last: map[string]time.Time{}}
				h := remembering(t, y, u)
				id, begun := begin(t, h), time.Now()
				for _, step := range []struct {
					after time.Duration
					want  int
				}{
					{time.Minute, 200},
					{day, 200},
					{29 * day, 200},
					{30 * day, 200},
					{30 * day, 200},
					{59 * time.Minute, 200},
					{30 * day, 200},
					{30*day + 2*time.Hour, 404},
					{time.Minute, 404},
				} {
					time.Sleep(step.after)
					if restarts {
						h = remembering(t, y, u)
					}
					if w := serve(h, post(old("1", "tools/list", ""), "Mcp-Session-Id", id)); w.Code != step.want {
						t.Errorf("after %v: got %d, want %d", time.Since(begun), w.Code, step.want)
					}
				}
			})
		})
	}
}

// TestSessionUseIsKeptSparingly holds that a busy session costs a write an
// hour, and a short one none.
func TestSessionUseIsKeptSparingly(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	synctest.Test(t, func(t *testing.T) {
		u := &uses{last: map[string]time.Time{}}
		h := remembering(t, y, u)
		id := begin(t, h)
		for minute := range 10 * 60 {
			if w := serve(h, post(old("1", "ping", ""), "Mcp-Session-Id", id)); w.Code != http.StatusOK {
				t.Fatalf("after %d minutes: got %d, want 200", minute, w.Code)
			}
			if minute < 60 && u.wrote > 0 {
				t.Fatalf("after %d minutes: got a write, want none in the first hour", minute)
			}
			time.Sleep(time.Minute)
		}
		if u.wrote != 9 {
			t.Errorf("got %d writes in ten hours, want 9", u.wrote)
		}
	})
}

// While the store is away sessions live on.
func TestSessionsOutliveTheStore(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	synctest.Test(t, func(t *testing.T) {
		u := &uses{last: map[string]time.Time{}}
		h := remembering(t, y, u)
		id := begin(t, h)
		time.Sleep(20 * 24 * time.Hour)
		u.fail(true)
		for range 3 {
			time.Sleep(20 * 24 * time.Hour)
			if w := serve(h, post(old("1", "ping", ""), "Mcp-Session-Id", id)); w.Code != http.StatusOK {
				t.Errorf("got %d, want 200", w.Code)
			}
		}
	})
}
