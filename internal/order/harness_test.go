package order_test

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/store"
	"didops/internal/testing/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.Main(m)) }

const (
	place      = "https://exchange.example login"
	readWithin = 10 * time.Second
	sendWithin = 15 * time.Second
)

// The people of the tests.
func alice() identity.Caller { return shell("alice") }

func shell(id string) identity.Caller {
	return identity.Caller{Frontend: identity.FrontShell, Principal: identity.Principal{Realm: "os", ID: id, Name: strings.ToUpper(id[:1]) + id[1:], Role: identity.Approver}}
}

func discord(id string) identity.Caller {
	return identity.Caller{Frontend: identity.FrontDiscord, Principal: identity.Principal{Realm: "discord", ID: id, Name: "D" + id, Role: identity.Approver}}
}

// asks is the same without the right to decide.
func asks(by identity.Caller) identity.Caller {
	by.Principal.Role = identity.Requester
	return by
}

func http(id string) identity.Caller {
	return identity.Caller{Frontend: identity.FrontMCP, Principal: identity.Principal{Realm: "http", ID: id, Name: id, Client: "assistant", Role: identity.Requester}}
}

// asking is the same over MCP with a client whose dialogs may approve.
func asking(by identity.Caller) identity.Caller {
	by.Frontend, by.Principal.Elicits = identity.FrontMCP, true
	return by
}

func usual() order.Policy {
	return order.Policy{
		Realms: map[string]order.RealmPolicy{identity.OS: {Approves: true, Shared: true}},
		Limits: order.Limits{MaxNumbersPerOrder: 10}, Needed: 1, RequesterMayApprove: true,
		ExpiresAfter: 15 * time.Minute,
		Elicitation:  order.ElicitWithinLimit, ElicitationLimit: money.MustParse("20.00"), ElicitationDayLimit: money.MustParse("100.00"),
		People: []identity.Person{
			{Name: "Alice", IDs: map[string]string{"os": "alice", "discord": "1", "http": "alice-laptop"}},
			{Name: "Bob", IDs: map[string]string{"os": "bob", "discord": "2"}},
		},
	}
}

func givenUpPerDay(most int) map[string]order.DayLimit {
	return map[string]order.DayLimit{"did_unsubscribe": {Setting: "max_unsubscribes_per_day", Most: most}}
}

// inRealm changes what a realm may do.
func inRealm(p *order.Policy, id string, change func(*order.RealmPolicy)) {
	p.Realms = maps.Clone(p.Realms)
	realm := p.Realms[id]
	change(&realm)
	p.Realms[id] = realm
}

func atTerminal(p *order.Policy, open bool) {
	inRealm(p, identity.OS, func(r *order.RealmPolicy) { r.Approves = open })
}

// only leaves the terminal to one user.
func only(p *order.Policy, user string) {
	inRealm(p, identity.OS, func(r *order.RealmPolicy) { r.Shared, r.Only = false, user })
}

func shared(p *order.Policy) { inRealm(p, identity.OS, func(r *order.RealmPolicy) { r.Shared = true }) }

func discordApproves(p *order.Policy) {
	inRealm(p, identity.Discord, func(r *order.RealmPolicy) { r.Approves = true })
}

func cards(p *order.Policy) {
	inRealm(p, identity.Discord, func(r *order.RealmPolicy) { r.Cards = true })
}

// harness is an exchange, a store and the engines of some processes.
type harness struct {
	testing.TB
	t      *testing.T // the bubble's, where there is one
	x      *exchange
	store  stores
	memory *memory       // the store, where it is one
	open   func() stores // as another process does
	policy atomic.Pointer[order.Policy]
	set    atomic.Int64        // how far the clock was set forward
	settle time.Duration       // what settle_after is; few tests wait for it
	last   func()              // closes the stores
	alter  func(*order.Config) // changes what an engine is made of; nil = nothing

	mu      sync.Mutex // guards what is below: processes begin on any goroutine
	closing []func()
}

// newHarness returns a world with a store in memory.
func newHarness(tb testing.TB) *harness {
	tb.Helper()
	m := newMemory()
	w := harnessOn(tb, m, func(*harness) stores { return m })
	m.leases.now = w.now
	return w
}

func harnessOn(tb testing.TB, m *memory, open func(*harness) stores) *harness {
	tb.Helper()
	w := &harness{TB: tb, x: newExchange(), memory: m}
	w.open = func() stores { return open(w) }
	w.store = w.open()
	w.may(func(*order.Policy) {})
	return w
}

// onDisk returns a world with a store in an SQLite file, which every process
// opens for itself.
func onDisk(tb testing.TB, path string) *harness {
	tb.Helper()
	return opening(tb, func(tb testing.TB, now clock) (stores, func()) {
		tb.Helper()
		return opened(tb, store.Config{Path: path, Now: now})
	})
}

// onPostgres returns a world with a store in a PostgreSQL database of its own,
// to which every process connects for itself.
func onPostgres(tb testing.TB) *harness {
	tb.Helper()
	return onServer(tb, pgtest.Database(tb))
}

func onServer(tb testing.TB, url string) *harness {
	tb.Helper()
	return opening(tb, func(tb testing.TB, now clock) (stores, func()) {
		tb.Helper()
		return opened(tb, store.Config{URL: url, Now: now})
	})
}

// clock tells the time of a world.
type clock = func() time.Time

func opened(tb testing.TB, c store.Config) (stores, func()) {
	tb.Helper()
	s, err := store.Open(c)
	if err != nil {
		tb.Fatal(err)
	}
	return s, func() { _ = s.Close() }
}

// opening returns a world whose every process opens the store, and closes it
// at the end.
func opening(tb testing.TB, open func(testing.TB, clock) (stores, func())) *harness {
	tb.Helper()
	var mu sync.Mutex
	var closing []func()
	w := harnessOn(tb, nil, func(w *harness) stores {
		s, end := open(tb, w.now)
		mu.Lock()
		defer mu.Unlock()
		closing = append(closing, end)
		return s
	})
	w.last = func() {
		mu.Lock()
		defer mu.Unlock()
		for _, end := range closing {
			end()
		}
	}
	return w
}

func (w *harness) now() time.Time { return time.Now().Add(time.Duration(w.set.Load())) }

// may changes what is allowed.
func (w *harness) may(change func(*order.Policy)) {
	p := usual()
	if old := w.policy.Load(); old != nil {
		p = *old
	}
	change(&p)
	w.policy.Store(&p)
}

// engine returns the engine of a new process. It is closed by [harness.close].
func (w *harness) engine(name string) *testEngine { return w.engineOn(name, w.open()) }

func (w *harness) engineOn(name string, s stores) *testEngine {
	w.Helper()
	c := on(s, order.Config{
		Handlers: w.x.deals(name), Exchange: place, Prefix: "o-", Currency: "USD",
		Policy: func() order.Policy { return *w.policy.Load() }, ReadWithin: readWithin, SendWithin: sendWithin, SettleAfter: w.settle,
		Now: w.now, Log: zerolog.Nop(),
	})
	if w.alter != nil {
		w.alter(&c)
	}
	e, err := order.New(c)
	if err != nil {
		w.Fatal(err)
	}
	w.closes(e)
	return &testEngine{Engine: e, w: w}
}

// closes has an engine closed by [harness.close].
func (w *harness) closes(e *order.Engine) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closing = append(w.closing, func() { _ = e.Close() })
}

func (w *harness) close() {
	w.mu.Lock()
	closing := w.closing
	w.closing = nil
	w.mu.Unlock()
	for _, end := range closing {
		end()
	}
	if w.last != nil {
		w.last()
	}
}

// testEngine is an engine with the words that tests use.
type testEngine struct {
	*order.Engine
	w *harness
}

func placement(by identity.Caller, kind, contact string, numbers ...string) order.PlaceRequest {
	args, err := json.Marshal(dealIn{Numbers: numbers, Contact: contact})
	if err != nil {
		panic(err)
	}
	return order.PlaceRequest{Operation: "did_" + kind, Args: args, By: by}
}

// Place returns the order alone: what may be asked about it is what May tells.
func (d *testEngine) Place(ctx context.Context, p order.PlaceRequest) (order.Order, error) {
	placed, err := d.Engine.Place(ctx, p)
	return placed.Order, err
}

// May reports why the caller's approval would not count.
func (d *testEngine) May(ctx context.Context, id string, by identity.Caller) error {
	_, err := d.Ask(ctx, id, by)
	return err
}

// place asks for something that must be let in.
func (d *testEngine) place(by identity.Caller, kind string, numbers ...string) order.Order {
	d.w.Helper()
	o, err := d.Place(context.Background(), placement(by, kind, "sip:new", numbers...))
	if err != nil {
		d.w.Fatalf("place %s of %v: %v", kind, numbers, err)
	}
	return o
}

func (d *testEngine) approve(by identity.Caller, o order.Order) order.Order {
	d.w.Helper()
	return d.decide(by, o, true)
}

func (d *testEngine) decide(by identity.Caller, o order.Order, yes bool) order.Order {
	d.w.Helper()
	o, err := d.Decide(context.Background(), order.DecideRequest{Order: o.ID, Approve: yes, By: by})
	if err != nil {
		d.w.Fatalf("decide: %v", err)
	}
	return o
}

func (d *testEngine) see(by identity.Caller, o order.Order) order.Order {
	d.w.Helper()
	o, err := d.Order(context.Background(), o.ID, by, 0)
	if err != nil {
		d.w.Fatalf("order: %v", err)
	}
	return o
}

// bubble runs a test in virtual time.
func bubble(t *testing.T, run func(w *harness)) {
	t.Helper()
	inBubble(t, newHarness, run)
}

func inBubble(t *testing.T, world func(testing.TB) *harness, run func(w *harness)) {
	t.Helper()
	inBubbleUnchecked(t, world, func(w *harness) {
		run(w)
		sound(w.t, w.store)
	})
}

// inBubbleUnchecked is the same for a test that does something to the trail.
func inBubbleUnchecked(t *testing.T, world func(testing.TB) *harness, run func(w *harness)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := world(t)
		defer w.close()
		w.t = t
		run(w)
	})
}

// sound checks the audit trail.
func sound(tb testing.TB, s stores) {
	tb.Helper()
	switch a, err := order.Verify(context.Background(), s.Verification(), ""); {
	case err != nil:
		tb.Errorf("verify: %v", err)
	case a.Fault != "":
		tb.Errorf("the trail is not sound: %s (entry %d)", a.Fault, a.Seq)
	}
}

// states returns the state of an order and those of its lines.
func states(o order.Order) string {
	list := []string{string(o.State) + ":"}
	for _, l := range o.Lines {
		list = append(list, string(l.State))
	}
	return strings.Join(list, " ")
}

func wantStates(tb testing.TB, o order.Order, want string) {
	tb.Helper()
	if got := states(o); got != want {
		var why []string
		for _, l := range o.Lines {
			why = append(why, l.Message)
		}
		tb.Fatalf("order %s: got %s (%s), want %s", o.ID, got, strings.Join(why, "; "), want)
	}
}

// wantFault checks the code of an error, and that its message, hint or field
// has the words.
func wantFault(tb testing.TB, err error, code fault.Code, words ...string) {
	tb.Helper()
	f, ok := fault.As(err)
	if !ok || f.Code != code {
		tb.Fatalf("got %v (%s), want %s", err, fault.CodeOf(err), code)
	}
	for _, word := range words {
		if !strings.Contains(f.Message+" "+f.Hint+" "+f.Field, word) {
			tb.Errorf("got %q, hint %q, field %q, want %q in it", f.Message, f.Hint, f.Field, word)
		}
	}
}

func wantSends(tb testing.TB, x *exchange, digits string, want int) {
	tb.Helper()
	if got := len(x.sentOf(digits)); got != want {
		tb.Fatalf("got %d sends of %q, want %d", got, digits, want)
	}
}

// trail returns the events of the audit trail about an order, "" for all, with
// the states of lines.
func trail(tb testing.TB, s stores, id string) []audit.Entry {
	tb.Helper()
	var list []audit.Entry
	err := s.Audit().Read(context.Background(), func(tx audit.Tx) error {
		return tx.Entries(func(k audit.Kept) error {
			var e audit.Entry
			if err := json.Unmarshal([]byte(k.Text), &e); err != nil {
				return err
			}
			if id == "" || e.Order == id {
				list = append(list, e)
			}
			return nil
		})
	})
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// record reads an order as it is kept.
func record(tb testing.TB, s stores, id string) order.Record {
	tb.Helper()
	var r order.Record
	err := s.Orders().Read(context.Background(), func(tx order.Tx) error {
		var err error
		r, err = tx.Order(id)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// onEveryStore runs a test in virtual time on every kind of store.
func onEveryStore(t *testing.T, run func(w *harness)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		bubble(t, run)
	})
	t.Run("sqlite", func(t *testing.T) {
		if testing.Short() {
			t.Skip("writes to a disk")
		}
		t.Parallel()
		path := sqlitePath(t)
		inBubble(t, func(tb testing.TB) *harness { tb.Helper(); return onDisk(tb, path) }, run)
	})
	t.Run("postgres", func(t *testing.T) {
		if testing.Short() {
			t.Skip("starts a server")
		}
		t.Parallel()
		url, o := pgtest.Database(t), newOutside(t)
		inBubble(t, func(tb testing.TB) *harness {
			tb.Helper()
			return opening(tb, func(tb testing.TB, now clock) (stores, func()) { tb.Helper(); return o.open(tb, url, now) })
		}, run)
	})
}
