package approval

import (
	"time"

	"didops/internal/identity"
	"didops/internal/money"
)

// Settings is the name of the last rule, which fits everything.
const Settings = "settings"

// Rule is what a part of all orders needs. It fits a line of which all holds
// that it states; an empty list and an amount that is not known state nothing.
type Rule struct {
	Name string

	Operations      []string
	MaxMonthlyFee   Price    // of one number
	MaxOrderTotal   Price    // set-up plus first month of the order
	MaxOrderMonthly Price    // monthly fees of the order
	MaxMonthTotal   Price    // see [Facts]
	Countries       []string // ISO codes
	Vendors         []string // whole names, in any case
	Types           []string
	Features        []string // one of them at least
	Documents       *bool
	NewHosts        *bool
	Requesters      []Who
	Hours           []Hours // by the clocks of [Config.Zone]

	Refuse          bool
	Message         string            // of a rule that refuses
	Approvals       int               // 0 = as the settings say
	Approvers       []Who             // whose approvals count; empty = everybody's who may approve
	Including       []Who             // of each of these at least one
	Strength        identity.Strength // zero = any
	RequesterCounts *bool             // nil = as the settings say
	Wait            time.Duration
	RemindAfter     []time.Duration
	EscalateAfter   time.Duration // 0 = it does not
	EscalateTo      []Who
	ExpiresAfter    time.Duration // 0 = as the settings say
}

// Priced reports whether the rule speaks of amounts, which are those of
// purchases.
func (r Rule) Priced() bool {
	return r.MaxMonthlyFee.Amount.Known() || r.MaxOrderTotal.Amount.Known() || r.MaxOrderMonthly.Amount.Known() || r.MaxMonthTotal.Amount.Known()
}

// Price is an amount of a currency. The zero Price is none.
type Price struct {
	Amount   money.Amount
	Currency string
}

// String writes the price as rules are written: "5.00 USD".
func (p Price) String() string { return p.Amount.String() + " " + p.Currency }

// Role is who has a role on a surface that has roles of its own.
type Role struct {
	Name    string
	Discord []string // ids of roles there
}

// Config is what a [Policy] is compiled of.
type Config struct {
	Rules    []Rule
	Settings Needs // of the last rule
	People   []identity.Person
	Roles    []Role
	Zone     *time.Location // nil = UTC
	Currency string         // of all amounts
}
