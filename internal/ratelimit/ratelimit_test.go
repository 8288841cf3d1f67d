package ratelimit_test

import (
	"testing"
	"time"

	"didops/internal/ratelimit"
)

func TestTake(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	l := ratelimit.New(2, func() time.Time { return now })
	for i, want := range []time.Duration{0, 0, 30 * time.Second, 30 * time.Second} {
		if got := l.Take("a"); got != want {
			t.Errorf("%d: got %v, want %v", i, got, want)
		}
	}
	if got := l.Take("b"); got != 0 {
		t.Errorf("got %v for another caller", got)
	}
	if now = now.Add(30 * time.Second); l.Take("a") != 0 || l.Take("a") == 0 {
		t.Error("got no request after half a minute, or two")
	}
	if got := ratelimit.New(0, time.Now).Take("a"); got != 0 {
		t.Errorf("got %v without a bound", got)
	}
}

func TestCaller(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.7:1234":              "192.0.2.7",
		"[::ffff:192.0.2.7]:1234":     "192.0.2.7",
		"[2001:db8:1:2:3:4:5:6]:1234": "2001:db8:1:2::/64",
		"":                            "unknown",
	} {
		if got := ratelimit.Caller(remote); got != want {
			t.Errorf("%s: got %s, want %s", remote, got, want)
		}
	}
}
