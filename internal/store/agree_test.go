package store_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"didops/internal/order"
	"didops/internal/store"
)

func TestOneHoldsALease(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		lease := func(name, holder string, now, until int, want bool) {
			t.Helper()
			write(t, s, func(tx order.Tx) error {
				got, err := tx.Lease(name, holder, morning().Add(time.Duration(now)*time.Second), morning().Add(time.Duration(until)*time.Second))
				if got != want {
					t.Errorf("lease of %s by %s at %d: got %v, want %v", name, holder, now, got, want)
				}
				return err
			})
		}
		release := func(holder string) {
			t.Helper()
			write(t, s, func(tx order.Tx) error { return tx.Release("settle", holder) })
		}
		lease("settle", "a", 0, 10, true)
		lease("settle", "b", 9, 19, false)
		lease("other", "b", 9, 19, true)
		lease("settle", "a", 9, 20, true)
		lease("settle", "b", 19, 29, false)
		lease("settle", "b", 20, 30, true)
		release("a") // not his any more
		lease("settle", "a", 21, 31, false)
		release("b")
		lease("settle", "a", 21, 31, true)
	})
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		now := morning()
		c := in(place(t))
		c.Now = func() time.Time { return now }
		s := with(t, c)
		first := order.Prompt{Hash: "h1", Order: "o-1", Principal: "os:alice", Call: "call", Expires: morning().Add(time.Minute)}
		write(t, s, func(tx order.Tx) error { return tx.IssuePrompt(first) })
		check := func(hash string, want order.Prompt) {
			t.Helper()
			read(t, s, func(tx order.Tx) error {
				got, err := tx.Prompt(hash)
				if errors.Is(err, order.ErrNone) != (want.Hash == "") {
					t.Errorf("invitation %s: got %v", hash, err)
				}
				equal(t, "invitation "+hash, got, want)
				return nil
			})
		}
		check("h1", first)
		check("h2", order.Prompt{})
		write(t, s, func(tx order.Tx) error { return tx.UsePrompt("h1") })
		first.Used = true
		check("h1", first)
		for hash, want := range map[string]error{"h1": nil, "h2": order.ErrNone} {
			err := s.Write(t.Context(), func(tx order.Tx) error { return tx.UsePrompt(hash) })
			if !errors.Is(err, want) {
				t.Errorf("use %s: got %v, want %v", hash, err, want)
			}
		}
		if err := s.Write(t.Context(), func(tx order.Tx) error { return tx.IssuePrompt(first) }); err == nil {
			t.Error("the same hash again: got no error, want one")
		}
		for _, step := range []struct {
			hash  string
			later time.Duration
			want  order.Prompt
		}{{"h3", 24 * time.Hour, first}, {"h4", 24*time.Hour + 2*time.Minute, order.Prompt{}}} {
			now = morning().Add(step.later)
			write(t, s, func(tx order.Tx) error {
				return tx.IssuePrompt(order.Prompt{Hash: step.hash, Expires: now.Add(time.Minute)})
			})
			check("h1", step.want)
		}
	})
}

func TestKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		key := func(s *store.Store) (k []byte) {
			write(t, s, func(tx order.Tx) (err error) {
				k, err = tx.Key()
				return err
			})
			return k
		}
		first := key(at(t, path))
		if len(first) != 32 || bytes.Equal(first, make([]byte, 32)) {
			t.Errorf("got %x, want 32 random bytes", first)
		}
		if again := key(at(t, path)); !bytes.Equal(first, again) {
			t.Error("another process: got another key, want the same")
		}
		if other := key(at(t, place(t))); bytes.Equal(first, other) {
			t.Error("another store: got the same key, want another")
		}
	})
}
