package serve_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"didops/e2e/harness"
)

// followed is a line that the script prints, or the inspector.
type followed struct {
	Status  string `json:"status"`
	Message string `json:"message"`
	End     string `json:"end"`
	Order   string `json:"order"`
}

// TestClientsFollowAnOrder lets the official packages buy a number while
// nobody is asked in a dialog, and a person decide at a terminal meanwhile.
func TestClientsFollowAnOrder(t *testing.T) {
	t.Parallel()
	modules := os.Getenv(nodeModules)
	if modules == "" {
		t.Skip(nodeModules + " names no folder with the clients")
	}
	for _, tt := range []struct {
		name, mode string
		decide     []string
		end, order string
		sales      int
	}{
		{"approved", "follow", []string{"order", "approve"}, "completed", "done", 1},
		{"rejected", "follow", []string{"order", "reject"}, "completed", "rejected", 0},
		{"cancelled", "cancel", nil, "cancelled", "", 0},
		{"without tasks", "alone", nil, "pending", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := harness.NewTarget(t, harness.LoopbackConfig)
			lot := g.Lots(t, 1)[0]
			served := g.Serve(t)
			script := start(t, modules, "tasks.mjs", tt.mode, "http://"+served.Address+"/mcp", lot.Number)
			if tt.decide != nil {
				first := script.next()
				if first.Status != "working" || !strings.Contains(first.Message, "order approve") || !strings.Contains(first.Message, lot.Number) {
					t.Errorf("got %+v, want a task that says how %s is decided", first, lot.Number)
				}
				id := g.Shell(t, "order", "list", "--json").Orders[0].ID
				if r := g.AtTerminal(t, harness.Typing("y"), append(tt.decide, id)...); r.Code != 0 && tt.order == "done" {
					t.Errorf("%v: got exit %d: %s", tt.decide, r.Code, r.Err)
				}
			}
			last := script.last()
			if last.End != tt.end || last.Order != tt.order {
				t.Errorf("got %+v, want the end %s and the order %s", last, tt.end, tt.order)
			}
			if n := len(g.Writes()); n != tt.sales {
				t.Errorf("got %d writes, want %d", n, tt.sales)
			}
		})
	}
}

// TestTheInspectorFollowsAnOrder does the same with the protocol's own inspector,
// which asks for the task until it has a result.
func TestTheInspectorFollowsAnOrder(t *testing.T) {
	t.Parallel()
	modules := os.Getenv(nodeModules)
	if modules == "" {
		t.Skip(nodeModules + " names no folder with the clients")
	}
	for decision, want := range map[string]string{"approve": `"state":"done"`, "reject": `"state":"rejected"`} {
		t.Run(decision, func(t *testing.T) {
			t.Parallel()
			g := harness.NewTarget(t, harness.LoopbackConfig)
			lot := g.Lots(t, 1)[0]
			served := g.Serve(t)
			home := t.TempDir()
			cmd := exec.CommandContext(t.Context(), filepath.Join(modules, "node_modules/.bin/mcp-inspector"), "--cli", "http://"+served.Address+"/mcp",
				"--transport", "http", "--protocol-era", "modern", "--method", "tools/call", "--tool-name", "did_purchase",
				"--tool-args-json", `{"numbers":["`+lot.Number+`"]}`, "--format", "json")
			cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "MCP_CATALOG_PATH=" + filepath.Join(home, "catalog.json")}
			var out, failed bytes.Buffer
			cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &failed, time.Second
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for !strings.Contains(served.Log.String(), `"tool":"did_purchase"`) {
				select {
				case <-served.Log.More:
				case <-t.Context().Done():
					t.Fatal(served.Log.String())
				}
			}
			id := g.Shell(t, "order", "list", "--json").Orders[0].ID
			g.AtTerminal(t, harness.Typing("y"), "order", decision, id)
			if err := cmd.Wait(); err != nil {
				t.Fatalf("%v: %s%s", err, out.String(), failed.String())
			}
			if text := strings.Join(strings.Fields(out.String()), ""); !strings.Contains(text, want) || strings.Contains(text, "taskId") {
				t.Errorf("got %s%s, want %s", out.String(), failed.String(), want)
			}
		})
	}
}

// scripted is a script that runs.
type scripted struct {
	t      *testing.T
	lines  *bufio.Scanner
	cmd    *exec.Cmd
	failed bytes.Buffer
}

// start runs a script of testdata where the modules are.
func start(t *testing.T, modules, script string, args ...string) *scripted {
	t.Helper()
	s := &scripted{t: t}
	home, path := placed(t, modules, script)
	s.cmd = exec.CommandContext(t.Context(), "node", append([]string{path}, args...)...)
	s.cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	s.cmd.Stderr, s.cmd.WaitDelay = &s.failed, time.Second
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.lines = bufio.NewScanner(out)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// placed copies a script of testdata beside the modules.
func placed(t *testing.T, modules, script string) (home, path string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", script))
	if err != nil {
		t.Fatal(err)
	}
	home = t.TempDir()
	if err := os.Symlink(filepath.Join(modules, "node_modules"), filepath.Join(home, "node_modules")); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(home, script)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return home, path
}

// next is the next line of the script.
func (s *scripted) next() followed {
	s.t.Helper()
	var got followed
	if !s.lines.Scan() {
		_ = s.cmd.Wait()
		s.t.Fatalf("the script has ended: %s", s.failed.String())
	}
	if err := json.Unmarshal(s.lines.Bytes(), &got); err != nil {
		s.t.Fatalf("%v: %s", err, s.lines.Text())
	}
	return got
}

// last is the last line of the script, which has ended.
func (s *scripted) last() followed {
	s.t.Helper()
	got := s.next()
	for got.End == "" {
		got = s.next()
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("the script: %v: %s", err, s.failed.String())
	}
	return got
}
