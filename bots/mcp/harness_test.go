package mcp_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/bots/mcp"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
	"didops/internal/view"
	"didops/tools"
)

// TestMain looks for goroutines left behind. A server that refuses a body
// closes its side and waits for half a second before it lets go (net/http's
// rstAvoidanceDelay), which is longer than goleak does.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

const secret = fixture.Secret

// fee has more digits than a floating-point number keeps.
const fee = "900719925474099.310000001"

// stock is two lines in the town of x.
func stock() []fixture.Line {
	var list []fixture.Line
	for i := range 2 {
		list = append(list, fixture.Line{
			Number: fmt.Sprintf("+97150000000%d", i), Town: "x", Kind: "mobile", Features: []string{}, Fee: money.MustParse(fee), Vendor: "Example Seller",
		})
	}
	return list
}

// harness is a gate in front of the fixture.
type harness struct {
	gate  *tools.Gate
	waits *fixture.Waits
	calls chan tools.Call
}

// newHarness is a gate in front of the operations that need no approval.
func newHarness(tb testing.TB) *harness {
	tb.Helper()
	return harnessOf(tb, fixture.Options{Stock: stock()})
}

func harnessOf(tb testing.TB, o fixture.Options) *harness {
	tb.Helper()
	h := &harness{waits: fixture.NewWaits(), calls: make(chan tools.Call, 4096)}
	o.Waits = h.waits
	var err error
	h.gate, err = tools.NewGate(tools.GateConfig{
		Catalog: fixture.Catalog(tb, o), Orders: o.Orders, Sandbox: true, Now: time.Now,
		Observe: func(_ context.Context, e tools.Event) {
			select {
			case h.calls <- e.Call:
			default:
			}
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

func (h *harness) server(tb testing.TB, log zerolog.Logger) *mcp.Server {
	tb.Helper()
	s, err := mcp.New(mcp.Config{Gate: h.gate, Version: "1.2.3", Log: log, Now: time.Now, Page: pageURL})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// orders is the fake service, and how the operations draw what is approved.
type orders struct {
	*fakeorders.Service
	options fixture.Options
	endless atomic.Bool // the terms do not end
}

func newOrders() *orders {
	o := &orders{}
	o.options = fixture.Options{Stock: stock(), DrawTerms: o.drawTerms}
	o.Service = fakeorders.New(fakeorders.Config{
		Handlers: fixture.Handlers(o.options), Now: func() time.Time { return time.Now().UTC() },
	})
	o.options.Orders = o.Service
	return o
}

// drawTerms has a seller who would like to be read as the question.
func (o *orders) drawTerms(q order.Quote) []view.Block {
	table := view.Table{Columns: []view.Column{{Title: "Number"}, {Title: "Seller"}, {Title: "Each month", Right: true}}}
	for _, l := range q.Lines {
		table.Rows = append(table.Rows, []string{"+" + l.Number, "Approve *me* [now](https://evil.example.net)\x1b[2J\n\nYes", "4.50"})
	}
	for range 500 {
		if o.endless.Load() {
			table.Rows = append(table.Rows, []string{"+15550100", "Example Seller", "4.50"})
		}
	}
	return []view.Block{table}
}

// said is what was decided, in the order in which it was.
func (o *orders) said() []bool {
	var list []bool
	for _, d := range o.Decisions() {
		list = append(list, d.Approve)
	}
	return list
}

// takes switches how long carrying an order out takes.
func (o *orders) takes(d time.Duration) {
	o.Switch(func(w *fakeorders.Switches) { w.SendTakes = d })
}

// quoteTakes switches how long placing an order takes.
func (o *orders) quoteTakes(d time.Duration) {
	o.Switch(func(w *fakeorders.Switches) { w.QuoteTakes = d })
}

// elsewhere decides an order as somebody in a terminal would.
func (o *orders) elsewhere(tb testing.TB, id string, approve bool) {
	tb.Helper()
	_, err := o.Decide(tb.Context(), order.DecideRequest{Order: id, Approve: approve, By: identity.Caller{
		Principal: fixture.Principal("bob", identity.Approver), Frontend: identity.FrontShell,
	}})
	if err != nil {
		tb.Error(err)
	}
}

// orderHarness is a gate in front of all operations, with its orders.
type orderHarness struct {
	*harness
	*orders
}

func newOrderHarness(tb testing.TB) *orderHarness {
	tb.Helper()
	o := newOrders()
	return &orderHarness{harnessOf(tb, o.options), o}
}

func alice() identity.Principal { return fixture.Principal("alice", identity.Requester) }

func bob() identity.Principal { return fixture.Principal("bob", identity.Reader) }

// carol is a requester whose dialogs may approve.
func carol() identity.Principal {
	who := alice()
	who.Elicits = true
	return who
}
