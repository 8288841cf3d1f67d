package did

import (
	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
	"didops/tools"
)

// MaskContact is for the forms of contacts that no exchange of the tests
// accepts.
func MaskContact(contact string) string { return maskContact(contact) }

// ShownAddress is for the addresses that no quote of the tests holds.
func ShownAddress(scheme, address string) string { return shownAddress(scheme, address) }

// Writes returns the declarations of the operations that need an approval
// alone.
func Writes(c Config) ([]tools.Declaration, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return writes(newMarket(c))
}

// NewRow is a row of a type that has features, for those that the exchange of
// the tests does not have.
func NewRow(kind string, features ...string) Row {
	n := exchange.Number{Type: kind}
	for _, f := range features {
		switch f {
		case "voice":
			n.Voice = true
		case "sms":
			n.SMS = true
		}
	}
	return newRow(&n)
}

// Cost is what a month of a number costs with its use, and a contract.
func Cost(n *exchange.Number, minutes, messages, months int) (month, contract money.Amount) {
	u := Use{Minutes: &minutes, Messages: &messages}.month()
	u.Months = int64(months)
	return u.cost(n), u.contract(n)
}

// PriceNanos is what a month of use costs besides the fee, worked out in
// integers.
func PriceNanos(r market.Rates, minutes, messages int) (uint64, bool) {
	return Use{Minutes: &minutes, Messages: &messages}.month().nanos(r)
}
