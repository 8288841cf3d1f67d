package app

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// listed is a package as "go list -json" describes it.
type listed struct {
	ImportPath   string   `json:"ImportPath"`
	Imports      []string `json:"Imports"`
	TestImports  []string `json:"TestImports"`
	XTestImports []string `json:"XTestImports"`
	Deps         []string `json:"Deps"` // reached by Imports, however far
}

// module returns the packages of this module.
func module(t *testing.T) map[string]listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Deps", "didops/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string]listed{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
	if _, ok := all["didops/cmd/didops"]; !ok || len(all) < 15 {
		t.Fatalf("got %d packages, want all of the module", len(all))
	}
	return all
}

// under reports whether a package is one of the trees or below it.
func under(pkg string, trees ...string) bool {
	return slices.ContainsFunc(trees, func(tree string) bool { return pkg == tree || strings.HasPrefix(pkg, tree+"/") })
}

// TestImportsPointDown holds the direction of imports, however indirect:
// commands, front ends and adapters, operations, catalogue, values.
func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	exchanges := []string{"didops/tools/did", "didops/tools/order", "didops/internal/tcxc", "didops/internal/sandbox", "didops/internal/phone", "didops/internal/config"}
	never := map[string][]string{ // package: what it must not reach
		"didops/bots/mcp":         append([]string{"didops/bots/shell", "didops/bots/discord", "didops/internal/app"}, exchanges...),
		"didops/bots/shell":       append([]string{"didops/bots/mcp", "didops/bots/discord", "didops/internal/app"}, exchanges...),
		"didops/bots/discord":     append([]string{"didops/bots/mcp", "didops/bots/shell", "didops/internal/app"}, exchanges...),
		"didops/bots/sheet":       append([]string{"didops/bots/shell", "didops/bots/mcp", "didops/bots/discord", "didops/internal/app"}, exchanges...),
		"didops/tools":            append([]string{"didops/bots", "didops/internal/app", "didops/internal/render"}, exchanges...),
		"didops/tools/did":        {"didops/bots", "didops/internal/app", "didops/internal/tcxc", "didops/internal/sandbox", "didops/internal/config", "didops/internal/render"},
		"didops/internal/tcxc":    {"didops/bots", "didops/internal/app", "didops/internal/sandbox", "didops/internal/config", "didops/internal/render"},
		"didops/internal/sandbox": {"didops/bots", "didops/internal/app", "didops/tools", "didops/internal/tcxc", "didops/internal/config", "didops/internal/render"},
		"didops/internal/store":   append([]string{"didops/bots", "didops/internal/app", "didops/internal/render"}, exchanges...),
		"didops/internal/oauth":   append([]string{"didops/bots", "didops/internal/app", "didops/tools"}, exchanges...),
		"didops/internal/config":  {"didops/bots", "didops/internal/app", "didops/tools", "didops/internal/tcxc", "didops/internal/sandbox"},
		"didops/internal/metrics": append([]string{"didops/bots", "didops/internal/app", "didops/internal/store", "didops/internal/render"}, exchanges...),
		"didops/internal/render":  {"didops/bots", "didops/internal/app", "didops/internal/tcxc", "didops/internal/sandbox"},
	}
	for name, p := range module(t) {
		for _, dep := range p.Deps {
			if under(dep, never[name]...) {
				t.Errorf("%s reaches %s, want it out of reach", name, dep)
			}
		}
	}
}

// TestImportsOfTheCore lists all that the lowest packages may know of this
// module.
func TestImportsOfTheCore(t *testing.T) {
	t.Parallel()
	only := map[string][]string{
		"didops/tools":              {"didops/tools/view", "didops/internal/fault", "didops/internal/money", "didops/internal/nearest", "didops/internal/untrusted"},
		"didops/tools/view":         {},
		"didops/internal/fault":     {},
		"didops/internal/money":     {},
		"didops/internal/nearest":   {},
		"didops/internal/untrusted": {},
	}
	all := module(t)
	for name, allowed := range only {
		p, ok := all[name]
		if !ok {
			t.Errorf("there is no package %s", name)
		}
		for _, dep := range p.Deps {
			if under(dep, "didops") && !slices.Contains(allowed, dep) {
				t.Errorf("%s reaches %s, want only %v of this module", name, dep, allowed)
			}
		}
	}
}

// TestLibrariesHaveOneHome keeps every library of weight in the package that
// was made for it, tests included.
func TestLibrariesHaveOneHome(t *testing.T) {
	t.Parallel()
	homes := map[string][]string{
		"github.com/mark3labs/mcp-go":     {"didops/bots/mcp"},
		"github.com/bwmarrin/discordgo":   {"didops/bots/discord", "didops/bots/discord/link", "didops/bots/discord/fakediscord"},
		"github.com/gorilla/websocket":    {"didops/bots/discord/fakediscord"},
		"github.com/golang-jwt/jwt":       {"didops/internal/oauth"},
		"github.com/invopop/jsonschema":   {"didops/tools"},
		"github.com/jackc/pgx":            {"didops/internal/store"},
		"github.com/MicahParks/jwkset":    {},
		"github.com/MicahParks/keyfunc":   {"didops/internal/oauth"},
		"github.com/pelletier/go-toml/v2": {"didops/internal/config"},
		"modernc.org/sqlite":              {"didops/internal/sandbox", "didops/internal/store"},
		"github.com/pressly/goose":        {"didops/internal/store"},
		"github.com/prometheus":           {"didops/internal/metrics"},
		"github.com/shopspring/decimal":   {"didops/internal/money"},
		"github.com/spf13/cobra":          {"didops/bots/shell", "didops/internal/app"},
		"github.com/spf13/pflag":          {"didops/bots/shell"},
		"github.com/stretchr/testify":     {},
	}
	for name, p := range module(t) {
		for _, dep := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			for library, home := range homes {
				if under(dep, library) && !slices.Contains(home, name) {
					t.Errorf("%s imports %s, whose home is %v", name, dep, home)
				}
			}
		}
	}
}

// TestEveryPackageIsUsed finds code that nothing needs, and names that say
// nothing.
func TestEveryPackageIsUsed(t *testing.T) {
	t.Parallel()
	all := module(t)
	used := map[string]bool{}
	for _, p := range all {
		for _, dep := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if dep != p.ImportPath {
				used[dep] = true
			}
		}
	}
	for name := range all {
		if !used[name] && !under(name, "didops/cmd", "didops/e2e") {
			t.Errorf("nothing imports %s", name)
		}
		if base := path.Base(name); slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "types", "models", "misc"}, base) {
			t.Errorf("%s says nothing about what is in it", name)
		}
	}
}
