package orders_test

import (
	"testing"

	"didops/internal/fault"
	"didops/internal/orders"
	"didops/internal/store"
	"didops/internal/store/pgtest"
)

// TestALostCommitIsNotTakenForAnothers kills the server before a commit. After
// its recovery others commit what has the numbers of transactions that were
// lost; that must not be taken for what was not kept.
func TestALostCommitIsNotTakenForAnothers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a server")
	}
	server := pgtest.Start(t)
	url := server.Database(t)
	mark := func(reader string) func(orders.Tx) error {
		return func(tx orders.Tx) error { return tx.SetMark(reader, 1) }
	}
	armed := false
	s, end := opened(t, store.Config{URL: url, Hook: func(point string) {
		if !armed || point != store.BeforeCommit {
			return
		}
		server.Kill()
		if err := server.Restart(); err != nil {
			t.Error(err)
		}
		other, end := opened(t, store.Config{URL: url})
		defer end()
		for range 5 {
			if err := other.Write(t.Context(), mark("another")); err != nil {
				t.Error(err)
			}
		}
	}})
	defer end()
	if err := s.Write(t.Context(), mark("first")); err != nil {
		t.Fatal(err)
	}
	armed = true
	err := s.Write(t.Context(), mark("lost"))
	wantFault(t, err, fault.Unavailable)
	var kept int64
	if err := s.Read(t.Context(), func(tx orders.Tx) (err error) {
		kept, err = tx.Mark("lost")
		return err
	}); err != nil || kept != 0 {
		t.Errorf("got the mark %d (%v), want none", kept, err)
	}
}
