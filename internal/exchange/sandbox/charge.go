package sandbox

import (
	"context"
	"time"

	"didops/internal/schedule"
)

// Charge is a month of service that was charged for: the first with the
// purchase, and another at the end of each for as long as the number is held.
type Charge struct {
	Number string    `json:"number"` // digits
	ID     string    `json:"i_did"`
	Buyer  string    `json:"buyer"` // login
	Month  int       `json:"month"` // 1 for that of the purchase
	Time   time.Time `json:"time"`  // UTC
}

// Charges returns every month that was charged for by now in this market, by
// the ledger: those of a number in order, numbers in the order in which they
// were bought. A month is counted from the purchase; a number that is given up
// at the very moment at which it would be charged is not. The error is that of
// the state file.
func (s *Server) Charges(ctx context.Context) ([]Charge, error) {
	ledger, err := s.Ledger(ctx)
	if err != nil {
		return nil, err
	}
	now := s.options.Now().UTC()
	var all []Charge
	for i, e := range ledger {
		if e.Operation == Purchase {
			all = append(all, e.charges(heldUntil(ledger[i+1:], e.Number, now))...)
		}
	}
	return all, nil
}

// heldUntil returns when a number was given up, by what followed its purchase,
// or the moment given.
func heldUntil(ledger []Entry, number string, now time.Time) time.Time {
	for _, e := range ledger {
		if e.Operation == Unsubscribe && e.Number == number {
			return e.Time
		}
	}
	return now.Add(1) // what is held is charged at that very moment
}

// charges are those of what was bought, before a moment.
func (e Entry) charges(until time.Time) []Charge {
	var list []Charge
	for n := 0; n == 0 || schedule.Months(e.Time, n).Before(until); n++ {
		list = append(list, Charge{Number: e.Number, ID: e.ID, Buyer: e.Buyer, Month: n + 1, Time: schedule.Months(e.Time, n)})
	}
	return list
}
