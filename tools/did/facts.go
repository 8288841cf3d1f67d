package did

import (
	"strconv"
	"strings"

	"didops/internal/address"
	"didops/internal/money"
	"didops/tools"
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

// facts returns what an approval binds of a number.
func (n *Number) facts() []tools.Fact {
	return []tools.Fact{
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
		{Name: "documents_required", Value: n.papers()},
	}
}

func number(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// documents tells whether documents are needed; nil where the exchange does
// not.
func (n *Number) documents() *bool {
	if n.DocumentsUnstated {
		return nil
	}
	return &n.NeedsDocuments
}

// papers is documents as a fact.
func (n *Number) papers() string {
	needed := n.documents()
	switch {
	case needed == nil:
		return ""
	case *needed:
		return yes
	}
	return no
}

// line begins the line of a number: what it is, and what state it is in.
func (n *Number) line(state string) tools.Line {
	return tools.Line{
		Number: n.Digits, ID: n.ID, Country: n.Country, MonthlyFee: n.MonthlyFee, Documents: n.documents(),
		Facts: append([]tools.Fact{{Name: state, Value: yes}}, n.facts()...),
	}
}

// line begins the line of an own number. Nothing is paid for what is done to
// it.
func (o *Owned) line() tools.Line {
	l := o.Number.line(factOwned)
	l.DueNow = free()
	l.Facts = append(l.Facts, routeFact(factContact, address.SIP, o.Contact), routeFact(factSMPP, address.SMPP, o.SMPPContact))
	return l
}

// gone returns the line of a number that is not there any more: all as it was
// quoted, but for that.
func gone(l tools.Line, state, why string) tools.Line {
	l.Gone = why
	l.Facts = append([]tools.Fact(nil), l.Facts...)
	for i := range l.Facts {
		if l.Facts[i].Name == state {
			l.Facts[i].Value = no
		}
	}
	return l
}

// free is the amount of nothing to pay.
func free() money.Amount { return money.MustParse("0.00") }
