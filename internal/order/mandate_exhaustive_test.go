package order_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/mandate"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/testing/wide"
)

// TestEveryInterleavingOfAMandate plays small histories of one mandate in every
// order in which their transactions, and the requests to the exchange, can follow
// one another, up to so many turns from the begin; after those, turns are given by
// name. Replicas that send, a revocation, a stop, uses that race for what is left
// of the mandate, a price that moves, and a replica that dies and comes back are
// the actors. More turns are played where all is wanted: all there are, but where
// a replica dies.
//
//	DIDOPS_TEST_WIDE=1 go test ./internal/order -run TestEveryInterleavingOfAMandate -v
func TestEveryInterleavingOfAMandate(t *testing.T) {
	t.Parallel()
	for _, s := range []struct {
		name     string
		replicas int
		actors   []string
		depth    int // of what runs always
		wide     int // of what runs where all is wanted
	}{
		{"three replicas and a revocation", 3, []string{"revoke"}, 8, 64},
		{"two replicas, a revocation and a crash", 2, []string{"revoke", "crash"}, 6, 9},
		{"two replicas, a stop and a price", 2, []string{"stop", "price"}, 8, 64},
		{"two uses, a stop and a revocation", 1, []string{"use 9712", "use 9713", "stop", "revoke"}, 5, 64},
		{"three replicas, a revocation, a price and a crash", 3, []string{"revoke", "price", "crash"}, 4, 7},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			depth := wide.Pick(s.depth, s.wide)
			runs, sent, longest := 0, 0, 0
			for p := (&plan{}); ; runs++ {
				g := &interleaved{plan: p, actors: s.actors, replicas: s.replicas}
				synctest.Test(t, g.run)
				if len(g.broken) > 0 {
					t.Fatalf("%s\nby the turns %s", strings.Join(g.broken, "\n"), strings.Join(p.names, ", "))
				}
				sent, longest = sent+g.journaled, max(longest, len(p.names))
				if !p.next(depth) {
					break
				}
			}
			t.Logf("%d interleavings, all that differ in their first %d turns of at most %d; %d sends", runs+1, min(depth, longest), longest, sent)
			if sent == 0 || sent > (runs+1)*3 {
				t.Errorf("got %d sends", sent)
			}
		})
	}
}

// interleaved is one history.
type interleaved struct {
	*harness
	plan     *plan
	actors   []string
	replicas int

	turns     turns
	first     string // the order that waits to be sent
	journaled int
	broken    []string // added to while the store stands still
}

// replica begins a process that sends, and gives turns for what it does.
func (g *interleaved) replica(name string) turning {
	p := turning{newProcess(g.open()), name, &g.turns}
	g.alter = p.requests
	g.mandated(name, p).Start()
	g.alter = nil
	return p
}

func (g *interleaved) run(t *testing.T) {
	g.harness = newHarness(t)
	g.t = t
	defer g.close()
	g.turns.waiting = map[string]chan struct{}{}
	g.x.offer("9711", "9712", "9713")
	d := g.mandated("people", g.open())
	d.given(ours(func(t *mandate.Terms) { t.Numbers, t.Budget, t.MonthNumbers = 2, money.MustParse("6.00"), 2 }))
	g.first = d.uses(alice(), "9711").ID
	time.Sleep(58 * time.Second)
	var replicas []turning
	for n := range g.replicas {
		replicas = append(replicas, g.replica(fmt.Sprint("replica ", n)))
	}
	synctest.Wait()
	g.memory.committed = g.committed
	g.turns.set(true)
	for _, name := range g.actors {
		go g.act(name, replicas)
	}
	time.Sleep(2 * time.Second) // all are due
	g.plan.play(&g.turns, 45*time.Second)
	g.turns.set(false)
	time.Sleep(5 * time.Minute)
	synctest.Wait()
	g.memory.committed = nil
	g.end()
	sound(g, g.store)
}

// act does what an actor does once it has the turn.
func (g *interleaved) act(name string, replicas []turning) {
	ctx := context.Background()
	what, digits, _ := strings.Cut(name, " ")
	p := turning{newProcess(g.open()), name, &g.turns}
	switch what {
	case "price":
		g.turns.pass(name)
		g.x.set("9711", func(n *number) { n.monthly = "2.01" })
	case "crash":
		g.turns.pass(name)
		old := replicas[0]
		old.crash()
		g.turns.release(old.name)
		g.replica(old.name + " again")
	case "revoke":
		_, _, _ = g.mandated(name, p).RevokeMandate(ctx, "uae", asks(shell("carol")))
	case "stop":
		_, _ = g.mandated(name, p).Cancel(ctx, g.first, asks(shell("carol")))
	case "use":
		only := using(alice(), "uae", digits)
		only.Mandated = true
		_, _ = g.mandated(name, p).Place(ctx, only)
	}
}

// committed holds the laws at every commit.
func (g *interleaved) committed(before, after *order.Record, all func() []order.Record) {
	if after.Mandate == nil {
		return
	}
	breaks := func(format string, args ...any) { g.broken = append(g.broken, fmt.Sprintf(format, args...)) }
	counts, spent := 0, money.MustParse("0")
	for _, r := range all() {
		for n := range r.Lines {
			if u, used := r.UsedBy(n); used && u.Counts {
				counts, spent = counts+1, spent.Add(u.Due)
			}
		}
	}
	if counts > 2 || spent.Cmp(money.MustParse("6.00")) > 0 {
		breaks("%d numbers for %s count, of 2 for 6.00", counts, spent)
	}
	for n, l := range after.Lines {
		if before == nil || l.State != order.LineSending || before.Lines[n].State == order.LineSending {
			continue
		}
		g.journaled++
		switch {
		case slices.ContainsFunc(g.memory.mandates, func(m mandate.Row) bool { return m.ID == after.Mandate.ID && !m.Revoked.IsZero() }):
			breaks("%s is sent after the mandate was revoked", after.ID)
		case before.TakenBack != nil:
			breaks("%s is sent after it was stopped", after.ID)
		case time.Now().Before(after.Decided.Add(time.Minute)):
			breaks("%s is sent in its time of grace", after.ID)
		case l.Tries > 1:
			breaks("%s is sent twice", after.ID)
		}
	}
}

// end holds what the exchange was asked, and has, against the mandate.
func (g *interleaved) end() {
	bought := 0
	for _, digits := range []string{"9711", "9712", "9713"} {
		if n := len(g.x.sentOf(digits)); n > 1 {
			g.broken = append(g.broken, fmt.Sprintf("%s was sent %d times", digits, n))
		}
		for _, s := range g.x.sentOf(digits) {
			if s.landed {
				bought++
			}
		}
	}
	if bought > 2 {
		g.broken = append(g.broken, fmt.Sprintf("%d numbers were bought", bought))
	}
	for _, r := range g.memory.all() {
		if s := r.State(); s == order.Executing || s == order.Scheduled || s == order.Unknown {
			g.broken = append(g.broken, fmt.Sprintf("order %s is %s in the end", r.ID, s))
		}
	}
}
