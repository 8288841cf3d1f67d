package mcp_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// orderLife is how long an order of the fake desk waits for a decision.
const orderLife = 15 * time.Minute

// desk is a desk that keeps its orders in memory and sends nothing.
type desk struct {
	takes   time.Duration // how long carrying out an order takes
	slow    time.Duration // how long a quote takes
	long    bool          // the terms do not end
	stuck   bool          // handles are not redeemed
	uninvit error         // what Invite fails with

	mu        sync.Mutex
	orders    map[string]*placed
	handles   map[string]*ticket
	decisions []order.DecideRequest
	sent      int           // how often an order was carried out
	changed   chan struct{} // closed when an order has changed
}

type placed struct {
	order.Order
	by   identity.Caller
	same string
}

type ticket struct {
	order, whose string
	used         bool
	until        time.Time
}

func newDesk() *desk {
	return &desk{orders: map[string]*placed{}, handles: map[string]*ticket{}, changed: make(chan struct{})}
}

func sameness(tool string, args json.RawMessage, by identity.Principal) string {
	return tool + string(args) + by.String()
}

func (d *desk) Place(_ context.Context, p order.PlaceRequest) (order.Placed, error) {
	time.Sleep(d.slow)
	d.mu.Lock()
	defer d.mu.Unlock()
	same := sameness(p.Operation, p.Args, p.By.Principal)
	for _, o := range d.orders {
		if o.same == same && !o.State.Settled() {
			return d.asked(o, p.By), nil
		}
	}
	var in struct {
		Numbers []string `json:"numbers"`
	}
	if err := json.Unmarshal(p.Args, &in); err != nil {
		return order.Placed{}, err
	}
	fee, _ := money.Parse("1.50")
	o := order.Order{
		ID: fmt.Sprintf("sb-%04d", len(d.orders)+1), Kind: "purchase", State: order.Pending, QuoteHash: "0123456789abcdef0123",
		Message: "It waits for a person's decision.", CreatedAt: time.Now().UTC(), ExpiresAt: time.Now().UTC().Add(orderLife),
		RequestedBy: identity.PublicParty{Surface: p.By.Principal.Surface, Name: p.By.Principal.Name}, DecidedBy: []order.Decided{},
		Reason: p.Reason, Currency: "USD", Total: order.Total{SetupFee: fee, MonthlyFee: fee, DueNow: fee},
		ApproveAt: []string{"In a terminal: didops order approve it."}, Costs: true, Needed: 1,
		Terms: []view.Block{view.Table{Columns: []view.Column{{Title: "Number"}, {Title: "Seller"}, {Title: "Each month", Right: true}}}},
	}
	if p.Operation == "toy_drop" {
		o.Kind, o.Costs = "unsubscribe", false
		o.Notes = []string{"A number that is given up can't be had back."}
	}
	table, _ := o.Terms[0].(view.Table)
	for i, n := range in.Numbers {
		o.Lines = append(o.Lines, order.LineView{Number: n, ID: fmt.Sprint(i), State: order.LineWaiting, MonthlyFee: fee})
		table.Rows = append(table.Rows, []string{n, "Approve *me* [now](https://evil.example.net)\x1b[2J\n\nYes", "1.50"})
	}
	if d.long {
		for range 500 {
			table.Rows = append(table.Rows, []string{"+15550100", "Example Seller", "1.50"})
		}
	}
	o.Terms[0] = table
	d.orders[o.ID] = &placed{Order: o, by: p.By, same: same}
	return d.asked(d.orders[o.ID], p.By), nil
}

// wordings are how the operations speak, by the kind of the order.
func wordings() map[string]order.Wording {
	return map[string]order.Wording{
		"purchase": {Past: "bought", Confirm: order.ConfirmYes, Question: func(o order.Order) string {
			return fmt.Sprintf("Buy %s for %s %s now, %s a month?", o.Numbers(), o.Total.DueNow, o.Currency, o.Total.MonthlyFee)
		}},
		"unsubscribe": {Past: "given up", Confirm: order.ConfirmDigits, Question: func(o order.Order) string {
			return "Give up " + o.Numbers() + " for good?"
		}},
	}
}

// asked is an order with what its caller is asked. The caller holds the lock.
func (d *desk) asked(o *placed, by identity.Caller) order.Placed {
	p := order.Placed{Order: d.current(o)}
	switch {
	case p.Order.State != order.Pending:
	case by.Frontend == identity.FrontMCP && !by.Principal.Elicits:
		p.Unasked = "dialogs do not count"
	default:
		p.Question = wordings()[o.Kind].Ask(p.Order)
	}
	return p
}

// current is the order as it is at this moment. The caller holds the lock.
func (d *desk) current(o *placed) order.Order {
	if o.State == order.Pending && !time.Now().Before(o.ExpiresAt) {
		o.State, o.Message = order.Expired, "Nobody decided in time."
	}
	c := o.Order
	c.Lines = slices.Clone(c.Lines)
	return c
}

func (d *desk) Order(ctx context.Context, id string, by identity.Caller, _ time.Duration) (order.Order, error) {
	if err := ctx.Err(); err != nil {
		return order.Order{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.find(id, by)
	if err != nil {
		return order.Order{}, err
	}
	return d.current(o), nil
}

func (d *desk) find(id string, by identity.Caller) (*placed, error) {
	o, ok := d.orders[id]
	if !ok || by.Principal.Surface == "http" && o.by.Principal.String() != by.Principal.String() {
		return nil, fault.New(fault.NotFound, "there is no order %s", id)
	}
	return o, nil
}

func (d *desk) Orders(context.Context, identity.Caller, string, int) ([]order.Order, error) {
	return nil, nil
}

func (d *desk) Cancel(context.Context, string, identity.Caller) (order.Order, error) {
	return order.Order{}, errors.New("nobody cancels here")
}

func (*desk) Refused(context.Context, order.Refusal) {}

func (d *desk) Ask(_ context.Context, id string, by identity.Caller) (order.Placed, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.find(id, by)
	if err != nil {
		return order.Placed{}, err
	}
	p := d.asked(o, by)
	if p.Unasked != "" {
		return order.Placed{}, fault.New(fault.Forbidden, "%s", p.Unasked)
	}
	return p, nil
}

func (d *desk) Decide(ctx context.Context, dec order.DecideRequest) (order.Order, error) {
	if err := ctx.Err(); err != nil {
		return order.Order{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.find(dec.Order, dec.By)
	if err != nil {
		return order.Order{}, err
	}
	switch d.current(o).State {
	case order.Pending:
	case order.Expired:
		return order.Order{}, fault.New(fault.Expired, "the order %s has expired", o.ID)
	default:
		return order.Order{}, fault.New(fault.Conflict, "%s was decided by %s", o.ID, o.DecidedBy[0].Name)
	}
	if q := wordings()[o.Kind].Ask(o.Order); dec.Approve && !q.Accepts(dec.Typed) {
		return order.Order{}, fault.New(fault.Invalid, "that is not %s", q.Where).WithField("last4").WithHint("nothing was decided")
	}
	d.decisions = append(d.decisions, dec)
	decided := order.Decided{Surface: dec.By.Principal.Surface, Name: dec.By.Principal.Name, Decision: "rejected", At: time.Now().UTC()}
	o.State, o.Message = order.Rejected, "A person said no."
	if dec.Approve {
		decided.Decision = "approved"
		o.State, o.Message = order.Executing, "It is being carried out."
		d.sent++
		go d.finish(o)
	}
	o.DecidedBy, o.DecidedAt = append(o.DecidedBy, decided), decided.At
	d.announce()
	for o.State == order.Executing && ctx.Err() == nil {
		request.Report(ctx, request.Progress{Done: 0, Total: len(o.Lines), Text: "the first line is being sent"})
		changed := d.changed
		d.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-changed:
		}
		d.mu.Lock()
	}
	return d.current(o), nil
}

func (d *desk) finish(o *placed) {
	time.Sleep(d.takes)
	d.mu.Lock()
	defer d.mu.Unlock()
	o.State, o.Message = order.Completed, "Every line was carried out."
	for i := range o.Lines {
		o.Lines[i].State = order.LineDone
	}
	d.announce()
}

func (d *desk) announce() {
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *desk) IssuePrompt(_ context.Context, id string, c order.PromptCall, until time.Time) (string, error) {
	if d.uninvit != nil {
		return "", d.uninvit
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	handle := fmt.Sprintf("handle-%d", len(d.handles)+1)
	if c.Dialog != "" {
		handle = rand.Text() + rand.Text()
	}
	if expires := d.orders[id].ExpiresAt; expires.Before(until) {
		until = expires
	}
	d.handles[handle] = &ticket{order: id, whose: bound(c), until: until}
	return handle, nil
}

func (d *desk) RedeemPrompt(ctx context.Context, handle string, c order.PromptCall) (string, error) {
	if d.stuck {
		<-ctx.Done()
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.handles[handle]
	switch {
	case !ok || t.whose != bound(c):
		return "", fault.New(fault.Invalid, "this is not the answer to a question")
	case t.used:
		return "", fault.New(fault.Conflict, "this question has been answered").WithCause(order.ErrAnswered)
	case !time.Now().Before(t.until):
		return "", fault.New(fault.Expired, "this question was answered too late")
	}
	t.used = true
	return t.order, nil
}

func (d *desk) PromptUsed(ctx context.Context, handle string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.handles[handle]
	return ok && t.used, nil
}

// bound is what an answer must come with besides its handle.
func bound(c order.PromptCall) string {
	if c.Dialog != "" {
		c.Args = json.RawMessage(c.Dialog)
	}
	return sameness(c.Operation, c.Args, c.By.Principal)
}

// said is what was decided, in the order in which it was.
func (d *desk) said() []bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []bool
	for _, dec := range d.decisions {
		list = append(list, dec.Approve)
	}
	return list
}

type writeIn struct {
	Numbers []string `json:"numbers" jsonschema_description:"The numbers"`
	Reason  string   `json:"reason,omitempty" jsonschema_description:"Why"`
}

// write is an operation that needs an approval and that the fake desk knows
// how to handle: what it declares to do is never done.
func write(verb string, risk risk.Level) tools.Declaration {
	errNever := errors.New("the fake desk does not do that")
	kind := map[string]string{"buy": "purchase", "drop": "unsubscribe"}[verb]
	return tools.Write[writeIn]{
		Name: tools.Name{Noun: "toy", Verb: verb}, Title: "Write", Summary: "Ask for an order.", Risk: risk, Kind: kind, Wording: wordings()[kind],
		Identify:  func(writeIn, identity.Caller) (order.IdempotencyKey, error) { return order.IdempotencyKey{}, errNever },
		Quote:     func(context.Context, writeIn, identity.Caller) (order.Quote, error) { return order.Quote{}, errNever },
		Requote:   func(context.Context, order.Line) (order.Line, error) { return order.Line{}, errNever },
		Send:      func(context.Context, order.Line) error { return errNever },
		Reconcile: func(context.Context, order.Line) (order.Evidence, error) { return order.Evidence{}, errNever },
		DrawTerms: func(order.Quote) []view.Block { return nil },
	}
}

// shop is a toy whose catalogue also sells.
type shop struct {
	*toy
	*desk
}

func newShop(tb testing.TB) *shop {
	tb.Helper()
	d := newDesk()
	return &shop{toyOf(tb, d, write("buy", risk.Spend), write("drop", risk.Destroy)), d}
}

// elsewhere decides an order as somebody in a terminal would.
func (s *shop) elsewhere(tb testing.TB, id string, approve bool) {
	tb.Helper()
	_, err := s.Decide(tb.Context(), order.DecideRequest{Order: id, Approve: approve, By: identity.Caller{
		Principal: identity.Principal{Surface: "os", ID: "bob", Name: "bob", Role: identity.Approver}, Frontend: identity.FrontShell,
	}})
	if err != nil {
		tb.Error(err)
	}
}

// carol is a requester whose dialogs may approve.
func carol() identity.Principal {
	who := alice()
	who.Elicits = true
	return who
}
