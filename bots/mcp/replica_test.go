package mcp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/mcp"
	"didops/internal/fault"
	"didops/internal/order"
)

// replicas are processes that serve one store behind a load balancer, which
// gives each request to the next of them.
type replicas struct {
	*orders
	handlers []*mcp.Handler

	mu     sync.Mutex
	served []int // which of them got each request
}

// storeKey is the key of a store.
func storeKey(context.Context) ([]byte, error) { return []byte(strings.Repeat("k", 32)), nil }

// replicate returns so many processes that share their orders.
func replicate(tb testing.TB, many int, c mcp.HTTP) *replicas {
	tb.Helper()
	r := &replicas{orders: newOrders()}
	for range many {
		y := harnessOf(tb, r.options)
		r.handlers = append(r.handlers, handler(tb, sharing(tb, y, storeKey, zerolog.Nop()), c))
	}
	return r
}

// sharing is a server of the harness with a key.
func sharing(tb testing.TB, y *harness, key func(context.Context) ([]byte, error), log zerolog.Logger) *mcp.Server {
	tb.Helper()
	s, err := mcp.New(mcp.Config{Gate: y.gate, Version: "1.2.3", Log: log, Now: time.Now, Secret: key})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func (r *replicas) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	next := len(r.served) % len(r.handlers)
	r.served = append(r.served, next)
	r.mu.Unlock()
	r.handlers[next].ServeHTTP(w, q)
}

// balanced is a client of the load balancer.
func (r *replicas) balanced(tb testing.TB) *http.Client {
	tb.Helper()
	return networkOf(tb, r.handlers[0].NewHTTPServer(r))
}

// replicated runs a test of a client whose session, call and answers are each
// another process's.
func replicated(t *testing.T, run func(*testing.T, *replicas, *peer)) {
	t.Helper()
	for _, many := range []int{2, 3} {
		synctest.Test(t, func(t *testing.T) {
			r := replicate(t, many, mcp.HTTP{LoopbackPrincipal: carol()})
			run(t, r, overHTTP(t, r.balanced(t), forms, false))
			if len(r.served) < 3 || slices.Contains(r.served[2:3], r.served[1]) {
				t.Errorf("got the requests at %v, want the answer elsewhere than the call", r.served)
			}
		})
	}
}

func TestReplicasTakeAnswers(t *testing.T) {
	t.Parallel()
	const message = `{"jsonrpc":"2.0","id":"ASK",`
	for _, tt := range []struct {
		name, call, answer string
		state              order.State
		said               []bool
		within             time.Duration
	}{
		{"yes", buy, `"result":` + yes, order.Completed, []bool{true}, time.Second},
		{"no", buy, `"result":` + no, order.Rejected, []bool{false}, time.Second},
		{"decline", buy, `"result":{"action":"decline"}`, order.Pending, nil, 4 * time.Second},
		{"cancel", buy, `"result":{"action":"cancel"}`, order.Pending, nil, 4 * time.Second},
		{"error", buy, `"error":{"code":-32601,"message":"Method not found"}`, order.Pending, nil, 4 * time.Second},
		{"digits", drop, `"result":{"action":"accept","content":{"decision":"approve","last4":"4567"}}`, order.Completed, []bool{true}, time.Second},
		{"other digits", drop, `"result":{"action":"accept","content":{"decision":"approve","last4":"4568"}}`, order.Pending, nil, 4 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			replicated(t, func(t *testing.T, r *replicas, p *peer) {
				t.Helper()
				q, begun := p.ask(tt.call), time.Now()
				reply := strings.Replace(message, "ASK", q.ref, 1) + tt.answer + "}"
				for range 4 { // the replays reach every process
					if got := p.send(reply); got != http.StatusAccepted {
						t.Errorf("an answer: got %d, want 202", got)
					}
				}
				p.expect(orderIn(tt.state))
				if took := time.Since(begun); took > tt.within {
					t.Errorf("the result took %v, want at most %v", took, tt.within)
				}
				if fmt.Sprint(r.said()) != fmt.Sprint(tt.said) {
					t.Errorf("got the decisions %v, want %v", r.said(), tt.said)
				}
			})
		})
	}
}

// What takes its time is still the result of the call that asked.
func TestReplicasFollowTheExecution(t *testing.T) {
	t.Parallel()
	replicated(t, func(t *testing.T, r *replicas, p *peer) {
		t.Helper()
		r.takes(20500 * time.Millisecond)
		q, begun := p.ask(buy), time.Now()
		p.say(q, yes)
		if took := time.Since(begun); took > 0 {
			t.Errorf("the answer was accepted after %v, want at once", took)
		}
		p.expect(orderIn(order.Completed))
		after(t, begun, 21*time.Second) // seen at the next look
	})
}

func TestReplicasOfASilentPerson(t *testing.T) {
	t.Parallel()
	replicated(t, func(t *testing.T, r *replicas, p *peer) {
		t.Helper()
		begun := time.Now()
		q := p.ask(buy)
		p.expect(takenBack(q))
		after(t, begun, 50*time.Second)
		p.expect(orderIn(order.Pending))
		for range 4 {
			p.say(q, yes) // too late, for every process
		}
		synctest.Wait()
		if len(r.said()) > 0 {
			t.Errorf("got the decisions %v after the wait, want none", r.said())
		}
	})
}

// The handle is used up with the call: whoever has left approves nothing.
func TestReplicasOfAClientThatLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := replicate(t, 2, mcp.HTTP{LoopbackPrincipal: carol()})
		p := overHTTP(t, r.balanced(t), forms, false)
		q := p.ask(buy)
		p.leave()
		synctest.Wait()
		id := begin(t, r)
		for range 2 {
			serve(r, post(`{"jsonrpc":"2.0","id":"`+q.ref+`","result":`+yes+`}`, "Mcp-Session-Id", id))
		}
		if len(r.said()) > 0 {
			t.Errorf("got the decisions %v, want none", r.said())
		}
		for _, handle := range r.Handles() {
			if used, err := r.PromptUsed(t.Context(), handle); !used || err != nil {
				t.Errorf("got %v, %v, want the handle used up", used, err)
			}
		}
	})
}

// A cancellation finds its call only in the process that serves it.
func TestReplicasOfACancellation(t *testing.T) {
	t.Parallel()
	replicated(t, func(t *testing.T, r *replicas, p *peer) {
		t.Helper()
		q := p.ask(buy)
		if got := p.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1001}}`); got != http.StatusAccepted {
			t.Errorf("a cancellation elsewhere: got %d, want 202", got)
		}
		synctest.Wait()
		for range len(r.handlers) - 1 {
			p.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1001}}`)
		}
		p.expect(takenBack(q))
		for range r.handlers {
			p.say(q, yes)
		}
		synctest.Wait()
		if len(r.said()) > 0 {
			t.Errorf("got the decisions %v, want none", r.said())
		}
	})
}

func TestReplicasHearOnlyWhoWasAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := replicate(t, 3, twoAskers())
		h := r.balanced(t)
		asked := overHTTP(t, h, forms, false, bearer(teamToken)...)
		q := asked.ask(buy)
		answer := `{"jsonrpc":"2.0","id":"` + q.ref + `","result":` + yes + `}`
		sibling := overHTTP(t, h, forms, false, bearer(teamToken)...)
		formless := overHTTP(t, h, "", false, bearer(teamToken)...)
		stranger := overHTTP(t, h, forms, false, bearer(guestToken)...)
		for name, p := range map[string]*peer{"another session": sibling, "a session without forms": formless, "another caller": stranger} {
			for range r.handlers {
				if got := p.send(answer); got != http.StatusAccepted {
					t.Errorf("%s: got %d, want 202", name, got)
				}
			}
		}
		for name, id := range map[string]string{
			"another operation": strings.Replace(q.ref, "line_buy", "line_drop", 1),
			"no operation":      strings.Replace(q.ref, "line_buy", "line_find", 1),
			"unknown operation": strings.Replace(q.ref, "line_buy", "line_none", 1),
			"no handle":         "ask-line_buy-",
			"nothing":           "ask-",
			"no dash":           "ask-line_buy",
		} {
			for range r.handlers {
				if got := asked.send(strings.Replace(answer, q.ref, id, 1)); got != http.StatusAccepted {
					t.Errorf("%s: got %d, want 202", name, got)
				}
			}
		}
		synctest.Wait()
		if got := r.said(); len(got) > 0 {
			t.Errorf("answers of others: got the decisions %v, want none", got)
		}
		asked.say(q, yes)
		asked.expect(orderIn(order.Completed))
	})
}

func TestReplicasOfTheStatelessEra(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := replicate(t, 3, mcp.HTTP{LoopbackPrincipal: carol()})
		p := overHTTP(t, r.balanced(t), forms, true)
		q := p.ask(buy)
		p.say(q, yes)
		p.expect(orderIn(order.Completed))
		for range r.handlers {
			p.say(q, yes)
			p.expect(failed("conflict"))
		}
		if got := r.said(); len(got) != 1 || r.Executions() != 1 {
			t.Errorf("got the decisions %v and %d executions, want one", got, r.Executions())
		}
	})
}

// Every process knows the sessions of all, and nothing else passes for one.
func TestReplicasKnowSessions(t *testing.T) {
	t.Parallel()
	r := replicate(t, 3, twoAskers())
	id := begin(t, r.handlers[0], bearer(teamToken)...)
	prefix, rest := mcp.SessionPrefix, strings.TrimPrefix(id, mcp.SessionPrefix)
	body, seal, _ := strings.Cut(rest, ".")
	if len(id) > 1024 || strings.ContainsFunc(id, func(c rune) bool { return c < '!' || c > '~' }) {
		t.Errorf("got the id %q, want a short one of visible ASCII", id)
	}
	other, _, _ := strings.Cut(strings.TrimPrefix(begin(t, r.handlers[1], bearer(teamToken)...), prefix), ".")
	foreign := replicate(t, 1, twoAskers()).handlers[0]
	for name, tt := range map[string]struct {
		id, token string
		want      int
	}{
		"own":                {id, teamToken, http.StatusOK},
		"of another caller":  {id, guestToken, http.StatusNotFound},
		"of another body":    {prefix + other + "." + seal, teamToken, http.StatusNotFound},
		"cut":                {id[:len(id)-1], teamToken, http.StatusNotFound},
		"longer":             {id + "A", teamToken, http.StatusNotFound},
		"without a seal":     {prefix + body, teamToken, http.StatusNotFound},
		"with an empty seal": {prefix + body + ".", teamToken, http.StatusNotFound},
		"random":             {prefix + "AAAAAAAAAAAAAAAAAAAAAAAAAA", teamToken, http.StatusNotFound},
		"without prefix":     {rest, teamToken, http.StatusNotFound},
		"too long":           {id + strings.Repeat("A", 2000), teamToken, http.StatusNotFound},
	} {
		for i, h := range append(r.handlers, foreign) {
			headers := append(bearer(tt.token), "Mcp-Session-Id", tt.id)
			want := tt.want
			if w := serve(h, post(old("1", "tools/list", ""), headers...)); w.Code != want {
				t.Errorf("%s at %d: got %d %s, want %d", name, i, w.Code, w.Body, want)
			}
		}
	}
}

// The end of a session is that of the process which it is told to.
func TestReplicaEndsASession(t *testing.T) {
	t.Parallel()
	r := replicate(t, 2, mcp.HTTP{})
	id := begin(t, r.handlers[0])
	if w := serve(r.handlers[1], bodyless(http.MethodDelete, "Mcp-Session-Id", id)); w.Code != http.StatusOK {
		t.Errorf("the end: got %d, want 200", w.Code)
	}
	for i, want := range []int{http.StatusOK, http.StatusNotFound} {
		if w := serve(r.handlers[i], post(old("1", "ping", ""), "Mcp-Session-Id", id)); w.Code != want {
			t.Errorf("afterwards at %d: got %d, want %d", i, w.Code, want)
		}
	}
}

// What a client said at the handshake holds in every process.
func TestReplicasRememberTheClient(t *testing.T) {
	t.Parallel()
	y, other := newHarness(t), newHarness(t)
	one := handler(t, sharing(t, y, storeKey, zerolog.Nop()), mcp.HTTP{})
	two := handler(t, sharing(t, other, storeKey, zerolog.Nop()), mcp.HTTP{})
	long := strings.Replace(initialize, `"name":"`, `"name":"\u202e `+strings.Repeat("ж", 500), 1)
	w := serve(one, post(long))
	id := w.Header().Get("Mcp-Session-Id")
	if w := serve(two, post(old("2", "tools/call", `"name":"line_find","arguments":{"town":"x"}`), "Mcp-Session-Id", id)); w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if got := (<-other.calls).Principal.Client; !strings.HasPrefix(got, "жж") || len([]rune(got)) > 64 {
		t.Errorf("got the client %q, want the start of its name", got)
	}
}

// While the store can't be read, clients are served where they began; they
// begin anew elsewhere, and are known to all as soon as it can.
func TestReplicasWithoutTheKey(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	down := true
	shaky := func(ctx context.Context) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		if down {
			return nil, fault.New(fault.Unavailable, "the store is away").WithCause(errors.New("no route"))
		}
		return storeKey(ctx)
	}
	var list []*mcp.Handler
	for range 2 {
		list = append(list, handler(t, sharing(t, newHarness(t), shaky, zerolog.Nop()), mcp.HTTP{}))
	}
	use := func(when string, h *mcp.Handler, id string, want int) {
		t.Helper()
		if w := serve(h, post(old("1", "ping", ""), "Mcp-Session-Id", id)); w.Code != want {
			t.Errorf("%s: got %d, want %d", when, w.Code, want)
		}
	}
	early := begin(t, list[0])
	use("without the store", list[0], early, http.StatusOK)
	use("without the store, elsewhere", list[1], early, http.StatusNotFound)
	mu.Lock()
	down = false
	mu.Unlock()
	late := begin(t, list[0])
	use("with the store", list[1], late, http.StatusOK)
	use("the early one", list[0], early, http.StatusOK)
	use("the early one, elsewhere", list[1], early, http.StatusNotFound)

	alone := handler(t, newHarness(t).server(t, zerolog.Nop()), mcp.HTTP{})
	use("of a process without a store", list[0], begin(t, alone), http.StatusNotFound)
}
