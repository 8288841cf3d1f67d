package chat

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"didops/internal/digest/daily"
	"didops/internal/handle"
	"didops/internal/identity"
	"didops/internal/incident"
	"didops/internal/loglimit"
	"didops/internal/order"
	"didops/internal/watch"
	"didops/tools"
)

// Config is what a [Service] is made of.
type Config struct {
	Gate *tools.Gate // needed
	Feed order.Feed  // needed: the orders to keep cards of
	Port Port        // needed

	Frontend identity.Frontend // needed
	// Realm is the id of the realm that members are of. The names of marks and the lines of the log begin with it, and the section of the
	// configuration has it for a name. Name is the chat as people call it. Both
	// are needed.
	Realm, Name string

	Limits Limits // needed

	// Exchange names the exchange that numbers are of, and the account there;
	// needed. A control that asks for a number answers only while it is the same.
	Exchange string

	Approvals string // the place of cards; "" = the place of the request
	Audit     string // the place of the audit trail; "" = none

	// SignedHead returns the key of the trail on a line, and its signed head;
	// nil = it has none.
	SignedHead func(context.Context) (string, error)

	// Roles returns what members may do by their roles, as it is at the moment;
	// needed, and quick.
	Roles func() Roles

	Notify Notify // how who asked for an order hears what became of it

	// Page is the address of the page on which orders are decided, without a slash
	// at its end; "" = there is none.
	Page string

	// Watches is what watches found, to be told where they say; nil = nothing is.
	// WatchList is the operation that lists that: by its row actions what is told
	// can be asked for.
	Watches   watch.Feed
	WatchList string

	// Pages are the morning pages, to be told where they say; nil = none are.
	Pages daily.Feed

	// OrderNumbers returns how many numbers an order takes, as it is at the
	// moment; 0 = no limit. nil = there is none.
	OrderNumbers func() int

	// Handles keeps what controls stand for, for every process that answers
	// them; nil = this process keeps it, in memory.
	Handles handle.Store

	// NewHandle makes the handle of a list: letters and digits that nobody
	// guesses, 40 at most; nil = random ones.
	NewHandle func() string

	// Patience is how long the store is waited for before the first response, for
	// which the chat waits; 0 = a second.
	Patience time.Duration

	Now func() time.Time // needed
	Log zerolog.Logger   // the zero Logger logs nothing
}

// Limits are what a chat takes; all are needed.
type Limits struct {
	Size      func(text string) int // how many characters a text has, as the chat counts
	ControlID int                   // characters of a control's id
	Options   int                   // of a menu, and suggestions at once
	Value     int                   // characters of an option's or a suggestion's value
	Inputs    int                   // of a form
	FileBytes int                   // of a file
	Calls     int                   // users, and roles, that a message notifies
}

func (l Limits) complete() bool {
	return l.Size != nil && min(l.ControlID, l.Options, l.Value, l.Inputs, l.FileBytes, l.Calls) > 0
}

// Service is what stands behind a chat. It is safe for concurrent use.
type Service struct {
	c           Config
	commands    map[string]*tools.Tool // by "noun verb"
	controls    *controls
	market      string // marks what is of the exchange; see [marketOf]
	suggestions *suggestions
	places      places
	cards       *cards
	backlog     backlog
	wake        chan struct{} // makes the loop of cards look at once
	heard       chan struct{} // makes the loop of the messages beside them look at once
	check       chan struct{} // makes the loop of places look at once
	limiter     *loglimit.Limiter[string]
}

// New returns a service. It fails where something needed is missing. Nothing
// is sent.
func New(c Config) (*Service, error) {
	if c.Gate == nil || c.Feed == nil || c.Port == nil || c.Roles == nil || c.Now == nil {
		return nil, errors.New("a gate, a feed, a port, roles and a clock are needed")
	}
	if c.Frontend == 0 || c.Realm == "" || c.Name == "" || c.Exchange == "" || !c.Limits.complete() {
		return nil, errors.New("a front end, a realm, a name, an exchange and limits are needed")
	}
	c.Patience = cmp.Or(c.Patience, time.Second)
	if c.OrderNumbers == nil {
		c.OrderNumbers = func() int { return 0 }
	}
	if c.NewHandle == nil {
		c.NewHandle = rand.Text
	}
	s := &Service{
		c: c, commands: map[string]*tools.Tool{}, wake: make(chan struct{}, 1), heard: make(chan struct{}, 1), check: make(chan struct{}, 1),
		controls: newControls(c), market: marketOf(c.Exchange), suggestions: newSuggestions(c.Limits, c.Now),
		cards: newCards(), limiter: loglimit.New[string](time.Minute, c.Now),
	}
	s.places.here = map[Place]*placeState{}
	for _, t := range Tools(c.Gate, c.Frontend) {
		s.commands[t.Name().Noun+" "+t.Name().Verb] = t
	}
	return s, nil
}

// Tools returns the operations that are offered in a chat, sorted by name,
// whoever may call them.
func Tools(gate *tools.Gate, f identity.Frontend) []*tools.Tool {
	return slices.DeleteFunc(gate.Catalog().Tools(), func(t *tools.Tool) bool { return !t.Through(f) })
}

// Run keeps the cards of orders and the place of the audit trail up to date
// until ctx ends. It returns nil then, and earlier only with
// [ErrUnauthorized], with which nothing is left to do. Of several processes
// one at a time runs it; for a moment two may, which costs a message written
// twice and no more.
func (s *Service) Run(ctx context.Context) error {
	s.greet()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.keepCards(ctx) })
	group.Go(func() error { return s.keepCompanions(ctx) })
	group.Go(func() error { return s.keepAudit(ctx) })
	group.Go(func() error { return s.keepTalk(ctx) })
	group.Go(func() error { return s.keepWatches(ctx) })
	group.Go(func() error { return s.keepPages(ctx) })
	group.Go(func() error { s.keepPlaces(ctx); return nil })
	group.Go(func() error { s.keepPosted(ctx); return nil })
	return group.Wait()
}

// greet says in the log what the settings close.
func (s *Service) greet() {
	roles := s.c.Roles()
	if len(roles.Approvers) == 0 {
		s.c.Log.Warn().Msg(s.c.Realm + ": approver_roles is empty, so that nobody can approve on " + s.c.Name)
	}
	if len(roles.Requesters) == 0 {
		s.c.Log.Warn().Msg(s.c.Realm + ": requester_roles is empty, so that nobody may ask for changes on " + s.c.Name)
	}
	if s.c.Approvals == "" {
		s.c.Log.Warn().Msg(s.c.Realm + ": approvals_channel is empty, so that orders from elsewhere get no card")
	}
}

// boundary contains what must not end the process.
func (s *Service) boundary() incident.Boundary {
	return incident.Boundary{Log: &s.c.Log, Name: s.c.Realm}
}
