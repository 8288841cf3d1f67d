// Package inventory declares the operations on what is known of the own numbers
// besides the exchange's list: label them, see what changed, and look at one of
// them from all sides. What they know is the inventory's (see package
// didops/internal/inventory).
package inventory

import (
	"context"
	"time"

	"didops/internal/exchange"
	"didops/internal/identity"
	"didops/internal/inventory"
	"didops/internal/order"
	"didops/tools"
	"didops/tools/did"
)

// Service is what the operations need of the inventory. It is safe for concurrent
// use.
type Service interface {
	did.Inventory
	// Changes returns what changed, oldest first.
	Changes(ctx context.Context, q inventory.Query) ([]inventory.Change, error)
	// Label changes the labels of numbers in one transaction; dry changes nothing.
	Label(ctx context.Context, by identity.Caller, patches map[string]inventory.Patch, dry, force bool) ([]inventory.Labelled, error)
}

// Orders finds the orders about a number, latest first, that the caller may see.
type Orders interface {
	About(ctx context.Context, by identity.Caller, number string, limit int) ([]order.Order, error)
}

// Memory is what is remembered of the market. Nothing is asked of the exchange.
type Memory interface {
	// Fit calls take with every offer that fits and can be bought.
	Fit(ctx context.Context, f did.Filter, take func(o *exchange.Offer, came time.Time)) (did.Seen, error)
}

// Config is what the operations need. A catalogue that only describes has none but
// the currency and the clock.
type Config struct {
	Inventory Service
	Reader    exchange.Reader // of the own list, for one number
	Orders    Orders
	Memory    Memory
	Currency  string        // of every amount, such as USD
	Every     time.Duration // how old what is known may be; 0 = an hour
	Now       func() time.Time

	// Secret reports whether a text holds a secret of the configuration, which is no
	// label; nil = nothing does.
	Secret func(text string) bool

	// Count has the use of own numbers counted anew where what is known is old;
	// nil = nobody does. Its error leaves what is known as it is.
	Count func(ctx context.Context) error
}

// Operations returns the declarations.
func Operations(c Config) []tools.Declaration {
	if c.Every <= 0 {
		c.Every = time.Hour
	}
	return []tools.Declaration{labelOperation(c), changesOperation(c), showOperation(c)}
}

func name(verb string) tools.Name { return tools.Name{Noun: "did", Verb: verb} }

// labels is the inventory as suggestions need it; nil where there is none.
func (c Config) labels() did.Inventory {
	if c.Inventory == nil {
		return nil
	}
	return c.Inventory
}

func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }
