package order_test

import (
	"testing"

	"didops/internal/order"
	"didops/internal/testing/pgtest"
)

// TestTripsOfOnePurchase bounds how often one purchase waits for a server: what it
// asks is asked as a transaction begins, and what it keeps is kept with the commit.
// Run with -v it prints the counts.
func TestTripsOfOnePurchase(t *testing.T) {
	t.Parallel()
	url, trips := pgtest.Counted(t, pgtest.Database(t))
	w := onServer(t, url)
	defer w.close()
	w.may(func(p *order.Policy) { p.MaxOpenOrders = 20 }) // as it is unless somebody changes it
	d := w.engine("a")
	buys := func(digits string) (placed, left, told, seen int64) {
		w.x.offer(digits)
		trips.Take()
		o := d.place(alice(), "purchase", digits)
		placed = trips.Take()
		w.x.onSend = func(string, *sent) { left = trips.Take() }
		if o = d.approve(alice(), o); o.State != order.Completed {
			t.Errorf("got %s", o.State)
		}
		told = trips.Take()
		d.see(alice(), o)
		return placed, left, told, trips.Take()
	}
	for _, digits := range []string{"9711", "9712"} {
		buys(digits) // makes the store, opens connections and has statements prepared
	}
	placed, left, told, seen := buys("9713")
	t.Logf("until it waits: %d; from the yes to the send: %d; to the outcome: %d; to look at it: %d", placed, left, told, seen)
	// To place it is a read, of three ways because the key of the request is not known
	// before, and a write; a write is two ways.
	for _, c := range []struct {
		what      string
		got, most int64
	}{{"placing", placed, 5}, {"approving, until it is sent,", left, 4}, {"the outcome", told, 2}, {"a look", seen, 2}} {
		if c.got > c.most {
			t.Errorf("%s took %d ways to the server and back, want at most %d", c.what, c.got, c.most)
		}
	}
}
