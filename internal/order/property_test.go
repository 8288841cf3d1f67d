package order_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/risk"
)

// TestLaws plays random histories: overlapping orders of several people in
// several processes on one store, while the exchange fails in every way it
// can, prices move, processes die at any write of the journal and the clock is
// set. The laws are checked at every commit, at every request that reaches
// the exchange, and at the end, when everything that can be settled is.
//
//	go test -race ./internal/order -run TestLaws -rapid.checks=10000 -v
func TestLaws(t *testing.T) {
	t.Parallel()
	all := newTally()
	defer func() { t.Log(all) }()
	rapid.Check(t, func(rt *rapid.T) {
		story := rapid.SliceOfN(rapid.Custom(drawStep), 10, 60).Draw(rt, "story")
		var broken []string
		synctest.Test(t, func(t *testing.T) { broken = play(newHarness(t), all, story) })
		if len(broken) > 0 {
			rt.Fatalf("%s\n%s", strings.Join(broken, "\n"), strings.Join(tell(story), "\n"))
		}
	})
}

// step is one thing that happens. What its numbers mean depends on Op.
type step struct {
	Op         string
	A, B, C, D int
}

func drawStep(t *rapid.T) step {
	ops := []string{
		"place", "place", "place", "decide", "decide", "decide", "burst", "dialog", "dialog", "fates", "fates", "fates", "price", "sold",
		"sleep", "sleep", "sleep", "crash", "kill", "commit fails", "clock", "cancel", "look", "blind", "policy", "down", "slow", "lag",
	}
	seed := rapid.Uint64().Draw(t, "seed") // small numbers would be drawn too often one by one
	rnd := rand.New(rand.NewPCG(seed, 1))
	return step{rapid.SampledFrom(ops).Draw(t, "op"), rnd.IntN(64), rnd.IntN(64), rnd.IntN(64), rnd.IntN(64)}
}

func tell(story []step) []string {
	var list []string
	for _, s := range story {
		list = append(list, fmt.Sprintf("%+v", s))
	}
	return list
}

// tally counts what happened in all runs. Safe for concurrent use.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func newTally() *tally { return &tally{n: map[string]int{}} }

func (c *tally) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[what]++
}

func (c *tally) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for _, what := range slices.Sorted(maps.Keys(c.n)) {
		list = append(list, fmt.Sprintf("%s %d", what, c.n[what]))
	}
	return strings.Join(list, ", ")
}

// game is one history.
type game struct {
	*harness
	count   *tally
	slots   []*slot
	byName  map[string]*testEngine
	people  []identity.Caller
	numbers []string
	blind   map[string]bool // for good
	calls   sync.WaitGroup
	most    int64 // how far the clock was ever set forward
	jumpy   bool  // whether it is set at all

	mu     sync.Mutex
	broken []string
	placed []string         // ids, as they were placed
	of     map[*sent]string // the line that a request was for: order and index
	past   map[string][]*sent
}

// slot is where one process runs after another.
type slot struct {
	desk *testEngine
	disk *process
	n    int
}

func play(w *harness, count *tally, story []step) []string {
	w.Helper()
	g := &game{
		harness: w, count: count, byName: map[string]*testEngine{}, blind: map[string]bool{},
		numbers: []string{"9710", "9711", "9712", "9713", "9714", "9715", "9716", "9717"},
		people: []identity.Caller{
			alice(), shell("bob"), discord("1"), discord("2"), asking(http("alice-laptop")), asking(http("team")), http("reader"), asks(shell("mallory")),
		},
		of: map[*sent]string{}, past: map[string][]*sent{},
	}
	g.settle = 15 * time.Minute
	g.jumpy = slices.ContainsFunc(story, func(s step) bool { return s.Op == "clock" })
	g.x.offer(g.numbers[:5]...)
	g.x.own(g.numbers[5:]...)
	g.x.onSend = g.arrives
	if len(story) > 0 { // what happens to a send of which the story says nothing
		rnd := rand.New(rand.NewPCG(uint64(story[0].A), uint64(len(story))))
		g.x.dice = func() fate {
			if rnd.IntN(5) < 2 {
				return fate{}
			}
			return g.fate(rnd.IntN(64), rnd.IntN(64))
		}
	}
	if g.memory != nil {
		g.memory.committed = g.commits
	}
	g.may(func(p *order.Policy) {
		p.MaxDayTotal, p.ElicitationDayLimit = money.MustParse("15.00"), money.MustParse("6.00")
		if len(story) > 0 {
			p.Needed = 1 + story[0].B%4/3
		}
	})
	for i := range 3 {
		g.slots = append(g.slots, &slot{})
		g.restart(i)
	}
	count.add("runs")
	for _, s := range story {
		g.act(s)
		synctest.Wait()
		g.check()
		if g.isBroken() {
			break
		}
	}
	g.end()
	return g.broken
}

func (g *game) wrong(format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.broken = append(g.broken, fmt.Sprintf(format, args...))
}

func (g *game) isBroken() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.broken) > 0
}

// restart begins a new process in a slot.
func (g *game) restart(i int) {
	disk := newProcess(g.disk())
	name := fmt.Sprintf("process %d.%d", i, g.slots[i].n+1)
	if old := g.slots[i].desk; old != nil {
		_ = old.Close() // it can do nothing any more
	}
	d := g.engineOn(name, disk)
	g.mu.Lock()
	s := g.slots[i]
	s.n, s.disk, s.desk = s.n+1, disk, d
	g.byName[name] = s.desk
	g.mu.Unlock()
	if i < 2 {
		s.desk.Start() // the third only serves calls, as a command line does
	}
	if s.n > 1 {
		g.count.add("restarts")
	}
}

// at returns the process that runs in a slot.
func (g *game) at(i int) *testEngine {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.slots[i%len(g.slots)].desk
}

func (g *game) order(i int) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.placed) == 0 {
		return "o-none"
	}
	return g.placed[max(0, len(g.placed)-1-i%4)]
}

func (g *game) act(s step) {
	for i := range g.slots {
		if g.slots[i].disk.alive() != nil && s.C%2 == 0 { // else it is down for a while
			g.restart(i)
		}
	}
	switch s.Op {
	case "place":
		g.call(func(ctx context.Context) { g.asks(ctx, s) })
	case "decide":
		g.call(func(ctx context.Context) { g.decides(ctx, s) })
	case "burst":
		for i := range 2 + s.A%5 {
			n := step{A: s.A, B: s.B + i, C: s.C, D: s.D + i}
			g.call(func(ctx context.Context) { g.decides(ctx, n) })
			if i%3 == 2 {
				g.call(func(ctx context.Context) { g.asks(ctx, n) })
			}
		}
	case "dialog":
		g.call(func(ctx context.Context) {
			s.C = 4 + s.C%2 // somebody whose client asks
			if id := g.asks(ctx, s); id != "" {
				_, err := g.at(s.B).Decide(ctx, order.DecideRequest{Order: id, Approve: true, By: g.people[s.C]})
				g.failed("dialog", err)
			}
		})
	case "cancel":
		g.call(func(ctx context.Context) {
			_, err := g.at(s.A).Cancel(ctx, g.order(s.B), g.people[s.C%len(g.people)])
			g.failed("cancel", err)
		})
	case "look":
		g.call(func(ctx context.Context) {
			_, err := g.at(s.A).Order(ctx, g.order(s.B), g.people[s.C%len(g.people)], time.Duration(s.D%3)*20*time.Second)
			g.failed("order", err)
			_, err = g.at(s.A).Orders(ctx, g.people[s.C%len(g.people)], []string{"", "pending", "unknown"}[s.B%3], 10)
			g.failed("orders", err)
		})
	case "sleep":
		time.Sleep([]time.Duration{100 * time.Millisecond, time.Second, 4 * time.Second, 9 * time.Second, 20 * time.Second, 45 * time.Second, 4 * time.Minute, 16 * time.Minute}[s.A%8])
	default:
		g.disturb(s)
	}
}

// disturb is what people do not do.
func (g *game) disturb(s step) {
	digits := g.numbers[s.A%len(g.numbers)]
	disk := g.slots[s.A%len(g.slots)].disk
	switch s.Op {
	case "fates":
		var list []fate
		for _, n := range []int{s.B, s.C, s.D}[:1+s.A%3] {
			list = append(list, g.fate(n, s.D))
		}
		g.x.will(digits, list...)
	case "price":
		g.x.set(digits, func(n *number) { n.monthly = []string{"1.99", "2.00", "2.01", "3.50"}[s.B%4] })
	case "sold":
		g.x.set(digits, func(n *number) {
			if n.owner != "us" {
				n.owner = []string{"another", ""}[s.B%2]
			}
		})
	case "crash":
		disk.fail(append(make([]failure, s.B%6), failure{crash: true, kept: s.C%2 == 0})...)
		g.count.add("crashes planned")
	case "kill":
		disk.crash()
	case "commit fails":
		disk.fail(append(make([]failure, s.B%6), failure{fails: true, kept: s.C%2 == 0})...)
		g.count.add("failing commits planned")
	case "clock":
		g.set.Add(int64([]time.Duration{time.Hour, -time.Hour, time.Minute, -time.Minute}[s.A%4]))
		g.most = max(g.most, g.set.Load())
		g.count.add("clock jumps")
	case "blind":
		g.x.set(digits, func(*number) { g.x.blind[digits] = s.B%3 != 0 })
		if s.B%8 == 7 {
			g.blind[digits] = true
		}
	case "down":
		g.x.set(digits, func(*number) {
			g.x.down = []error{nil, nil, fault.New(fault.Unavailable, "no answer")}[s.B%3]
		})
	case "lag": // of the exchange's lists, with the market or without; not where hours pass in a moment
		if g.jumpy {
			return
		}
		g.x.set(digits, func(*number) {
			g.x.lag = []time.Duration{0, 0, time.Second, 20 * time.Second, time.Minute, 10 * time.Minute}[s.B%6]
			g.x.gone = s.C%2 == 0
		})
	case "slow":
		g.x.set(digits, func(*number) { g.x.slow = []time.Duration{0, 0, time.Second, 8 * time.Second, 12 * time.Second}[s.B%5] })
	case "policy":
		g.may(func(p *order.Policy) {
			p.MaxDayTotal = amount([]string{"", "6.00", "9.00", "15.00"}[s.A%4])
			p.MaxOrderTotal = amount([]string{"", "6.00"}[s.B%2])
			p.Needed = 1 + s.C%8/5
			p.RequesterMayApprove = s.D%4 != 0
			p.ElicitationDayLimit = amount([]string{"3.00", "6.00", "100.00"}[s.B%3])
			p.Elicitation = []order.Elicitation{order.ElicitWithinLimit, order.ElicitEverything, order.ElicitNothing}[s.A%3]
			p.PerDay = givenUpPerDay(s.A % 3)
			p.MaxOpenOrders = s.C % 4
			p.MaxMonthlyFee = amount([]string{"", "2.00"}[s.D%2])
		})
	}
}

func (g *game) fate(n, extra int) fate {
	late := time.Duration(1+extra%40) * time.Second
	dearer := func(n *number) { n.monthly = "2.50" }
	elsewhere := func(n *number) { n.contact = "sip:elsewhere" }
	return []fate{
		{},
		{takes: 3 * time.Second},
		{answer: refuse},
		{answer: nothing},
		{answer: nothing, takes: time.Second},
		{answer: lost},
		{answer: lost, undone: true},
		{answer: lost, late: late},
		{answer: hang},
		{answer: hang, undone: true},
		{answer: hang, late: late},
		{answer: lost, undone: true, takes: 8 * time.Second},
		{undone: true},
		{other: dearer},
		{other: elsewhere},
		{answer: lost, other: dearer},
		{answer: refuse, done: true},
		{answer: refuse, done: true, other: elsewhere},
		{answer: nothing, done: true},
	}[n%19]
}

// call runs what a client does, beside everything else.
func (g *game) call(do func(context.Context)) {
	g.calls.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		defer cancel()
		do(ctx)
	})
}

func (g *game) asks(ctx context.Context, s step) (id string) {
	kind := []string{"purchase", "purchase", "update", "unsubscribe"}[s.A%4]
	var from []string // those that it makes sense for, most often
	for _, d := range g.numbers {
		if owner := g.x.get(d).owner; s.C%8 == 7 || kind == "purchase" && owner == "" || kind != "purchase" && owner == "us" {
			from = append(from, d)
		}
	}
	var numbers []string
	for i := range min(1+s.B%4, len(from)) {
		numbers = append(numbers, from[(s.B/4+i)%len(from)])
	}
	who := g.people[s.C%len(g.people)]
	o, err := g.at(s.D).Place(ctx, placement(who, kind, []string{"sip:a", "sip:b"}[s.D%2], numbers...))
	g.failed("place", err)
	if err != nil {
		return ""
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if slices.Contains(g.placed, o.ID) {
		g.count.add("answered by an earlier order")
		return o.ID
	}
	g.placed = append(g.placed, o.ID)
	g.count.add("orders")
	return o.ID
}

func (g *game) decides(ctx context.Context, s step) {
	if s.C%16 == 15 { // the client hangs up
		var hangUp context.CancelFunc
		ctx, hangUp = context.WithTimeout(ctx, 2*time.Second)
		defer hangUp()
	}
	who := g.people[s.B%4]
	if s.D%3 == 0 {
		who = g.people[s.B%len(g.people)]
	}
	_, err := g.at(s.D).Decide(ctx, order.DecideRequest{Order: g.order(s.A), Approve: s.C%9 != 8, By: who})
	g.failed("decide", err)
}

// failed checks that an error is one that may be.
func (g *game) failed(what string, err error) {
	switch f, ok := fault.As(err); {
	case err == nil, errors.Is(err, errCommit), errors.Is(err, errCrashed), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
	case !ok:
		g.wrong("%s: %v", what, err)
	default:
		g.count.add("refused: " + what + " " + string(f.Code))
	}
}

func same(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// arrives holds the laws of a send: journaled first, approved before, by the
// process that has the order in hand, once, and what was quoted.
func (g *game) arrives(name string, s *sent) {
	g.count.add("sends")
	g.count.add(fmt.Sprintf("fate %s", s.fate))
	found := g.sending(s.line.Number)
	if len(found) != 1 {
		g.wrong("%s was sent, and %d orders have it under way", s.line.Number, len(found))
		return
	}
	r := found[0]
	n := slices.IndexFunc(r.Quote.Lines, func(l order.Line) bool { return l.Number == s.line.Number })
	line := r.Lines[n]
	place := fmt.Sprintf("%s/%d", r.ID, n)
	g.mu.Lock()
	by := g.byName[name]
	earlier := g.past[place]
	g.past[place] = append(earlier, s)
	g.of[s] = place
	g.mu.Unlock()
	switch {
	case r.Runner != by.ID() || line.Owner != by.ID():
		g.wrong("%s was sent by %s, which does not have it in hand", place, name)
	case r.Decided.IsZero() || !slices.ContainsFunc(r.Decisions, func(d order.Decision) bool { return d.Approve }):
		g.wrong("%s was sent without an approval", place)
	case line.Tries != len(earlier)+1 || line.Tries > 3:
		g.wrong("%s was sent for the %d. time, and the journal has %d tries", place, len(earlier)+1, line.Tries)
	case slices.ContainsFunc(earlier, func(e *sent) bool { return e.fate.answer != nothing }):
		g.wrong("%s was sent again after an answer that proved nothing", place)
	case len(earlier) > 0 && !g.now().Before(r.Expires):
		g.wrong("%s was tried again after the order's expiry", place)
	case r.Kind != s.kind || !same(s.line, r.Quote.Lines[n]):
		g.wrong("%s was sent as %v %+v, quoted as %+v", place, s.kind, s.line, r.Quote.Lines[n])
	case g.now().After(line.Deadline):
		g.wrong("%s was sent after its deadline", place)
	}
	g.compare(place, s)
	for _, other := range g.all() {
		for i, l := range other.Quote.Lines {
			state := other.Lines[i].State
			if s.kind == "purchase" && other.Kind == "purchase" && other.ID != r.ID && l.Number == s.line.Number && !g.givenUp(other, l.Number) &&
				(state == order.LineDone || state == order.LineUnknown) {
				g.wrong("%s was sent, though %s/%d of the number is %s", place, other.ID, i, state)
			}
		}
	}
}

// givenUp reports whether an order after that one gave the number up.
func (g *game) givenUp(r order.Record, digits string) bool {
	after := false
	for _, o := range g.all() {
		after = after || o.ID == r.ID
		for i, l := range o.Quote.Lines {
			if after && o.Kind == "unsubscribe" && l.Number == digits && o.Lines[i].State == order.LineDone {
				return true
			}
		}
	}
	return false
}

// compare holds that nothing got worse between the quote and the send.
func (g *game) compare(place string, s *sent) {
	now, _, _ := g.x.seen(s.line.Number) // which lists that lag may not tell rightly
	owner := map[bool]string{true: "", false: "us"}[s.kind == "purchase"]
	switch {
	case now.owner != owner || now.id != s.line.Fact("i_did") || now.vendor != s.line.Fact("vendor"):
		g.wrong("%s was sent though it is %+v", place, now)
	case amount(now.setup).Cmp(amount(s.line.Fact("setup_fee"))) > 0, amount(now.monthly).Cmp(amount(s.line.Fact("monthly_fee"))) > 0:
		g.wrong("%s was sent at %s + %s", place, now.setup, now.monthly)
	case s.kind != "purchase" && now.contact != s.line.Fact("present_contact"):
		g.wrong("%s was sent though the routing is %s", place, now.contact)
	case s.kind == "purchase" && amount(now.monthly).Cmp(g.policy.Load().MaxMonthlyFee) > 0 && g.policy.Load().MaxMonthlyFee.Known():
		g.wrong("%s was sent over the limit of a number", place)
	}
}

func (f fate) String() string {
	text := [...]string{"success", "refused", "nothing done", "lost", "hang"}[f.answer]
	if f.other != nil {
		text += ", otherwise"
	}
	switch {
	case f.done:
		return text + ", and done"
	case f.answer != lost && f.answer != hang && f.undone:
		return text + ", and nothing done"
	case f.answer != lost && f.answer != hang:
		return text
	case f.undone:
		return text + " before the commit"
	case f.late > 0:
		return text + ", late commit"
	}
	return text + " after the commit"
}

// commits holds the laws of a change in the journal. The store stands still.
func (g *game) commits(before, after *order.Record, all func() []order.Record) {
	if before == nil {
		if after.Phase != order.PhasePending || slices.ContainsFunc(after.Lines, func(l order.LineRecord) bool { return l.State != order.LineWaiting }) {
			g.wrong("%s began as %s", after.ID, after.State())
		}
		return
	}
	if after.Rev != before.Rev+1 || after.Entry < before.Entry || after.Hash != before.Hash || !same(after.Quote, before.Quote) || !same(after.Asked, before.Asked) {
		g.wrong("%s was changed where it may not be", after.ID)
	}
	if before.Phase != after.Phase {
		g.phase(before, after, all)
	}
	if before.Runner != after.Runner && before.Phase != order.PhasePending && after.Runner != "" {
		g.wrong("%s went from one runner to another", after.ID)
	}
	if len(after.Decisions) != len(before.Decisions) && before.Phase != order.PhasePending {
		g.wrong("%s was decided again", after.ID)
	}
	for n := range after.Lines {
		was, is := before.Lines[n], after.Lines[n]
		if was.State != is.State {
			if !lawful(was.State, is.State) || was.State == order.LineDone && !was.Inferred || after.Phase == order.PhasePending {
				g.wrong("%s/%d went from %s to %s", after.ID, n, was.State, is.State)
			}
			if was.State == order.LineFailed {
				g.count.add("corrections")
			}
			if is.State != order.LineSending && is.State != order.LineWaiting {
				g.count.add("lines " + string(is.State))
			}
		}
		if is.Tries != was.Tries && (is.Tries != was.Tries+1 || is.State != order.LineSending) {
			g.wrong("%s/%d went from %d to %d tries", after.ID, n, was.Tries, is.Tries)
		}
	}
}

func lawful(was, is order.LineState) bool {
	return slices.Contains(map[order.LineState][]order.LineState{
		order.LineWaiting: {order.LineSending, order.LineFailed, order.LineSkipped, order.LineChanged, order.LineUnknown, order.LineDone},
		order.LineSending: {order.LineWaiting, order.LineDone, order.LineFailed, order.LineUnknown},
		order.LineUnknown: {order.LineDone, order.LineFailed},
		order.LineFailed:  {order.LineDone, order.LineUnknown},
		order.LineChanged: {order.LineDone},
		order.LineDone:    {order.LineFailed, order.LineUnknown}, // only what was concluded from not being seen
	}[was], is)
}

func (g *game) phase(before, after *order.Record, all func() []order.Record) {
	switch {
	case before.Phase == order.PhasePending && after.Phase == order.PhaseExecuting:
		g.approved(after, all())
	case before.Phase == order.PhasePending && after.Phase != order.PhaseOver:
	case before.Phase == order.PhaseExecuting && after.Phase == order.PhaseOver:
	default:
		g.wrong("%s went from %s to %s", after.ID, before.Phase, after.Phase)
	}
	g.count.add("now " + string(after.Phase))
}

// person is who somebody is, told independently of the engine.
func person(p identity.Party) string {
	switch p.String() {
	case "os:alice", "discord:1", "http:alice-laptop":
		return "Alice"
	case "os:bob", "discord:2":
		return "Bob"
	}
	return p.String()
}

// approved holds the laws of an approval: enough people, who may, and within
// the limits, counted from the journal itself.
func (g *game) approved(r *order.Record, all []order.Record) {
	p := g.policy.Load()
	seen := map[string]bool{}
	for _, d := range r.Decisions {
		who := person(d.By)
		mine := who == person(r.Requester)
		known := d.By.Realm == r.Requester.Realm || who == "Alice" || who == "Bob"
		if d.Approve && who != "os:mallory" && !seen[who] && (p.RequesterMayApprove && r.Asked.RequesterMayApprove || !mine && known) {
			seen[who] = true
		}
	}
	if need := max(p.Needed, r.Asked.Needed); len(seen) < need {
		g.wrong("%s is carried out with %d approvals that count, and %d are needed", r.ID, len(seen), need)
	}
	if day := r.Decided.UTC().Format(time.DateOnly); r.Day != day || !r.Decided.Before(r.Expires) {
		g.wrong("%s was approved at %s on the day %s, and expires at %s", r.ID, r.Decided, r.Day, r.Expires)
	}
	spent, dialogs, given := money.MustParse("0"), money.MustParse("0"), 0
	for _, other := range all {
		for _, d := range reservations(other) {
			if other.Day != r.Day {
				continue
			}
			spent = spent.Add(d.Due)
			if d.Dialog {
				dialogs = dialogs.Add(d.Due)
			}
			if d.Operation == "did_unsubscribe" {
				given++
			}
		}
	}
	switch {
	case p.MaxDayTotal.Known() && r.Risk == risk.Spend && spent.Cmp(p.MaxDayTotal) > 0:
		g.wrong("%s brings the day to %s, over %s", r.ID, spent, p.MaxDayTotal)
	case p.MaxOrderTotal.Known() && r.DueNow().Cmp(p.MaxOrderTotal) > 0:
		g.wrong("%s comes to %s, over %s", r.ID, r.DueNow(), p.MaxOrderTotal)
	case r.Risk == risk.Destroy && p.PerDay["did_unsubscribe"].Most > 0 && given > p.PerDay["did_unsubscribe"].Most:
		g.wrong("%s brings the day to %d numbers given up, over %d", r.ID, given, p.PerDay["did_unsubscribe"].Most)
	}
	if r.Dialog {
		g.count.add("approved in a dialog")
		within := r.Risk == risk.Spend && r.DueNow().Cmp(p.ElicitationLimit) <= 0 && dialogs.Cmp(p.ElicitationDayLimit) <= 0
		if last := r.Decisions[len(r.Decisions)-1].By; last.String() != r.Requester.String() {
			g.wrong("%s of %s was approved in a dialog of %s", r.ID, r.Requester, last)
		}
		if p.Elicitation == order.ElicitNothing || p.Elicitation == order.ElicitWithinLimit && !within {
			g.wrong("%s was approved in a dialog (%s today)", r.ID, dialogs)
		}
	}
}

// check holds what is true whenever nothing moves.
func (g *game) check() {
	a, err := order.Verify(context.Background(), g.store.Verification(), "")
	if err != nil || a.Fault != "" {
		g.wrong("the trail: %s %v", a.Fault, err)
	}
	held := map[string]string{}
	for _, r := range g.all() {
		for n, l := range r.Quote.Lines {
			state := r.Lines[n].State
			open := !r.Lines[n].Let && r.Phase == order.PhasePending || !r.Lines[n].Let && (r.Phase == order.PhaseExecuting || r.Phase == order.PhaseOver) &&
				(state == order.LineWaiting || state == order.LineSending || state == order.LineUnknown)
			if !open {
				continue
			}
			if other := held[l.Number]; other != "" {
				g.wrong("%s and %s hold %s", other, r.ID, l.Number)
			}
			held[l.Number] = r.ID
		}
		if got, want := r.State(), derived(r); got != want {
			g.wrong("%s is %s, want %s", r.ID, got, want)
		}
	}
}

// derived is the state by the words of the contract.
func derived(r order.Record) order.State {
	if r.Phase != order.PhaseOver {
		return order.State(r.Phase)
	}
	var list []string
	for _, l := range r.Lines {
		list = append(list, string(l.State))
	}
	has := func(s order.LineState) bool { return slices.Contains(list, string(s)) }
	switch {
	case has(order.LineUnknown):
		return order.Unknown
	case len(slices.Compact(slices.Sorted(slices.Values(list)))) == 1 && has(order.LineDone):
		return order.Completed
	case has(order.LineDone):
		return order.Partial
	case has(order.LineChanged):
		return order.Changed
	}
	return order.Failed
}

// end lets everything settle that can, and compares the journal with what the
// exchange did.
func (g *game) end() {
	for i := range g.slots {
		g.slots[i].disk.fail()
	}
	for _, d := range g.numbers {
		g.x.set(d, func(*number) {
			g.x.blind[d], g.x.down, g.x.slow, g.x.lag, g.x.dice, g.x.fates[d] = g.blind[d], nil, 0, 0, nil, nil
		})
	}
	g.set.Store(g.most) // the clock is right again, which it may never have been
	g.calls.Wait()
	g.close()
	g.store = g.open()
	g.restart(0)
	time.Sleep(90 * time.Minute)
	synctest.Wait()
	g.check()
	if !g.isBroken() {
		g.settled()
		if g.isBroken() {
			for _, d := range g.numbers {
				g.wrong("%s", g.history(d))
			}
		}
	}
	g.close()
}

func (g *game) settled() {
	all := g.all()
	for _, r := range all {
		if r.Phase == order.PhasePending || r.Phase == order.PhaseExecuting {
			g.wrong("%s is still %s", r.ID, r.State())
		}
		for n := range r.Lines {
			g.true(all, r, n)
		}
	}
}

// true compares a line with what the exchange did of it.
func (g *game) true(all []order.Record, r order.Record, n int) {
	digits := r.Quote.Lines[n].Number
	place, state := fmt.Sprintf("%s/%d", r.ID, n), r.Lines[n].State
	landed, sure, answered := 0, 0, 0
	for _, s := range g.past[place] {
		if s.landed {
			landed++
		}
		if s.landed && s.fate.answer != nothing { // what was turned away may be tried again
			sure++
		}
		if s.fate.answer != nothing {
			answered++
		}
	}
	switch {
	case sure > 1 || answered > 1 || landed > 1 && r.Kind != "update":
		g.wrong("%s was carried out %d times", place, landed)
	case state == order.LineDone && landed == 0 && !g.credited(all, r, digits):
		g.wrong("%s of %s is done, and the exchange did nothing", place, digits)
	case state == order.LineUnknown && !g.blind[digits] && !g.untold(r, n, landed):
		g.wrong("%s of %s is unknown, though it can be read", place, digits)
	case state == order.LineUnknown:
		g.count.add("unknown left")
	case (state == order.LineFailed || state == order.LineChanged) && landed > 0 && !g.blind[digits] && !g.followed(all, r, digits):
		g.wrong("%s of %s is failed, and the exchange did it: %+v", place, digits, r.Lines[n])
	case (state == order.LineSkipped || state == order.LineChanged || state == order.LineWaiting) && answered > 0:
		g.wrong("%s is %s, and was sent", place, state)
	}
}

// untold reports whether nobody can tell what became of an unknown line: the
// exchange said yes and did nothing, or the routing is none that was asked for.
// What another order did to the number since hides it as well.
func (g *game) untold(r order.Record, n, landed int) bool {
	is, l := g.x.get(r.Quote.Lines[n].Number), r.Quote.Lines[n]
	switch {
	case r.Lines[n].Said == order.SaidYes && landed == 0, r.Lines[n].Let:
		return true
	case r.Kind == "update":
		return is.owner != "us" || is.contact != l.Term("contact") && is.contact != l.Fact("present_contact")
	}
	return false
}

// history tells what was done about a number, for whoever reads a failure.
func (g *game) history(digits string) string {
	var list []string
	for _, r := range g.all() {
		for n, l := range r.Quote.Lines {
			if l.Number == digits {
				list = append(list, fmt.Sprintf("  %s %s of %s, created %s, decided %s: %+v", r.ID, r.Kind, l.Number, r.Created, r.Decided, r.Lines[n]))
			}
		}
	}
	for _, s := range g.x.sentOf(digits) {
		list = append(list, fmt.Sprintf("  sent by %s: %s at %s (%s, undone %v, late %s), refused %v, landed %v", s.desk, s.kind, s.at.UTC(), s.fate, s.fate.undone, s.fate.late, s.refused, s.landed))
	}
	return strings.Join(list, "\n")
}

// credited reports whether a line may be done by what another order did: the
// answer of that one came so late that it had been given up.
func (g *game) credited(all []order.Record, r order.Record, digits string) bool {
	for s, place := range g.of {
		if s.landed && s.kind == r.Kind && s.line.Number == digits && !strings.HasPrefix(place, r.ID+"/") {
			return slices.ContainsFunc(all, func(o order.Record) bool { return strings.HasPrefix(place, o.ID+"/") && !o.Created.After(r.Created) })
		}
	}
	return false
}

// followed reports whether a later order did something to the number, so that
// a line that was given up can't be told any more. A clock that was set back
// hides which of two orders was the later one.
func (g *game) followed(all []order.Record, r order.Record, digits string) bool {
	for _, o := range all {
		for n, l := range o.Quote.Lines {
			if o.ID != r.ID && l.Number == digits && (g.jumpy || !o.Created.Before(r.Created)) && (o.Lines[n].State == order.LineDone || o.Lines[n].State == order.LineUnknown) {
				return true
			}
		}
	}
	return false
}
