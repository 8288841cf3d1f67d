package store_test

import (
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/store"
	"didops/internal/testing/pgtest"
)

func onServer(tb testing.TB, c store.Config) *store.Store {
	tb.Helper()
	c.Skew = 100 * 365 * 24 * time.Hour
	return with(tb, c)
}

func setMark(seq int64) func(audit.Tx) error {
	return func(tx audit.Tx) error { return tx.SetMark("reader", seq) }
}

func markIs(tb testing.TB, s *store.Store) (seq int64) {
	tb.Helper()
	read(tb, s.Audit(), func(tx audit.Tx) (err error) {
		seq, err = tx.Mark("reader")
		return err
	})
	return seq
}

// TestACrashBeforeTheCommit kills the server before a commit reaches it. What
// others write next, under the number that the transaction had, is not taken
// for it.
func TestACrashBeforeTheCommit(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	at := server.Database(t)
	other := onServer(t, store.Config{URL: at})
	write(t, other.Audit(), setMark(1))
	var armed atomic.Bool
	s := onServer(t, store.Config{URL: at, Hook: func(point string) {
		if point != store.BeforeCommit || !armed.CompareAndSwap(true, false) {
			return
		}
		server.Kill()
		if err := server.Restart(); err != nil {
			t.Error(err)
		}
		for n := range int64(3) { // the first finds its connections cut
			_ = other.Audit().Write(t.Context(), setMark(10+n))
		}
	}})
	write(t, s.Audit(), setMark(2))
	armed.Store(true)
	if err := s.Audit().Write(t.Context(), setMark(3)); err == nil || armed.Load() {
		t.Errorf("a write that the crash undid came to %v, want an error", err)
	}
	if got := markIs(t, other); got != 12 {
		t.Errorf("got mark %d, want that of the other", got)
	}
}
