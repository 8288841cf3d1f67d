package mcp_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/bots/mcp"
	"didops/internal/order"
)

const other = `"name":"line_buy","arguments":{"numbers":["+97152000009"]}`

// unasked makes a call whose order comes back pending at once.
func (p *peer) unasked(params string) {
	p.tb.Helper()
	begun := time.Now()
	p.calls++
	p.call("7", params)
	p.expect(orderIn(order.Pending))
	after(p.tb, begun, 0)
}

// A client whose dialogs nobody answers costs one wait, for whatever it asks
// for; once somebody answers, however late, it is asked again.
func TestDialogSilenceCostsOneWait(t *testing.T) {
	t.Parallel()
	overTime(t, func(t *testing.T, _ way, s *orderHarness, p *peer) {
		t.Helper()
		q := p.ask(buy)
		p.expect(takenBack(q))
		p.expect(orderIn(order.Pending))
		for range 3 {
			p.unasked(buy)
			p.unasked(other)
		}
		for _, closed := range []string{`{"action":"cancel"}`, `{"action":"cancel","content":{"decision":"approve"}}`} {
			p.say(q, closed) // its client's, when the question was taken back
			synctest.Wait()
			p.unasked(buy)
		}
		p.say(q, yes)
		synctest.Wait()
		p.say(p.ask(other), yes)
		p.expect(orderIn(order.Completed))
		if len(s.said()) != 1 {
			t.Errorf("got the decisions %v, want one", s.said())
		}
	})
}

// A person who was away is asked again after a while, and after a longer one
// if they are away still.
func TestDialogSilenceIsNotForEver(t *testing.T) {
	t.Parallel()
	overTime(t, func(t *testing.T, _ way, _ *orderHarness, p *peer) {
		t.Helper()
		for _, quiet := range []time.Duration{10 * time.Minute, 20 * time.Minute, 40 * time.Minute} {
			p.expect(takenBack(p.ask(buy)))
			p.hear()
			time.Sleep(quiet - time.Second)
			p.unasked(other)
			time.Sleep(time.Second)
		}
		p.say(p.ask(buy), yes)
		p.expect(orderIn(order.Completed))
	})
}

// A client that gives its call up is as silent as one that waits.
func TestDialogSilenceOfCallsGivenUp(t *testing.T) {
	t.Parallel()
	overTime(t, func(t *testing.T, w way, _ *orderHarness, p *peer) {
		t.Helper()
		q := p.ask(buy)
		time.Sleep(30 * time.Second)
		p.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1001,"reason":"timed out"}}`)
		p.expect(takenBack(q))
		if w.over == "http" {
			p.hear() // of a call that was cancelled
		}
		p.unasked(other)
	})
}

// Clients without a person close dialogs themselves, and say that they have
// them: they count as ones that can't ask.
func TestDialogClosedAtOnce(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		p := w.meet(t, s.server(t, nop()), forms)
		p.say(p.ask(buy), `{"action":"cancel"}`)
		p.expect(orderIn(order.Pending))
		p.unasked(buy)
		p.unasked(other)
		for len(s.calls) > 1 {
			<-s.calls
		}
		if last := <-s.calls; last.Principal.Elicits {
			t.Errorf("got the caller %+v, want one that can't ask", last.Principal)
		}
	})
}

// An answer to a question that was open counts, whatever became of another, and
// shows that there is a person.
func TestDialogClosedAtOnceBesideAnother(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		p := w.meet(t, s.server(t, nop()), forms)
		seen := p.ask(buy)
		p.say(p.ask(other), `{"action":"cancel"}`)
		p.expect(orderIn(order.Pending))
		p.unasked(other)
		p.say(seen, yes)
		p.expect(orderIn(order.Completed))
		p.say(p.ask(other), yes)
		p.expect(orderIn(order.Completed))
	})
}

// A dialog that is closed by a person, or with a no to the question itself, is
// one that somebody saw.
func TestDialogClosedByAPerson(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		p := w.meet(t, s.server(t, nop()), forms)
		q := p.ask(buy)
		time.Sleep(time.Second)
		p.say(q, `{"action":"cancel"}`)
		p.expect(orderIn(order.Pending))
		p.say(p.ask(buy), `{"action":"decline"}`)
		p.expect(orderIn(order.Pending))
		p.say(p.ask(buy), yes)
		p.expect(orderIn(order.Completed))
	})
}

// What one client does not answer keeps no other from being asked.
func TestDialogSilenceIsOfOneClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newOrderHarness(t)
		h := network(t, handler(t, s.server(t, nop()), mcp.HTTP{LoopbackPrincipal: carol()}))
		one, two := overHTTP(t, h, forms, false), overHTTP(t, h, forms, false)
		one.expect(takenBack(one.ask(buy)))
		one.hear()
		one.unasked(buy)
		two.say(two.ask(buy), yes)
		two.expect(orderIn(order.Completed))
	})
}

// An error is the answer of a client that has no dialogs after all.
func TestDialogErrorIsNoPerson(t *testing.T) {
	t.Parallel()
	overTime(t, func(t *testing.T, _ way, _ *orderHarness, p *peer) {
		t.Helper()
		q := p.ask(buy)
		p.send(strings.Replace(`{"jsonrpc":"2.0","id":"ASK","error":{"code":-32601,"message":"Method not found"}}`, "ASK", q.ref, 1))
		p.expect(orderIn(order.Pending))
		p.unasked(other)
	})
}
