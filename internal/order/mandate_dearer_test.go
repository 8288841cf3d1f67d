package order_test

import (
	"strings"
	"testing"
	"time"

	"didops/internal/mandate"
	"didops/internal/money"
)

// TestMandateCountsWhatItCost holds that a number which turned out to cost more than
// was quoted counts with that: what else is on its way is not sent where it would
// be too much, and nothing more is bought.
func TestMandateCountsWhatItCost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, budget string
		sends        int
		says         string // of the second order
		then         string // the third
	}{
		{"too much", "8.49", 1, "2 numbers for 8.50 in all are more than it allows", "pending: waiting"},
		{"just enough", "8.50", 2, "", "pending: waiting"},
		{"enough for all", "11.50", 2, "", "scheduled: waiting"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				w.x.offer("9711", "9712", "9713")
				w.x.will("9711", fate{other: dearer})
				d := w.mandated("a", w.open())
				d.given(ours(func(t *mandate.Terms) { t.Budget = money.MustParse(tt.budget) }))
				d.Start()
				first := d.uses(alice(), "9711")
				time.Sleep(5 * time.Second)
				second := d.uses(alice(), "9712")
				time.Sleep(10 * time.Minute)
				o := d.see(alice(), first)
				wantStates(w.t, o, "done: done")
				if got := o.Lines[0].Differs["monthly_fee"]; got[1] == nil || *got[1] != "4.50" {
					w.t.Errorf("got %v, want what it costs", o.Lines[0].Differs)
				}
				wantSends(w.t, w.x, "", tt.sends)
				if got := d.see(alice(), second).Lines[0].Message; !strings.Contains(got, tt.says) {
					w.t.Errorf("got %q, want %q", got, tt.says)
				}
				wantStates(w.t, d.uses(alice(), "9713"), tt.then)
			})
		})
	}
}
