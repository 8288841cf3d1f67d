package store_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/signin"
	"didops/internal/store"
)

// TestPageSessions begins and ends sessions, of which another process on the
// same store knows.
func TestPageSessions(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		here, there := at(t, path), at(t, path)
		now := morning()
		s := signin.New(here.PageSessions(), 12*time.Hour, func() time.Time { return now })
		other := signin.New(there.PageSessions(), 12*time.Hour, func() time.Time { return now })
		is := func(when, token, want string) {
			t.Helper()
			got, err := other.Of(t.Context(), token)
			if want == "" && !errors.Is(err, signin.ErrNone) || want != "" && (err != nil || got.Person != want) {
				t.Errorf("%s: got %+v, %v, want %q", when, got, err, want)
			}
		}
		begin := func(person string) string {
			t.Helper()
			token, ends, err := s.Begin(t.Context(), person, "passkey abc")
			if err != nil || len(token) != 43 || !ends.Equal(now.Add(12*time.Hour)) {
				t.Fatalf("got %q, %v, %v", token, ends, err)
			}
			return token
		}
		is("where there is no store yet", "x", "")
		alice, bob, phone := begin("Alice"), begin("Bob"), begin("Alice")
		is("begun", alice, "Alice")
		is("begun", bob, "Bob")
		is("no token", "", "")
		is("a token that nobody was given", alice[:42]+"_", "")
		if err := s.End(t.Context(), bob); err != nil {
			t.Fatal(err)
		}
		is("ended", bob, "")
		if err := s.EndOthers(t.Context(), "Alice", phone); err != nil {
			t.Fatal(err)
		}
		is("ended elsewhere", alice, "")
		is("kept", phone, "Alice")
		for range 25 {
			now = now.Add(time.Second)
			begin("Alice")
		}
		is("older than twenty others", phone, "")
	})
}

// TestPageSessionsEnd holds that a session ends in time, by the clock of the
// store.
func TestPageSessionsEnd(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/orders.db"
	synctest.Test(t, func(t *testing.T) {
		kept, err := store.Open(store.Config{Path: path, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		s := signin.New(kept.PageSessions(), time.Hour, time.Now)
		token, _, err := s.Begin(t.Context(), "Alice", "x")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour - time.Second)
		if got, err := s.Of(t.Context(), token); err != nil || got.Person != "Alice" || got.By != "x" {
			t.Errorf("got %+v, %v a second before its end", got, err)
		}
		time.Sleep(time.Second)
		if got, err := s.Of(t.Context(), token); !errors.Is(err, signin.ErrNone) {
			t.Errorf("got %+v, %v at its end, want none", got, err)
		}
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
}
