package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"didops/internal/didyoumean"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/incident"
	"didops/internal/order"
	"didops/internal/redact"
	"didops/internal/request"
)

// Call is a request to run an operation.
type Call struct {
	Tool      string          // noun_verb
	Args      json.RawMessage // a JSON object; empty = no arguments
	File      *Document       // in place of the list that takes one as a whole (see [Param]); nil = none
	Frontend  identity.Frontend
	Principal identity.Principal
	Dialog    string                 // where a client is asked while its call waits, such as its session; "" = it calls anew with the answer
	Whole     bool                   // the whole result, whatever limit and cursor say
	Progress  func(request.Progress) // told how far a long reading is; may be nil
	Spelt     func(Param) string     // how whoever calls writes a parameter, for errors; nil = by its name
}

// EventKind is what a caller did at the gate.
type EventKind string

// The deeds.
const (
	Called   EventKind = "call"     // an operation
	Asked    EventKind = "question" // for a handle to put the question about an order
	Answered EventKind = "answer"   // such a question: a person's decision
)

// Event tells an observer how a call ended.
type Event struct {
	Kind      EventKind
	Call      Call
	Took      time.Duration
	Order     string // the id of the order that it was about; "" = none, or not known
	Err       error  // with everything that is for logs only
	Reference string // what the caller of an internal error was given
}

// GateConfig is what a [Gate] is made of.
type GateConfig struct {
	Catalog  *Catalog
	Orders   order.Service // needed where the catalogue has operations that need an approval
	Sandbox  bool          // mark every result
	ReadOnly bool          // over MCP, only operations that read

	// Operations are the names and groups of what is offered over MCP; none =
	// the usual ones (see [Catalog.Picked]).
	Operations []string

	Redact  func() redact.Redactor       // returns what masks secrets that errors repeat; may be nil
	Observe func(context.Context, Event) // told of every call, in the context of its request; may be nil
	NewID   func() string                // makes the ids of requests; nil = random ones
	Now     func() time.Time
}

// Gate is the only way to run an operation and to decide an order. What it is
// made of is out of reach of who holds it. It is safe for concurrent use.
type Gate struct {
	front    identity.Frontend // through which all calls come; 0 = each says so itself
	catalog  *Catalog
	listed   *Catalog // the same, of which no other gate can be made
	orders   order.Service
	sandbox  bool
	readOnly bool

	operations []string
	picked     map[string]bool // what is offered over MCP

	redact  func() redact.Redactor
	observe func(context.Context, Event)
	newID   func() string
	now     func() time.Time
}

// NewGate returns a gate in front of the catalogue.
func NewGate(c GateConfig) (*Gate, error) {
	if c.Catalog == nil || c.Now == nil {
		return nil, errors.New("a gate needs a catalogue and a clock")
	}
	for _, t := range c.Catalog.tools {
		if c.Orders == nil && (t.places || t.decides != nothing) {
			return nil, errNoOrders
		}
	}
	if c.Catalog.listed {
		return nil, errors.New("the catalogue of a gate is for looking at, not for another gate")
	}
	picked, err := c.Catalog.Picked(c.Operations)
	if err != nil {
		return nil, err
	}
	g := &Gate{
		operations: c.Operations, picked: picked,
		catalog: c.Catalog, listed: &Catalog{tools: c.Catalog.tools, listed: true}, orders: c.Orders, sandbox: c.Sandbox, readOnly: c.ReadOnly, redact: c.Redact,
		observe: c.Observe, newID: c.NewID, now: c.Now,
	}
	if g.newID == nil {
		g.newID = request.NewID
	}
	return g, nil
}

// Through returns the gate for one front end: whatever a call says of itself,
// it came through that one. A gate that is bound already stays so. The wiring
// hands every front end a gate of its own; so a call that a model wrote can't
// be passed off as a person's.
func (g *Gate) Through(front identity.Frontend) *Gate {
	bound := *g
	bound.front = cmp.Or(g.front, front)
	return &bound
}

// bind returns the call as it came.
func (g *Gate) bind(c Call) Call {
	c.Frontend = cmp.Or(g.front, c.Frontend)
	return c
}

// Catalog returns the operations, whoever may call them. No other gate can be
// made of it.
func (g *Gate) Catalog() *Catalog { return g.listed }

// Tools returns the operations that the principal may call through the face,
// sorted by name.
func (g *Gate) Tools(face identity.Frontend, who identity.Principal) []*Tool {
	face = cmp.Or(g.front, face)
	var list []*Tool
	for _, t := range g.catalog.tools {
		if g.offers(t, face) && mayCall(t, who) == nil {
			list = append(list, t)
		}
	}
	return list
}

// Sandboxed reports whether results come from the sandbox.
func (g *Gate) Sandboxed() bool { return g.sandbox }

// Call runs an operation. Every error it returns is a [*fault.Error]: Invalid
// for arguments, NotFound for an operation that does not exist here,
// Forbidden for one that the principal may not call, the operation's own
// codes, and Internal with a reference for everything else, a panic included.
func (g *Gate) Call(ctx context.Context, c Call) (Result, error) {
	return g.observed(ctx, Called, c, func(ctx context.Context, c Call, _ *Event) (Result, error) { return g.call(ctx, c) })
}

// observed runs a call or a decision: no error leaves without a code, a panic
// is one, and the observer is told how it ended and which order it was about.
func (g *Gate) observed(ctx context.Context, kind EventKind, c Call, run func(context.Context, Call, *Event) (Result, error)) (Result, error) {
	c = g.bind(c)
	if _, known := g.catalog.Tool(c.Tool); !known {
		c.Tool = g.Masked(c.Tool) // anything may stand there
	}
	ctx = g.Begin(ctx)
	start := g.now()
	event := Event{Kind: kind, Call: c}
	result, err := guarded(c, func() (Result, error) { return run(ctx, c, &event) })
	err = g.discreet(err)
	if event.Err = err; err != nil {
		err, event.Reference = incident.Present(ctx, err)
	}
	if result.Order != nil {
		event.Order = result.Order.ID
	}
	event.Took = g.now().Sub(start)
	if g.observe != nil {
		g.observe(ctx, event)
	}
	return result, err
}

// discreet returns an error without the secrets that a caller gave where they
// do not belong.
func (g *Gate) discreet(err error) error {
	f, ok := fault.As(err)
	if !ok || g.redact == nil {
		return err
	}
	if masked := f.Redacted(g.redact().Message); masked.Message != f.Message || masked.Hint != f.Hint || masked.Field != f.Field {
		return masked
	}
	return err
}

// Masked returns what a client sent, such as the name of an operation that does
// not exist, as it may be logged and repeated: without secrets.
func (g *Gate) Masked(text string) string {
	if g.redact == nil {
		return redact.Text(text)
	}
	return g.redact().Text(text)
}

// guarded returns a panic as an error.
func guarded(c Call, run func() (Result, error)) (result Result, err error) {
	err = incident.Guard(c.Tool, func() error {
		result, err = run()
		return err
	})
	return result, err
}

func (g *Gate) call(ctx context.Context, c Call) (Result, error) {
	t, err := g.admitted(ctx, c)
	if err != nil {
		return Result{}, err
	}
	args, err := t.arguments(c)
	if err != nil {
		return Result{}, err
	}
	if c.Progress != nil {
		ctx = request.WithProgress(ctx, c.Progress)
	}
	switch {
	case c.File != nil:
		return t.runFile(request.WithCaller(ctx, c.caller()), args, *c.File, g.sandbox)
	case t.places:
		return g.place(ctx, c, args)
	case t.decides != nothing:
		return g.decideBy(ctx, t, c, args)
	case c.Whole && t.all != nil:
		return t.all(request.WithCaller(ctx, c.caller()), args, g.sandbox)
	}
	return t.run(request.WithCaller(ctx, c.caller()), args, g.sandbox)
}

// Complete suggests values for a parameter, best first. It has nothing to say
// where the principal may not call the operation. How long it takes is up to
// the operation's [Completer].
func (g *Gate) Complete(ctx context.Context, c Call, param, partial string) []Choice {
	c = g.bind(c)
	t, err := g.admit(c)
	if err != nil {
		return nil
	}
	if p, ok := t.Param(param); ok && len(p.Enum) > 0 {
		var list []Choice
		for _, e := range p.Enum {
			if strings.HasPrefix(e, strings.ToLower(partial)) {
				list = append(list, Choice{Value: e})
			}
		}
		return list
	}
	if complete := t.complete[param]; complete != nil {
		return complete(request.WithCaller(ctx, c.caller()), partial)
	}
	return nil
}

// admit finds the tool and checks who may call it from where. The tool is
// returned with the error where only the role is missing.
func (g *Gate) admit(c Call) (*Tool, error) {
	t, ok := g.catalog.Tool(c.Tool)
	if !ok || !g.offers(t, c.Frontend) {
		if ok {
			if err := g.unpicked(t, c.Frontend); err != nil {
				return nil, err
			}
		}
		return nil, g.noSuch(c)
	}
	return t, mayCall(t, c.Principal)
}

func (g *Gate) offers(t *Tool, face identity.Frontend) bool {
	return t.Through(face) && (!face.Model() || g.picked[t.name.String()] && (!g.readOnly || t.reads()))
}

func mayCall(t *Tool, who identity.Principal) error {
	if who.Role >= t.Needs() {
		return nil
	}
	return fault.New(fault.Forbidden, "%s may not call %s", who, t.name).
		WithHint("the role %s is needed", t.Needs())
}

func (g *Gate) noSuch(c Call) error {
	var names []string
	for _, t := range g.Tools(c.Frontend, c.Principal) {
		names = append(names, t.name.String())
	}
	err := fault.New(fault.NotFound, "there is no operation %s here", shown(c.Tool))
	if near := didyoumean.Words(c.Tool, names); len(near) > 0 {
		return err.WithHint("%s", didyoumean.Question(near))
	}
	return err.WithHint("there are %s", strings.Join(names, ", "))
}

// Begin gives a request that has just come in its id, unless it has one.
// Front ends call it where they log before they call; every call does it
// again.
func (g *Gate) Begin(ctx context.Context) context.Context {
	if request.ID(ctx) != "" {
		return ctx
	}
	return request.WithID(ctx, g.newID())
}
