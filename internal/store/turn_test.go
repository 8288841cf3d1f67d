package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/lockedfile"

	"didops/internal/audit"
	"didops/internal/store"
)

// The lock for which writers of a file queue is a courtesy: they go on where somebody
// has it and does not give it back, and where it can't be had.
func TestATurnIsACourtesy(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*testing.T, string) (mend func() error){
		"somebody keeps it": func(t *testing.T, turn string) func() error {
			t.Helper()
			lock, err := lockedfile.OpenFile(turn, os.O_RDWR|os.O_CREATE, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			return lock.Close
		},
		"it can't be opened": func(t *testing.T, turn string) func() error {
			t.Helper()
			if err := os.Mkdir(turn, 0o700); err != nil {
				t.Fatal(err)
			}
			return func() error { return os.Remove(turn) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := place(t)
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			mend := spoil(t, path+".turn")
			stores := []*store.Store{at(t, path), at(t, path), at(t, path)}
			write := func() {
				var all sync.WaitGroup
				for _, s := range stores {
					for range 4 {
						all.Go(func() { trail(t, s, "wrote") })
					}
				}
				all.Wait()
			}
			write()
			if err := mend(); err != nil {
				t.Fatal(err)
			}
			write()
			if head, err := stores[0].Audit().Head(t.Context()); head != 24 || err != nil {
				t.Errorf("%d entries, %v, want 24", head, err)
			}
		})
	}
}

// Who waits for its turn gives up with its context, and nobody waits for it then.
func TestWhoWaitsForATurnGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	s := at(t, place(t))
	ctx, cancel := context.WithCancel(t.Context())
	given := make(chan error)
	err := s.Audit().Write(t.Context(), func(audit.Tx) error {
		go func() {
			given <- s.Audit().Write(ctx, func(audit.Tx) error { return errors.New("got a transaction, want none") })
		}()
		cancel()
		if err := <-given; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	trail(t, s, "first")
}
