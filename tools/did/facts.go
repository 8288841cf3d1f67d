package did

import (
	"strconv"
	"strings"

	"didops/internal/exchange"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/sipaddr"
)

// What the facts and terms of a line are called. Most are what results call
// them.
const (
	factOffered  = "offered"
	factOwned    = "owned"
	factContact  = "present_contact"
	factSMPP     = "present_smpp_contact"
	termAccount  = "billing_account"
	termContact  = "contact"
	termSMPP     = "smpp_contact"
	termBilledTo = "billed_to"

	yes = "yes"
	no  = "no"
)

// sellersWords are the facts that sellers write as they like.
func sellersWords() []string { return []string{"vendor"} }

// factsOf returns what an approval binds of a number.
func factsOf(n *exchange.Number) []order.Fact {
	return []order.Fact{
		{Name: "number", Value: n.Digits},
		{Name: "i_did", Value: n.ID},
		{Name: "vendor", Value: n.Vendor},
		{Name: "type", Value: n.Type},
		{Name: "features", Value: strings.Join(features(n), " ")},
		{Name: "setup_fee", Value: n.SetupFee.String(), Fee: true},
		{Name: "monthly_fee", Value: n.MonthlyFee.String(), Fee: true},
		{Name: "price_1", Value: n.Price1.String()},
		{Name: "price_n", Value: n.PriceN.String()},
		{Name: "interval_1", Value: number(n.Interval1)},
		{Name: "interval_n", Value: number(n.IntervalN)},
		{Name: "sms_price", Value: n.SMSPrice.String()},
		{Name: "capacity", Value: number(n.Capacity)},
		{Name: "documents_required", Value: documentsFact(n)},
	}
}

func number(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// documentsOf tells whether documents are needed; nil where the exchange does
// not.
func documentsOf(n *exchange.Number) *bool {
	if n.DocumentsUnstated {
		return nil
	}
	return &n.NeedsDocuments
}

// documentsFact is documentsOf as a fact.
func documentsFact(n *exchange.Number) string {
	needed := documentsOf(n)
	switch {
	case needed == nil:
		return ""
	case *needed:
		return yes
	}
	return no
}

// newLine begins the line of a number: what it is, and what state it is in.
func newLine(n *exchange.Number, state string) order.Line {
	return order.Line{
		Number: n.Digits, ID: n.ID, Country: n.Country, MonthlyFee: n.MonthlyFee, Documents: documentsOf(n),
		Facts: append([]order.Fact{{Name: state, Value: yes}}, factsOf(n)...),
	}
}

// ownLine begins the line of an own number. Nothing is paid for what is done to
// it.
func ownLine(o *exchange.Owned) order.Line {
	l := newLine(&o.Number, factOwned)
	l.DueNow = free()
	l.Facts = append(l.Facts, routeFact(factContact, sipaddr.SIP, o.Contact), routeFact(factSMPP, sipaddr.SMPP, o.SMPPContact))
	return l
}

// gone returns the line of a number that is not there any more: all as it was
// quoted, but for that.
func gone(l order.Line, state, why string) order.Line {
	l.Gone = why
	l.Facts = append([]order.Fact(nil), l.Facts...)
	for i := range l.Facts {
		if l.Facts[i].Name == state {
			l.Facts[i].Value = no
		}
	}
	return l
}

// free is the amount of nothing to pay.
func free() money.Amount { return money.MustParse("0.00") }
