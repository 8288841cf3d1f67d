package attack_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"didops/e2e/harness"
	"didops/internal/testing/capture"
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
	case <-time.After(harness.Patience):
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
			g := newTarget(t, harness.ClientsConfig())
			lots := g.Lots(t, 2)
			piped, cmd := g.Spawn(t, modern, harness.NoAnswer)
			s := g.Serve(t)
			overHTTP := harness.Connect(t, s.Address, "team-token", modern, harness.NoAnswer)
			for i, c := range []*harness.Client{piped, overHTTP} {
				c.Ask("tools/call", harness.Params("did_purchase", `{`+harness.NumbersArg(lots[i])+`}`))
				a := c.Next()
				for a.Method != "elicitation/create" && a.Result.State == "" {
					a = c.Next()
				}
				c.HangUp()
				if r := g.Shell(t, "order", "list", "--state", "pending", "--json"); len(r.Orders) != i+1 {
					t.Errorf("got %s, want the order to wait for a person", r.Out)
				}
			}
			if code := cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("got exit %d, want 0", code)
			}
			s.Stop()
			g.Unharmed(t, "at the end", 0)
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
				g := newTargetBehind(t, harness.ClientsConfig(), held.before)
				lots := g.Lots(t, 1)
				var c *harness.Client
				kill := func() {}
				if tt.over == "http" {
					s := g.Serve(t)
					c = harness.Connect(t, s.Address, "team-token", modern, harness.Approve)
					defer s.Stop() // what is under way comes to its end
				} else {
					piped, cmd := g.Spawn(t, modern, harness.Approve)
					c, kill = piped, func() { _ = cmd.Process.Kill() }
				}
				go func() { // it is not heard to its end
					c.Ask("tools/call", harness.Params("did_purchase", `{`+harness.NumbersArg(lots[0])+`}`))
					for line := range c.Heard {
						accept(c, lots[0], line)
					}
				}()
				held.await(t)
				if tt.killed {
					kill()
				}
				gone := make(chan struct{})
				go func() { c.HangUp(); close(gone) }()
				if tt.killed || tt.over == "http" {
					<-gone
				}
				close(held.open)
				<-gone
				g.settles(t, tt.settled)
				// The same once more is the same order, not another purchase.
				r := g.AtTerminal(t, harness.Typing("y"), "did", "purchase", lots[0].Number, "--json")
				if tt.over == "stdio" && (r.Order == nil || r.Order.State != "done") || tt.over == "http" && r.Error.Code != "conflict" {
					t.Errorf("got exit %d and %s, want what was bought", r.Code, r.Out)
				}
				g.Unharmed(t, "at the end", 1)
			})
		}
	}
}

// accept answers the question that a line of the server's asks.
func accept(c *harness.Client, of harness.Lot, line string) {
	a := harness.ParseAnswer(line)
	switch {
	case a.Method == "elicitation/create":
		c.Post(`{"jsonrpc":"2.0","id":` + string(a.ID) + `,"result":` + harness.SayYes + `}`)
	case a.Result.State != "":
		c.Ask("tools/call", harness.Params("did_purchase", `{`+harness.NumbersArg(of)+`}`)+`,"requestState":`+harness.Quote(a.Result.State)+`,"inputResponses":{"approval":`+harness.SayYes+`}`)
	}
}

// settles waits until the one order is done, which takes so long.
func (g *target) settles(t *testing.T, after time.Duration) {
	t.Helper()
	g.Forward(after)
	list := g.Shell(t, "order", "list", "--json").Orders
	if len(list) != 1 {
		t.Fatalf("got %v, want one order", list)
	}
	if r := g.Shell(t, "order", "get", list[0].ID, "--wait-seconds", "20", "--json"); r.Order == nil || r.Order.State != "done" {
		t.Errorf("got exit %d and %s%s, want it done", r.Code, r.Out, r.Err)
	}
}

// TestAttackByOverlap asks for the same numbers on other terms in two
// processes at once: one order holds them, the other is told which.
func TestAttackByOverlap(t *testing.T) {
	t.Parallel()
	g := newTarget(t, "[limits]\nmax_order_total = \"\"\nmax_day_total = \"\"\n")
	lots := g.Lots(t, 12)
	c, _ := g.Spawn(t, true, harness.NoAnswer)
	const rounds = 4
	for n := range rounds {
		mine, shared, theirs := lots[3*n], lots[3*n+1], lots[3*n+2]
		out := capture.New()
		cmd := g.Process(t, "did", "purchase", shared.Number, theirs.Number, "--contact", "sip:desk@sip.example.net:5060", "--json")
		cmd.Stdout = out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		args := `{` + harness.NumbersArg(mine, shared) + `}`
		over := c.Call("did_purchase", args)
		_ = cmd.Wait() // its exit code tells the state
		inShell := harness.ParseOutput(out.String())
		won := ""
		switch waits := over.Result.State != ""; {
		case waits && inShell.Error.Code == "conflict":
			won = c.Request("tools/call", harness.Params("order_list", `{"state":"pending","limit":1}`)).Result.Data.Orders[0].ID
			if !strings.Contains(inShell.Error.Message, won) || !strings.Contains(inShell.Error.Message, shared.Number) {
				t.Errorf("round %d: got %+v, want the order %s named", n, inShell.Error, won)
			}
		case !waits && inShell.Order != nil && inShell.Order.State == "pending":
			won = inShell.Order.ID
			over.Refused(t, "the other", "conflict", won)
			over.Refused(t, "the other", "conflict", shared.Number)
		default:
			t.Fatalf("round %d: got %s and %s, want one order and one conflict", n, over.Raw, out.String())
		}
		if r := g.AtTerminal(t, harness.Typing("y"), "order", "approve", won); r.Code != 0 {
			t.Errorf("round %d: got exit %d: %s%s", n, r.Code, r.Out, r.Err)
		}
		// Whoever comes too late is told that the number is ours, or of the
		// order that bought it.
		again := c.Request("tools/call", harness.Params("did_purchase", `{`+harness.NumbersArg(shared)+`}`))
		again.Refused(t, "once more", "conflict", "is already a number of this account")
	}
	g.Unharmed(t, "at the end", 2*rounds)
	count := map[string]int{}
	for _, w := range g.Writes() {
		if count[w.Form.Get("i_did")]++; count[w.Form.Get("i_did")] > 1 {
			t.Errorf("got %s bought twice", w.Form.Get("i_did"))
		}
	}
}
