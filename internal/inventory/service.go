package inventory

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/lease"
)

// Proof is how long after it was missed a number has to be missed again to be
// gone, at least.
const Proof = time.Minute

// Config is what a [Service] needs.
type Config struct {
	Store    Store
	Reader   exchange.Reader // nil for one that only answers
	Leases   lease.Store     // nil = there is but one process that runs it
	Exchange string          // url and login: whose numbers they are
	Currency string
	Every    time.Duration // how old a look may be before [Service.Run] looks again; 0 = never by itself
	Proof    time.Duration // in place of [Proof], where it is longer: lists lag

	// Doings returns what orders of this exchange did since a moment, oldest
	// first; nil = nobody knows.
	Doings func(ctx context.Context, since time.Time) ([]Doing, error)

	// Head returns the number of the latest entry of the audit trail, by which Run
	// hears of orders; nil = it asks Doings alone.
	Head func(ctx context.Context) (int64, error)

	// Observe is told of every look, with the error where there was one; nil =
	// nobody is.
	Observe func(Look, error)

	Now func() time.Time
	Log zerolog.Logger
}

// Service looks at the own list, keeps what it finds, and answers from it. It is
// safe for concurrent use, by several processes on one store.
type Service struct {
	c    Config
	turn chan struct{} // held by who looks
}

// New returns a service.
func New(c Config) *Service {
	c.Proof = max(c.Proof, Proof)
	return &Service{c, make(chan struct{}, 1)}
}

// Currency returns the currency of every amount.
func (s *Service) Currency() string { return s.c.Currency }

// now is a moment as the store keeps it.
func (s *Service) now() time.Time { return s.c.Now().UTC().Truncate(time.Microsecond) }

func (s *Service) observe(l Look, err error) {
	if s.c.Observe != nil {
		s.c.Observe(l, err)
	}
}
