package inventory

import (
	"context"
	"errors"
	"slices"
	"time"

	"didops/internal/money"
)

// Kind is what changed of a number.
type Kind string

// The kinds of changes.
const (
	Came     Kind = "new"      // it came, or came back
	Gone     Kind = "gone"     // it is not ours any more
	Verified Kind = "verified" // its documents were accepted: pending_documents became active
	Fee      Kind = "fee"      // any of its fees and prices
	Routing  Kind = "routing"  // where calls or messages go
	Features Kind = "features" // what it can do, and its type
	State    Kind = "state"    // any other change of the state
)

// Kinds returns every kind.
func Kinds() []Kind { return []Kind{Came, Gone, Verified, Fee, Routing, Features, State} }

// Change is what a look found changed of one number.
type Change struct {
	Seq    int64     // counts the changes of an exchange, from 1, without gaps
	At     time.Time // of the look
	Number string    // digits
	Kind   Kind
	Fields []Field // what of it, by field; none of new and gone
	Order  string  // the order of ours that did it; "" = elsewhere

	MonthlyFee money.Amount // of the number, after it; of one that is gone, before
}

// Field is one fact that changed. Texts are without passwords.
type Field struct {
	Name     string // monthly_fee, calls_to, state …
	From, To string // "" = not stated
}

// Query says which changes are asked for. The zero query asks for all.
type Query struct {
	Since  time.Time // at or after it; zero = from the beginning
	After  int64     // of a higher Seq
	Kinds  []Kind    // empty = every kind
	Number string    // digits; "" = every number
	Most   int       // the latest so many; 0 = all
}

// errEnough ends a reading of the store that has what it needs.
var errEnough = errors.New("enough")

// Changes returns what changed, oldest first.
func (s *Service) Changes(ctx context.Context, q Query) ([]Change, error) {
	var list []Change
	err := s.c.Store.Read(ctx, func(tx Tx) error {
		list = nil
		return tx.Changes(s.c.Exchange, q.Number, func(c *Change) error {
			// Moments never run backwards: what comes next is older still.
			if c.Seq <= q.After || c.At.Before(q.Since) {
				return errEnough
			}
			if len(q.Kinds) == 0 || slices.Contains(q.Kinds, c.Kind) {
				list = append(list, *c)
			}
			if q.Most > 0 && len(list) == q.Most {
				return errEnough
			}
			return nil
		})
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	slices.Reverse(list)
	return list, present(damaged(err))
}
