package docs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// manifests are those of the bundles for Claude Desktop; true = read-only.
func manifests() map[string]bool {
	return map[string]bool{"packaging/mcpb/manifest.json": false, "packaging/mcpb/manifest-read-only.json": true}
}

// bundledTool is a tool as a manifest names it.
type bundledTool struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// manifest is the part of a bundle's manifest that a host starts it by.
type manifest struct {
	Server struct {
		Config struct {
			invocation
			Overrides map[string]invocation `json:"platform_overrides"`
		} `json:"mcp_config"`
	} `json:"server"`
	Tools      []bundledTool `json:"tools"`
	UserConfig map[string]struct {
		Default   *string `json:"default"`
		Sensitive bool    `json:"sensitive"`
	} `json:"user_config"`
}

// invocation is how a program is started.
type invocation struct {
	Command string            `json:"command"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env"`
}

// TestBundlesStart unpacks and starts each bundle as a host does that loses
// the right to execute, with nothing filled in, and compares the tools that it
// offers with those of its manifest.
func TestBundlesStart(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the launcher is for macOS and Linux")
	}
	for path := range manifests() {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			var m manifest
			decodeFile(t, path, &m)
			dir := unpacked(t)
			start := m.Server.Config.invocation
			fill := func(text string) string {
				text = strings.ReplaceAll(text, "${__dirname}", dir)
				for name, option := range m.UserConfig {
					if option.Default != nil { // a host leaves what has no value as it stands
						text = strings.ReplaceAll(text, "${user_config."+name+"}", *option.Default)
					}
				}
				return text
			}
			start.Command = fill(start.Command)
			for i := range start.Args {
				start.Args[i] = fill(start.Args[i])
			}
			for name, value := range start.Env {
				start.Env[name] = fill(value)
			}
			want := make([]string, 0, len(m.Tools))
			for _, tool := range m.Tools {
				want = append(want, tool.Name)
			}
			if diff := cmp.Diff(want, toolsOf(t, start)); diff != "" {
				t.Errorf("tools (-manifest +server):\n%s", diff)
			}
		})
	}
}

// unpacked lays out the files of a bundle, none of which may be executed.
func unpacked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for to, from := range map[string]string{
		"server/launch.sh": filepath.Join(repository, "packaging/mcpb/launch.sh"),
		"server/" + runtime.GOOS + "-" + runtime.GOARCH + "/didops": program,
	} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		to = filepath.Join(dir, to)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, text, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// toolsOf starts a server in an empty home, greets it, and returns the names
// of the tools that it lists.
func toolsOf(t *testing.T, start invocation) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), start.Command, start.Args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "GORACE=atexit_sleep_ms=0")
	for name, value := range start.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdin = strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/list"}
`)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", start.Command, start.Args, err, said.String())
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var answer struct {
			ID     int `json:"id"`
			Result struct {
				Tools []bundledTool `json:"tools"`
			} `json:"result"`
		}
		if err := dec.Decode(&answer); err != nil {
			t.Fatalf("%s %v: %v, want a list of tools in\n%s", start.Command, start.Args, err, out)
		}
		if answer.ID != 2 {
			continue
		}
		var names []string
		for _, tool := range answer.Result.Tools {
			names = append(names, tool.Name)
		}
		return names
	}
}

// TestBundlesSettings holds what the dialog of a host asks for: every setting
// reaches the program on every platform, secrets are kept as such, and the
// registry is told the same.
func TestBundlesSettings(t *testing.T) {
	t.Parallel()
	var registry struct {
		Packages []struct {
			Identifier string `json:"identifier"`
			Variables  []struct {
				Name   string `json:"name"`
				Secret bool   `json:"isSecret"`
			} `json:"environmentVariables"`
		} `json:"packages"`
	}
	decodeFile(t, "packaging/server.json", &registry)
	told := map[string]map[string]bool{} // bundle: variable: secret
	for _, p := range registry.Packages {
		variables := map[string]bool{}
		for _, v := range p.Variables {
			variables[v.Name] = v.Secret
		}
		told[strings.TrimSuffix(filepath.Base(p.Identifier), "-0.0.0.mcpb")] = variables
	}
	for path, readOnly := range manifests() {
		var m manifest
		decodeFile(t, path, &m)
		asked := map[string]bool{}
		for name, value := range m.Server.Config.Env {
			option, ok := m.UserConfig[strings.TrimSuffix(strings.TrimPrefix(value, "${user_config."), "}")]
			if !ok || option.Default == nil {
				t.Errorf("%s: %s is %q, want a setting with a default", path, name, value)
			}
			asked[name] = option.Sensitive
		}
		if len(asked) != len(m.UserConfig) {
			t.Errorf("%s: got %d settings and %d variables, want each to reach the program", path, len(m.UserConfig), len(asked))
		}
		windows := m.Server.Config.Overrides["win32"]
		if rest := m.Server.Config.Args[1:]; !slices.Equal(windows.Args, rest) || slices.Contains(rest, "--read-only") != readOnly {
			t.Errorf("%s: got %v on Windows, want %v", path, windows.Args, rest)
		}
		name := "didops"
		if readOnly {
			name = "didops-read-only"
		}
		if !maps.Equal(told[name], asked) {
			t.Errorf("packaging/server.json: got %v for %s, want %v as in %s", told[name], name, asked, path)
		}
	}
}

// decodeFile decodes a JSON file of the repository.
func decodeFile(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, path))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
