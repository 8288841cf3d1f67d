package order_test

import (
	"testing"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/order"
)

// TestOtherLettersAreNobodyElse holds that users of the operating system are one in
// whatever letters they are written: for caps, months, open orders and repeats.
func TestOtherLettersAreNobodyElse(t *testing.T) {
	t.Parallel()
	for _, who := range [][2]string{{"zoe", "Zoe"}, {"bob", "BOB"}, {"zoé", "ZOÉ"}} {
		t.Run(who[0], func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.x.offer("9711", "9712", "9713", "9714")
				d := w.engine("a")
				one, other := shell(who[0]), shell(who[1])
				d.approve(alice(), d.place(one, "purchase", "9711"))
				w.may(func(p *order.Policy) {
					p.Caps = []approval.Cap{{Name: "each", Each: true, Per: approval.PerMonth, MaxNumbers: 1}}
				})
				_, err := d.Place(t.Context(), placement(other, "purchase", "", "9712"))
				wantFault(t, err, fault.Forbidden, "cap “each”", "1 number bought or reserved")
				w.may(func(p *order.Policy) {
					p.Caps = nil
					ruled(p, approval.Rule{Name: "little", MaxMonthTotal: usd("5.00")}, approval.Rule{Name: "much", Refuse: true})
				})
				_, err = d.Place(t.Context(), placement(other, "purchase", "", "9712"))
				wantFault(t, err, fault.Forbidden, "“much” refuses this")
				w.may(func(p *order.Policy) { p.Rules = nil })
				o := d.place(one, "purchase", "9713")
				if again := d.place(other, "purchase", "9713"); again.ID != o.ID {
					t.Errorf("got order %s for the same request, want %s", again.ID, o.ID)
				}
				w.may(func(p *order.Policy) { p.MaxOpenOrders = 1 })
				_, err = d.Place(t.Context(), placement(other, "purchase", "", "9714"))
				wantFault(t, err, fault.Forbidden, "max_open_orders")
			})
		})
	}
}
