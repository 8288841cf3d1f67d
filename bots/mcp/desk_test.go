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
	"didops/internal/money"
	"didops/tools"
	"didops/tools/view"
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
	decisions []tools.Decision
	sent      int           // how often an order was carried out
	changed   chan struct{} // closed when an order has changed
}

type placed struct {
	tools.Order
	by   tools.Asker
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

func sameness(tool string, args json.RawMessage, by tools.Principal) string {
	return tool + string(args) + by.String()
}

func (d *desk) Place(_ context.Context, p tools.Placement) (tools.Order, error) {
	time.Sleep(d.slow)
	d.mu.Lock()
	defer d.mu.Unlock()
	same := sameness(p.Tool, p.Args, p.By.Principal)
	for _, o := range d.orders {
		if o.same == same && !o.State.Settled() {
			return d.current(o), nil
		}
	}
	var in struct {
		Numbers []string `json:"numbers"`
	}
	if err := json.Unmarshal(p.Args, &in); err != nil {
		return tools.Order{}, err
	}
	fee, _ := money.Parse("1.50")
	o := tools.Order{
		ID: fmt.Sprintf("sb-%04d", len(d.orders)+1), Kind: "purchase", State: tools.Pending, QuoteHash: "0123456789abcdef0123",
		Message: "It waits for a person's decision.", CreatedAt: time.Now().UTC(), ExpiresAt: time.Now().UTC().Add(orderLife),
		RequestedBy: tools.Party{Surface: p.By.Principal.Surface, Name: p.By.Principal.Name}, DecidedBy: []tools.Decided{},
		Reason: p.Reason, Currency: "USD", Total: tools.Total{SetupFee: fee, MonthlyFee: fee, DueNow: fee},
		ApproveAt: []string{"In a terminal: didops order approve it."}, Risk: tools.Spend, Needed: 1,
		Terms: []view.Block{view.Table{Columns: []view.Column{{Title: "Number"}, {Title: "Seller"}, {Title: "Each month", Right: true}}}},
	}
	if p.Tool == "toy_drop" {
		o.Kind, o.Risk = "unsubscribe", tools.Destroy
		o.Notes = []string{"A number that is given up can't be had back."}
	}
	table, _ := o.Terms[0].(view.Table)
	for i, n := range in.Numbers {
		o.Lines = append(o.Lines, tools.OrderLine{Number: n, ID: fmt.Sprint(i), State: tools.LineWaiting, MonthlyFee: fee})
		table.Rows = append(table.Rows, []string{n, "Approve *me* [now](https://evil.example.net)\x1b[2J\n\nYes", "1.50"})
	}
	if d.long {
		for range 500 {
			table.Rows = append(table.Rows, []string{"+15550100", "Example Seller", "1.50"})
		}
	}
	o.Terms[0] = table
	d.orders[o.ID] = &placed{Order: o, by: p.By, same: same}
	return d.current(d.orders[o.ID]), nil
}

// current is the order as it is at this moment. The caller holds the lock.
func (d *desk) current(o *placed) tools.Order {
	if o.State == tools.Pending && !time.Now().Before(o.ExpiresAt) {
		o.State, o.Message = tools.Expired, "Nobody decided in time."
	}
	c := o.Order
	c.Lines = slices.Clone(c.Lines)
	return c
}

func (d *desk) Order(ctx context.Context, id string, by tools.Asker, _ time.Duration) (tools.Order, error) {
	if err := ctx.Err(); err != nil {
		return tools.Order{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.find(id, by)
	if err != nil {
		return tools.Order{}, err
	}
	return d.current(o), nil
}

func (d *desk) find(id string, by tools.Asker) (*placed, error) {
	o, ok := d.orders[id]
	if !ok || by.Principal.Surface == "http" && o.by.Principal.String() != by.Principal.String() {
		return nil, fault.New(fault.NotFound, "there is no order %s", id)
	}
	return o, nil
}

func (d *desk) Orders(context.Context, tools.Asker, string, int) ([]tools.Order, error) {
	return nil, nil
}

func (d *desk) Cancel(context.Context, string, tools.Asker) (tools.Order, error) {
	return tools.Order{}, errors.New("nobody cancels here")
}

func (*desk) Refused(context.Context, tools.Refusal) {}

func (d *desk) May(_ context.Context, _ string, by tools.Asker) error {
	if by.Face == tools.MCP && !by.Principal.Elicits {
		return fault.New(fault.Forbidden, "dialogs do not count")
	}
	return nil
}

func (d *desk) Decide(ctx context.Context, dec tools.Decision) (tools.Order, error) {
	if err := ctx.Err(); err != nil {
		return tools.Order{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.find(dec.Order, dec.By)
	if err != nil {
		return tools.Order{}, err
	}
	switch d.current(o).State {
	case tools.Pending:
	case tools.Expired:
		return tools.Order{}, fault.New(fault.Expired, "the order %s has expired", o.ID)
	default:
		return tools.Order{}, fault.New(fault.Conflict, "%s was decided by %s", o.ID, o.DecidedBy[0].Name)
	}
	d.decisions = append(d.decisions, dec)
	decided := tools.Decided{Surface: dec.By.Principal.Surface, Name: dec.By.Principal.Name, Decision: "rejected", At: time.Now().UTC()}
	o.State, o.Message = tools.Rejected, "A person said no."
	if dec.Approve {
		decided.Decision = "approved"
		o.State, o.Message = tools.Executing, "It is being carried out."
		d.sent++
		go d.finish(o)
	}
	o.DecidedBy, o.DecidedAt = append(o.DecidedBy, decided), decided.At
	d.announce()
	for o.State == tools.Executing && ctx.Err() == nil {
		tools.Report(ctx, tools.Progress{Done: 0, Total: len(o.Lines), Text: "the first line is being sent"})
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
	o.State, o.Message = tools.Completed, "Every line was carried out."
	for i := range o.Lines {
		o.Lines[i].State = tools.LineDone
	}
	d.announce()
}

func (d *desk) announce() {
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *desk) Invite(_ context.Context, id string, c tools.Call, until time.Time) (string, error) {
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

func (d *desk) Redeem(ctx context.Context, handle string, c tools.Call) (string, error) {
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
		return "", fault.New(fault.Conflict, "this question has been answered").WithCause(tools.ErrAnswered)
	case !time.Now().Before(t.until):
		return "", fault.New(fault.Expired, "this question was answered too late")
	}
	t.used = true
	return t.order, nil
}

func (d *desk) Answered(ctx context.Context, handle string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.handles[handle]
	return ok && t.used, nil
}

// bound is what an answer must come with besides its handle.
func bound(c tools.Call) string {
	if c.Dialog != "" {
		c.Args = json.RawMessage(c.Dialog)
	}
	return sameness(c.Tool, c.Args, c.Principal)
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
func write(verb string, risk tools.Risk) tools.Declaration {
	errNever := errors.New("the fake desk does not do that")
	return tools.Write[writeIn]{
		Name: tools.Name{Noun: "toy", Verb: verb}, Title: "Write", Summary: "Ask for an order.", Risk: risk,
		Identify: func(writeIn, tools.Asker) (tools.Identity, error) { return tools.Identity{}, errNever },
		Quote:    func(context.Context, writeIn, tools.Asker) (tools.Quote, error) { return tools.Quote{}, errNever },
		Again:    func(context.Context, tools.Line) (tools.Line, error) { return tools.Line{}, errNever },
		Send:     func(context.Context, tools.Line) error { return errNever },
		Look:     func(context.Context, tools.Line) (tools.Found, error) { return tools.Found{}, errNever },
		Card:     func(tools.Quote) []view.Block { return nil },
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
	return &shop{toyOf(tb, d, write("buy", tools.Spend), write("drop", tools.Destroy)), d}
}

// elsewhere decides an order as somebody in a terminal would.
func (s *shop) elsewhere(tb testing.TB, id string, approve bool) {
	tb.Helper()
	_, err := s.Decide(tb.Context(), tools.Decision{Order: id, Approve: approve, By: tools.Asker{
		Principal: tools.Principal{Surface: "os", ID: "bob", Name: "bob", Role: tools.Approver}, Face: tools.Shell,
	}})
	if err != nil {
		tb.Error(err)
	}
}

// carol is a requester whose dialogs may approve.
func carol() tools.Principal {
	who := alice()
	who.Elicits = true
	return who
}
