package order_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/store"
)

// TestTheZeroOrderHasNoState holds that what was never read is not taken for
// an order that was carried out.
func TestTheZeroOrderHasNoState(t *testing.T) {
	t.Parallel()
	if got := (order.Record{}).State(); got != "" || got.Settled() {
		t.Errorf("got %q, settled %t, want no state", got, got.Settled())
	}
}

// TestAStoreThatIsGoneIsAnError holds that nobody who waits, looks, decides or
// asks is told of orders that can't be read.
func TestAStoreThatIsGoneIsAnError(t *testing.T) {
	t.Parallel()
	for name, replace := range map[string]bool{"removed": false, "replaced by an empty one": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := sqlitePath(t)
			synctest.Test(t, func(t *testing.T) {
				w := onDisk(t, path)
				defer w.close()
				w.x.offer("9711", "9722")
				d := w.engine("a")
				o := d.place(alice(), "purchase", "9711")
				waited := make(chan error)
				go func() {
					_, err := d.Order(t.Context(), o.ID, alice(), 30*time.Second)
					waited <- err
				}()
				time.Sleep(time.Second)
				if err := os.RemoveAll(filepath.Dir(path)); err != nil {
					t.Fatal(err)
				}
				if replace {
					another, end := opened(t, store.Config{Path: path, Now: w.now})
					defer end()
					if err := another.(*store.Store).Prepare(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				_, listed := d.Orders(t.Context(), alice(), "", 10)
				_, placed := d.Place(t.Context(), placement(alice(), "purchase", "sip:new", "9722"))
				_, decided := d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: alice()})
				_, _, head := d.Head(t.Context())
				_, shown := d.Order(t.Context(), o.ID, alice(), 0)
				for what, err := range map[string]error{
					"who waits": <-waited, "who lists": listed, "who asks": placed, "who decides": decided, "who checks": head, "who looks": shown,
				} {
					if fault.CodeOf(err) != fault.Unavailable {
						t.Errorf("%s: got %v, want unavailable", what, err)
					}
				}
				wantSends(t, w.x, "", 0)
			})
		})
	}
}
