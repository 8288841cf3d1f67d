package app

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/shell"
	"didops/internal/config"
	"didops/internal/failpoint"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/store"
	"didops/tools/did"
)

// Whose orders they are, where the exchange is the built-in sandbox, and how
// the ids of orders begin.
const (
	sandboxExchange = "sandbox"
	sandboxPrefix   = "sb-"
	ordersPrefix    = "o-"
)

// orders returns the engine behind the gate. It opens nothing until there is an
// order to be kept or looked for.
func (a *app) orders(ctx context.Context, c *config.Config, handlers []*order.Handler) (*order.Engine, error) {
	kept, err := a.openStore(c)
	if err == nil {
		a.kept = kept
	}
	if kept, err = somewhere(kept, err); err != nil {
		return nil, err
	}
	a.active.Store(c)
	a.books = kept
	a.handles, a.results = kept.Handles(), kept.Results()
	user := a.person(ctx).ID
	made := order.Config{
		Store: kept.Orders(), Audit: kept.Audit(), Cards: kept.Cards(), Prompts: kept.Prompts(), Tasks: kept.Tasks(), Moves: kept.Moves(), Doings: kept.Doings(), Nudges: kept.Nudges(), Leases: kept.Leases(),
		Handlers: handlers, Exchange: exchangeOf(c), Prefix: prefixOf(c), Currency: c.Exchange.Currency,
		Policy:  func() order.Policy { return policyOf(a.active.Load(), user) },
		Redact:  a.redactor(c),
		Command: a.command(c), Whose: a.whose,
		ReadWithin: c.Exchange.ReadDeadline + c.Exchange.Timeout,
		SendWithin: c.Exchange.Timeout + slack, SettleAfter: c.Exchange.SettleAfter,
		Skew: a.skew, Used: a.used(c), LookAtOwn: a.lookAtOwn, Now: a.Now, Log: a.ordersLog(),
		Authority: order.MandateConfig{Fits: did.FitsFilter, Routing: did.RoutingOf},
	}
	if a.passkeys, err = a.passkeysOf(c, kept); err != nil {
		return nil, err
	}
	if a.passkeys != nil {
		made.Passkeys = a.passkeys
	}
	e, err := order.New(made)
	if err != nil {
		return nil, err
	}
	a.closes(e.Close)
	a.engine = e
	return e, nil
}

// ordersLog is the log of what happens to orders. A person at a terminal is
// told by the result, and wants no line of a log besides, unless asked for.
func (a *app) ordersLog() zerolog.Logger {
	log := a.log()
	if a.serves || a.flags.LogLevel != "" {
		return log
	}
	return log.Level(max(log.GetLevel(), zerolog.WarnLevel))
}

// command is how people reach the orders of this configuration.
func (a *app) command(c *config.Config) string {
	if c.Path == "" || a.flags.Config == "" && a.Getenv("DIDOPS_CONFIG") == "" {
		return "didops"
	}
	path, err := filepath.Abs(c.Path)
	if err != nil {
		path = c.Path
	}
	return "didops --config " + shell.Word(path)
}

// slack is the time that a request may wait for its turn and, with Digest,
// for its nonce.
const slack = 5 * time.Second

func exchangeOf(c *config.Config) string {
	if c.Sandbox() {
		return sandboxExchange
	}
	return c.Exchange.URL + " " + c.Exchange.Login
}

func prefixOf(c *config.Config) string {
	if c.Sandbox() {
		return sandboxPrefix
	}
	return ordersPrefix
}

// store returns the store that the configuration names. It is opened when it
// is needed; a place that can't be told is an error only then.
func (a *app) store(c *config.Config) (*store.Store, error) {
	return somewhere(a.openStore(c))
}

// somewhere is a store, in place of one that can't be told what says so when it
// matters.
func somewhere(s *store.Store, err error) (*store.Store, error) {
	if _, ok := fault.As(err); ok {
		return store.Nowhere(err), nil
	}
	return s, err
}

// openStore returns the store that the configuration names, the same for the
// same place, which is closed at the end. Safe for concurrent use: what serves
// looks at its key at any time.
func (a *app) openStore(c *config.Config) (*store.Store, error) {
	place, err := a.place(c)
	if err != nil {
		return nil, err
	}
	key := cmp.Or(place.URL, place.Path)
	a.openMu.Lock()
	defer a.openMu.Unlock()
	if s := a.stores[key]; s != nil {
		return s, nil
	}
	place.Now, place.Skew, place.Log, place.Hook = a.Now, failpoint.Skew(), a.ordersLog(), failpoint.Here
	place.Observe = a.metrics.Store
	s, err := store.Open(place)
	if err != nil {
		return nil, err
	}
	if a.stores == nil {
		a.stores = map[string]*store.Store{}
	}
	a.opened, a.stores[key] = append(a.opened, s.Close), s
	return s, nil
}

// storeWithin is how long a database may be away when the program starts.
const storeWithin = 30 * time.Second

// prepared makes sure that a database is there and up to date before anything
// is served. One that is only just starting itself is waited for. Of a file no
// more is asked than that it is not gone.
func (a *app) prepared(ctx context.Context, c *config.Config) error {
	if a.kept == nil {
		return nil
	}
	if !shared(c) {
		return a.missed(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	var away error
	for wait := time.Second; ; wait = min(2*wait, 5*time.Second) {
		err := a.kept.Prepare(ctx)
		if away != nil && ctx.Err() != nil {
			return away
		}
		if f, ok := fault.As(err); !ok || f.RetryAfter == 0 {
			return err
		}
		away = err
		log := a.log()
		log.Warn().Err(err).Dur("wait", wait).Msg("the store of orders is waited for")
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return away
		}
	}
}

// missed returns the error of a store that was there once and is gone.
func (a *app) missed(ctx context.Context) error {
	if err := a.stored(ctx); errors.Is(err, store.ErrGone) {
		return err
	}
	return nil
}

// place returns where the store is. Orders in the sandbox never share a file
// with others by default.
func (a *app) place(c *config.Config) (store.Config, error) {
	if url := c.Store.URL.Reveal(); url != "" {
		if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
			return store.Config{Path: path}, nil
		}
		return store.Config{URL: url}, nil
	}
	dir, err := config.StateDir(a.Getenv)
	if err != nil {
		return store.Config{}, err
	}
	if c.Sandbox() {
		return store.Config{Path: filepath.Join(dir, "sandbox-orders.db")}, nil
	}
	return store.Config{Path: filepath.Join(dir, "orders.db")}, nil
}

// shared reports whether several users, of any machine, reach the store.
func shared(c *config.Config) bool {
	url := c.Store.URL.Reveal()
	return url != "" && !strings.HasPrefix(url, "sqlite:")
}

// policyOf translates the configured limits and approvals, on the store of
// that user of the operating system.
func policyOf(c *config.Config, user string) order.Policy {
	p := order.Policy{
		Limits: order.Limits{
			MaxMonthlyFee: c.Limits.MaxMonthlyFee, MaxSetupFee: c.Limits.MaxSetupFee,
			MaxOrderTotal: c.Limits.MaxOrderTotal, MaxDayTotal: c.Limits.MaxDayTotal,
			MaxNumbersPerOrder: c.Limits.MaxNumbersPerOrder,
			MaxOpenOrders:      c.Limits.MaxOpenOrders, Countries: c.Limits.Countries,
			MaxMonthlyTotal: c.Limits.MaxMonthlyTotal.Amount, Caps: c.Limits.Caps, Zone: c.Approval.TimeZone,
			PerDay: map[string]order.DayLimit{"did_unsubscribe": {Setting: "max_unsubscribes_per_day", Most: c.Limits.MaxUnsubscribesPerDay}},
		},
		Needed: c.Approval.Needed, RequesterMayApprove: c.Approval.RequesterMayApprove,
		ExpiresAfter: c.Approval.ExpiresAfter,
		Realms: map[string]order.RealmPolicy{
			identity.OS:      {Approves: c.Approval.Terminal, Shared: shared(c), Only: user},
			identity.Discord: {Approves: discordApproves(c), Cards: c.Discord.ApprovalsChannel != ""},
			identity.Web:     {Approves: len(pageApprovers(c)) > 0, Approvers: pageApprovers(c), Page: c.Web.URL},
		},
		ElicitationLimit: c.Approval.ElicitationLimit, ElicitationDayLimit: c.Approval.ElicitationDayLimit,
	}
	switch c.Approval.Elicitation {
	case config.ElicitWithinLimit:
		p.Elicitation = order.ElicitWithinLimit
	case config.ElicitEverything:
		p.Elicitation = order.ElicitEverything
	case config.ElicitNothing:
	}
	p.People, p.Rules = c.Persons(), c.Approval.Policy
	return p
}
