package crash_test

import (
	"slices"
	"time"

	"didops/internal/exchange/sandbox"
)

// scenario is a story in which the program can be killed anywhere.
type scenario struct {
	name     string
	tool     string      // that the story is about
	numbers  int         // how many of them
	modern   bool        // the client is of the newer era
	settings string      // of [exchange]
	before   func(*cell) // nil = nothing
	like     string      // up to this place all is as in another scenario; "" = nothing is
	late     bool        // a line that was settled turns out to have been done
	stays    bool        // nobody can tell what became of a line that was sent
	steps    []step
}

// step is one program of a scenario.
type step struct {
	run   func(c *cell, way *passage) ended
	after time.Duration // since the step before
	dies  string        // where it is killed in every run; "" = it is not
	known bool          // its places are those of another scenario
}

func crashScenarios() []scenario {
	all := []scenario{
		{name: "purchase", tool: "did_purchase", numbers: 3, steps: asks(accepts)},
		{name: "purchase, newer era", tool: "did_purchase", numbers: 2, modern: true, steps: asks(accepts)},
		{name: "purchase, digest", tool: "did_purchase", like: "again:1", numbers: 1, settings: `auth = "digest"`, steps: asks(accepts)},
		{name: "update", tool: "did_update", numbers: 1, steps: asks(accepts)},
		{name: "unsubscribe", tool: "did_unsubscribe", numbers: 2, steps: asks(accepts)},
		{name: "rejected", tool: "did_purchase", numbers: 2, steps: asks(rejects)},
		{name: "not answered", tool: "did_purchase", numbers: 2, steps: asks(hangsUp)},
		{name: "not answered, newer era", tool: "did_purchase", numbers: 1, modern: true, steps: asks(hangsUp)},
		{name: "cancelled", tool: "did_purchase", numbers: 1, steps: []step{
			{run: asking(hangsUp), known: true}, {run: cancelling},
		}},
		{name: "expired", tool: "did_purchase", numbers: 1, steps: []step{
			{run: asking(hangsUp), known: true}, {run: looking, after: 16 * time.Minute},
		}},
		{name: "two processes", tool: "did_purchase", numbers: 2, steps: []step{{run: twice}}},
		{
			name: "answer lost after it was done", tool: "did_purchase", like: "again:1", numbers: 2, before: faults("purchase:cut_after"),
			steps: asks(accepts),
		},
		{
			name: "answer lost before it was done", tool: "did_purchase", like: "again:1", numbers: 2, before: faults("purchase:cut"),
			steps: []step{{run: asking(accepts), dies: "looked:1"}},
		},
		{
			name: "garbage for an answer", tool: "did_update", like: "again:1", numbers: 1, before: faults("update:html_after"),
			steps: asks(accepts),
		},
		{
			name: "refused", tool: "did_purchase", like: "again:1", numbers: 2, before: faults("purchase:error text=\"no such account\""),
			steps: asks(accepts),
		},
		{
			name: "turned away, then done", tool: "did_purchase", like: "again:1", numbers: 2, before: faults("purchase:status code=429"),
			steps: asks(accepts),
		},
		{
			name: "refused, and done", tool: "did_purchase", like: "again:1", numbers: 2, before: faults("purchase:error_after"),
			steps: asks(accepts),
		},
		{
			name: "turned away, and done", tool: "did_purchase", like: "again:1", numbers: 2, before: faults("purchase:status_after code=429"),
			steps: asks(accepts),
		},
		{
			name: "done at another price", tool: "did_purchase", like: "again:1", numbers: 2, before: faults("purchase:price percent=300", "purchase:elsewhere after=1"),
			steps: asks(accepts),
		},
		{
			name: "late lists", tool: "did_purchase", numbers: 2, before: faults("list:lag delay=3s times=forever"),
			steps: diesThenLooks("journal unknown:1"),
		},
		{
			name: "late list after giving up", tool: "did_unsubscribe", numbers: 1, before: func(c *cell) {
				c.forward(time.Minute) // since it was bought
				faults("list:lag delay=3s times=forever")(c)
			},
			steps: diesThenLooks("journal unknown:1"),
		},
		{
			name: "answer lost, late list, stale market", tool: "did_purchase", numbers: 2,
			before: faults("purchase:cut_after", "list:lag delay=8s times=forever", "market:lag delay=9s times=forever"),
			steps:  diesThenLooks("journal unknown:1"),
		},
		{
			name: "refused, and half done", tool: "did_update", like: "again:1", numbers: 1, stays: true, before: faults("update:half", "update:error_after"),
			steps: asks(accepts),
		},
		{name: "changed", tool: "did_purchase", like: "again:1", numbers: 2, steps: []step{{run: dearer}}},
	}
	return slices.Concat(all, settling(), atTerminal())
}

// asks is a scenario of one program, in which an assistant asks.
func asks(who person) []step { return []step{{run: asking(who)}} }

// diesThenLooks is a program that dies at a place, and one that looks when lists
// have caught up. How often a program looks at lists that lag depends on its
// speed, so that it has no other places that could be counted on.
func diesThenLooks(place string) []step {
	return []step{
		{run: asking(accepts), dies: place, known: true},
		{run: looking, after: deadAfter},
	}
}

// settling are the scenarios in which programs are killed while they find out
// what became of a line.
func settling() []scenario {
	var all []scenario
	for _, tool := range []string{"did_purchase", "did_update", "did_unsubscribe"} {
		numbers := 2
		if tool == "did_update" {
			numbers = 1
		}
		all = append(all, scenario{
			name: "settling " + tool + " that was done", tool: tool, numbers: numbers, steps: []step{
				{run: asking(accepts), dies: "written:1", known: true},
				{run: looking, after: deadAfter},
			},
		}, scenario{
			name: "settling " + tool + " that was not", tool: tool, numbers: numbers, steps: []step{
				{run: asking(accepts), dies: "send:1", known: true},
				{run: looking, after: deadAfter},
				{run: looking, after: 15 * time.Second},
				{run: looking, after: 15 * time.Second},
			},
		})
	}
	return append(all, scenario{
		name: "settling at the start", tool: "did_purchase", numbers: 2, steps: []step{
			{run: asking(accepts), dies: "written:1", known: true},
			{run: waiting("a line was settled"), after: deadAfter},
		},
	}, scenario{
		name: "late truth", tool: "did_purchase", numbers: 2, late: true, before: func(c *cell) { c.shop.hold() }, steps: []step{
			{run: asking(accepts), dies: "written:1", known: true},
			{run: looking, after: deadAfter, known: true},
			{run: looking, after: 15 * time.Second, known: true},
			{run: late, after: 15 * time.Second, known: true},
			{run: waiting("a line was corrected"), after: 10 * time.Minute},
		},
	})
}

func faults(lines ...string) func(*cell) {
	return func(c *cell) {
		for _, line := range lines {
			f, err := sandbox.ParseFault(line)
			if err != nil {
				c.t.Fatal(err)
			}
			c.shop.Script(f)
		}
	}
}

// args are those of a call about some numbers.
func (c *cell) args(numbers ...offered) map[string]any {
	list := make([]string, len(numbers))
	for i, n := range numbers {
		list[i] = n.Number
	}
	if c.tool == "did_update" {
		return map[string]any{"numbers": list, "contact": "template"}
	}
	return map[string]any{"numbers": list}
}

// asking is an assistant's program, at which a person answers.
func asking(who person) func(c *cell, way *passage) ended {
	return func(c *cell, way *passage) ended {
		c.t.Helper()
		p := c.start(way, "mcp")
		out, ok := p.call(c.tool, c.args(c.numbers...), who)
		if ok && out.Content.Order == nil {
			c.t.Errorf("%s: got %+v, want an order", c.tool, out.Content.Error)
		}
		return p.end()
	}
}

// dearer is the same, but before the person answers the last number gets
// dearer.
func dearer(c *cell, way *passage) ended {
	c.t.Helper()
	return asking(func(args map[string]any) map[string]any {
		last := c.numbers[len(c.numbers)-1].Number
		faults("market:price number=" + last[1:] + " percent=150")(c)
		return accepts(args)
	})(c, way)
}

// twice is two assistants' programs that ask for the same. The person answers
// the second while the first still waits; only the second may be killed.
func twice(c *cell, way *passage) ended {
	c.t.Helper()
	first := c.waits()
	e := asking(accepts)(c, way)
	first.kill()
	return e
}

// waits is an assistant's program that has just asked the person.
func (c *cell) waits() *program {
	c.t.Helper()
	p := c.start(nil, "mcp")
	p.ask(c.tool, c.args(c.numbers...), nil)
	for {
		m, ok := p.next()
		if !ok {
			c.t.Fatalf("the program ended, and did not ask:\n%s", p.end().log)
		}
		if m.Method == "elicitation/create" {
			c.heard(m.Params.Message)
			return p
		}
	}
}

// kill is a crash that the program could not foresee.
func (p *program) kill() {
	p.c.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.c.t.Fatal(err)
	}
	p.end()
}

// looking is a command that shows the order.
func looking(c *cell, way *passage) ended {
	c.t.Helper()
	return c.start(way, "order", "get", c.order, "--json").end()
}

// late is the same, after which the exchange carries out what it was sent
// long ago.
func late(c *cell, way *passage) ended {
	c.t.Helper()
	e := looking(c, way)
	c.shop.letGo()
	c.shop.quiet(c.t)
	return e
}

// cancelling is an assistant's program that takes the order back.
func cancelling(c *cell, way *passage) ended {
	c.t.Helper()
	p := c.start(way, "mcp")
	p.call("order_cancel", map[string]any{"id": c.order}, hangsUp)
	return p.end()
}

// waiting is an assistant's program that is not asked for anything, until it
// has logged something of its own accord.
func waiting(what string) func(c *cell, way *passage) ended {
	return func(c *cell, way *passage) ended {
		c.t.Helper()
		p := c.start(way, "mcp")
		if !p.said(what) && way.kill == "" {
			c.t.Errorf("got the end of the program, want %q logged", what)
		}
		return p.end()
	}
}
