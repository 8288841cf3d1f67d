package docs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	jsonvalidate "github.com/santhosh-tekuri/jsonschema/v6"

	"didops/e2e/harness"
	"didops/internal/order"
)

// plugin is the folder of the plugin: that of the repository or, where
// $DIDOPS_TEST_PLUGIN names one, of a release.
func plugin() string {
	if dir := os.Getenv("DIDOPS_TEST_PLUGIN"); dir != "" {
		return dir
	}
	return filepath.Join(repository, "packaging/plugin")
}

// decodePlugin decodes a JSON file of the plugin, in which nothing is that the
// type does not have.
func decodePlugin(t *testing.T, name string, into any) {
	t.Helper()
	file, err := os.Open(filepath.Join(plugin(), name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	d := json.NewDecoder(file)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// about is what both manifests say of the plugin.
type about struct {
	Name        string   `json:"name"`
	Version     string   `json:"version"`
	Description string   `json:"description"`
	Author      author   `json:"author"`
	Homepage    string   `json:"homepage"`
	Repository  string   `json:"repository"`
	Keywords    []string `json:"keywords"`
}

type author struct {
	Name string `json:"name"`
}

// pluginServer is how a plugin starts a server, in either format.
type pluginServer struct {
	Type string `json:"type"`
	invocation
}

// TestPluginManifests holds the rules of the two formats that one folder
// follows, and that they say the same.
func TestPluginManifests(t *testing.T) {
	t.Parallel()
	var claude struct {
		about
		UserConfig map[string]struct {
			Type, Title, Description string
			Default                  *string
		} `json:"userConfig"`
	}
	decodePlugin(t, ".claude-plugin/plugin.json", &claude)
	var portable struct {
		Schema string `json:"$schema"`
		about
	}
	decodePlugin(t, "plugin.json", &portable)
	if diff := cmp.Diff(claude.about, portable.about); diff != "" {
		t.Errorf("the manifests (-Claude Code +portable):\n%s", diff)
	}
	var market struct {
		Name, Description string
		Owner             author
		Plugins           []struct{ Name, Source, Description string }
	}
	decodePlugin(t, ".claude-plugin/marketplace.json", &market)
	if len(market.Plugins) != 1 || market.Plugins[0].Name != portable.Name || market.Plugins[0].Source != "./" || market.Plugins[0].Description != portable.Description {
		t.Errorf("got the marketplace %+v, want this plugin alone", market)
	}
	if !regexp.MustCompile(`^[a-z0-9]+$`).MatchString(portable.Name) || !strings.HasSuffix(portable.Schema, "/1.0.0/plugin.schema.json") {
		t.Errorf("got name %q of schema %s", portable.Name, portable.Schema)
	}
	for name, option := range claude.UserConfig {
		if option.Default == nil || option.Title == "" {
			t.Errorf("got the setting %s %+v, want a title and a default: without one a host hands on the name", name, option)
		}
	}
}

// TestPluginStarts starts the server as hosts of both formats do, with nothing
// filled in, and compares its tools with those of the bundle.
func TestPluginStarts(t *testing.T) {
	t.Parallel()
	harness.RequireNoSystemConfig(t)
	var want manifest
	decodeFile(t, "packaging/mcpb/manifest.json", &want)
	for _, file := range []string{".mcp.json", "mcp.json"} {
		var config struct {
			Schema  string                  `json:"$schema"`
			Servers map[string]pluginServer `json:"mcpServers"`
		}
		decodePlugin(t, file, &config)
		start, ok := config.Servers["didops"]
		if !ok || len(config.Servers) != 1 || start.Command != "didops" {
			t.Fatalf("%s: got %+v, want the program on the PATH", file, config.Servers)
		}
		for name, value := range start.Env {
			start.Env[name] = strings.ReplaceAll(value, "${user_config.config}", "")
		}
		var tools []string
		for _, tool := range want.Tools {
			tools = append(tools, tool.Name)
		}
		if diff := cmp.Diff(tools, toolsOf(t, start.invocation)); diff != "" {
			t.Errorf("%s: tools (-bundle +server):\n%s", file, diff)
		}
	}
}

// TestPluginSchemas holds the portable files against the schemas of the format,
// where $DIDOPS_TEST_PLUGIN_SCHEMAS is a folder that has them.
func TestPluginSchemas(t *testing.T) {
	t.Parallel()
	schemas := os.Getenv("DIDOPS_TEST_PLUGIN_SCHEMAS")
	if schemas == "" {
		t.Skip("no schemas of Agent Plugins at hand")
	}
	for file, schema := range map[string]string{"plugin.json": "plugin.schema.json", "mcp.json": "mcp.schema.json"} {
		c := jsonvalidate.NewCompiler()
		c.UseRegexpEngine(notBefore)
		compiled, err := c.Compile(filepath.Join(schemas, schema))
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.Open(filepath.Join(plugin(), file))
		if err != nil {
			t.Fatal(err)
		}
		document, err := jsonvalidate.UnmarshalJSON(text)
		_ = text.Close()
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(document); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// pattern is a pattern of ECMAScript that may begin with what must not follow,
// which those of Go can't say.
type pattern struct{ not, plain *regexp.Regexp }

func (p pattern) MatchString(s string) bool {
	return p.plain.MatchString(s) && (p.not == nil || !p.not.MatchString(s))
}

func (p pattern) String() string { return p.plain.String() }

func notBefore(text string) (jsonvalidate.Regexp, error) {
	var p pattern
	var err error
	if rest, ok := strings.CutPrefix(text, "^(?!"); ok {
		end, open := 0, 1
		for ; open > 0 && end < len(rest); end++ {
			switch rest[end] {
			case '(':
				open++
			case ')':
				open--
			}
		}
		if p.not, err = regexp.Compile("^(?:" + rest[:end-1] + ")"); err != nil {
			return nil, err
		}
		text = "^" + rest[end:]
	}
	p.plain, err = regexp.Compile(text)
	return p, err
}

// skill returns the heads and the text of the plugin's one skill.
func skill(t *testing.T) (heads map[string]string, text string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(plugin(), "skills", "*", "SKILL.md"))
	if err != nil || len(found) != 1 {
		t.Fatalf("got %v (%v), want one skill", found, err)
	}
	file, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.SplitN(string(file), "---\n", 3)
	if len(parts) != 3 || parts[0] != "" {
		t.Fatalf("%s has no heads", found[0])
	}
	heads = map[string]string{}
	for line := range strings.Lines(parts[1]) {
		name, value, _ := strings.Cut(line, ": ")
		heads[name] = strings.TrimSpace(value)
	}
	if heads["name"] != filepath.Base(filepath.Dir(found[0])) {
		t.Errorf("got the name %q in %s", heads["name"], found[0])
	}
	return heads, parts[2]
}

// TestSkillNamesWhatIs holds that the skill has the heads that every host
// takes, and that the operations, states and fields it speaks of are there.
func TestSkillNamesWhatIs(t *testing.T) {
	t.Parallel()
	heads, text := skill(t)
	if len(heads) != 2 || len(heads["description"]) < 40 || len(heads["description"]) > 1024 || strings.Contains(heads["description"], ": ") {
		t.Errorf("got the heads %v, want name and description alone", heads)
	}
	var bundle manifest
	decodeFile(t, "packaging/mcpb/manifest.json", &bundle)
	for _, name := range regexp.MustCompile("`((?:did|order)_[a-z]+)`").FindAllStringSubmatch(text, -1) {
		if !slices.ContainsFunc(bundle.Tools, func(tool bundledTool) bool { return tool.Name == name[1] }) {
			t.Errorf("the skill speaks of %s, which assistants are not offered", name[1])
		}
	}
	for _, state := range order.States() {
		if state != order.Executing && !strings.Contains(text, "`"+string(state)+"`") {
			t.Errorf("the skill says nothing of %s", state)
		}
	}
}

// TestSkillIsTrue tries what the skill teaches on the sandbox.
func TestSkillIsTrue(t *testing.T) {
	t.Parallel()
	_, text := skill(t)
	m := harness.NewMachine(t)
	matched := func(args ...string) int {
		t.Helper()
		if code := m.Run(t, append([]string{"did", "search", "--limit", "1", "--json"}, args...)...); code != 0 {
			t.Fatalf("%v: got exit %d: %s", args, code, m.Err.String())
		}
		var found struct {
			Matched int `json:"matched"`
		}
		if err := json.Unmarshal(m.Out.Bytes(), &found); err != nil {
			t.Fatal(err)
		}
		return found.Matched
	}
	for says, args := range map[string][]string{
		`{"country": "AE", "description": "Dubai"}`: {"--country", "AE", "--description", "Dubai"},
		"`prefix` (`9714`)":                         {"--country", "AE", "--prefix", "9714"},
		`"voice": true`:                             {"--type", "tollfree", "--voice"},
	} {
		if !strings.Contains(text, says) {
			t.Errorf("the skill does not say %s any more", says)
		}
		if matched(args...) == 0 {
			t.Errorf("%s: %v finds nothing", says, args)
		}
	}
	if m.Run(t, "tools", "--json"); !strings.Contains(text, "`no_voice`") || !strings.Contains(m.Out.String(), `"no_voice"`) {
		t.Error("the skill, or a search, does not say no_voice any more")
	}
	m.Answers("y")
	if code := m.Run(t, "did", "purchase", "+971520545433"); code != 0 {
		t.Fatalf("got exit %d: %s", code, m.Err.String())
	}
	m.Answers("n")
	mixed := "one number of the wrong kind refuses the whole list"
	for _, args := range [][]string{
		{"did", "update", "+971520545433", "+971565518312", "--contact", "sip:desk@sip.example.net:5060"},
		{"did", "unsubscribe", "+971520545433", "+971565518312"},
		{"did", "purchase", "+971565518312", "+971520545433"},
	} {
		if code := m.Run(t, args...); code != 1 || !strings.Contains(strings.Join(strings.Fields(text), " "), mixed) {
			t.Errorf("%v: got exit %d, want 1: %s", args, code, mixed)
		}
	}
	for _, damaged := range []string{"9.71502E+11", "971501234567.0"} {
		if code := m.Run(t, "did", "purchase", damaged); code != 2 || !strings.Contains(text, damaged) {
			t.Errorf("%s: got exit %d, want 2", damaged, code)
		}
	}
}
