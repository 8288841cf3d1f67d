package loglimit_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/loglimit"
)

func TestTheSameOnceAMinute(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 1, 9, 0, 0, 0, time.UTC)
	l := loglimit.New[string](time.Minute, func() time.Time { return now })
	for _, tt := range []struct {
		after time.Duration
		what  string
		want  bool
	}{
		{0, "a", true},
		{0, "a", false},
		{0, "b", true},
		{59 * time.Second, "a", false},
		{time.Second, "a", true}, // a minute after the first, whatever came between
		{0, "b", true},
		{time.Second, "a", false},
		{-2 * time.Minute, "a", true}, // a clock that is set back silences nothing
	} {
		now = now.Add(tt.after)
		if got := l.Allow(tt.what); got != tt.want {
			t.Errorf("%s at %s: got %v, want %v", tt.what, now.Format(time.TimeOnly), got, tt.want)
		}
	}
}

func TestKeysAreComparedByTheirParts(t *testing.T) {
	t.Parallel()
	type key struct{ event, actor string }
	l := loglimit.New[key](time.Minute, func() time.Time { return time.Time{} })
	for _, k := range []key{{"ab", "c"}, {"a", "bc"}} {
		if !l.Allow(k) {
			t.Errorf("%v was not let through", k)
		}
	}
}

func TestManyKeysAreBounded(t *testing.T) {
	t.Parallel()
	l := loglimit.New[int](time.Minute, func() time.Time { return time.Time{} })
	for i := range 5000 {
		if !l.Allow(i) {
			t.Fatalf("%d was not let through", i)
		}
	}
	if l.Allow(4999) {
		t.Error("the latest was forgotten")
	}
	if !l.Allow(0) {
		t.Error("the oldest of 5000 is still remembered")
	}
}

func TestOneOfManyAtOnce(t *testing.T) {
	t.Parallel()
	l := loglimit.New[string](time.Minute, func() time.Time { return time.Time{} })
	var passed atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if l.Allow("a") {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	if got := passed.Load(); got != 1 {
		t.Errorf("got %d let through, want 1", got)
	}
}
