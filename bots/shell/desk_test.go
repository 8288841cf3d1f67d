package shell_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/bots/shell"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// The toy desk takes orders for lines of the shop. No name of an operation is
// one of the program's: the shell must go by what they declare.

type dealIn struct {
	Numbers []string `json:"numbers" jsonschema:"minItems=1,maxItems=5" jsonschema_description:"Lines"`
	Contact string   `json:"contact,omitempty" jsonschema_description:"Where calls go"`
	Reason  string   `json:"reason,omitempty" jsonschema_description:"Why"`
}

// wordings are how the operations speak, by verb.
func wordings() map[string]order.Wording {
	return map[string]order.Wording{
		"buy": {Past: "bought", Confirm: order.ConfirmYes, Question: func(o order.Order) string {
			return fmt.Sprintf("Buy %s for %s %s now, %s a month?", o.Numbers(), o.Total.DueNow, o.Currency, o.Total.MonthlyFee)
		}},
		"move": {Past: "re-routed", Confirm: order.ConfirmYes, Question: func(o order.Order) string { return "Re-route " + o.Numbers() + "?" }},
		"drop": {Past: "given up", Confirm: order.ConfirmDigits, Question: func(o order.Order) string { return "Give up " + o.Numbers() + " for good?" }},
	}
}

// placed is an order with what its caller is asked.
func (d *desk) placed(o order.Order) order.Placed {
	if o.State != order.Pending {
		return order.Placed{Order: o}
	}
	if f, ok := fault.As(d.may); ok {
		return order.Placed{Order: o, Unasked: f.Message}
	}
	return order.Placed{Order: o, Question: wordings()[o.Kind].Ask(o)}
}

// deal declares an operation that needs an approval; its lines are the desk's.
func deal(verb string, risk risk.Level) tools.Write[dealIn] {
	return tools.Write[dealIn]{
		Name: tools.Name{Noun: "line", Verb: verb}, Title: verb, Summary: "See to lines", Risk: risk, Kind: verb, Wording: wordings()[verb],
		Complete:  map[string]tools.Completer{"numbers": numbers},
		Identify:  func(dealIn, identity.Caller) (order.IdempotencyKey, error) { return order.IdempotencyKey{}, nil },
		Quote:     func(context.Context, dealIn, identity.Caller) (order.Quote, error) { return order.Quote{}, nil },
		Requote:   func(_ context.Context, l order.Line) (order.Line, error) { return l, nil },
		Send:      func(context.Context, order.Line) error { return nil },
		Reconcile: func(context.Context, order.Line) (order.Evidence, error) { return order.Evidence{}, nil },
		DrawTerms: func(order.Quote) []view.Block { return nil },
	}
}

func (d *desk) catalog(tb testing.TB) *tools.Catalog {
	tb.Helper()
	ids := func(context.Context, string) []tools.Choice {
		return []tools.Choice{{Value: "o-7k3f", Label: "2 lines"}}
	}
	c, err := tools.NewCatalog(
		deal("buy", risk.Spend), deal("move", risk.Change), deal("drop", risk.Destroy),
		tools.Choose{Name: tools.Name{Noun: "slip", Verb: "accept"}, Title: "Accept", Summary: "Accept a slip", Approve: true, Complete: ids},
		tools.Choose{Name: tools.Name{Noun: "slip", Verb: "refuse"}, Title: "Refuse", Summary: "Refuse a slip", Complete: ids},
		tools.Operation[noteIn, tools.OrderResult]{
			Name: tools.Name{Noun: "slip", Verb: "show"}, Title: "Show", Summary: "Show a slip", Risk: risk.Read,
			Complete: map[string]tools.Completer{"id": ids},
			Run: func(ctx context.Context, in noteIn) (tools.OrderResult, error) {
				o, err := d.Order(ctx, in.ID, request.Caller(ctx), 0)
				return tools.OrderResult{Order: o}, err
			},
			View: func(_ noteIn, out tools.OrderResult) view.Doc { return out.Order.Doc() },
		},
		tools.Operation[struct{}, tools.OrdersResult]{
			Name: tools.Name{Noun: "slip", Verb: "list"}, Title: "List", Summary: "List slips", Risk: risk.Read, Brief: true,
			Run: func(context.Context, struct{}) (tools.OrdersResult, error) {
				return tools.OrdersResult{Orders: append([]order.Order{}, d.orders...)}, nil
			},
			View: func(_ struct{}, out tools.OrdersResult) view.Doc { return order.OrdersDoc(out.Orders) },
		},
	)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// desk is a desk in memory. An approved order is done at once, unless carry
// says otherwise.
type desk struct {
	mu     sync.Mutex
	orders []order.Order
	terms  string                                          // of every order
	may    error                                           // why an approval would not count
	answer func(order.DecideRequest) error                 // why a decision is not taken
	carry  func(ctx context.Context, order *order.Order)   // carries out what was approved
	taken  []order.DecideRequest                           // that were recorded
	stand  func(ctx context.Context, o *order.Order) error // is asked before an order is shown
}

var placed = time.Date(2026, 3, 1, 14, 17, 5, 0, time.UTC) //nolint:gochecknoglobals // test data

func (d *desk) Place(_ context.Context, p order.PlaceRequest) (order.Placed, error) {
	var in dealIn
	if err := json.Unmarshal(p.Args, &in); err != nil {
		return order.Placed{}, err
	}
	papers := true
	o := order.Order{
		ID: "o-7k3f", Kind: p.Operation[len("line_"):], State: order.Pending, Message: "It waits for a decision. Nothing was done.",
		QuoteHash: "5f2b8c1d9e3a7046", CreatedAt: placed, ExpiresAt: placed.Add(15 * time.Minute),
		RequestedBy: identity.PublicParty{Surface: p.By.Principal.Surface, Name: p.By.Principal.Name}, DecidedBy: []order.Decided{},
		Reason: p.Reason, Currency: "USD", Needed: 1,
		ApproveAt: []string{"A person approves it in a terminal of their own with: didops slip accept o-7k3f"},
		Costs:     p.Operation == "line_buy",
	}
	if d.terms != "" {
		o.Terms = []view.Block{view.Text(d.terms)}
	}
	if o.Kind == "drop" {
		o.Notes = []string{"This can't be undone."}
	}
	for i, n := range in.Numbers {
		line := order.LineView{Number: n, ID: []string{"8001", "8002", "8003"}[i%3], State: order.LineWaiting}
		if o.Costs {
			line.SetupFee, line.MonthlyFee, line.Documents = money.MustParse("1.00"), money.MustParse("4.50"), &papers
		}
		o.Lines = append(o.Lines, line)
	}
	n := int64(len(o.Lines))
	o.Total = order.Total{SetupFee: money.MustParse("1.00").Times(n), MonthlyFee: money.MustParse("4.50").Times(n), DueNow: money.MustParse("5.50").Times(n)}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.orders = append(d.orders, o)
	return d.placed(o), nil
}

func (d *desk) Order(ctx context.Context, id string, _ identity.Caller, _ time.Duration) (order.Order, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.orders, func(o order.Order) bool { return o.ID == id })
	if i < 0 {
		return order.Order{}, fault.New(fault.NotFound, "there is no order %s", id)
	}
	if d.stand != nil {
		if err := d.stand(ctx, &d.orders[i]); err != nil {
			return order.Order{}, err
		}
	}
	return d.orders[i], nil
}

func (d *desk) Orders(context.Context, identity.Caller, string, int) ([]order.Order, error) {
	return d.orders, nil
}

func (d *desk) Cancel(context.Context, string, identity.Caller) (order.Order, error) {
	return order.Order{}, io.ErrUnexpectedEOF
}

func (*desk) Refused(context.Context, order.Refusal) {}

func (d *desk) Ask(ctx context.Context, id string, by identity.Caller) (order.Placed, error) {
	o, err := d.Order(ctx, id, by, 0)
	if err == nil {
		err = d.may
	}
	if err != nil {
		return order.Placed{}, err
	}
	return d.placed(o), nil
}

func (d *desk) Decide(ctx context.Context, c order.DecideRequest) (order.Order, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := &d.orders[slices.IndexFunc(d.orders, func(o order.Order) bool { return o.ID == c.Order })]
	if d.answer != nil {
		if err := d.answer(c); err != nil {
			return order.Order{}, err
		}
	}
	if q := wordings()[o.Kind].Ask(*o); c.Approve && !q.Accepts(c.Typed) {
		return order.Order{}, fault.New(fault.Invalid, "that is not %s", q.Where).WithField("last4").WithHint("nothing was decided")
	}
	d.taken = append(d.taken, c)
	word := map[bool]string{true: "approved", false: "rejected"}[c.Approve]
	o.DecidedBy = append(o.DecidedBy, order.Decided{Surface: "os", Name: c.By.Principal.Name, Decision: word, At: placed.Add(time.Minute)})
	o.DecidedAt, o.ApproveAt = placed.Add(time.Minute), nil
	switch {
	case !c.Approve:
		become(o, order.Rejected, order.LineSkipped, "A person said no. Nothing was done.")
	case d.carry != nil:
		d.carry(ctx, o)
	default:
		become(o, order.Completed, order.LineDone, "All of it was carried out.")
	}
	return *o, nil
}

func (d *desk) IssuePrompt(context.Context, string, order.PromptCall, time.Time) (string, error) {
	return "", io.ErrUnexpectedEOF
}

func (d *desk) RedeemPrompt(context.Context, string, order.PromptCall) (string, error) {
	return "", io.ErrUnexpectedEOF
}

func (d *desk) PromptUsed(context.Context, string) (bool, error) { return false, io.ErrUnexpectedEOF }

// become puts an order and all of its lines into a state.
func become(o *order.Order, s order.State, l order.LineState, message string) {
	o.State, o.Message = s, message
	o.Lines = slices.Clone(o.Lines)
	for i := range o.Lines {
		o.Lines[i].State = l
	}
}

// keyboard is a person who types lines: some before the question is there,
// some after it.
type keyboard struct {
	before  []string // is discarded with the queue
	then    []string
	err     error // of reading, when there are no lines left; nil = waits for ctx
	broken  error // of discarding
	asked   func()
	reading int
}

func (k *keyboard) Discard() error {
	k.before = nil
	return k.broken
}

func (k *keyboard) ReadLine(ctx context.Context) (string, error) {
	k.reading++
	if k.asked != nil {
		k.asked()
	}
	k.then = append(k.before, k.then...)
	k.before = nil
	if len(k.then) > 0 {
		typed := k.then[0]
		k.then = k.then[1:]
		return typed, nil
	}
	if k.err != nil {
		return "", k.err
	}
	<-ctx.Done()
	return "", ctx.Err()
}

// screen is a terminal that is written to and looked at by several.
type screen struct {
	mu   sync.Mutex
	more sync.Cond // there is more text
	text bytes.Buffer
}

func newScreen() *screen {
	s := &screen{}
	s.more.L = &s.mu
	return s
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.more.Broadcast()
	return s.text.Write(p)
}

// await returns when the screen shows the text.
func (s *screen) await(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(s.text.String(), text) {
		s.more.Wait()
	}
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// newOffice is a session in front of the desk, at a terminal of 80 columns.
func newOffice(tb testing.TB, d *desk, k *keyboard) *session {
	tb.Helper()
	s := newSession(tb)
	c := d.catalog(tb)
	s.Tools, s.Nouns = c.Tools(), map[string]string{"line": "Lines", "slip": "Slips"}
	s.Gate = func(context.Context) (*tools.Gate, error) {
		s.opened++
		return tools.NewGate(tools.GateConfig{Catalog: c, Orders: d, Sandbox: true, Now: s.Now})
	}
	s.Principal = func(context.Context) identity.Principal {
		return identity.Principal{Surface: "os", ID: "alice", Name: "alice", Role: identity.Approver}
	}
	if k != nil {
		s.In = k
	}
	s.OutTTY, s.ErrTTY, s.Width = true, true, 80
	return s
}

var _ shell.Terminal = (*keyboard)(nil)
