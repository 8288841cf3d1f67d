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

// layers are all packages of the module, from the top of the house to its
// ground: a package imports what stands in a later line, and nothing else of
// this module. A tree stands for the packages below it that have no line of
// their own.
func layers() [][]string {
	return [][]string{
		{"didops/e2e"},
		{"didops/e2e/harness"},
		{"didops/cmd/didops"},
		{"didops/cmd/didops/app"},
		{"didops/bots/mcp"},
		{"didops/bots/calendar"},
		{"didops/bots/web"},
		{"didops/bots/shell"},
		{"didops/bots/discord"},
		{"didops/bots/discord/gateway"},
		{"didops/bots/chat"},
		{"didops/bots/csvout"},
		{"didops/internal/testing"},
		{"didops/tools/mandate"},
		{"didops/tools/watch", "didops/tools/inventory", "didops/tools/report", "didops/tools/digest"},
		{"didops/tools/did", "didops/tools/order"},
		{"didops/tools"},
		{"didops/internal/config"},
		{"didops/internal/store", "didops/internal/metrics", "didops/internal/exchange/tcxc", "didops/internal/exchange/sandbox"},
		{"didops/internal/digest"},
		{"didops/internal/digest/daily", "didops/internal/receipt"},
		{"didops/internal/market/refresh", "didops/internal/usage", "didops/internal/mandate/buyer"},
		{"didops/internal/order", "didops/internal/market", "didops/internal/watch", "didops/internal/inventory", "didops/internal/notify"},
		{"didops/internal/passkey", "didops/internal/mandate"},
		{"didops/internal/openid"},
		{"didops/internal/audit", "didops/internal/approval", "didops/internal/exchange", "didops/internal/oauth"},
		{"didops/internal/handle", "didops/internal/signin", "didops/internal/lease", "didops/internal/request"},
		{"didops/internal/transaction"},
		{"didops/internal/identity", "didops/internal/risk", "didops/internal/render", "didops/internal/numberlist"},
		{"didops/internal/chart", "didops/internal/icalendar"},
		{"didops/internal/view", "didops/internal/phone", "didops/internal/spreadsheet", "didops/internal/failpoint"},
		{"didops/internal/loglimit", "didops/internal/ratelimit"},
		{"didops/internal/cache"},
		{"didops/internal/incident", "didops/internal/webhook", "didops/internal/proof"},
		{"didops/internal/sanitize", "didops/internal/sipaddr", "didops/internal/didyoumean", "didops/internal/money", "didops/internal/fault", "didops/internal/deadline", "didops/internal/renewal"},
		{"didops/internal/redact", "didops/internal/schedule"},
	}
}

// layerOf returns the number of a package's line, counted from the top.
func layerOf(pkg string) (line int, ok bool) {
	best := ""
	for n, layer := range layers() {
		for _, tree := range layer {
			if under(pkg, tree) && len(tree) > len(best) {
				best, line, ok = tree, n, true
			}
		}
	}
	return line, ok
}

// TestImportsPointDown holds the layers, tests included: what a test of a
// package imports besides stands below it, or is a double under
// internal/testing.
func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	for name, p := range module(t) {
		from, ok := layerOf(name)
		if !ok {
			t.Errorf("%s stands in no layer", name)
		}
		for _, dep := range p.Imports {
			if to, _ := layerOf(dep); under(dep, "didops") && to <= from {
				if from == to && under(name, "didops/internal/testing") {
					continue // doubles are made of each other
				}
				t.Errorf("%s imports %s, which does not stand below it", name, dep)
			}
		}
	}
}

// TestFacesAreApart holds what a front end, and what several share, may not
// reach, however indirectly: another front end, the operations and the
// exchange. It knows operations by the catalogue alone.
func TestFacesAreApart(t *testing.T) {
	t.Parallel()
	faces := []string{"didops/bots/mcp", "didops/bots/calendar", "didops/bots/shell", "didops/bots/discord", "didops/bots/web"}
	shared := []string{"didops/bots/chat", "didops/bots/csvout"}
	never := []string{
		"didops/tools/did", "didops/tools/order", "didops/tools/watch", "didops/tools/inventory", "didops/tools/report", "didops/internal/exchange", "didops/internal/store",
		"didops/internal/phone", "didops/internal/config",
	}
	for name, p := range module(t) {
		if !under(name, "didops/bots") {
			continue
		}
		i := slices.IndexFunc(faces, func(face string) bool { return under(name, face) })
		if i < 0 && !under(name, shared...) {
			t.Errorf("%s is neither a front end nor what several share", name)
			continue
		}
		for _, dep := range p.Deps {
			other := under(dep, faces...) && (i < 0 || !under(dep, faces[i]))
			if other || under(dep, never...) {
				t.Errorf("%s reaches %s, want it out of reach", name, dep)
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
		"github.com/bwmarrin/discordgo":   {"didops/bots/discord", "didops/bots/discord/gateway", "didops/internal/testing/fakediscord"},
		"github.com/gorilla/websocket":    {"didops/bots/discord/gateway", "didops/internal/testing/fakediscord"},
		"github.com/golang-jwt/jwt":       {"didops/internal/oauth"},
		"github.com/invopop/jsonschema":   {"didops/tools"},
		"github.com/jackc/pgx":            {"didops/internal/store"},
		"github.com/MicahParks/jwkset":    {},
		"github.com/MicahParks/keyfunc":   {"didops/internal/oauth"},
		"github.com/pelletier/go-toml/v2": {"didops/internal/config"},
		"modernc.org/sqlite":              {"didops/internal/exchange/sandbox", "didops/internal/store", "didops/internal/market"},
		"github.com/pressly/goose":        {"didops/internal/store"},
		"github.com/prometheus":           {"didops/internal/metrics"},
		"github.com/go-webauthn/webauthn": {"didops/internal/passkey"},
		"github.com/shopspring/decimal":   {"didops/internal/money"},
		"github.com/spf13/cobra":          {"didops/bots/shell", "didops/cmd/didops/app"},
		"github.com/spf13/pflag":          {"didops/bots/shell"},
		"github.com/stretchr/testify":     {},
		"github.com/coreos/go-oidc":       {"didops/internal/openid"},
		"golang.org/x/oauth2":             {"didops/internal/openid"},
		"code.dny.dev/ssrf":               {"didops/internal/webhook"},
		"golang.org/x/mod":                {"didops/internal/proof"},
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
