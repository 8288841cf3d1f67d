package order

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/lease"
	"didops/internal/loglimit"
	"didops/internal/redact"
)

// Config is what an [Engine] is made of.
type Config struct {
	Store    Store
	Audit    audit.Store
	Cards    CardStore
	Prompts  PromptStore
	Tasks    TaskStore   // nil: orders cannot be followed by tasks
	Moves    MovesStore  // nil: what was bought lately is not told
	Doings   DoingsStore // nil: what orders did is not told
	Nudges   NudgeStore  // nil: nobody is reminded of orders that wait
	Leases   lease.Store // by which processes agree who reconciles
	Handlers []*Handler
	Exchange string        // url and login: whose orders these are
	Prefix   string        // of order ids: "o-" or "sb-"
	Currency string        // of every amount
	Policy   func() Policy // as it is at the moment; must be quick

	// Passkeys verifies what passkeys signed; nil: decisions are not signed here,
	// and what a rule wants signed is not sent.
	Passkeys Passkeys

	// Redact returns what masks secrets in what requesters and deciders write
	// and call themselves; nil = by the shape of a credential alone.
	Redact func() redact.Redactor

	Command string // by which people reach these orders: didops --config FILE; "" = didops
	Whose   string // user of the operating system at whose terminal they are decided; "" = whoever asks

	ReadWithin time.Duration // for reading one line's facts again
	SendWithin time.Duration // for one line's answer to come

	// SettleAfter is how long after the deadline of a send complete readings
	// must not show what was sent until it counts as not carried out: lists
	// and markets lag. 0: three readings over 15 seconds are enough.
	SettleAfter time.Duration

	// Skew returns by how much the clock of the exchange is ahead of Now, as far
	// as its latest answer told; nil = it is never known. Windows of lines are by
	// that clock where it is known.
	Skew func() (ahead time.Duration, known bool)

	// Used reports whether a number had calls or messages on the day of a moment
	// or later; nil = nobody can know, and it counts for nothing. It may take a
	// minute. What was used since the day that it was approved to be given up, or
	// may have been, is not given up.
	Used UsedSince

	Authority MandateConfig // what mandates are looked at with

	// LookAtOwn has the own numbers looked at where the last look is older than so
	// long; nil = nobody can. It is called before purchases are asked for and
	// approved where [Limits.MaxMonthlyTotal] bounds them.
	LookAtOwn func(ctx context.Context, maxAge time.Duration) error

	Now func() time.Time // needed
	Log zerolog.Logger
}

// Engine is the [Service] of one process. It is safe for
// concurrent use, by several processes on one store. [Engine.Close] must be
// called at the end.
type Engine struct {
	Config
	id         string // of this process, in the journal
	handlers   map[string]*Handler
	changes    *notifier
	exists     atomic.Bool // whether there is a store
	reconciler reconciler
	sender     sender
	nudger     *lease.Runner // of who reminds, in this process or another
	nudged     chan struct{} // has room for one word that a reminder may be due
	notices    *loglimit.Limiter[notice]
	places     places
	rates      runRates

	leaving context.Context // ends when nothing new is begun any more
	leave   context.CancelFunc
	life    context.Context // ends when the engine is closed
	end     context.CancelFunc
	running sync.WaitGroup // executions
	others  sync.WaitGroup // settling
}

var _ Service = (*Engine)(nil)

// check reports what a configuration lacks.
func (c Config) check() error {
	if c.Store == nil || c.Audit == nil || c.Prompts == nil || c.Cards == nil || c.Leases == nil {
		return errors.New("orders: stores of orders, trail, prompts, cards and leases are needed")
	}
	if c.Policy == nil || c.Now == nil || c.Exchange == "" || c.Prefix == "" || c.Currency == "" {
		return errors.New("orders: a policy, a clock, an exchange, a prefix and a currency are needed")
	}
	if c.ReadWithin <= 0 || c.SendWithin <= 0 || c.SettleAfter < 0 {
		return errors.New("orders: the times for reading and sending must be positive, that for settling not negative")
	}
	return nil
}

// New returns an engine. It opens nothing.
func New(c Config) (*Engine, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	c.Command = cmp.Or(c.Command, "didops")
	e := &Engine{
		Config: c, id: rand.Text(), handlers: map[string]*Handler{},
		notices: loglimit.New[notice](time.Minute, c.Now),
	}
	for _, h := range c.Handlers {
		if err := h.check(); err != nil {
			return nil, err
		}
		e.handlers[h.Operation] = h.bounded()
	}
	policy := c.Policy
	e.Policy = func() Policy {
		p := policy()
		p.at, p.describe, p.sendWithin = e.now(), e.described, e.SendWithin
		return p
	}
	e.handlers[DrillOperation] = drillHandler()
	e.life, e.end = context.WithCancel(context.Background())
	e.leaving, e.leave = context.WithCancel(e.life)
	e.reconciler.lease = e.reconcilerLease()
	e.sender.begin(e)
	e.nudger, e.nudged = e.nudgerLease(), make(chan struct{}, 1)
	e.changes = newNotifier(c.Audit, e.life)
	return e, nil
}

// Leave ends the taking of new work, for good: from now on no order is made
// and none approved, with [fault.Unavailable], and whoever waits for somebody
// else is told how the order stands. What this engine carries out goes on, and
// who waits for that hears its outcome. It returns at once.
func (e *Engine) Leave() { e.leave() }

// begins reports that nothing new is begun any more.
func (e *Engine) begins() error {
	if e.leaving.Err() == nil {
		return nil
	}
	return fault.New(fault.Unavailable, "didops is being stopped: nothing was ordered or approved").WithHint("try again in a moment")
}

// Close lets what is being carried out come to its end, bounded by the times
// for reading and sending, and stops settling. Nothing may be asked of the
// engine afterwards.
func (e *Engine) Close() error {
	e.running.Wait()
	e.end()
	e.others.Wait()
	return nil
}

// now is the time of day, as exact as stores keep it.
func (e *Engine) now() time.Time { return e.Now().UTC().Round(0).Truncate(time.Microsecond) }

// handler returns the deal of an order.
func (e *Engine) handler(tool string) (*Handler, error) {
	d, ok := e.handlers[tool]
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no operation %s that makes orders", tool)
	}
	return d, nil
}

// hash returns a keyed hash of what parts are written as in JSON. Without the
// key nobody can try passwords against it.
func hash(tx Keyed, parts ...any) (string, error) {
	key, err := tx.Key()
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(parts)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// sealed reports an order whose quote is not the one that its hash was made
// of: what was not approved in this form is not sent.
func sealed(tx Keyed, r Record) error {
	is, err := r.seal(tx)
	if err == nil && !hmac.Equal([]byte(is), []byte(r.Hash)) {
		err = fmt.Errorf("order %s: its quote was altered since it was made", r.ID)
	}
	return err
}

// seal returns the hash of the record's quote.
func (r Record) seal(tx Keyed) (string, error) {
	return hash(tx, "quote", r.Exchange, r.Tool, r.Currency, r.Quote)
}

// key tells the same request from others: operation, numbers, terms and
// requester.
func (e *Engine) key(tx Tx, tool string, id IdempotencyKey, who identity.Party) (string, error) {
	numbers := slices.Clone(id.Numbers)
	slices.Sort(numbers)
	return hash(tx, "request", e.Exchange, tool, numbers, id.Terms, who.Key())
}

// newID returns an id that is short enough to type.
func (e *Engine) newID() string {
	return e.Prefix + strings.ToLower(rand.Text()[:6])
}

// freeID returns an id that no order has: the likely one, if that is so.
func (e *Engine) freeID(tx Tx, likely string) (string, error) {
	id := likely
	for range 20 {
		id = cmp.Or(id, e.newID())
		switch _, err := tx.Order(id); {
		case errors.Is(err, ErrNone):
			return id, nil
		case err != nil:
			return "", err
		}
		id = ""
	}
	return "", fmt.Errorf("no free id was found for an order: %w", ErrTaken)
}

// normal returns an order id as it is kept.
func normal(id string) string { return strings.ToLower(strings.TrimSpace(id)) }

// read runs fn on a consistent state; without a store it does nothing.
func (e *Engine) read(ctx context.Context, fn func(Tx) error) error {
	return unlessNone(e.reading(ctx, Foresight{}, fn))
}

// unlessNone is the error of a reading that does nothing without a store.
func unlessNone(err error) error {
	if errors.Is(err, ErrNone) {
		return nil
	}
	return err
}

// write runs fn in a transaction and tells whoever waits.
func (e *Engine) write(ctx context.Context, fn func(Tx) error) error {
	return e.writing(ctx, Foresight{}, fn)
}

// traced is a transaction whose audit entries name the request that they are
// of. It notes the orders that they are about, "" for none.
type traced struct {
	Tx
	request string
	orders  *[]string
}

// Append implements [Tx].
func (t traced) Append(e audit.Entry) (int64, string, error) {
	e.Request = t.request
	if !slices.Contains(*t.orders, e.Order) {
		*t.orders = append(*t.orders, e.Order)
	}
	return t.Tx.Append(e)
}

// record returns an order that the caller may see.
func (e *Engine) record(ctx context.Context, id string, by identity.Caller) (Record, error) {
	var r Record
	found := false
	err := unlessNone(e.reading(ctx, theOrder(id), func(tx Tx) error {
		var err error
		r, err = e.visible(tx, id, by)
		found = true
		return err
	}))
	if err == nil && !found { // there is no store
		err = e.noOrder(id, by)
	}
	return r, err
}

// visible returns an order that the caller may see; NotFound for any other.
func (e *Engine) visible(tx Tx, id string, by identity.Caller) (Record, error) {
	r, err := tx.Order(normal(id))
	if errors.Is(err, ErrNone) || err == nil && !e.sees(by, r) {
		return Record{}, e.noOrder(id, by)
	}
	return r, err
}

// noOrder says that there is no order with an id that the caller may see, and
// how to find the one that is meant: only users of this machine have other
// configurations.
func (e *Engine) noOrder(id string, by identity.Caller) error {
	err := fault.New(fault.NotFound, "there is no order %q", clean(id)).WithField("id")
	prefix := ""
	if !strings.HasPrefix(normal(id), e.Prefix) {
		prefix = "ids of orders begin with " + e.Prefix + " here"
	}
	if by.Principal.Realm == identity.OS {
		return err.WithHint("%s", strings.TrimPrefix(prefix+"; it may belong to another configuration (--config) or user", "; "))
	}
	return err.WithHint("%s", strings.TrimPrefix(prefix+"; the list of orders has those that you may look at", "; "))
}

// sees reports whether the caller may see an order at all (see
// [identity.Sight]).
func (e *Engine) sees(by identity.Caller, r Record) bool {
	if r.Exchange != e.Exchange || by.Principal.Role < identity.Reader {
		return false
	}
	if identity.RealmOf(by.Principal.Realm).Sees == identity.SeesOwn {
		return r.Requester.String() == by.Principal.String() // whoever else the person is
	}
	return !ownOnly(by.Principal) || e.Policy().same(partyOf(by.Principal), r.Requester)
}

func ownOnly(who identity.Principal) bool {
	sight := identity.RealmOf(who.Realm).Sees
	return sight == identity.SeesOwn || sight == identity.SeesPerson && who.Role < identity.Approver
}
