package approval

import (
	"time"

	"didops/internal/money"
)

// Facts is what rules look at of an order. An amount that is not known is
// within no bound.
type Facts struct {
	Operation string
	Buys      bool // it is a purchase; amounts of rules are of those
	Requester Requester
	At        time.Time    // of the request
	Total     money.Amount // set-up plus first month of the order
	Monthly   money.Amount // monthly fees of the order together
	Month     money.Amount // what the requester's orders of the calendar month come to, this one included
	Lines     []Line
}

// Requester is who asked.
type Requester struct {
	Person string // by [[people]]; "" = not joined
	Realm  string
	Roles  []string // names of roles, by whatever knows them
}

// Line is what rules look at of one line.
type Line struct {
	Number     string // as people read it
	MonthlyFee money.Amount
	Country    string // ISO code; "" = not known
	Vendor     string
	Type       string
	Features   []string
	Documents  *bool // nil = not stated
	NewHost    bool  // something of it is routed to a host that is not known
}
