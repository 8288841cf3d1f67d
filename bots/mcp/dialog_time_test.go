package mcp_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/bots/mcp"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
)

// overTime runs a test of clients that are asked while their call waits.
func overTime(t *testing.T, run func(*testing.T, way, *orderHarness, *peer)) {
	t.Helper()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		if !w.modern {
			run(t, w, s, w.meet(t, s.server(t, nop()), forms))
		}
	})
}

func (p *peer) expect(what string, ok func(heard) bool) heard {
	p.tb.Helper()
	got := p.hear()
	if !ok(got) {
		p.tb.Errorf("got %s, want %s", got.Raw, what)
	}
	return got
}

func orderIn(state order.State) (what string, ok func(heard) bool) {
	return "an order that is " + string(state), func(h heard) bool {
		return h.Result.Content.Order.State == string(state) && !h.Result.IsError
	}
}

func failed(code string) (what string, ok func(heard) bool) {
	return "the error " + code, func(h heard) bool { return h.Result.IsError && h.Result.Content.Error.Code == code }
}

func takenBack(q question) (what string, ok func(heard) bool) {
	return "the question to be taken back", func(h heard) bool {
		return h.Method == "notifications/cancelled" && h.Params.ID == q.ref
	}
}

// after is a check of how much time has passed since begun.
func after(tb testing.TB, begun time.Time, want time.Duration) {
	tb.Helper()
	if took := time.Since(begun); took < want || took > want+100*time.Millisecond {
		tb.Errorf("it took %v, want %v", took, want)
	}
}

func TestDialogSilence(t *testing.T) {
	t.Parallel()
	overTime(t, func(t *testing.T, _ way, s *orderHarness, p *peer) {
		t.Helper()
		begun := time.Now()
		q := p.ask(buy)
		p.expect(takenBack(q))
		after(t, begun, 50*time.Second)
		p.expect(orderIn(order.Pending))
		if !strings.Contains(q.text, "An answer here counts until 00:00:50 UTC.") {
			t.Errorf("got the text %q, want the end of the wait in it", q.text)
		}
		p.say(q, yes) // too late
		synctest.Wait()
		if len(s.said()) > 0 {
			t.Errorf("got the decisions %v after the wait, want none", s.said())
		}
		p.say(p.ask(buy), yes) // the same order
		p.expect(orderIn(order.Completed))
	})
}

// A server that leaves takes its questions back: the order stands, and the
// client is told so at once.
func TestDialogOfAServerThatLeaves(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		if w.modern {
			return
		}
		srv := s.server(t, nop())
		p := w.meet(t, srv, forms)
		q := p.ask(buy)
		begun := time.Now()
		srv.Leave()
		p.expect(takenBack(q))
		after(t, begun, 0)
		p.expect(orderIn(order.Pending))
		p.say(q, yes)
		synctest.Wait()
		if len(s.said()) > 0 {
			t.Errorf("got the decisions %v after that, want none", s.said())
		}
	})
}

// An order that expires during the dialog is not approved by it.
func TestDialogExpires(t *testing.T) {
	t.Parallel()
	overTime(t, func(t *testing.T, _ way, s *orderHarness, p *peer) {
		t.Helper()
		p.expect(takenBack(p.ask(buy)))
		p.expect(orderIn(order.Pending))
		time.Sleep(fakeorders.Life - time.Minute)
		q := p.ask(buy)
		if !strings.Contains(q.text, "An answer here counts until 00:15:00 UTC.") {
			t.Errorf("got the text %q, want the order's end in it", q.text)
		}
		p.expect(takenBack(q))
		p.expect(orderIn(order.Expired))
		if len(s.said()) > 0 {
			t.Errorf("got the decisions %v, want none", s.said())
		}
	})
}

func TestDialogProgress(t *testing.T) {
	t.Parallel()
	overTime(t, func(t *testing.T, _ way, s *orderHarness, p *peer) {
		t.Helper()
		s.takes(3 * time.Second)
		p.token = "p"
		q := p.ask(buy)
		last := -1
		grown := func(text string) func(heard) bool {
			return func(h heard) bool {
				before := last
				last = h.Params.Progress
				return h.Method == "notifications/progress" && last > before && h.Params.Message == text
			}
		}
		begun := time.Now()
		for range 4 {
			p.expect("progress", grown("waiting for a person to decide sb-0001"))
		}
		after(t, begun, 15*time.Second)
		time.Sleep(time.Second)
		p.say(q, yes)
		p.expect("progress of the sending", grown("the first line is being sent"))
		p.expect(orderIn(order.Completed))
	})
}

func TestDialogIsDecidedElsewhere(t *testing.T) {
	t.Parallel()
	for _, approve := range []bool{true, false} {
		for _, takes := range []time.Duration{0, 10 * time.Second, time.Hour} {
			overTime(t, func(t *testing.T, _ way, s *orderHarness, p *peer) {
				t.Helper()
				s.takes(takes)
				p.token = "p"
				begun := time.Now()
				q := p.ask(buy)
				p.expect("progress", func(h heard) bool { return h.Method == "notifications/progress" })
				go s.elsewhere(t, "sb-0001", approve)
				p.expect(takenBack(q))
				after(t, begun, time.Second)
				p.say(q, yes)
				h := p.hear()
				for h.Method == "notifications/progress" {
					h = p.hear()
				}
				want := order.Rejected
				if approve {
					want = map[bool]order.State{false: order.Completed, true: order.Executing}[takes == time.Hour]
				}
				if _, ok := orderIn(want); !ok(h) {
					t.Errorf("got %s, want %s", h.Raw, want)
				}
				if approve && takes == time.Hour {
					after(t, begun, 55*time.Second)
					time.Sleep(time.Hour) // it ends before the test does
				}
				if got := s.said(); len(got) != 1 || got[0] != approve {
					t.Errorf("got the decisions %v, want one", got)
				}
			})
		}
	}
}

// However long carrying out takes, the client gets its answer before it
// gives up.
func TestDialogLongExecution(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		s.takes(time.Hour)
		p := w.meet(t, s.server(t, nop()), forms)
		begun := time.Now()
		q := p.ask(buy)
		time.Sleep(40 * time.Second)
		p.say(q, yes)
		p.expect(orderIn(order.Executing))
		if w.modern {
			begun = begun.Add(40 * time.Second) // every call has its own time
		}
		after(t, begun, 55*time.Second)
		time.Sleep(time.Hour)
		p.call("7", buy)
		p.hear()
		if s.Executions() != 1 {
			t.Errorf("got %d executions, want 1", s.Executions())
		}
	})
}

// A service that does not answer makes no error of an order: it stands as it is.
func TestDialogStuckService(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		s.Switch(func(w *fakeorders.Switches) { w.StuckHandles = true })
		p := w.meet(t, s.server(t, nop()), forms)
		begun := time.Now()
		p.say(p.ask(buy), yes)
		p.expect(orderIn(order.Pending))
		after(t, begun, 55*time.Second)
	})
}

func TestDialogAfterASlowQuote(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		begun := time.Now()
		p := w.meet(t, s.server(t, nop()), forms)
		s.quoteTakes(30 * time.Second)
		q := p.ask(buy)
		if !w.modern {
			p.expect(takenBack(q))
			p.expect(orderIn(order.Pending))
			after(t, begun, 50*time.Second)
		}
		s.quoteTakes(48 * time.Second)
		if w.modern {
			p.ask(drop)
			return
		}
		p.call("8", drop)
		p.expect(orderIn(order.Pending))
	})
}

func TestDialogClientCancelsItsCall(t *testing.T) {
	t.Parallel()
	overTime(t, func(t *testing.T, w way, s *orderHarness, p *peer) {
		t.Helper()
		q := p.ask(buy)
		p.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1001}}`)
		p.expect(takenBack(q))
		p.say(q, yes)
		synctest.Wait()
		if len(s.said()) > 0 {
			t.Errorf("got the decisions %v, want none", s.said())
		}
		if w.over == "stdio" {
			p.send(old("6", "ping", ""))
			p.expect("the answer to 6", func(h heard) bool { return string(h.ID) == "6" })
		}
	})
}

func TestDialogClientLeaves(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		begun := time.Now()
		p := w.meet(t, s.server(t, nop()), forms)
		q := p.ask(buy)
		p.leave()
		if w.over == "stdio" && !w.modern {
			p.expect(takenBack(q))
			p.hear() // of a call that was cancelled by us
			after(t, begun, time.Second)
		}
		synctest.Wait()
		if len(s.said()) > 0 {
			t.Errorf("got the decisions %v, want none", s.said())
		}
	})
}

func TestDialogManyAtOnce(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		const many = 64
		p := w.meet(t, s.server(t, nop()), forms)
		questions := map[string]question{}
		params := func(i int) string { return fmt.Sprintf(`"name":"line_buy","arguments":{"numbers":["+9715%07d"]}`, i) }
		for i := range many {
			q := p.ask(params(i))
			questions[q.ref] = q
		}
		if len(questions) != many {
			t.Fatalf("got %d different questions, want %d", len(questions), many)
		}
		p.call("200", `"name":"line_find","arguments":{"town":"x"}`)
		p.expect("the result of a search", func(h heard) bool { return strings.Contains(h.Raw, `"town":"x"`) })
		for _, q := range questions {
			p.say(q, yes)
			p.expect(orderIn(order.Completed))
		}
	})
}

func TestDialogTooMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newOrderHarness(t)
		h := network(t, handler(t, s.server(t, nop()), mcp.HTTP{LoopbackPrincipal: carol()}))
		params := func(i int) string { return fmt.Sprintf(`"name":"line_buy","arguments":{"numbers":["+9715%07d"]}`, i) }
		one, two := overHTTP(t, h, forms, false), overHTTP(t, h, forms, false)
		for i := range 64 {
			one.ask(params(i))
			two.ask(params(100 + i))
		}
		one.call("5", params(200))
		one.expect(orderIn(order.Pending))
	})
}
