package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"didops/internal/handle"
)

// TestResults holds that what one process keeps another has, for its owner
// and until its time is over.
func TestResults(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path, now := place(t), morning()
		open := func() handle.Results {
			c := in(path)
			c.Now = func() time.Time { return now }
			return with(t, c).Results()
		}
		one, other := open(), open()
		none := func(what, id, owner string) {
			t.Helper()
			if _, err := other.KeptResult(t.Context(), id, owner); !errors.Is(err, handle.ErrNone) {
				t.Errorf("%s: got %v, want none", what, err)
			}
		}
		none("before there is a store", "r", "os:alice")
		body := []byte{0, 1, 0xff, 'r'}
		for range 2 {
			if err := one.KeepResult(t.Context(), "r", "os:alice", body, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := other.KeptResult(t.Context(), "r", "os:alice"); err != nil || string(got) != string(body) {
			t.Errorf("got %q, %v, want the result", got, err)
		}
		none("of another", "r", "os:bob")
		if err := one.KeepResult(t.Context(), "big", "os:alice", make([]byte, handle.MaxResult+1), time.Hour); !errors.Is(err, handle.ErrTooLarge) {
			t.Errorf("too large: got %v", err)
		}
		now = now.Add(time.Hour)
		none("after its time", "r", "os:alice")
	})
}

// TestResultsAreBounded holds that nobody fills the store with them, nor drives
// out what others keep before there are very many.
func TestResultsAreBounded(t *testing.T) {
	t.Parallel()
	now := morning()
	c := in(place(t))
	c.Now = func() time.Time { return now }
	s := with(t, c).Results()
	keep := func(id, owner string) {
		now = now.Add(time.Second)
		if err := s.KeepResult(t.Context(), id, owner, []byte("x"), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	kept := func(owner string, n int) (count int) {
		for i := range n {
			if _, err := s.KeptResult(t.Context(), fmt.Sprint(i), owner); err == nil {
				count++
			}
		}
		return count
	}
	keep("0", "bob")
	for i := range 40 {
		keep(fmt.Sprint(i), "alice")
	}
	if own, others := kept("alice", 40), kept("bob", 1); own != 16 || others != 1 {
		t.Errorf("got %d of 40 and %d of another, want 16 and 1", own, others)
	}
	for i := range 256 {
		keep("0", fmt.Sprint("owner", i))
	}
	if own, last := kept("alice", 40), kept("owner255", 1); own != 0 || last != 1 {
		t.Errorf("got %d of the oldest and %d of the last, want 0 and 1", own, last)
	}
}
