package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"didops/internal/handle"
	"didops/internal/store"
)

// TestHandles holds that what one process keeps another knows, until its time
// is over.
func TestHandles(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path, now := place(t), morning()
		open := func() handle.Store {
			c := in(path)
			c.Now = func() time.Time { return now }
			return with(t, c).Handles()
		}
		one, other := open(), open()
		if _, err := one.Kept(t.Context(), "none"); !errors.Is(err, handle.ErrNone) {
			t.Errorf("got %v before there is a store, want none", err)
		}
		state := []byte(`{"text":"Gulf “Numbers” ü"}`)
		name := handle.Of(state)
		for range 2 {
			if err := one.Keep(t.Context(), name, state, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := other.Kept(t.Context(), name); err != nil || string(got) != string(state) {
			t.Errorf("got %s, %v, want the state", got, err)
		}
		now = now.Add(time.Hour)
		if _, err := other.Kept(t.Context(), name); !errors.Is(err, handle.ErrNone) {
			t.Errorf("got %v, want none after its time", err)
		}
		if err := one.Keep(t.Context(), handle.Of(nil), nil, time.Hour); err != nil {
			t.Fatal(err)
		}
		if got, err := other.Kept(t.Context(), handle.Of(nil)); err != nil || len(got) != 0 {
			t.Errorf("got %q, %v, want the empty state", got, err)
		}
	})
}

// TestHandlesAreBounded holds that nobody fills the store with them.
func TestHandlesAreBounded(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	last := ""
	for n := range 60 {
		last = fmt.Sprint("h", n)
		if err := store.KeepAtMost(t.Context(), s, last, 50, time.Duration(n+1)*time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	kept := 0
	for n := range 60 {
		if _, err := s.Handles().Kept(t.Context(), fmt.Sprint("h", n)); err == nil {
			kept++
		}
	}
	if _, err := s.Handles().Kept(t.Context(), last); err != nil || kept != 50 {
		t.Errorf("got %d handles, want the 50 that are good for longest; the last: %v", kept, err)
	}
}
