package order_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"didops/internal/mandate"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/testing/wide"
)

// TestMandateLaws plays random histories of mandates by three processes on one
// store, whose clocks are seconds apart: uses, several of them at once, stops,
// revocations, prices that move, also after they were read for the last time, answers
// that are lost, and processes that die at any write of the journal, such as between
// the journal and the request. What was bought never exceeds count and budget as
// quoted, nothing is sent while it does as charged, nor from a committed revocation
// on, nor what somebody stopped.
//
//	DIDOPS_TEST_WIDE=1 go test ./internal/order -run TestMandateLaws
func TestMandateLaws(t *testing.T) {
	t.Parallel()
	all := newTally()
	defer func() { t.Log(all) }()
	for range wide.Pick(1, 40) {
		rapid.Check(t, func(rt *rapid.T) {
			story := rapid.SliceOfN(rapid.Custom(drawMandateStep), 8, 40).Draw(rt, "story")
			var broken []string
			synctest.Test(t, func(t *testing.T) { broken = playMandates(newHarness(t), all, story) })
			if len(broken) > 0 {
				rt.Fatalf("%s\n%s", strings.Join(broken, "\n"), strings.Join(tell(story), "\n"))
			}
		})
	}
}

func drawMandateStep(t *rapid.T) step {
	ops := []string{"use", "use", "use", "use", "burst", "burst", "stop", "stop", "price", "fate", "fate", "fate", "sleep", "sleep", "sleep", "crash", "dies", "dies", "clock", "revoke", "revoke", "renew"}
	rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
	return step{rapid.SampledFrom(ops).Draw(t, "op"), rnd.IntN(64), rnd.IntN(64), rnd.IntN(64), rnd.IntN(64)}
}

// mandateGame is one history of mandates.
type mandateGame struct {
	*harness
	count *tally
	slots [3]*mandateSlot
	names int
	skew  int64 // the most that clocks are apart, ever

	terms  map[string]mandate.Terms // by id
	broken []string                 // added to while the store stands still
}

type mandateSlot struct {
	*clocked
	disk *process
}

const mandateNumbers = 14

func playMandates(w *harness, count *tally, story []step) []string {
	defer w.close()
	g := &mandateGame{harness: w, count: count, terms: map[string]mandate.Terms{}}
	for i := range mandateNumbers {
		w.x.offer(fmt.Sprintf("971%d", 10+i))
	}
	w.may(func(p *order.Policy) { p.MaxNumbersPerOrder = 5 })
	w.memory.committed = g.committed
	for i := range g.slots {
		g.start(i)
	}
	g.renew()
	for _, s := range story {
		g.do(s)
	}
	// Whoever died comes back, and everything comes to its end.
	for i := range g.slots {
		g.start(i)
	}
	time.Sleep(3 * time.Hour)
	synctest.Wait()
	g.end()
	sound(w, w.store)
	return g.broken
}

// start begins a process in place of the one of a slot, which dies.
func (g *mandateGame) start(i int) {
	var ahead int64
	if old := g.slots[i]; old != nil {
		old.disk.crash()
		ahead = old.ahead.Load()
	}
	disk := newProcess(g.open())
	g.slots[i] = &mandateSlot{g.mandated(fmt.Sprint("p", i), disk), disk}
	g.slots[i].ahead.Store(ahead)
	g.slots[i].Start()
}

// renew has a mandate approved under the name, where there is none in force.
func (g *mandateGame) renew() {
	g.names++
	t := ours(func(t *mandate.Terms) {
		t.Numbers, t.Budget, t.Grace = 4, money.MustParse("10.00"), 20*time.Second
		t.Until = time.Now().Add(time.Hour + time.Duration(g.names)*time.Second)
	})
	g.start(0)
	d := g.slots[0]
	text, err := t.Text()
	if err != nil {
		g.Fatal(err)
	}
	o, err := d.Place(context.Background(), order.PlaceRequest{Operation: mandate.Operation, Args: []byte(text), By: alice()})
	if err != nil || o.State != order.Pending {
		return
	}
	if o, err = d.Decide(context.Background(), order.DecideRequest{Order: o.ID, Approve: true, By: shell("bob")}); err == nil && o.State == order.Completed {
		g.terms[o.Lines[0].ID], _ = mandate.Parse(text)
	}
}

func (g *mandateGame) do(s step) {
	ctx := context.Background()
	d := g.slots[s.A%3]
	switch s.Op {
	case "use":
		g.use(d, s)
	case "burst": // what is decided at the same moment by all
		done := make(chan struct{})
		for i, d := range g.slots {
			go func() {
				defer func() { done <- struct{}{} }()
				g.use(d, step{B: s.B + 3*i, C: s.C})
			}()
		}
		for range g.slots {
			<-done
		}
	case "stop":
		if list, err := d.Orders(ctx, alice(), string(order.Scheduled), 100); err == nil && len(list) > 0 {
			_, err := d.Cancel(ctx, list[s.B%len(list)].ID, asks(shell("carol")))
			g.tell("stop", err)
		}
	case "revoke":
		if s.B%2 == 0 {
			_, _, err := d.RevokeMandate(ctx, "uae", asks(shell("carol")))
			g.tell("revoke", err)
		}
	case "renew":
		g.renew()
	case "price":
		g.x.set(fmt.Sprintf("971%d", 10+s.B%mandateNumbers), func(n *number) {
			n.monthly = []string{"2.00", "1.50", "2.01"}[s.C%3]
		})
	case "fate":
		f := []fate{
			{answer: lost},
			{answer: lost, undone: true},
			{answer: refuse},
			{answer: refuse, done: true},
			{answer: hang},
			{answer: nothing},
			{answer: lost, late: 20 * time.Second},
			{takes: 5 * time.Second},
			{answer: nothing, done: true},
			{other: dearer}, // the price moved after it was read again
			{answer: lost, done: true, other: dearer},
		}[s.C%11]
		g.x.mu.Lock()
		digits := fmt.Sprintf("971%d", 10+s.B%mandateNumbers)
		g.x.fates[digits] = append(g.x.fates[digits], f)
		g.x.mu.Unlock()
	case "sleep":
		time.Sleep(time.Duration(1+s.B%30) * time.Second)
	case "crash":
		g.start(s.A % 3)
	case "dies":
		d.disk.fail(slices.Repeat([]failure{{}}, s.B%4)...)
		d.disk.plan.Lock()
		d.disk.next = append(d.disk.next, failure{crash: true, kept: s.C%2 == 0})
		d.disk.plan.Unlock()
	case "clock":
		ahead := int64(s.B%9-4) * int64(time.Second)
		d.ahead.Store(ahead)
		g.skew = max(g.skew, ahead, -ahead)
	}
}

// dearer charges more than was quoted.
func dearer(n *number) { n.monthly = "4.50" }

func (g *mandateGame) use(d *mandateSlot, s step) {
	var numbers []string
	for i := range 1 + s.C%2 {
		numbers = append(numbers, fmt.Sprintf("971%d", 10+(s.B+i)%mandateNumbers))
	}
	p := using(alice(), "uae", numbers...)
	p.Mandated = true
	_, err := d.Place(context.Background(), p)
	g.tell("use", err)
}

func (g *mandateGame) tell(what string, err error) {
	if err == nil {
		g.count.add(what)
	} else {
		g.count.add(what + " refused")
	}
}

// committed holds the laws at every commit.
func (g *mandateGame) committed(before, after *order.Record, all func() []order.Record) {
	breaks := func(format string, args ...any) {
		g.broken = append(g.broken, fmt.Sprintf("%s: order %s: %s", time.Now().Format(time.TimeOnly), after.ID, fmt.Sprintf(format, args...)))
	}
	if after.Mandate == nil || before == nil {
		return
	}
	var row mandate.Row
	for _, r := range g.memory.mandates {
		if r.ID == after.Mandate.ID {
			row = r
		}
	}
	for n, l := range after.Lines {
		if l.State != order.LineSending || before.Lines[n].State == order.LineSending {
			continue
		}
		g.count.add("journaled")
		if spent := g.counted(all())[after.Mandate.ID].spent; spent.Cmp(money.MustParse("10.00")) > 0 {
			breaks("line %d is sent though its mandate has %s", n, spent)
		}
		switch {
		case !row.Revoked.IsZero():
			breaks("line %d is sent after its mandate was revoked", n)
		case before.TakenBack != nil:
			breaks("line %d is sent after it was stopped", n)
		case time.Now().Add(time.Duration(g.skew)).Before(after.SendAfter.Add(-time.Duration(g.skew))):
			breaks("line %d is sent in its time of grace", n)
		}
	}
	g.within(all(), breaks)
}

// used is what counts of a mandate: how many numbers, what they were quoted to
// cost, and what they cost as far as is known.
type used struct {
	numbers       int
	quoted, spent money.Amount
}

// counted returns what counts by every mandate.
func (g *mandateGame) counted(all []order.Record) map[string]*used {
	list := map[string]*used{}
	for _, r := range all {
		for n, l := range r.Quote.Lines {
			u, counts := r.UsedBy(n)
			if !counts || !u.Counts {
				continue
			}
			is := list[r.Mandate.ID]
			if is == nil {
				is = &used{quoted: money.MustParse("0"), spent: money.MustParse("0")}
				list[r.Mandate.ID] = is
			}
			is.numbers, is.quoted, is.spent = is.numbers+1, is.quoted.Add(l.DueNow), is.spent.Add(u.Due)
		}
	}
	return list
}

// within holds count and budget of every mandate against what counts by its
// orders. What a number turned out to cost can't be undone: it keeps others from
// being sent.
func (g *mandateGame) within(all []order.Record, breaks func(string, ...any)) {
	for id, u := range g.counted(all) {
		if u.spent.Cmp(u.quoted) > 0 {
			g.count.add("seen dearer")
		}
		if u.numbers > 4 || u.quoted.Cmp(money.MustParse("10.00")) > 0 {
			breaks("mandate %s has %d numbers for %s", id, u.numbers, u.quoted)
		}
	}
}

// end holds what the exchange has in the end against the mandates: what it did is
// what counts, and all that is ours was bought by one of them.
func (g *mandateGame) end() {
	records := g.memory.all()
	bought, spent := map[string]int{}, map[string]money.Amount{}
	for i := range mandateNumbers {
		digits := fmt.Sprintf("971%d", 10+i)
		if g.x.get(digits).owner != "us" {
			continue
		}
		g.count.add("bought")
		by := ""
		for _, r := range records {
			for n, l := range r.Quote.Lines {
				if l.Number == digits && r.Lines[n].Tries > 0 && (r.Lines[n].State == order.LineDone || r.Lines[n].State == order.LineUnknown) {
					by = r.Mandate.ID
					if spent[by].IsZero() {
						spent[by] = money.MustParse("0")
					}
					bought[by], spent[by] = bought[by]+1, spent[by].Add(l.DueNow)
				}
			}
		}
		if by == "" {
			g.broken = append(g.broken, digits+" was bought, and no order says so")
		}
	}
	for id, n := range bought {
		if n > 4 || spent[id].Cmp(money.MustParse("10.00")) > 0 {
			g.broken = append(g.broken, fmt.Sprintf("mandate %s bought %d numbers for %s", id, n, spent[id]))
		}
	}
}
