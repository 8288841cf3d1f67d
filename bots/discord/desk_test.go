package discord_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/view"
)

// orderLife is how long an order of the toy desk waits for a decision.
const orderLife = 15 * time.Minute

// office is a desk and a board in memory. What is approved is carried out at
// once, unless the test says otherwise.
type office struct {
	now func() time.Time

	mu        sync.Mutex
	orders    []*slip
	news      []audit.Event
	posted    map[string]order.Card
	marks     map[string]int64
	leases    map[string]bool // held by somebody else
	changed   chan struct{}
	decisions []order.DecideRequest
	placed    []json.RawMessage // the arguments of every request
	sent      int               // how often something was carried out
	needed    int
	others    bool // the requester may not approve
	refuses   error
	carry     func(ctx context.Context, o *order.Order) // nil: it is done
}

type slip struct {
	order.Order
	by    identity.Caller
	entry int64
	same  string
}

func newOffice(now func() time.Time) *office {
	return &office{now: now, posted: map[string]order.Card{}, marks: map[string]int64{}, leases: map[string]bool{}, changed: make(chan struct{}), needed: 1}
}

// record adds an entry to the trail. The caller holds the lock.
func (f *office) record(s *slip, event, text string) {
	n := int64(len(f.news) + 1)
	f.news = append(f.news, audit.Event{Entry: n, Hash: fmt.Sprintf("%08xcafe", n), At: f.now(), Order: s.ID, Event: event, Text: s.ID + " " + s.Kind + ": " + event + text})
	s.entry = n
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *office) Place(_ context.Context, p order.PlaceRequest) (order.Placed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.placed = append(f.placed, p.Args)
	if f.refuses != nil {
		return order.Placed{}, f.refuses
	}
	same := p.Operation + string(p.Args) + p.By.Principal.String()
	for _, s := range f.orders {
		if s.same == same && !s.State.Settled() {
			return f.asked(s, p.By), nil
		}
	}
	var in struct {
		Numbers []string `json:"numbers"`
		Number  string   `json:"number"`
		Contact string   `json:"contact"`
	}
	if err := json.Unmarshal(p.Args, &in); err != nil {
		return order.Placed{}, err
	}
	if in.Number != "" {
		in.Numbers = []string{in.Number}
	}
	s := &slip{by: p.By, same: same, Order: order.Order{
		ID: fmt.Sprintf("sb-%04d", len(f.orders)+1), State: order.Pending, QuoteHash: "5f2b8c1d9e3a70460123",
		Message: "Waiting for a person to approve. Nothing has been done yet.", CreatedAt: f.now(), ExpiresAt: f.now().Add(orderLife),
		RequestedBy: identity.PublicParty{Surface: p.By.Principal.Surface, Name: p.By.Principal.Name}, DecidedBy: []order.Decided{},
		Reason: p.Reason, Currency: "USD", Needed: f.needed, ApproveAt: []string{"Type in a terminal: didops slip accept it"},
	}}
	s.Kind = strings.TrimPrefix(p.Operation, "line_")
	s.Costs = s.Kind == "buy"
	s.terms(in.Numbers, in.Contact)
	f.orders = append(f.orders, s)
	f.record(s, "requested", " by "+s.RequestedBy.Name)
	return f.asked(s, p.By), nil
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

// asked is an order with what its caller is asked. The caller holds the lock.
func (f *office) asked(s *slip, by identity.Caller) order.Placed {
	p := order.Placed{Order: f.current(s)}
	if p.Order.State != order.Pending {
		return p
	}
	if why, ok := fault.As(f.may(s, by)); ok {
		p.Unasked = why.Message
		return p
	}
	p.Question = wordings()[s.Kind].Ask(p.Order)
	return p
}

// terms fills in what is asked for.
func (s *slip) terms(numbers []string, contact string) {
	papers := true
	table := view.Table{Columns: []view.Column{{Title: "Number"}, {Title: "Country"}, {Title: "Monthly USD", Right: true}, {Title: "Vendor", Loose: true}}}
	for i, n := range numbers {
		l := order.LineView{Number: n, ID: fmt.Sprint(8001 + i), State: order.LineWaiting}
		if s.Costs {
			l.SetupFee, l.MonthlyFee, l.Documents = money.MustParse("1.00"), money.MustParse("4.50"), &papers
		}
		s.Lines = append(s.Lines, l)
		table.Rows = append(table.Rows, []string{n, "AE", "4.50", "Gulf *Numbers*"})
	}
	n := int64(len(numbers))
	s.Total = order.Total{SetupFee: money.MustParse("1.00").Times(n), MonthlyFee: money.MustParse("4.50").Times(n), DueNow: money.MustParse("5.50").Times(n)}
	s.Terms = []view.Block{table, view.Fields{{Label: "Calls to", Value: "sip:{number}@sip.example.net"}}}
	if contact != "" {
		s.Terms = append(s.Terms, view.Fields{{Label: "After", Value: contact}})
	}
	if s.Kind == "drop" {
		s.Notes = []string{"Giving a number up can't be undone."}
	}
}

// current is an order as it is at this moment. The caller holds the lock.
func (f *office) current(s *slip) order.Order {
	o := s.Order
	if o.State == order.Pending && !f.now().Before(o.ExpiresAt) {
		o.State, o.Message = order.Expired, "Nobody decided in time. Nothing was done."
	}
	if o.State != order.Pending {
		o.ApproveAt = nil
	}
	o.Lines, o.DecidedBy = slices.Clone(o.Lines), slices.Clone(o.DecidedBy)
	return o
}

// find returns an order. The caller holds the lock.
func (f *office) find(id string) (*slip, error) {
	for _, s := range f.orders {
		if s.ID == id {
			return s, nil
		}
	}
	return nil, fault.New(fault.NotFound, "there is no order %s", id)
}

func (f *office) Order(ctx context.Context, id string, _ identity.Caller, _ time.Duration) (order.Order, error) {
	if err := ctx.Err(); err != nil {
		return order.Order{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s, err := f.find(id)
	if err != nil {
		return order.Order{}, err
	}
	return f.current(s), nil
}

func (f *office) Orders(context.Context, identity.Caller, string, int) ([]order.Order, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []order.Order{}
	for _, s := range f.orders {
		list = append(list, f.current(s))
	}
	return list, nil
}

func (f *office) Cancel(_ context.Context, id string, _ identity.Caller) (order.Order, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, err := f.find(id)
	if err != nil {
		return order.Order{}, err
	}
	f.become(s, order.Cancelled, order.LineSkipped, "Cancelled by who asked for it. Nothing was done.")
	return f.current(s), nil
}

func (*office) Refused(context.Context, order.Refusal) {}

func (f *office) Ask(_ context.Context, id string, by identity.Caller) (order.Placed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, err := f.find(id)
	if err == nil {
		err = f.may(s, by)
	}
	if err != nil {
		return order.Placed{}, err
	}
	return f.asked(s, by), nil
}

func (f *office) may(s *slip, by identity.Caller) error {
	switch at := s.DecidedAt.Format(time.TimeOnly); f.current(s).State {
	case order.Pending:
	case order.Expired:
		return fault.New(fault.Expired, "order %s expired at %s", s.ID, s.ExpiresAt.Format(time.TimeOnly)).WithHint("ask for it again")
	default:
		d := s.DecidedBy[len(s.DecidedBy)-1]
		return fault.New(fault.Conflict, "order %s is decided: %s by %s at %s", s.ID, d.Decision, d.Name, at)
	}
	if by.Principal.Role < identity.Approver {
		return fault.New(fault.Forbidden, "%s may not approve", by.Principal)
	}
	if f.others && s.by.Principal.String() == by.Principal.String() {
		return fault.New(fault.Forbidden, "an order needs the approval of another person than its requester")
	}
	if slices.ContainsFunc(s.DecidedBy, func(d order.Decided) bool { return d.Name == by.Principal.Name }) {
		return fault.New(fault.Conflict, "you have approved it already; another person is needed")
	}
	return nil
}

func (f *office) Decide(ctx context.Context, d order.DecideRequest) (order.Order, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, err := f.find(d.Order)
	if err == nil {
		err = f.may(s, d.By)
	}
	if err != nil {
		return order.Order{}, err
	}
	if q := wordings()[s.Kind].Ask(f.current(s)); d.Approve && !q.Accepts(d.Typed) {
		return order.Order{}, fault.New(fault.Invalid, "that is not %s", q.Where).WithField("last4").WithHint("nothing was decided")
	}
	f.decisions = append(f.decisions, d)
	word := map[bool]string{true: "approved", false: "rejected"}[d.Approve]
	s.DecidedBy = append(s.DecidedBy, order.Decided{Surface: d.By.Principal.Surface, Name: d.By.Principal.Name, Decision: word, At: f.now()})
	s.DecidedAt = f.now()
	switch {
	case !d.Approve:
		f.become(s, order.Rejected, order.LineSkipped, "Rejected by "+d.By.Principal.Name+". Nothing was done. Reason: “"+d.Reason+"”")
	case len(s.DecidedBy) < s.Needed:
		f.record(s, word, " by "+d.By.Principal.Name)
	default:
		f.sent++
		f.become(s, order.Executing, order.LineSending, "Approved, and being carried out.")
		if f.carry != nil {
			f.carry(ctx, &s.Order)
		} else {
			f.become(s, order.Completed, order.LineDone, "Done: all of it.")
		}
	}
	return f.current(s), nil
}

// become puts an order and its lines into a state. The caller holds the lock.
func (f *office) become(s *slip, state order.State, line order.LineState, text string) {
	s.State, s.Message = state, text
	s.Lines = slices.Clone(s.Lines)
	for i := range s.Lines {
		s.Lines[i].State = line
	}
	f.record(s, string(state), "")
}

// change is become for a test.
func (f *office) change(id string, state order.State, line order.LineState, text string, more ...func(*order.Order)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, err := f.find(id)
	if err != nil {
		panic(err)
	}
	for _, m := range more {
		m(&s.Order)
	}
	f.become(s, state, line, text)
}

func (f *office) IssuePrompt(context.Context, string, order.PromptCall, time.Time) (string, error) {
	return "", errNever
}

func (f *office) RedeemPrompt(context.Context, string, order.PromptCall) (string, error) {
	return "", errNever
}

func (f *office) PromptUsed(context.Context, string) (bool, error) { return false, errNever }

// The board.

func (f *office) Behind(_ context.Context, most int) ([]order.Card, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []order.Card
	for _, s := range f.orders {
		p, ok := f.posted[s.ID]
		if ok && p.Entry >= s.entry || !ok && f.current(s).State.Settled() {
			continue
		}
		p.Order, p.Entry = f.current(s), s.entry
		if p.Order.State == order.Pending {
			p.Question = wordings()[s.Kind].Ask(p.Order)
		}
		list = append(list, p)
	}
	return list[:min(most, len(list))], nil
}

func (f *office) Keep(_ context.Context, p order.Card) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.posted[p.Order.ID] = order.Card{Entry: p.Entry, Place: p.Place, Message: p.Message}
	return nil
}

func (f *office) News(_ context.Context, after int64, most int) ([]audit.Event, int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	rest := f.news[min(int(after), len(f.news)):]
	rest = rest[:min(most, len(rest))]
	if len(rest) > 0 {
		after = rest[len(rest)-1].Entry
	}
	return slices.Clone(rest), after, nil
}

func (f *office) Mark(_ context.Context, reader string) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.marks[reader], nil
}

func (f *office) SetMark(_ context.Context, reader string, entry int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.marks[reader] = entry
	return nil
}

func (f *office) Head(context.Context) (int64, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.news) == 0 {
		return 0, "", nil
	}
	last := f.news[len(f.news)-1]
	return last.Entry, last.Hash, nil
}

func (f *office) Changed(ctx context.Context, after int64) {
	for ctx.Err() == nil {
		f.mu.Lock()
		changed, head := f.changed, int64(len(f.news))
		f.mu.Unlock()
		if head > after {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

func (f *office) Lease(_ context.Context, name string, _ time.Duration) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.leases[name], nil
}

func (f *office) Release(context.Context, string) error { return nil }

// decided is how often an order was decided, and carried out.
func (f *office) decided() (decisions, sent int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.decisions), f.sent
}
