package did

import (
	"context"
	"errors"
	"time"

	"didops/internal/exchange"
	"didops/internal/handle"
	"didops/internal/identity"
	"didops/internal/market"
	"didops/internal/order"
	"didops/tools"
)

// keepMost is how many of the best rows a market reading keeps in order.
const keepMost = 1000

// Config is what the operations need.
type Config struct {
	Reader   exchange.Reader
	Scope    string        // names the exchange and account; cursors of another scope are refused
	Currency string        // of every amount, such as USD
	MaxRows  int           // most market rows one search reads; 0 = no bound
	Deadline time.Duration // of a whole search; 0 = the exchange client's own
	Cache    time.Duration // how long a market reading serves other calls; 0 = only those under way
	Now      func() time.Time

	// Patience is how long the store and the memory are waited for, where that is
	// more than who searches waits for them: what they don't tell is done without.
	Patience time.Duration

	// Mirror is the memory of the market; nil = none. What is no older than MaxAge
	// is answered from it. Forgets is told of its errors, which nothing fails
	// for; nil = nobody is.
	Mirror  *market.Mirror
	MaxAge  time.Duration
	Forgets func(error)

	// Handles returns where the cursors for models are kept; nil = they are
	// given whole. It is called when a page is shown that others follow.
	Handles func() handle.Store

	// Results returns where readings are kept of which pages are shown; nil = in
	// this process alone.
	Results func() handle.Results

	// Moved returns what orders have bought or given up since a moment; nil =
	// nobody knows. It is asked once for every search and list.
	Moved func(ctx context.Context, since time.Time) (order.Moves, error)

	// Carried returns what an order has carried out, with routing in full; nil =
	// nobody knows.
	Carried func(ctx context.Context, id string, by identity.Caller) (order.Carried, error)

	// Prompts are what else a person may begin a conversation about own numbers
	// with.
	Prompts []tools.Prompt

	// Inventory knows labels and use of own numbers; nil = nobody does.
	Inventory Inventory

	// Count has the use of own numbers counted anew where what is known is old;
	// nil = nobody does. It may take as long as somebody waits; its error leaves what
	// is known as it is.
	Count func(ctx context.Context) error

	// Mandated returns what a mandate that the caller may use says of account and
	// routing, by the names of terms; nil = there are none.
	Mandated func(ctx context.Context, name string, by identity.Caller) (map[string]string, error)

	// What the operations that need an approval need besides.

	Messenger       exchange.Messenger // nil = messages to sellers are refused, with the setting to change
	Writer          exchange.Writer    // nil for a catalogue that only describes
	Routing         Routing            // where calls and messages of numbers go
	BillingAccount  int64              // that purchases are billed to; 0 = it has to be named
	BillingAccounts []int64            // others that may be named
	MaxNumbers      func() int         // of one order, as it is now; 0 and nil = not bounded. The service of orders holds it
}

// Routing says where calls and messages go and may go.
type Routing struct {
	Contact     string   // template of a SIP address, with {number}; "" = none
	SMPPContact string   // template of an SMPP address, with {number}; "" = none; holds a password
	Hosts       []string // that may be named besides those of the templates

	// Secret reports whether a text holds a secret of the configuration, which
	// is no user of a SIP address, no message and no label; nil = nothing does.
	Secret func(text string) bool
}

func (c Config) atLeast(d time.Duration) time.Duration { return max(d, c.Patience) }

// Operations returns the declarations of the operations on numbers that read.
// They share what was read of the market.
func Operations(c Config) ([]tools.Declaration, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return reads(newMarket(c)), nil
}

// All returns those and the declarations of the operations that need an
// approval: purchase, update, unsubscribe and message. What a search has shown is
// suggested to a purchase. It refuses a routing template that could not be
// sent.
func All(c Config) ([]tools.Declaration, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	m := newMarket(c)
	list, err := writes(m)
	if err != nil {
		return nil, err
	}
	return append(reads(m), list...), nil
}

func (c Config) check() error {
	if c.Reader == nil || c.Currency == "" || c.Now == nil {
		return errors.New("operations need an exchange, a currency and a clock")
	}
	return nil
}

func reads(m *marketOps) []tools.Declaration {
	return []tools.Declaration{searchOperation(m), overviewOperation(m), historyOperation(m), listOperation(m.Config)}
}

func writes(m *marketOps) ([]tools.Declaration, error) {
	d, err := newWriteOps(m.Config)
	if err != nil {
		return nil, err
	}
	h := newOwnNumbers(m.Config)
	return []tools.Declaration{
		d.purchaseOperation(m.completeOffer), d.updateOperation(h.completeNumber), d.unsubscribeOperation(h.completeNumber),
		d.messageOperation(h.completeNumber),
	}, nil
}
