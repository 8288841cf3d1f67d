package mcp_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/bots/mcp"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
)

func (s *orderHarness) decidedNothing(tb testing.TB, when string) {
	tb.Helper()
	synctest.Wait()
	if got := s.said(); len(got) > 0 {
		tb.Errorf("%s: got the decisions %v, want none", when, got)
	}
}

func twoAskers() mcp.HTTP {
	list := twoClients()
	for i := range list {
		list[i].Role, list[i].MayElicit = identity.Requester, true
	}
	return mcp.HTTP{Clients: list}
}

func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

func TestDialogCountsOnlyFromWhoWasAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newOrderHarness(t)
		h := network(t, handler(t, s.server(t, nop()), twoAskers()))
		asked := overHTTP(t, h, forms, false, bearer(teamToken)...)
		q := asked.ask(buy)
		sibling := overHTTP(t, h, forms, false, bearer(teamToken)...)
		stranger := overHTTP(t, h, forms, false, bearer(guestToken)...)
		stateless := overHTTP(t, h, forms, true, bearer(teamToken)...)
		answer := `{"jsonrpc":"2.0","id":"` + q.ref + `","result":` + yes + `}`
		if got := sibling.send(answer); got != http.StatusAccepted {
			t.Errorf("another session: got %d, want 202", got)
		}
		if got := stranger.send(answer); got != http.StatusAccepted {
			t.Errorf("another caller: got %d, want 202", got)
		}
		if got := stateless.send(answer); got != http.StatusBadRequest {
			t.Errorf("no session: got %d, want 400", got)
		}
		s.decidedNothing(t, "answers of others")
		asked.say(q, yes)
		asked.expect(orderIn(order.Completed))
		asked.say(q, yes) // once more
		if got := s.said(); len(got) != 1 || s.Executions() != 1 {
			t.Errorf("got the decisions %v and %d executions, want one", got, s.Executions())
		}
	})
}

// The session of an answer is checked as that of any message is.
func TestDialogAnswerInAForeignSession(t *testing.T) {
	t.Parallel()
	s := newOrderHarness(t)
	h := handler(t, s.server(t, nop()), twoAskers())
	session := begin(t, h, bearer(teamToken)...)
	for _, id := range []string{"ask-AAAAAAAAAAAAAAAAAAAAAAAAAA", "7"} {
		r := post(`{"jsonrpc":"2.0","id":"`+id+`","result":`+yes+`}`, append(bearer(guestToken), "Mcp-Session-Id", session)...)
		if w := serve(h, r); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d %s, want 404", id, w.Code, w.Body)
		}
	}
}

func TestDialogOnAnotherPipe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newOrderHarness(t)
		server := s.server(t, nop())
		asked, other := overStdio(t, server, forms, false), overStdio(t, server, forms, false)
		q := asked.ask(buy)
		other.say(q, yes)
		s.decidedNothing(t, "an answer on another pipe")
		asked.say(q, no)
		asked.expect(orderIn(order.Rejected))
	})
}

func TestDialogIdsCantBeGuessed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newOrderHarness(t)
		p := overStdio(t, s.server(t, nop()), forms, false)
		q := p.ask(buy)
		if len(q.ref) < 24 {
			t.Errorf("got the id %q, want one that can't be guessed", q.ref)
		}
		for _, id := range []string{"1", "0", `"1"`, `"ask-"`, `"ask-1"`, `""`, strings.ToLower(`"` + q.ref + `"`)} {
			p.send(`{"jsonrpc":"2.0","id":` + id + `,"result":` + yes + `}`)
		}
		s.decidedNothing(t, "guessed ids")
		p.say(q, no)
		p.expect(orderIn(order.Rejected))
	})
}

// stateless runs a test of clients that bring the answer with the call made
// anew.
func stateless(t *testing.T, run func(*testing.T, *orderHarness, *peer)) {
	t.Helper()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		if w.modern {
			run(t, s, w.meet(t, s.server(t, nop()), forms))
		}
	})
}

func isAsked(h heard) bool { return h.Result.Type == "input_required" }

func TestDialogForgedAnswers(t *testing.T) {
	t.Parallel()
	stateless(t, func(t *testing.T, s *orderHarness, p *peer) {
		t.Helper()
		answers := `,"inputResponses":{"approval":` + yes + `}`
		p.call("5", buy+answers) // nobody was asked
		p.expect("the question", isAsked)
		p.call("5", buy+answers+`,"requestState":""`)
		p.expect("the question", isAsked)
		for _, state := range []string{"handle-999", "x", strings.Repeat("x", 100_000)} {
			p.call("5", buy+answers+`,"requestState":"`+state+`"`)
			p.expect(failed("invalid"))
		}
		for _, bad := range []string{
			`,"inputResponses":{"other":` + yes + `}`, `,"inputResponses":{}`, ``, `,"inputResponses":{"approval":null}`,
		} {
			p.call("5", buy+bad+`,"requestState":"handle-1"`) // not an answer: asked again
			p.expect("the question", isAsked)
		}
		for _, bad := range []string{`,"inputResponses":[]`, `,"inputResponses":"x"`} {
			p.call("5", buy+bad+`,"requestState":"handle-1"`)
			p.expect("a refusal", func(h heard) bool { return strings.Contains(h.Raw, "-32602") })
		}
		s.decidedNothing(t, "forged answers")
		p.call("5", buy+answers+`,"requestState":"handle-1"`) // it has not been used
		p.expect(orderIn(order.Completed))
	})
}

func TestDialogReplayedAnswers(t *testing.T) {
	t.Parallel()
	stateless(t, func(t *testing.T, s *orderHarness, p *peer) {
		t.Helper()
		q := p.ask(buy)
		p.say(q, `{"action":"decline"}`)
		p.expect(orderIn(order.Pending))
		p.say(q, yes)
		p.expect(failed("conflict"))
		s.decidedNothing(t, "an answer after the answer")
		q = p.ask(buy)
		other := q
		other.params = strings.Replace(buy, "+97150000002", "+97150000003", 1)
		p.say(other, yes)
		p.expect(failed("invalid"))
		other.params = strings.Replace(buy, "line_buy", "line_drop", 1)
		p.say(other, yes)
		p.expect(failed("invalid"))
		other.params = `"name":"line_find","arguments":{"town":"x"}`
		p.say(other, yes)
		p.expect(failed("invalid"))
		s.decidedNothing(t, "an answer with other arguments")
		time.Sleep(fakeorders.Life)
		p.say(q, yes)
		p.expect(failed("expired"))
		s.decidedNothing(t, "an answer out of time")
	})
}

func TestDialogHandleOfAnotherCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newOrderHarness(t)
		h := network(t, handler(t, s.server(t, nop()), twoAskers()))
		asked := overHTTP(t, h, forms, true, bearer(teamToken)...)
		stranger := overHTTP(t, h, forms, true, bearer(guestToken)...)
		q := asked.ask(buy)
		stranger.say(q, yes)
		stranger.expect(failed("invalid"))
		s.decidedNothing(t, "an answer of another caller")
		asked.say(q, yes)
		asked.expect(orderIn(order.Completed))
	})
}

// Both eras at once: one answer decides, whichever comes first.
func TestDialogConcurrentAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newOrderHarness(t)
		server := s.server(t, nop())
		peers := []*peer{overStdio(t, server, forms, false), overStdio(t, server, forms, true), overStdio(t, server, forms, false)}
		questions := make([]question, len(peers))
		for i, p := range peers {
			questions[i] = p.ask(buy)
		}
		for i, p := range peers {
			p.say(questions[i], yes)
		}
		for _, p := range peers {
			h := p.hear()
			if h.Method == "notifications/cancelled" {
				h = p.hear()
			}
			state := h.Result.Content.Order.State
			if state != "done" && state != "executing" && h.Result.Content.Error.Code != "conflict" {
				t.Errorf("got %s, want the order as the one answer has left it, or a conflict", h.Raw)
			}
		}
		if len(s.said()) != 1 || s.Executions() != 1 {
			t.Errorf("got the decisions %v and %d executions, want one", s.said(), s.Executions())
		}
	})
}

func TestDialogOversizeAnswer(t *testing.T) {
	t.Parallel()
	overTime(t, func(t *testing.T, w way, s *orderHarness, p *peer) {
		t.Helper()
		q := p.ask(buy)
		large := `{"jsonrpc":"2.0","id":"` + q.ref + `","result":{"action":"accept","content":{"decision":"approve","x":"` + strings.Repeat("x", 2<<20) + `"}}}`
		status := p.send(large)
		if w.over == "http" && status != http.StatusRequestEntityTooLarge {
			t.Errorf("got %d, want 413", status)
		}
		if w.over == "stdio" {
			p.expect("a refusal", func(h heard) bool { return strings.Contains(h.Raw, "longer than") })
		}
		s.decidedNothing(t, "an answer that is too long")
		p.say(q, no)
		p.expect(orderIn(order.Rejected))
	})
}

// A client that reads no event streams can't be asked while its call waits.
func TestDialogNeedsAStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newOrderHarness(t)
		h := network(t, handler(t, s.server(t, nop()), mcp.HTTP{LoopbackPrincipal: carol()}))
		p := overHTTP(t, h, forms, false, "Accept", "application/json")
		p.call("5", buy)
		p.expect(orderIn(order.Pending))
		m := overHTTP(t, h, forms, true, "Accept", "application/json")
		m.say(m.ask(buy), yes)
		m.expect(orderIn(order.Completed))
	})
}

func TestMayElicit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newOrderHarness(t)
		list := twoClients()
		list[1].Role, list[1].MayElicit = identity.Requester, true
		list = append(list, mcp.Client{Name: "third", TokenSHA256: sha256.Sum256([]byte("third")), Role: identity.Reader, MayElicit: true})
		h := network(t, handler(t, s.server(t, nop()), mcp.HTTP{Clients: list}))
		for _, modern := range []bool{false, true} {
			p := overHTTP(t, h, forms, modern, bearer(teamToken)...)
			p.call("5", buy)
			p.expect(orderIn(order.Pending))
			p = overHTTP(t, h, forms, modern, bearer("third")...)
			p.call("5", buy)
			p.expect("no such tool", func(h heard) bool { return strings.Contains(h.Raw, "may not call line_buy") })
			p = overHTTP(t, h, forms, modern, bearer(guestToken)...)
			p.say(p.ask(strings.Replace(buy, "0002", fmt.Sprint(1000+len(s.said())), 1)), yes)
			p.expect(orderIn(order.Completed))
		}
	})
}
