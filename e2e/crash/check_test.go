package crash_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/exchange/sandbox"
	"didops/internal/order"
	"didops/internal/store"
)

// recover starts the program again until it knows what became of the order,
// and checks that this is the truth, that the programs started after the
// crash have sent nothing, and that what was not carried out can be ordered
// again.
func (c *cell) recover(m *matrix, s scenario, assistant bool) {
	c.t.Helper()
	c.shop.quiet(c.t)
	writes := len(c.shop.writes())
	o := c.outcome(m, s, assistant)
	if n := len(c.shop.writes()); n != writes {
		c.t.Errorf("the programs started after the crash sent %d requests, want none", n-writes)
	}
	c.compare(m, s, o)
	c.trail(m, o)
	if c.modern {
		c.replay(o)
	}
	if o == nil || o.State != "unknown" {
		c.again(o)
	}
	c.audit()
}

// outcome looks for the order, as long as its outcome is open. The first look
// is taken when the lease of a settler that was killed has ended.
func (c *cell) outcome(m *matrix, s scenario, assistant bool) *kept {
	c.t.Helper()
	c.forward(deadAfter)
	if c.order == "" || !assistant { // else the first to open the store after the crash is the program
		c.order = c.requested()
	}
	if c.order == "" {
		m.add("none", 1)
		return nil
	}
	for looks := 1; ; looks++ {
		m.add("looks", 1)
		o := c.look(assistant && looks == 1)
		if s.late && o.State == "failed" && looks == 1 {
			c.corrected()
			continue
		}
		if o.State != "executing" && o.State != "unknown" || s.stays && looks == 6 && o.State == "unknown" {
			return &o
		}
		if o.State == "executing" || looks == 6 {
			c.t.Fatalf("after %d looks the order is %s: %+v", looks, o.State, o.Lines)
		}
		c.forward(10 * time.Second)
	}
}

// corrected waits until a program has found out by itself that what was settled
// is not so. The one that was asked first may have done so after its answer.
func (c *cell) corrected() {
	c.t.Helper()
	if slices.ContainsFunc(c.audit(), func(e audit.Entry) bool { return e.Event == "corrected" }) {
		return
	}
	p := c.start(nil, "mcp")
	p.said("a line was corrected")
	p.end()
}

// requested returns the one order that was asked for; "" = none was.
func (c *cell) requested() string {
	c.t.Helper()
	found := ""
	for _, e := range c.audit() {
		switch {
		case e.Event != "requested":
		case found != "" || (c.order != "" && e.Order != c.order):
			c.t.Fatalf("got the orders %s and %s, want one", cmp.Or(found, c.order), e.Order)
		default:
			found = e.Order
		}
	}
	return found
}

// look is one more program that is asked for the order. An assistant's looks
// for what is open by itself; it is given a second for what it can't know yet.
func (c *cell) look(assistant bool) kept {
	c.t.Helper()
	var found shown
	if assistant {
		p := c.start(nil, "mcp")
		args := map[string]any{"id": c.order}
		out, ok := p.call("order_get", args, hangsUp)
		state := func() string {
			if out.Content.Order == nil {
				return ""
			}
			return out.Content.Order.State
		}
		for ok && state() == "executing" { // until it has begun to find out
			args["wait_seconds"] = 50
			out, ok = p.call("order_get", args, hangsUp)
		}
		if ok && state() == "unknown" {
			args["wait_seconds"] = 1
			out, ok = p.call("order_get", args, hangsUp)
		}
		if e := p.end(); !ok || e.code != 0 {
			c.t.Fatalf("order_get: got exit %d\n%s", e.code, e.log)
		}
		found = out.Content
	} else {
		out, code := c.run("order", "get", c.order, "--json")
		if err := json.Unmarshal(out, &found); err != nil {
			c.t.Fatalf("order get: %v in %q, exit %d", err, out, code)
		}
	}
	if found.Order == nil {
		c.t.Fatalf("got %+v, want order %s", found.Error, c.order)
	}
	return *found.Order
}

// operation is what the scenario lets the exchange carry out.
func (c *cell) operation() sandbox.Operation {
	switch c.tool {
	case "did_update":
		return sandbox.Update
	case "did_unsubscribe":
		return sandbox.Unsubscribe
	}
	return sandbox.Purchase
}

// compare holds an order against what the exchange has carried out.
func (c *cell) compare(m *matrix, s scenario, o *kept) {
	c.t.Helper()
	did := c.shop.did(c.t, c.operation())
	count := map[string]int{}
	if o != nil {
		for _, l := range o.Lines {
			count[l.State]++
			want := 0
			if l.State == "done" {
				want = 1
			}
			if did[l.Number] != want && l.State != "unknown" {
				c.t.Errorf("%s is %s (%s): the exchange has carried it out %d times", l.Number, l.State, l.Message, did[l.Number])
			}
			delete(did, l.Number)
		}
		if want := stateOf(o.State, count, len(o.Lines)); o.State != want {
			c.t.Errorf("got the order %s, want %s of %v", o.State, want, count)
		}
		if n := count["sending"] + count["unknown"]; n > 0 && !s.stays {
			c.t.Errorf("%d lines are not settled", n)
		}
	}
	for number, n := range did {
		c.t.Errorf("the exchange has carried out %s %d times, and no order says so", number, n)
	}
	m.add("carried out", count["done"])
	m.add("not carried out", count["failed"])
	m.add("skipped", count["skipped"])
	m.add("changed", count["changed"])
}

// stateOf is the state that follows from the lines of an order.
func stateOf(is string, count map[string]int, lines int) string {
	switch {
	case count["waiting"] == lines && slices.Contains([]string{"pending", "rejected", "expired", "cancelled"}, is):
		return is
	case count["unknown"] > 0:
		return "unknown"
	case count["done"] == lines:
		return "done"
	case count["done"] > 0:
		return "partial"
	case count["changed"] > 0:
		return "changed"
	}
	return "failed"
}

// openStore opens the store at a url as one more process does.
func openStore(t *testing.T, url string) *store.Store {
	t.Helper()
	place := store.Config{URL: url, Now: time.Now}
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		place.URL, place.Path = "", path
	}
	s, err := store.Open(place)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// audit returns the entries of the audit trail, which must be whole.
func (c *cell) audit() []audit.Entry {
	c.t.Helper()
	s := openStore(c.t, c.store)
	defer func() { _ = s.Close() }()
	if found, err := order.Verify(c.t.Context(), s.Verification(), ""); err != nil || found.Fault != "" {
		c.t.Errorf("the audit trail is not whole: got %+v (%v)", found, err)
	}
	var out bytes.Buffer
	if err := audit.Export(c.t.Context(), s.Audit(), &out); err != nil {
		c.t.Fatal(err)
	}
	var all []audit.Entry
	for line := range bytes.Lines(out.Bytes()) {
		var e audit.Entry
		if err := json.Unmarshal(line, &e); err != nil {
			c.t.Fatalf("%v in %q", err, line)
		}
		all = append(all, e)
	}
	return all
}

// trail holds the audit trail against the requests that the exchange has got:
// none without an approval, and each journaled before it left.
func (c *cell) trail(m *matrix, o *kept) {
	c.t.Helper()
	approved := false
	sent := map[string]int{}
	for _, e := range c.audit() {
		switch e.Event {
		case "approved":
			approved = true
		case "sent":
			if !approved {
				c.t.Errorf("%s was sent before anybody approved it", e.Number)
			}
			sent[e.Number]++
		case "settled", "corrected":
			m.add(map[string]string{"settled": "settled " + e.Line, "corrected": "corrected"}[e.Event], 1)
		}
	}
	got := map[string]int{}
	for _, r := range c.shop.writes() {
		got[subject(r)]++
	}
	if !approved && o != nil {
		m.add("unapproved", 1)
	}
	for _, n := range c.numbers {
		// Of one that was being sent, the request may not have left.
		if got[n.ID] > sent[n.Number] || got[n.ID] < sent[n.Number]-1 {
			c.t.Errorf("%s: the exchange got %d requests, the journal says %d", n.Number, got[n.ID], sent[n.Number])
		}
		delete(got, n.ID)
	}
	if len(got) > 0 {
		c.t.Errorf("the exchange got requests about %v, which nobody wanted", got)
	}
	if !approved && len(sent) > 0 {
		c.t.Errorf("nobody approved anything, and %v was sent", sent)
	}
}

// replay brings the answer of the person once more, as a client does that
// never heard what became of it. Of an order that is decided nothing more is
// done.
func (c *cell) replay(o *kept) {
	c.t.Helper()
	if c.handle == "" || o == nil || o.State == "pending" {
		return
	}
	before := len(c.shop.writes())
	p := c.start(nil, "mcp")
	args := c.args(c.numbers...)
	p.bring(c.tool, args, accepts(args))
	if _, ok := p.next(); !ok {
		c.t.Errorf("the answer brought again: the program ended")
	}
	p.end()
	if n := len(c.shop.writes()); n != before {
		c.t.Errorf("the answer brought again: %d more requests were sent", n-before)
	}
}

// again orders what was not carried out once more, and checks that what was
// can't be. In the end each was carried out exactly once.
func (c *cell) again(o *kept) {
	c.t.Helper()
	c.shop.ClearFaults()
	did := c.shop.did(c.t, c.operation())
	var rest, gone []offered
	for _, n := range c.numbers {
		if did[n.Number] == 0 {
			rest = append(rest, n)
		} else {
			gone = append(gone, n)
		}
	}
	if o != nil && o.State == "rejected" {
		p := c.start(nil, "mcp")
		if out := p.order(rest); out.Content.Error.Code != "conflict" {
			c.t.Errorf("asked again after a no: got %+v, want a conflict", out.Content)
		}
		p.end()
		c.forward(11 * time.Minute)
	}
	p := c.start(nil, "mcp")
	if len(gone) > 0 {
		before := len(c.shop.writes())
		out := p.order(gone)
		same := out.Content.Order != nil && out.Content.Order.ID == c.order
		if code := out.Content.Error.Code; !same && code != "conflict" && code != "not_found" {
			c.t.Errorf("what was carried out was ordered again: got %+v", out.Content)
		}
		if n := len(c.shop.writes()); n != before {
			c.t.Errorf("what was carried out was ordered again: %d requests were sent", n-before)
		}
	}
	if len(rest) > 0 {
		old := c.order
		out := p.order(rest)
		if out.Content.Order == nil || out.Content.Order.State != "done" {
			c.t.Errorf("what was not carried out was ordered again: got %+v, want done", out.Content)
		} else if same := out.Content.Order.ID == old; o != nil && same != (o.State == "pending") {
			c.t.Errorf("what was not carried out was ordered again: got order %s again", old)
		}
	}
	p.end()
	c.shop.quiet(c.t)
	did = c.shop.did(c.t, c.operation())
	for _, n := range c.numbers {
		if did[n.Number] != 1 {
			c.t.Errorf("in the end the exchange has carried out %s %d times", n.Number, did[n.Number])
		}
	}
}

// order asks for numbers, and a person accepts.
func (p *program) order(numbers []offered) outcome {
	p.c.t.Helper()
	out, ok := p.call(p.c.tool, p.c.args(numbers...), accepts)
	if !ok {
		p.c.t.Errorf("%s: the program ended\n%s", p.c.tool, p.log.String())
	}
	return out
}
