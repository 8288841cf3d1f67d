package mandate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/money"
)

// Operation is the name of the operation whose orders are mandates, and Kind what
// such an order is called.
const (
	Operation = "mandate_add"
	Kind      = "mandate"
)

// Realm is the realm of the party that decides a use: no person is of it.
const Realm = "mandate"

// Term is the name of the term, of the one line of a mandate's order, that holds
// its [Terms] as JSON.
const Term = "mandate"

// The bounds of what a mandate may say.
const (
	MinGrace   = 10 * time.Second
	MaxGrace   = 24 * time.Hour
	MaxNumbers = 1000
	MaxUsers   = 20
	Longest    = 366 * 24 * time.Hour
)

// nameForm is what a mandate may be called: it stands where orders have numbers,
// and is never taken for one.
var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,29}[a-z0-9]$`)

// Name returns a name as it is kept, or an Invalid fault.
func Name(text string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(text))
	if !nameForm.MatchString(name) {
		return "", fault.New(fault.Invalid, "a mandate can't be called so").WithField("name").
			WithHint("2 to 31 letters, digits and hyphens that begin with a letter, such as uae-mobile")
	}
	return name, nil
}

// Terms are what people approve of a mandate. All amounts are in the currency of
// the exchange. They are kept with an order: what is added later must be absent
// while it is empty.
type Terms struct {
	Name   string          `json:"name"`
	Filter json.RawMessage `json:"filter"` // of a search, as the market's operations keep it
	Words  string          `json:"words"`  // the same for people

	// Most of each number; none is missing.
	MaxMonthlyFee money.Amount `json:"max_monthly_fee"`
	MaxSetupFee   money.Amount `json:"max_setup_fee"`

	Numbers      int          `json:"numbers"`                // that may be bought in all
	Budget       money.Amount `json:"budget"`                 // due at once, of all of them
	MonthNumbers int          `json:"month_numbers,omitzero"` // the same of each UTC month; 0 = no further bound
	MonthBudget  money.Amount `json:"month_budget,omitzero"`  // likewise; unknown = no further bound
	PerDay       int          `json:"per_day,omitzero"`       // numbers of each UTC day; 0 = no further bound

	Until time.Time      `json:"until"`           // nothing is bought or sent by it from then on
	Grace time.Duration  `json:"grace"`           // between a use and its send
	Users []approval.Who `json:"users,omitempty"` // roles and people who may use it besides who asked for it
	IDs   []string       `json:"ids,omitempty"`   // the same: principals as realm:id, such as clients

	// Routing is what every purchase says of account and routing, by the names of
	// terms; {number} stands for the digits. What it does not name must be absent.
	Routing map[string]string `json:"routing"`

	Watch string `json:"watch,omitempty"` // name of the watch whose hits it buys by itself; "" = none
}

// Text returns the terms as an order keeps them.
func (t Terms) Text() (string, error) {
	t.Until = t.Until.UTC().Truncate(time.Second)
	b, err := json.Marshal(t)
	return string(b), err
}

// Parse returns the terms that Text wrote. What it does not know it refuses: it
// could be a bound.
func Parse(text string) (Terms, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	var t Terms
	if err := d.Decode(&t); err != nil {
		return Terms{}, fmt.Errorf("read the terms of a mandate: %w", err)
	}
	return t, t.check()
}

// check reports terms without a bound that every mandate has.
func (t Terms) check() error {
	for _, a := range []money.Amount{t.MaxMonthlyFee, t.MaxSetupFee, t.Budget} {
		if !a.Known() || negative(a) {
			return fmt.Errorf("mandate %s lacks a bound", t.Name)
		}
	}
	if !nameForm.MatchString(t.Name) || t.Numbers < 1 || t.Grace < MinGrace || t.Until.IsZero() || t.Routing == nil || len(t.Filter) == 0 {
		return fmt.Errorf("mandate %s lacks a bound", t.Name)
	}
	return nil
}

// Over reports whether the mandate is at its end.
func (t Terms) Over(now time.Time) bool { return !now.Before(t.Until) }

func negative(a money.Amount) bool { return a.Cmp(money.MustParse("0")) < 0 }
