package serve_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"didops/e2e/harness"
)

// pageConfig has a page on which Alice decides.
const pageConfig = harness.LoopbackConfig + "[web]\nurl = \"https://didops.example.net\"\n[[people]]\nname = \"Alice\"\nroles = [\"approver\"]\n"

// TestClientsOpenThePage lets the official client of both eras offer the page of
// an order, while a person decides at a terminal, or nobody does: what the client
// says to the address decides nothing.
func TestClientsOpenThePage(t *testing.T) {
	t.Parallel()
	modules := os.Getenv(nodeModules)
	if modules == "" {
		t.Skip(nodeModules + " names no folder with the clients")
	}
	for _, era := range []string{"modern", "legacy"} {
		for _, tt := range []struct {
			name, action, modes string
			before, after       string // what is typed at a terminal before the answer, and once it was given
			order               string
		}{
			{name: "accepted after the decision", action: "accept", modes: "form,url", before: "approve", order: "done"},
			{name: "accepted before the decision", action: "accept", modes: "url", after: "approve", order: "done"},
			{name: "accepted, and never visited", action: "accept", modes: "url", order: "pending"},
			{name: "declined", action: "decline", modes: "url", order: "pending"},
			{name: "cancelled", action: "cancel", modes: "url", order: "pending"},
			{name: "rejected there", action: "accept", modes: "url", after: "reject", order: "rejected"},
			{name: "a client that opens nothing", modes: "form", order: "pending"},
			{name: "a client without dialogs", order: "pending"},
		} {
			t.Run(era+", "+tt.name, func(t *testing.T) {
				t.Parallel()
				g := harness.NewTarget(t, pageConfig)
				lot := g.Lots(t, 1)[0]
				served := g.Serve(t)
				s := begin(t, modules, "open.mjs", era, tt.action, tt.modes, "http://"+served.Address+"/mcp", lot.Number)
				if tt.action != "" {
					asked := s.next()
					id := g.Shell(t, "order", "list", "--json").Orders[0].ID
					if asked.Status != "url" || asked.Message != "https://didops.example.net/orders/"+id || (asked.Order == "") != (era == "modern") {
						t.Errorf("got %+v, want the page of %s", asked, id)
					}
					s.typed(t, g, tt.before, id)
					if tt.before != "" && era == "legacy" {
						// The call has its answer already, and the dialog is closed.
						s.answer()
						s.over(t, g, tt.order)
						return
					}
					s.answer()
					s.typed(t, g, tt.after, id)
				}
				s.over(t, g, tt.order)
			})
		}
	}
}

// begin is start of a script that waits for lines.
func begin(t *testing.T, modules, script string, args ...string) *asking {
	t.Helper()
	home, path := placed(t, modules, script)
	s := &asking{scripted: scripted{t: t}}
	s.cmd = exec.CommandContext(t.Context(), "node", append([]string{path}, args...)...)
	s.cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	s.cmd.Stderr, s.cmd.WaitDelay = &s.failed, time.Second
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	s.lines = bufio.NewScanner(out)
	s.lines.Buffer(nil, 1<<20)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// asking is a script that waits for lines.
type asking struct {
	scripted
	in io.WriteCloser
}

// answer lets the script answer what it was asked.
func (s *asking) answer() { _, _ = io.WriteString(s.in, "\n") }

// typed decides an order at a terminal; "" = nothing is done.
func (s *asking) typed(t *testing.T, g *harness.Target, decision, id string) {
	t.Helper()
	if decision != "" {
		g.AtTerminal(t, harness.Typing("y"), "order", decision, id)
	}
}

// over is the end of the script.
func (s *asking) over(t *testing.T, g *harness.Target, want string) {
	t.Helper()
	last := s.last()
	if last.End != "result" || last.Order != want {
		t.Errorf("got %+v, want the order %s", last, want)
	}
	sales := 0
	if want == "done" {
		sales = 1
	}
	if n := len(g.Writes()); n != sales {
		t.Errorf("got %d writes, want %d", n, sales)
	}
	if want == "pending" && !strings.Contains(last.Message, "open https://didops.example.net/orders/") {
		t.Errorf("got %s, want it to say where it is decided", last.Message)
	}
}
