package serve_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/testing/fakeissuer"
	"didops/internal/view"
)

// nodeModules names the folder of the official SDKs of MCP and of mcp-remote,
// which .ci/clients installs.
const nodeModules = "DIDOPS_TEST_NODE"

// TestWhoSignsInCanBuy lets clients that people use sign in at an issuer that
// allows exactly what it is asked for, and order a number. One that was allowed
// to read only has to ask for more in the middle.
func TestWhoSignsInCanBuy(t *testing.T) {
	t.Parallel()
	modules := os.Getenv(nodeModules)
	if modules == "" {
		t.Skip(nodeModules + " names no folder with the clients")
	}
	remote := filepath.Join(modules, "node_modules/mcp-remote/dist/proxy.js")
	const all = "did:read did:order"
	for _, tt := range []struct {
		name, script, client string
		first                []string // what the first sign-in is for; empty: whatever is asked for
		refreshes            bool
		asked                []string
	}{
		{"SDK v1", "signin.mjs", "v1", nil, true, []string{all}},
		{"SDK v1 steps up", "signin.mjs", "v1", []string{"did:read"}, false, []string{"did:read", all}},
		{"SDK v2", "signin.mjs", "v2", nil, true, []string{all}},
		{"SDK v2 steps up", "signin.mjs", "v2", []string{"did:read"}, false, []string{"did:read", all}},
		{"SDK v2 steps up past a refresh token", "signin.mjs", "v2", []string{"did:read"}, true, []string{"did:read", all}},
		{"mcp-remote", "remote.mjs", remote, nil, true, []string{all}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := fakeissuer.New(t)
			i.Refreshes = tt.refreshes
			address, _ := background(t, fmt.Sprintf("[http.oauth]\nissuer = %q\naudience = %q\n", i.URL, i.Audience))
			args := append([]string{tt.client, "http://" + address + "/mcp", "+971520545433"}, tt.first...)
			got := node(t, modules, tt.script, args...)
			if !slices.Contains(got.Tools, "did_purchase") || got.Result.Order.State != "pending" || got.Result.Order.By.Name != view.Quoted(fakeissuer.Name) {
				t.Errorf("got %+v, want did_purchase in the list and a pending order of %s", got, fakeissuer.Name)
			}
			if !slices.Equal(i.Asked(), tt.asked) {
				t.Errorf("the issuer was asked for %q, want %q", i.Asked(), tt.asked)
			}
		})
	}
}

// bought is what the scripts print.
type bought struct {
	Tools  []string `json:"tools"`
	Result struct {
		Order struct {
			State string `json:"state"`
			By    struct {
				Name string `json:"name"`
			} `json:"requested_by"`
		} `json:"order"`
	} `json:"result"`
}

// node runs a script of testdata where the modules are.
func node(t *testing.T, modules, script string, args ...string) bought {
	t.Helper()
	home, script := placed(t, modules, script)
	cmd := exec.CommandContext(t.Context(), "node", append([]string{script}, args...)...)
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "MCP_REMOTE_CONFIG_DIR=" + home}
	cmd.WaitDelay = time.Second
	var out, failed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failed
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s%s", err, out.String(), failed.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var got bought
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &got); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	return got
}
