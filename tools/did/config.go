package did

import (
	"errors"
	"time"

	"didops/tools"
)

// keepMost is how many of the best rows a market reading keeps in order.
const keepMost = 1000

// Config is what the operations need.
type Config struct {
	Exchange Exchange
	Scope    string        // names the exchange and account; cursors of another scope are refused
	Currency string        // of every amount, such as USD
	MaxRows  int           // most market rows one search reads; 0 = no bound
	Deadline time.Duration // of a whole search; 0 = the exchange client's own
	Cache    time.Duration // how long a market reading serves other calls; 0 = only those under way
	Now      func() time.Time
}

// Operations returns the declarations of all operations on numbers. They
// share what was read of the market.
func Operations(c Config) ([]tools.Declaration, error) {
	if c.Exchange == nil || c.Currency == "" || c.Now == nil {
		return nil, errors.New("operations need an exchange, a currency and a clock")
	}
	m := newMarket(c)
	return []tools.Declaration{searchOperation(m), overviewOperation(m), listOperation(c)}, nil
}
