package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// gate holds purchases up before the exchange carries them out.
type gate struct {
	arrived chan struct{} // one for every purchase
	open    chan struct{} // closed when they may go on
}

func newGate() *gate { return &gate{arrived: make(chan struct{}, 100), open: make(chan struct{})} }

// before is the front of an exchange that waits for the gate.
func (g *gate) before(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if r.URL.Path == "/number/purchase" {
		// Read first: a client that hangs up has still asked for it.
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		g.arrived <- struct{}{}
		<-g.open
	}
	next.ServeHTTP(w, r)
}

// await waits for a purchase to arrive.
func (g *gate) await(t *testing.T) {
	t.Helper()
	select {
	case <-g.arrived:
	case <-time.After(time.Minute):
		t.Error("nothing is bought")
	}
}

// TestAttackHangUpInADialog ends the client while a person is being asked:
// nothing is decided, and the program ends.
func TestAttackHangUpInADialog(t *testing.T) {
	t.Parallel()
	for _, modern := range []bool{false, true} {
		t.Run(map[bool]string{false: "handshake", true: "stateless"}[modern], func(t *testing.T) {
			t.Parallel()
			g := newTarget(t, clientsConfig())
			lots := g.lots(t, 2)
			piped, cmd := g.spawn(t, modern, silence)
			s := g.serve(t)
			overHTTP := connect(t, s.address, "team-token", modern, silence)
			for i, c := range []*client{piped, overHTTP} {
				c.ask("tools/call", params("did_purchase", `{`+numbersArg(lots[i])+`}`))
				a := c.next()
				for a.Method != "elicitation/create" && a.Result.State == "" {
					a = c.next()
				}
				c.hangUp()
				if r := g.shell(t, "order", "list", "--state", "pending", "--json"); len(r.Orders) != i+1 {
					t.Errorf("got %s, want the order to wait for a person", r.out)
				}
			}
			if code := cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("got exit %d, want 0", code)
			}
			s.stop()
			g.unharmed(t, "at the end", 0)
		})
	}
}

// TestAttackHangUpWhileBuying ends the client, and then the program, while
// what was approved is being bought: it is carried out or settled, once.
func TestAttackHangUpWhileBuying(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		killed  bool // the program, too
		over    string
		settled time.Duration // how long until it can be settled
	}{
		{"stdin closed", false, "stdio", 0},
		{"connection cut", false, "http", 0},
		{"program killed", true, "stdio", 2 * time.Minute},
	}
	for _, tt := range tests {
		for _, modern := range []bool{false, true} {
			t.Run(tt.name+map[bool]string{false: ", handshake", true: ", stateless"}[modern], func(t *testing.T) {
				t.Parallel()
				held := newGate()
				g := newTargetBehind(t, clientsConfig(), held.before)
				lots := g.lots(t, 1)
				var c *client
				kill := func() {}
				if tt.over == "http" {
					s := g.serve(t)
					c = connect(t, s.address, "team-token", modern, yes)
					defer s.stop() // what is under way comes to its end
				} else {
					piped, cmd := g.spawn(t, modern, yes)
					c, kill = piped, func() { _ = cmd.Process.Kill() }
				}
				go func() { // it is not heard to its end
					c.ask("tools/call", params("did_purchase", `{`+numbersArg(lots[0])+`}`))
					for line := range c.heard {
						c.accept(lots[0], line)
					}
				}()
				held.await(t)
				if tt.killed {
					kill()
				}
				gone := make(chan struct{})
				go func() { c.hangUp(); close(gone) }()
				if tt.killed || tt.over == "http" {
					<-gone
				}
				close(held.open)
				<-gone
				g.settles(t, tt.settled)
				// The same once more is the same order, not another purchase.
				r := g.atTerminal(t, typing("y"), "did", "purchase", lots[0].Number, "--json")
				if tt.over == "stdio" && (r.Order == nil || r.Order.State != "done") || tt.over == "http" && r.Error.Code != "conflict" {
					t.Errorf("got exit %d and %s, want what was bought", r.code, r.out)
				}
				g.unharmed(t, "at the end", 1)
			})
		}
	}
}

// accept answers the question that a line of the server's asks.
func (c *client) accept(of lot, line string) {
	a := answerIn(line)
	switch {
	case a.Method == "elicitation/create":
		c.post(`{"jsonrpc":"2.0","id":` + string(a.ID) + `,"result":` + sayYes + `}`)
	case a.Result.State != "":
		c.ask("tools/call", params("did_purchase", `{`+numbersArg(of)+`}`)+`,"requestState":`+quoted(a.Result.State)+`,"inputResponses":{"approval":`+sayYes+`}`)
	}
}

// settles waits until the one order is done, which takes so long.
func (g *target) settles(t *testing.T, after time.Duration) {
	t.Helper()
	g.forward(after)
	list := g.shell(t, "order", "list", "--json").Orders
	if len(list) != 1 {
		t.Fatalf("got %v, want one order", list)
	}
	if r := g.shell(t, "order", "get", list[0].ID, "--wait-seconds", "20", "--json"); r.Order == nil || r.Order.State != "done" {
		t.Errorf("got exit %d and %s%s, want it done", r.code, r.out, r.err)
	}
}

// TestAttackByOverlap asks for the same numbers on other terms in two
// processes at once: one order holds them, the other is told which.
func TestAttackByOverlap(t *testing.T) {
	t.Parallel()
	g := newTarget(t, "[limits]\nmax_order_total = \"\"\nmax_day_total = \"\"\n")
	lots := g.lots(t, 12)
	c, _ := g.spawn(t, true, silence)
	const rounds = 4
	for n := range rounds {
		mine, shared, theirs := lots[3*n], lots[3*n+1], lots[3*n+2]
		out := newTranscript()
		cmd := g.process(t, "did", "purchase", shared.Number, theirs.Number, "--contact", "sip:desk@sip.example.net:5060", "--json")
		cmd.Stdout = out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		args := `{` + numbersArg(mine, shared) + `}`
		over := c.call("did_purchase", args)
		_ = cmd.Wait() // its exit code tells the state
		inShell := toldIn(out.String())
		won := ""
		switch waits := over.Result.State != ""; {
		case waits && inShell.Error.Code == "conflict":
			won = c.request("tools/call", params("order_list", `{"state":"pending","limit":1}`)).Result.Data.Orders[0].ID
			if !strings.Contains(inShell.Error.Message, won) || !strings.Contains(inShell.Error.Message, shared.Number) {
				t.Errorf("round %d: got %+v, want the order %s named", n, inShell.Error, won)
			}
		case !waits && inShell.Order != nil && inShell.Order.State == "pending":
			won = inShell.Order.ID
			over.refused(t, "the other", "conflict", won)
			over.refused(t, "the other", "conflict", shared.Number)
		default:
			t.Fatalf("round %d: got %s and %s, want one order and one conflict", n, over.Raw, out.String())
		}
		if r := g.atTerminal(t, typing("y"), "order", "approve", won); r.code != 0 {
			t.Errorf("round %d: got exit %d: %s%s", n, r.code, r.out, r.err)
		}
		// Whoever comes too late is told that the number is ours, or of the
		// order that bought it.
		again := c.request("tools/call", params("did_purchase", `{`+numbersArg(shared)+`}`))
		again.refused(t, "once more", "conflict", "is already a number of this account")
	}
	g.unharmed(t, "at the end", 2*rounds)
	count := map[string]int{}
	for _, w := range g.writes() {
		if count[w.Form.Get("i_did")]++; count[w.Form.Get("i_did")] > 1 {
			t.Errorf("got %s bought twice", w.Form.Get("i_did"))
		}
	}
}
