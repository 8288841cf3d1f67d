package shell_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/goleak"

	"didops/bots/shell"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
	"didops/internal/view"
	"didops/tools"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// harness is one run of the program.
type harness struct {
	shell.Config
	out, err bytes.Buffer
	clock    *clock
	opened   int
	gateErr  error
}

// newHarness is a run in front of the operations that need no approval.
func newHarness(tb testing.TB) *harness {
	tb.Helper()
	clock := &clock{step: time.Millisecond}
	h := &harness{clock: clock}
	h.Config = shell.Config{
		Nouns: map[string]string{"line": "Phone lines: the shop and your own"},
		Principal: func(context.Context) identity.Principal {
			return identity.Principal{Realm: "os", ID: "alice", Role: identity.Requester}
		},
		Globals: &shell.Globals{}, Now: clock.now, Out: &h.out, Err: &h.err,
	}
	h.serve(fixture.Catalog(tb, fixture.Options{}), nil)
	return h
}

func (h *harness) serve(c *tools.Catalog, orders order.Service) {
	h.Tools = c.Tools()
	h.Gate = func(context.Context) (*tools.Gate, error) {
		h.opened++
		if h.gateErr != nil {
			return nil, h.gateErr
		}
		return tools.NewGate(tools.GateConfig{Catalog: c, Orders: orders, Sandbox: true, Now: h.Now})
	}
}

// run executes a command line as main does and returns the exit code.
func (h *harness) run(tb testing.TB, args ...string) int {
	tb.Helper()
	return shell.Report(h.Config, args, h.program(args).ExecuteContext(tb.Context()))
}

func (h *harness) program(args []string) *cobra.Command {
	root := &cobra.Command{Use: "didops", Short: "Buy and run phone lines"}
	shell.Prepare(root, h.Config)
	root.AddCommand(shell.Commands(h.Config)...)
	root.SetArgs(append([]string{}, args...))
	return root
}

// clock goes on each time that it is asked: by the first steps, then by step.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	first []time.Duration
	step  time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	step := c.step
	if len(c.first) > 0 {
		step, c.first = c.first[0], c.first[1:]
	}
	c.at = c.at.Add(step)
	return c.at
}

// orders is a service whose orders are all called o-7k3f, and whose clock goes
// on by a minute whenever a person types.
type orders struct {
	*fakeorders.Service
	options fixture.Options
	minutes atomic.Int64
}

func newOrders(switches ...func(*fakeorders.Switches)) *orders {
	o := &orders{}
	o.options.DrawTerms = func(order.Quote) []view.Block { return nil }
	return o.start(switches...)
}

// newOrdersWith is a service whose orders have those terms.
func newOrdersWith(terms string) *orders {
	o := &orders{}
	o.options.DrawTerms = func(order.Quote) []view.Block { return []view.Block{view.Text(terms)} }
	return o.start()
}

func (o *orders) start(switches ...func(*fakeorders.Switches)) *orders {
	o.Service = fakeorders.New(fakeorders.Config{
		Handlers: fixture.Handlers(o.options), ID: func(int) string { return "o-7k3f" },
		Now: func() time.Time { return fixture.Moment().Add(time.Duration(o.minutes.Load()) * time.Minute) },
	})
	for _, s := range switches {
		o.Switch(s)
	}
	return o
}

// newOrderHarness is a run of an approver's with orders, at a terminal of 80
// columns.
func newOrderHarness(tb testing.TB, o *orders, k *keyboard) *harness {
	tb.Helper()
	h := newHarness(tb)
	options := o.options
	options.Orders = o
	h.serve(fixture.Catalog(tb, options), o)
	h.Nouns = map[string]string{"line": "Lines", "slip": "Slips"}
	h.Principal = func(context.Context) identity.Principal { return fixture.Principal("alice", identity.Approver) }
	if k != nil {
		k.typed = func() { o.minutes.Add(1) }
		h.In = k
	}
	h.OutTTY, h.ErrTTY, h.Width = true, true, 80
	return h
}

// keyboard is a person who types lines: some before the question is there,
// some after it.
type keyboard struct {
	before  []string // is discarded with the queue
	then    []string
	err     error // of reading, when there are no lines left; nil = waits for ctx
	broken  error // of discarding
	asked   func()
	typed   func()
	reading int
}

func (k *keyboard) Discard() error {
	k.before = nil
	return k.broken
}

func (k *keyboard) ReadLine(ctx context.Context) (string, error) {
	k.reading++
	k.typed()
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

var _ shell.Terminal = (*keyboard)(nil)
