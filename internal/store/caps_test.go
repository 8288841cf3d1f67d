package store_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/order"
)

// TestWhatCountsAgainstCaps holds that what is alike is counted together, within
// the moments asked for, also what was kept before lines said so themselves.
func TestWhatCountsAgainstCaps(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		s := at(t, path)
		approved := func(r order.Record, after time.Duration, states ...order.LineState) order.Record {
			r = ended(r, states...)
			r.Decided = r.Created.Add(after)
			r.Day = r.Decided.Format(time.DateOnly)
			return r
		}
		first := approved(pending("o-1", 0, "1", "2", "3", "4"), time.Minute, order.LineDone, order.LineFailed, order.LineUnknown, order.LineDone)
		for i := range first.Quote.Lines {
			first.Quote.Lines[i].Country, first.Quote.Lines[i].MonthlyFee = "AE", money.MustParse("1.50")
		}
		first.Lines[3].Differs = order.Changes{"monthly_fee": {nil, new("2.25")}}
		second := approved(pending("o-2", 0, "5"), 2*time.Minute, order.LineDone)
		second.Asked.Groups = []string{"heads", "sales"}
		insert(t, s, first, second, approved(pending("o-3", 0, "6"), time.Hour, order.LineDone), pending("o-4", 0, "7"))
		due := money.MustParse("2.50")
		want := []order.Claim{
			{Requester: "os:alice", Groups: []string{"heads", "sales"}, Operation: "did_purchase", Due: due, Count: 1},
			{Requester: "os:alice", Operation: "did_purchase", Country: "AE", Due: due, MonthlyFee: money.MustParse("2.25"), Count: 1},
			{Requester: "os:alice", Operation: "did_purchase", Country: "AE", Due: due, MonthlyFee: money.MustParse("1.50"), Count: 2},
		}
		claims := func(what string) {
			t.Helper()
			read(t, s.Orders(), func(tx order.Tx) error {
				got, err := tx.Claims(exchange, morning().Add(time.Minute), morning().Add(time.Hour))
				slices.SortStableFunc(got, func(a, b order.Claim) int {
					return cmp.Or(cmp.Compare(a.Country, b.Country), cmp.Compare(b.MonthlyFee.String(), a.MonthlyFee.String()))
				})
				equal(t, what, got, want)
				return err
			})
		}
		claims("by columns")
		if _, err := raw(t, path).ExecContext(t.Context(), `UPDATE lines SET decided_us = -1, requester = '', roles = '', country = '', monthly_fee = ''`); err != nil {
			t.Fatal(err)
		}
		one := want[2]
		one.Count = 1
		want = append(want[:2], one, one)
		claims("by orders")
	})
}

// TestFeesOfOwnNumbers holds what the latest look says own numbers cost.
func TestFeesOfOwnNumbers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		body := func(fee string) string { return "1\tid\t\t\t\tAE\tUAE\tnational\tv\t1.00\t" + fee + "\t\t\t" }
		fees := func() (list []order.OwnFee, look order.OwnLook, err error) {
			err = s.Orders().Read(t.Context(), func(tx order.Tx) error {
				list = nil
				var err error
				if look, err = tx.OwnLook(exchange); err != nil {
					return err
				}
				return tx.OwnFees(exchange, func(f order.OwnFee) error {
					list = append(list, f)
					return nil
				})
			})
			return list, look, err
		}
		insert(t, s, pending("o-1", 0, "1"))
		if list, look, err := fees(); len(list) > 0 || look != (order.OwnLook{}) || err != nil {
			t.Errorf("got %v of %v, %v, before a look", list, look, err)
		}
		write(t, s.Inventory(), func(tx inventory.Tx) error {
			for _, r := range []inventory.Row{{Number: "1", Body: body("2.50")}, {Number: "2", Body: body("")}, {Number: "3", Body: body("1.00"), Gone: minute(1)}} {
				if err := tx.SaveRow(exchange, &r); err != nil {
					return err
				}
			}
			return tx.SaveHead(exchange, inventory.Head{First: minute(0), At: minute(2), Clock: minute(1), Rev: 7})
		})
		list, look, err := fees()
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(list, func(a, b order.OwnFee) int { return cmp.Compare(a.Number, b.Number) })
		equal(t, "the look", look, order.OwnLook{Rev: 7, Clock: minute(1)})
		equal(t, "the fees", list, []order.OwnFee{
			{Number: "1", MonthlyFee: money.MustParse("2.50")}, {Number: "2"}, {Number: "3", MonthlyFee: money.MustParse("1.00"), Gone: minute(1)},
		})
		write(t, s.Inventory(), func(tx inventory.Tx) error {
			return tx.SaveRow(exchange, &inventory.Row{Number: "1", Body: "9\tof a newer didops"})
		})
		if _, _, err := fees(); err == nil {
			t.Error("got no error of a number that can't be read")
		}
	})
}
