package order_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"didops/internal/fault"
	"didops/internal/lease"
	"didops/internal/order"
	"didops/internal/transaction"
)

// turns lets one of several actors go on at a time: each waits before whatever
// others can see of it, such as a transaction, until a plan gives it the turn. It
// belongs in a bubble, where it is known that all others wait.
type turns struct {
	mu      sync.Mutex
	on      bool
	waiting map[string]chan struct{} // by actor and step
}

// pass waits for the turn of an actor.
func (g *turns) pass(name string) {
	g.mu.Lock()
	if !g.on {
		g.mu.Unlock()
		return
	}
	for g.waiting[name] != nil {
		name += "'"
	}
	turn := make(chan struct{})
	g.waiting[name] = turn
	g.mu.Unlock()
	<-turn
}

// release lets everybody go on whose name begins so.
func (g *turns) release(prefix string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for name, turn := range g.waiting {
		if strings.HasPrefix(name, prefix) {
			delete(g.waiting, name)
			close(turn)
		}
	}
}

// set says whether turns are given; where they are not, nobody waits.
func (g *turns) set(on bool) {
	g.mu.Lock()
	g.on = on
	g.mu.Unlock()
}

// who returns who waits for a turn.
func (g *turns) who() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []string
	for name := range g.waiting {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// plan says which of those who wait goes on, turn by turn. Beyond its end the first
// does.
type plan struct {
	turns []int
	width []int // how many there were to choose from
	names []string
}

// next changes the plan to the next one that differs within the first so many
// turns, and reports whether there is one.
func (p *plan) next(depth int) bool {
	for i := min(depth, len(p.width)) - 1; i >= 0; i-- {
		if p.turns[i]+1 < p.width[i] {
			p.turns = append(slices.Clone(p.turns[:i]), p.turns[i]+1)
			return true
		}
	}
	return false
}

// play gives turns by the plan, until nobody wants one for so long.
func (p *plan) play(g *turns, idle time.Duration) {
	p.width, p.names = nil, nil
	given := slices.Clone(p.turns)
	p.turns = nil
	for since := time.Now(); ; {
		synctest.Wait()
		list := g.who()
		if len(list) == 0 {
			if time.Since(since) >= idle {
				return
			}
			time.Sleep(5 * time.Second)
			continue
		}
		n := 0
		if i := len(p.turns); i < len(given) {
			n = given[i]
		}
		p.turns, p.width, p.names = append(p.turns, n), append(p.width, len(list)), append(p.names, list[n])
		g.release(list[n])
		since = time.Now()
	}
}

// turning is a process that waits for its turn before each of its transactions
// that change orders, before it asks for the lease for sending, and before each of
// its requests to the exchange.
type turning struct {
	*process
	name  string
	turns *turns
}

func (p turning) pass(step string) {
	if p.alive() == nil {
		p.turns.pass(p.name + " " + step)
	}
}

func (p turning) Orders() order.Store { return turningOrders{p, p.process.Orders()} }
func (p turning) Leases() lease.Store { return turningLeases{p, p.process.Leases()} }

type turningOrders struct {
	p turning
	transaction.Store[order.Tx]
}

func (o turningOrders) Write(ctx context.Context, fn func(order.Tx) error) error {
	o.p.pass("writes")
	return o.Store.Write(ctx, fn)
}

type turningLeases struct {
	p turning
	lease.Store
}

func (l turningLeases) Acquire(ctx context.Context, name, holder string, term time.Duration) (bool, error) {
	if strings.HasPrefix(name, "send ") {
		l.p.pass("leads")
	}
	return l.Store.Acquire(ctx, name, holder, term)
}

// requests has an engine wait for its turn before it reads or writes at the
// exchange; a process that died meanwhile sends nothing.
func (p turning) requests(c *order.Config) {
	for _, h := range c.Handlers {
		if h.Send == nil || h.Operation != "did_purchase" {
			continue
		}
		requote, send := h.Requote, h.Send
		h.Requote = func(ctx context.Context, l order.Line) (order.Line, error) {
			p.pass("reads")
			return requote(ctx, l)
		}
		h.Send = func(ctx context.Context, l order.Line) error {
			p.pass("sends")
			if p.alive() != nil {
				return fault.New(fault.UnknownOutcome, "the process is gone")
			}
			return send(ctx, l)
		}
	}
}
