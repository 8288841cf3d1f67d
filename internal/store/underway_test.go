package store_test

import (
	"slices"
	"strings"
	"testing"

	"didops/internal/money"
	"didops/internal/order"
)

// TestUnderway holds which lines count as being bought, by columns and, of those
// that were kept before they said what they cost, by their orders.
func TestUnderway(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		s := at(t, path)
		with := func(r order.Record, fee string, states ...order.LineState) order.Record {
			r = ended(r, states...)
			for i := range r.Quote.Lines {
				if fee != "" {
					r.Quote.Lines[i].MonthlyFee = money.MustParse(fee)
				}
			}
			return r
		}
		rests := with(pending("o-2", 0, "4", "5"), "2.00", order.LineWaiting, order.LineDone)
		rests.Phase = order.PhaseScheduled
		sends := with(pending("o-3", 0, "6"), "", order.LineSending)
		sends.Phase = order.PhaseExecuting
		insert(t, s,
			with(pending("o-1", 0, "1", "2", "3"), "1.00", order.LineDone, order.LineUnknown, order.LineFailed), rests, sends,
			with(pending("o-4", 0, "7"), "9.00", order.LineDone), pending("o-5", 0, "8"), with(pending("o-6", 0, "9"), "3.00", order.LineUnknown),
		)
		want := []order.Underway{
			{Number: "2", Operation: "did_purchase", MonthlyFee: money.MustParse("1.00")},
			{Number: "4", Operation: "did_purchase", MonthlyFee: money.MustParse("2.00")},
			{Number: "6", Operation: "did_purchase"},
		}
		underway := func(what string) {
			t.Helper()
			read(t, s.Orders(), func(tx order.Tx) error {
				got, err := tx.Underway(exchange, "o-6")
				slices.SortFunc(got, func(a, b order.Underway) int { return strings.Compare(a.Number, b.Number) })
				equal(t, what, got, want)
				return err
			})
		}
		underway("by columns")
		if _, err := raw(t, path).ExecContext(t.Context(), `UPDATE lines SET decided_us = -1, monthly_fee = ''`); err != nil {
			t.Fatal(err)
		}
		underway("by orders")
	})
}

// TestRequesters holds by what names somebody of a surface has asked.
func TestRequesters(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		names := func(realm string) (list []string) {
			read(t, s.Orders(), func(tx order.Tx) (err error) {
				list, err = tx.Requesters(exchange, realm)
				return err
			})
			slices.Sort(list)
			return list
		}
		var records []order.Record
		for n, who := range []string{"os:bob", "os:Bob", "discord:7", "os:bob", "os:", "http:os:bob"} {
			r := pending("o-"+string(rune('a'+n)), n, string(rune('1'+n)))
			r.Requester.Realm, r.Requester.ID, _ = strings.Cut(who, ":")
			records = append(records, r)
		}
		other := pending("o-z", 0, "9")
		other.Exchange, other.Requester.ID = "elsewhere", "eve"
		insert(t, s, append(records, other)...)
		for realm, want := range map[string][]string{"os": {"os:", "os:Bob", "os:bob"}, "discord": {"discord:7"}, "http": {"http:os:bob"}, "web": nil} {
			equal(t, "the requesters of "+realm, names(realm), want)
		}
	})
}
