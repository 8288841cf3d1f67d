package inventory_test

import (
	"strings"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/inventory"
	"didops/internal/money"
)

const (
	one   = "971500000001"
	two   = "971500000002"
	three = "971500000003"
)

// TestLook follows a number from its coming to its end, and back.
func TestLook(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		o := at(t, place(t), number(one), number(two))
		equal(t, "the first look", o.look(t), []inventory.Change(nil))
		o.pass(time.Hour)
		equal(t, "nothing new", o.look(t), []inventory.Change(nil))
		for _, step := range []struct {
			name string
			do   func()
			want []string
		}{
			{"new, and waiting", func() {
				o.list.rows[three] = number(three, func(r *exchange.Owned) { r.NeedsDocuments = true })
			}, []string{three + " new"}},
			{"verified", func() { o.list.edit(three, func(r *exchange.Owned) { r.DocumentsVerified = true }) }, []string{three + " verified state:pending_documents>active"}},
			{"paid, and noted", func() {
				o.list.edit(one, func(r *exchange.Owned) { r.BilledTo, r.Notes, r.Vendor = r.BilledTo.AddDate(0, 1, 0), "x", "y" })
			}, nil},
			{"many things", func() {
				o.list.edit(one, func(r *exchange.Owned) {
					r.MonthlyFee, r.SMSPrice, r.Fax, r.Type, r.Status = money.MustParse("5"), money.Amount{}, true, "national", "suspended"
					r.Contact = "sip:" + one + "@other.example.net"
				})
			}, []string{
				one + " fee monthly_fee:4.50>5.00 sms_price:0.01>",
				one + " routing calls_to:sip:" + one + "@sip.example.net:5060>sip:" + one + "@other.example.net",
				one + " features type:mobile>national features:voice sms>voice sms fax",
				one + " state state:active>suspended",
			}},
			{"a password", func() {
				o.list.edit(two, func(r *exchange.Owned) { r.SMPPContact = strings.Replace(r.SMPPContact, "secret", "other", 1) })
			}, []string{two + " routing password:***>***"}},
			{"another spelling of a fee", func() { o.list.edit(two, func(r *exchange.Owned) { r.MonthlyFee = money.MustParse("4.500") }) }, nil},
			{"missed", func() { delete(o.list.rows, two) }, nil},
			{"gone", func() {}, []string{two + " gone"}},
			{"still gone", func() {}, nil},
			{"back", func() { o.list.rows[two] = number(two) }, []string{two + " new"}},
		} {
			o.list.change(step.do)
			o.pass(time.Hour)
			equal(t, step.name, words(o.look(t)), step.want)
		}
		all, err := o.Changes(t.Context(), inventory.Query{})
		if err != nil || len(all) != 9 {
			t.Fatalf("got %d changes, %v, want 9", len(all), err)
		}
		for i, c := range all {
			if c.Seq != int64(i+1) {
				t.Errorf("got change %d in the place of %d", c.Seq, i+1)
			}
		}
		n := o.own(t, false)
		equal(t, "first", []time.Time{n[0].First, n[1].First, n[2].First}, []time.Time{{}, all[8].At, all[0].At})
	})
}
