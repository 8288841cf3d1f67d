package store_test

import (
	"fmt"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/inventory"
	"didops/internal/order"
	"didops/internal/proof"
	"didops/internal/testing/wide"
)

// TestALargeTrailOfBefore carries a large trail over that was kept before there
// was a tree, while others write, and checks it. How long that took is told, and
// not held.
func TestALargeTrailOfBefore(t *testing.T) {
	t.Parallel()
	count := wide.Pick(20_000, 1_000_000)
	where := place(t)
	s := at(t, where)
	for done := 0; done < count; {
		list := make([]audit.Entry, min(5000, count-done))
		for i := range list {
			done++
			list[i] = audit.Entry{
				At: morning(), Event: "sent", Exchange: exchange, Number: fmt.Sprintf("+97150%07d", done), Line: "sending",
				Actor: &audit.Actor{Realm: "os", ID: "alice", Name: "Alice", Via: "terminal"}, Request: fmt.Sprintf("r-%016x", done), Result: "try 1",
			}
		}
		write(t, s.Inventory(), func(tx inventory.Tx) error { return tx.AppendAll(list) })
	}
	if _, err := raw(t, where).ExecContext(t.Context(), `DELETE FROM audit_nodes`); err != nil {
		t.Fatal(err)
	}
	began, ended := time.Now(), make(chan error, 1)
	go func() { ended <- audit.Complete(t.Context(), s.Audit()) }()
	longest, writes := time.Duration(0), 0
	for carried := false; !carried; writes++ {
		one := time.Now()
		trail(t, s, "sent")
		longest = max(longest, time.Since(one))
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			carried = true
		default:
		}
	}
	t.Logf("%d entries were carried over in %s, beside %d writes of which none took longer than %s", count, time.Since(began), writes, longest)
	began = time.Now()
	report, err := order.Verify(t.Context(), s.Verification(), "")
	t.Logf("%d entries were checked in %s", report.Entries, time.Since(began))
	if err != nil || report.Fault != "" {
		t.Fatalf("got %+v %v, want it whole", report, err)
	}
	began = time.Now()
	read(t, s.Audit(), func(tx audit.Tx) error {
		size, err := tx.Size()
		if err != nil {
			return err
		}
		tree := proof.NewTree(tx, size)
		root, err := tree.Root(size)
		if err != nil || root.String() != report.Root {
			t.Errorf("got %v %v, want %s", root, err, report.Root)
		}
		if _, err := tree.Include(1, size); err != nil {
			t.Error(err)
		}
		if len(tree.Made()) > 1 { // what came while it was carried over has its own
			t.Errorf("got %d nodes computed, want them kept", len(tree.Made()))
		}
		return nil
	})
	t.Logf("a head and a proof took %s", time.Since(began))
}
