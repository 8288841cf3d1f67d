package notify

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/lease"
	"didops/internal/loglimit"
	"didops/internal/transaction"
	"didops/internal/webhook"
)

// Target is a receiver that is configured.
type Target struct {
	Name     string
	Settings string   // changes when what follows does, and tells nothing of a secret
	Events   []string // types that it is told; empty = all
	Client   Sender
}

// wants reports whether the target is told events of a type.
func (t *Target) wants(event string) bool {
	return len(t.Events) == 0 || slices.Contains(t.Events, event)
}

// Sender makes one request. It is implemented by [webhook.Client].
type Sender interface {
	Send(ctx context.Context, id string, body []byte) webhook.Result
}

// Config is what a [Service] is made of.
type Config struct {
	Store    Store       // needed
	Leases   lease.Store // which process is at a receiver; nil = this one alone
	Exchange string      // whose events they are; needed
	Sandbox  bool
	Targets  []Target
	Told     func(audit.Entry) audit.Entry // an entry as outsiders are told; nil = as it is

	// Head returns the number of the last entry of the trail, and Changed waits
	// until there is one after that, or ctx ends. Both needed.
	Head    func(ctx context.Context) (int64, error)
	Changed func(ctx context.Context, after int64)

	Now    func() time.Time // needed
	Jitter func() float64   // from 0 to 1, not 1; nil = random
	Log    zerolog.Logger   // the zero Logger logs nothing
}

// Service delivers events. Safe for concurrent use.
type Service struct {
	c     Config
	limit *loglimit.Limiter[string]
	tries map[string]*tally // by the names of the targets
}

// tally is what came of the tries of this process.
type tally struct{ delivered, retried, failed atomic.Int64 }

// complainEvery is how often the log is told the same.
const complainEvery = 10 * time.Minute

// New returns a service. It does nothing by itself; see Run.
func New(c Config) *Service {
	if c.Told == nil {
		c.Told = func(e audit.Entry) audit.Entry { return e }
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	s := &Service{c: c, limit: loglimit.New[string](complainEvery, c.Now), tries: map[string]*tally{}}
	for _, t := range c.Targets {
		s.tries[t.Name] = &tally{}
	}
	return s
}

// now is a moment as the store keeps it.
func (s *Service) now() time.Time { return s.c.Now().UTC().Truncate(time.Microsecond) }

const (
	leaseRetry = 5 * time.Second // how soon a lease of another is asked for again
	idle       = time.Minute     // how often a process says that it is at a receiver
	keepFor    = 30 * 24 * time.Hour
	cleanEvery = time.Hour
	abandoned  = 24 * time.Hour // after which a receiver that no process has configured is forgotten
)

// Register keeps that the targets are configured, so that what happens from then
// on counts for a new one. Run does so too, over and over where the store fails.
func (s *Service) Register(ctx context.Context) {
	for _, t := range s.c.Targets {
		s.complain(ctx, t.Name, s.register(ctx, t))
	}
}

// Run tells all targets what happens, until ctx ends. Nothing that goes wrong
// with one keeps it from the others, or ends it.
func (s *Service) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, t := range s.c.Targets {
		all.Go(func() { s.serve(ctx, t) })
	}
	all.Go(func() { s.clean(ctx) })
	all.Wait()
	return nil
}

// serve tells one target what happens, until ctx ends.
func (s *Service) serve(ctx context.Context, t Target) {
	for ctx.Err() == nil { // before it is anybody's turn: what happens from now on counts
		err := s.register(ctx, t)
		if err == nil {
			break
		}
		s.complain(ctx, t.Name, err)
		rest(ctx, leaseRetry)
	}
	r := &lease.Runner{
		Store: s.c.Leases, Name: "webhook " + s.c.Exchange + " " + t.Name, Retry: leaseRetry,
		Observe: func(status lease.Status, err error) {
			if err != nil && status != lease.Released {
				s.complain(ctx, t.Name, err)
			}
		},
	}
	w := &worker{Service: s, target: t}
	err := r.Repeat(ctx, func(ctx context.Context) (time.Duration, error) {
		again, err := w.step(ctx)
		s.complain(ctx, t.Name, err)
		return again, err
	}, w.news)
	s.complain(ctx, t.Name, err)
}

// register keeps that a target is configured, and what its settings are. A new
// one begins with what happens from then on; one whose settings are others is
// tried at once, and again where it wanted no more.
func (s *Service) register(ctx context.Context, t Target) error {
	head, err := s.c.Head(ctx)
	if err != nil {
		return err
	}
	return s.c.Store.Write(ctx, func(tx Tx) error {
		now := s.now()
		r, err := tx.Receiver(s.c.Exchange, t.Name)
		if errors.Is(err, transaction.ErrNone) {
			return tx.SaveReceiver(Receiver{Exchange: s.c.Exchange, Name: t.Name, Settings: t.Settings, Mark: head, Seen: now})
		}
		if err != nil {
			return err
		}
		if r.Settings != t.Settings {
			r.Settings, r.Closed = t.Settings, time.Time{}
			if err := tx.Hasten(s.c.Exchange, t.Name, now); err != nil {
				return err
			}
		}
		r.Seen = now
		return tx.SaveReceiver(r)
	})
}

// Reopen takes it back that a receiver wanted no more, and has all that waits
// for it tried at once. Where nothing waits for it, nothing is changed.
func (s *Service) Reopen(ctx context.Context, name string) error {
	var closed bool
	err := s.c.Store.Read(ctx, func(tx Tx) error {
		r, err := tx.Receiver(s.c.Exchange, name)
		closed = !r.Closed.IsZero()
		return err
	})
	if err != nil || !closed {
		return present(err)
	}
	return s.c.Store.Write(ctx, func(tx Tx) error {
		r, err := tx.Receiver(s.c.Exchange, name)
		if err != nil {
			return present(err)
		}
		r.Closed = time.Time{}
		if err := tx.Hasten(s.c.Exchange, name, s.now()); err != nil {
			return err
		}
		return tx.SaveReceiver(r)
	})
}

// clean removes what is old, and receivers that are not configured any more,
// now and then, at one process of those on the store.
func (s *Service) clean(ctx context.Context) {
	r := &lease.Runner{Store: s.c.Leases, Name: "webhooks " + s.c.Exchange}
	for ctx.Err() == nil {
		_, err := r.Try(ctx, s.tidy)
		s.complain(ctx, "", err)
		rest(ctx, cleanEvery)
	}
}

// tidy is one round of clean. A process whose configuration is older may be
// about to end: a receiver that it does not name is left for a day.
func (s *Service) tidy(ctx context.Context) error {
	there := false
	err := s.c.Store.Read(ctx, func(tx Tx) error {
		list, err := tx.Receivers(s.c.Exchange)
		there = len(list) > 0
		return err
	})
	if err != nil || !there {
		return present(err)
	}
	now := s.now()
	return s.c.Store.Write(ctx, func(tx Tx) error {
		list, err := tx.Receivers(s.c.Exchange)
		if err != nil {
			return err
		}
		for _, r := range list {
			mine := slices.ContainsFunc(s.c.Targets, func(t Target) bool { return t.Name == r.Name })
			if mine || now.Sub(r.Seen) < abandoned {
				continue
			}
			if err := tx.DropReceiver(s.c.Exchange, r.Name); err != nil {
				return err
			}
		}
		return tx.Forget(s.c.Exchange, now.Add(-keepFor))
	})
}

// complain tells the log what went wrong, the same seldom.
func (s *Service) complain(ctx context.Context, name string, err error) {
	if err == nil || ctx.Err() != nil || !s.limit.Allow(name+" "+err.Error()) {
		return
	}
	level := zerolog.WarnLevel
	if fault.CodeOf(err) == fault.Internal {
		level = zerolog.ErrorLevel
	}
	s.c.Log.WithLevel(level).Err(err).Str("webhook", name).Msg("events wait: it is tried again")
}

// present returns the error of a transaction, but none where what it looked for
// is not there.
func present(err error) error {
	if errors.Is(err, transaction.ErrNone) {
		return nil
	}
	return err
}

// rest returns after a time, or when ctx ends.
func rest(ctx context.Context, long time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	<-ctx.Done()
}
