package inventory_test

import (
	"testing"
	"time"

	"didops/internal/inventory"
)

// TestHistoriesAreKept holds that how far histories were read is kept, by the
// exchange, for every process.
func TestHistoriesAreKept(t *testing.T) {
	t.Parallel()
	o := at(t, file(t))
	elsewhere := o.another(func(c *inventory.Config) { c.Exchange = "https://api.example.net bob" })
	first := inventory.Histories{Told: morning().Truncate(24 * time.Hour), To: morning(), Messages: true}
	for _, h := range []inventory.Histories{{}, first, {Calls: true}} {
		if err := o.KeepHistories(t.Context(), h); err != nil {
			t.Fatal(err)
		}
		if got, err := o.another(nil).Histories(t.Context()); err != nil || got != h {
			t.Errorf("got %+v, %v, want %+v", got, err, h)
		}
		if got, err := elsewhere.Histories(t.Context()); err != nil || got != (inventory.Histories{}) {
			t.Errorf("elsewhere: got %+v, %v, want nothing", got, err)
		}
	}
}
