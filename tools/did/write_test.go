package did_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/render"
	"didops/internal/view"
	"didops/tools"
	"didops/tools/did"
)

// Who asks in the tests.
//
//nolint:gochecknoglobals // test data
var (
	shell   = identity.Caller{Principal: identity.Principal{Realm: "os", ID: "alice", Role: identity.Requester}, Frontend: identity.FrontShell}
	mcp     = identity.Caller{Principal: identity.Principal{Realm: "http", ID: "claude", Role: identity.Requester}, Frontend: identity.FrontMCP}
	discord = identity.Caller{Principal: identity.Principal{Realm: "discord", ID: "123", Role: identity.Requester}, Frontend: identity.FrontDiscord}
)

// Passwords of the tests. Neither may be seen anywhere.
const (
	templatePassword = "MARKED-TEMPLATE-9xQ"
	givenPassword    = "MARKED-GIVEN-4kT"
)

// orderHarness is the operations that need an approval, on a rig.
type orderHarness struct {
	*harness
	deals map[string]*order.Handler
}

// configured is a configuration with everything in it.
func configured() did.Config {
	return did.Config{
		Routing: did.Routing{
			Contact:     "sip:{number}@sip.example.net:5060",
			SMPPContact: "smpp:login:" + templatePassword + ":{number}@smpp.example.net:2776",
			Hosts:       []string{"sip.partner.example", "2001:DB8:0::7"},
		},
		BillingAccount: 1, BillingAccounts: []int64{7, 9007199254740993},
	}
}

// openOrders starts a rig and declares the writes on it.
func openOrders(tb testing.TB, s setup) *orderHarness {
	tb.Helper()
	r := start(tb, s)
	return r.orders(configured())
}

// orders declares the writes on a rig.
func (r *harness) orders(c did.Config) *orderHarness {
	r.tb.Helper()
	if c.Writer == nil {
		c.Writer = r.client.ReadWriter()
	}
	c.Messenger = r.client.Writer()
	declarations, err := did.Writes(r.filled(c))
	if err != nil {
		r.tb.Fatal(err)
	}
	o := &orderHarness{harness: r, deals: map[string]*order.Handler{}}
	for _, d := range tools.Handlers(declarations) {
		o.deals[d.Kind] = d
	}
	return o
}

// filled is a configuration with what every one has.
func (r *harness) filled(c did.Config) did.Config {
	if c.Reader == nil {
		c.Reader = r.client.Reader()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Currency, c.Scope = "USD", "sandbox"
	return c
}

func arguments(a args) json.RawMessage {
	data, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	return data
}

// ask makes both steps that come before an order.
func (o *orderHarness) ask(ctx context.Context, kind string, a args, by identity.Caller) (order.Quote, error) {
	if _, err := o.deals[kind].Identify(arguments(a), by); err != nil {
		return order.Quote{}, err
	}
	return o.deals[kind].Quote(ctx, arguments(a), by)
}

// quote asks for what must be quoted.
func (o *orderHarness) quote(kind string, a args, by identity.Caller) order.Quote {
	o.tb.Helper()
	q, err := o.ask(o.tb.Context(), kind, a, by)
	if err != nil {
		o.tb.Fatalf("%s %v: %v", kind, a, err)
	}
	o.holdsNoSecret(kind, visible(o.deals[kind], q))
	return q
}

// turnedDown asks for what must be refused, in words that fit every front end:
// did_list is /did list on Discord, and did list in a shell.
func (o *orderHarness) turnedDown(kind string, a args, by identity.Caller) *fault.Error {
	o.tb.Helper()
	q, err := o.ask(o.tb.Context(), kind, a, by)
	f, ok := fault.As(err)
	if !ok {
		o.tb.Fatalf("%s %v: got %+v and error %v, want a fault", kind, a, q, err)
	}
	if said := f.Message + " " + f.Hint; strings.Contains(said, "did_") {
		o.tb.Errorf("%s %v: got %q, want no name of an operation", kind, a, said)
	}
	o.holdsNoSecret(kind, err.Error()+f.Message+f.Hint+f.Field)
	return f
}

// visible is everything that leaves of a quote.
func visible(d *order.Handler, q order.Quote) string {
	var b strings.Builder
	for _, l := range q.Lines {
		for _, f := range append(slices.Clone(l.Facts), l.Terms...) {
			b.WriteString(f.Name + "=" + f.String() + "\n")
		}
	}
	b.WriteString(strings.Join(q.Notices, "\n"))
	card := view.Doc{Blocks: d.DrawTerms(q)}
	return b.String() + words(card) + render.Markdown(card)
}

func (o *orderHarness) holdsNoSecret(what, text string) {
	o.tb.Helper()
	for _, secret := range []string{templatePassword, givenPassword, "hunter2"} {
		if strings.Contains(text, secret) {
			o.tb.Errorf("%s shows the password %s:\n%s", what, secret, text)
		}
	}
}

// forSale returns n numbers for sale that fit, by number.
func (o *orderHarness) forSale(n int, fits func(exchange.Offer) bool) []exchange.Offer {
	o.tb.Helper()
	rows := slices.DeleteFunc(o.offers(), func(of exchange.Offer) bool { return of.ID == "" || !fits(of) })
	slices.SortFunc(rows, func(a, b exchange.Offer) int { return strings.Compare(a.Digits, b.Digits) })
	if len(rows) < n {
		o.tb.Fatalf("got %d numbers that fit, want %d", len(rows), n)
	}
	return rows[:n]
}

func voiceOnly(o exchange.Offer) bool { return o.Voice && !o.SMS }
func smsOnly(o exchange.Offer) bool   { return o.SMS && !o.Voice && !o.Fax && !o.Video }
func both(o exchange.Offer) bool      { return o.Voice && o.SMS && o.Country == "AE" }

// plus returns numbers as people write them.
func plus(offers ...exchange.Offer) []string {
	list := make([]string, 0, len(offers))
	for _, o := range offers {
		list = append(list, "+"+o.Digits)
	}
	return list
}

// facts returns facts as a map.
func facts(list []order.Fact) map[string]string {
	m := map[string]string{}
	for _, f := range list {
		m[f.Name] = f.Value
	}
	return m
}

// writesTo counts the requests that could change something.
func (o *orderHarness) writesTo() int {
	n := 0
	for _, q := range o.sandbox.Requests() {
		switch q.Operation {
		case sandbox.Purchase, sandbox.Update, sandbox.Unsubscribe, sandbox.Message:
			n++
		case sandbox.Market, sandbox.List, sandbox.Calls, sandbox.Messages:
		}
	}
	return n
}

// altered is a dealer whose rows a test changes on their way.
type altered struct {
	exchange.Writer
	offers func([]exchange.Offer) []exchange.Offer
	owned  func([]exchange.Owned) []exchange.Owned
}

func (a altered) FindOffers(ctx context.Context, digits string) ([]exchange.Offer, exchange.Reading, error) {
	rows, reading, err := a.Writer.FindOffers(ctx, digits)
	if a.offers != nil {
		rows = a.offers(rows)
	}
	return rows, reading, err
}

func (a altered) FindOwned(ctx context.Context, digits string) ([]exchange.Owned, exchange.Reading, error) {
	rows, reading, err := a.Writer.FindOwned(ctx, digits)
	if a.owned != nil {
		rows = a.owned(rows)
	}
	return rows, reading, err
}

// withOffers is an office to which offers look different.
func (o *orderHarness) withOffers(change func([]exchange.Offer) []exchange.Offer) *orderHarness {
	c := configured()
	c.Writer = altered{Writer: o.client.ReadWriter(), offers: change}
	return o.orders(c)
}

// withOwned is an office to which own numbers look different.
func (o *orderHarness) withOwned(change func([]exchange.Owned) []exchange.Owned) *orderHarness {
	c := configured()
	c.Writer = altered{Writer: o.client.ReadWriter(), owned: change}
	return o.orders(c)
}

// crowd is a dealer that counts how many numbers it reads at the same time.
type crowd struct {
	exchange.Writer
	now, most atomic.Int32
}

func (c *crowd) FindOwned(ctx context.Context, digits string) ([]exchange.Owned, exchange.Reading, error) {
	n := c.now.Add(1)
	defer c.now.Add(-1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	return c.Writer.FindOwned(ctx, digits)
}

// counter is a service of orders that quotes, and keeps no order.
type counter struct {
	order.Service
	deals []*order.Handler
	quote order.Quote
}

func (c *counter) Place(ctx context.Context, p order.PlaceRequest) (order.Placed, error) {
	var err error
	for _, d := range c.deals {
		if d.Operation == p.Operation {
			c.quote, err = d.Quote(ctx, p.Args, p.By)
		}
	}
	return order.Placed{Order: order.Order{ID: "sb-1", State: order.Cancelled}}, err
}

// placing is a gate to the writes, and what was quoted through it last.
func (o *orderHarness) placing(declarations []tools.Declaration) (*tools.Gate, func() order.Quote) {
	o.tb.Helper()
	catalog, err := tools.NewCatalog(declarations...)
	if err != nil {
		o.tb.Fatal(err)
	}
	desk := &counter{deals: tools.Handlers(declarations)}
	gate, err := tools.NewGate(tools.GateConfig{Catalog: catalog, Orders: desk, Sandbox: true, Now: time.Now})
	if err != nil {
		o.tb.Fatal(err)
	}
	return gate, func() order.Quote { return desk.quote }
}
