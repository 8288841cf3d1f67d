// Package mandate declares the operations on mandates: ask people for standing
// authority to buy, see which there is and what is left of it, and revoke it. A
// mandate is an order of its own kind (see [didops/internal/mandate]): nothing may
// be bought by it before people have approved it, and none of these operations
// widens one.
package mandate

import (
	"context"
	"strings"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/order"
	"didops/internal/request"
	"didops/tools"
	"didops/tools/did"
)

// Group is the word by which [mcp] operations picks these operations.
const Group tools.Group = "mandates"

// Service is what the operations need of the service of orders. [order.Engine]
// implements it.
type Service interface {
	Mandates(ctx context.Context, by identity.Caller) ([]order.MandateState, error)
	RevokeMandate(ctx context.Context, name string, by identity.Caller) (state order.MandateState, stopped []string, err error)
}

// Config is what the operations need. Functions that return something are called
// when it is needed, and may be nil for a catalogue that only describes.
type Config struct {
	Mandates func() Service
	Store    func() mandate.Store
	Exchange string // whose mandates they are
	Currency string // of every amount

	// Standing reads account and routing as a purchase does.
	Standing func(in did.PurchaseIn, by identity.Caller) (did.Standing, error)
	// Watches returns the names of a person's watches; nil = there are none.
	Watches func(ctx context.Context, by identity.Caller) []string

	Now   func() time.Time // needed
	NewID func() string    // nil = random ones
}

// Writes returns the declaration of the operation whose orders are mandates.
func Writes(c Config) []tools.Declaration { return []tools.Declaration{addOperation(c)} }

// Operations returns those of the operations that need no approval.
func Operations(c Config) []tools.Declaration {
	return []tools.Declaration{listOperation(c), revokeOperation(c)}
}

func name(verb string) tools.Name { return tools.Name{Noun: "mandate", Verb: verb} }

// complete suggests the names of the mandates that are in force.
func complete(c Config) tools.Completer {
	return func(ctx context.Context, partial string) []tools.Choice {
		if c.Mandates == nil {
			return nil
		}
		list, err := c.Mandates().Mandates(ctx, request.Caller(ctx))
		if err != nil {
			return nil
		}
		var choices []tools.Choice
		for _, m := range list {
			if m.InForce() && strings.HasPrefix(m.Terms.Name, strings.ToLower(partial)) && len(choices) < suggestMost {
				choices = append(choices, tools.Choice{Value: m.Terms.Name, Label: m.Terms.Words})
			}
		}
		return choices
	}
}

// suggestMost is how many names are suggested.
const suggestMost = 25

// inField returns an error about what a parameter holds.
func inField(field string, err error) error {
	if f, ok := fault.As(err); ok {
		return f.WithField(field)
	}
	return err
}
