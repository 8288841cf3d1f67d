package main

import (
	"didops/internal/golden"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestGeneratedInstall holds the part of docs/install.md that tells each
// assistant how to start the program. With -update it writes it.
func TestGeneratedInstall(t *testing.T) {
	golden.Made(t, filepath.Join(repository, "docs/install.md"), func(page []byte) ([]byte, error) {
		return golden.Between(page, "assistants", assistants("didops", "mcp"))
	})
}

// assistants returns what to type or click in each assistant for a command.
func assistants(command string, args ...string) []byte {
	compact := func(v any) string { text, _ := json.Marshal(v); return string(text) }
	spaced := strings.NewReplacer(`":`, `": `, `,"`, `, "`, "{", "{ ", "}", " }").Replace
	type server struct {
		Name    string   `json:"name,omitempty"`
		Command string   `json:"command"`
		Args    []string `json:"args"`
	}
	plain, named := server{Command: command, Args: args}, server{"didops", command, args}
	line := strings.Join(append([]string{command}, args...), " ")
	file := func(key string, v any) string {
		return fmt.Sprintf("{ %q: { \"didops\": %s } }", key, spaced(compact(v)))
	}
	servers := file("mcpServers", plain)
	config := base64.StdEncoding.EncodeToString([]byte(compact(plain)))
	links := func(name, app, web string) string {
		return fmt.Sprintf("[Add it to %s](%s), or open `%s`", name, web, app)
	}
	var page strings.Builder
	say := func(format string, values ...any) { fmt.Fprintf(&page, format+"\n\n", values...) }
	code := func(language, text string) { say("```%s\n%s\n```", language, text) }

	say("### Claude Desktop")
	say("Open the file `didops-….mcpb` of the release with a double click; it holds the program for macOS, Windows and Linux, " +
		"and the secrets you type into its dialog are kept in the keychain. `didops-read-only-….mcpb` offers only what reads. " +
		"Or name an installed program in `claude_desktop_config.json` (Settings, Developer, Edit Config):")
	code("json", servers)
	say("### Claude Code")
	code("sh", "claude mcp add didops -- "+line)
	say("### Cursor")
	say("%s, or put this into `~/.cursor/mcp.json`, or `.cursor/mcp.json` of a project:", links("Cursor",
		"cursor://anysphere.cursor-deeplink/mcp/install?name=didops&config="+config,
		"https://cursor.com/en/install-mcp?name=didops&config="+url.QueryEscape(config)))
	code("json", servers)
	say("### VS Code")
	say("%s, or type the first of these, or put the second into `.vscode/mcp.json`:", links("VS Code",
		"vscode:mcp/install?"+url.QueryEscape(compact(named)),
		"https://insiders.vscode.dev/redirect/mcp/install?name=didops&config="+url.QueryEscape(compact(plain))))
	code("sh", "code --add-mcp '"+compact(named)+"'")
	code("json", file("servers", struct {
		Type string `json:"type"`
		server
	}{"stdio", plain}))
	say("### Codex")
	say("Type the first, or put the second into `~/.codex/config.toml`:")
	code("sh", "codex mcp add didops -- "+line)
	code("toml", fmt.Sprintf("[mcp_servers.didops]\ncommand = %q\nargs = %s", command, compact(args)))
	say("### Others")
	say("Whatever starts MCP servers by a command and speaks to them over standard input and output takes the command `%s`. Many read the same file:", line)
	code("json", servers)
	return []byte(page.String())
}

// TestInstallSnippets starts what every snippet and link of the page says,
// with the program on the PATH, and greets it.
func TestInstallSnippets(t *testing.T) {
	t.Parallel()
	requireNoSystemConfig(t)
	text, blocks := blocksOf(t, filepath.Join(repository, "docs/install.md"))
	found := map[string][]invocation{}
	add := func(kind, text string) {
		start, err := invocationIn(text)
		if err != nil {
			t.Errorf("%s: %v in %s", kind, err, text)
			return
		}
		found[kind] = append(found[kind], start)
	}
	for _, b := range blocks {
		first, _, _ := strings.Cut(b.text, "\n")
		switch {
		case b.language == "json":
			add("file", b.text)
		case b.language == "toml" && strings.HasPrefix(first, "[mcp_servers."):
			command := regexp.MustCompile(`(?s)command = (".*?")\nargs = (\[.*?\])`).FindStringSubmatch(b.text)
			add("toml", fmt.Sprintf(`{"command": %s, "args": %s}`, command[1], command[2]))
		case b.language == "sh" && strings.Contains(first, " mcp add "):
			_, line, _ := strings.Cut(first, " -- ")
			words := strings.Fields(line)
			found["line"] = append(found["line"], invocation{Command: words[0], Args: words[1:]})
		case b.language == "sh" && strings.HasPrefix(first, "code --add-mcp "):
			add("line", strings.Trim(strings.TrimPrefix(first, "code --add-mcp "), "'"))
		}
	}
	for _, link := range regexp.MustCompile("(?:cursor|vscode|https)://?[^ )`]*install[^ )`]*|vscode:[^ )`]*").FindAllString(text, -1) {
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		config := u.Query().Get("config")
		if plain, err := base64.StdEncoding.DecodeString(config); err == nil && config != "" {
			config = string(plain)
		}
		if config == "" { // the link of VS Code is the whole query
			config, _ = url.QueryUnescape(u.RawQuery)
		}
		add("link", config)
	}
	for kind, want := range map[string]int{"file": 4, "toml": 1, "line": 3, "link": 4} {
		if len(found[kind]) != want {
			t.Errorf("got %d of kind %s, want %d: %v", len(found[kind]), kind, want, found[kind])
		}
	}
	tried := map[string]bool{}
	for _, start := range slices.Concat(found["file"], found["toml"], found["line"], found["link"]) {
		key := fmt.Sprint(start)
		if !tried[key] && !slices.Contains(toolsOf(t, start), "did_search") {
			t.Errorf("%v offers no did_search", start)
		}
		tried[key] = true
	}
}

// invocationIn returns how a server is started, be it the whole of a JSON text
// or under the key of an assistant and a name.
func invocationIn(text string) (invocation, error) {
	var in struct {
		invocation
		Servers    map[string]invocation `json:"servers"`
		MCPServers map[string]invocation `json:"mcpServers"`
	}
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return invocation{}, err
	}
	for _, under := range []map[string]invocation{in.Servers, in.MCPServers} {
		if start, ok := under["didops"]; ok {
			in.invocation = start
		}
	}
	if in.Command == "" {
		return invocation{}, fmt.Errorf("there is no command")
	}
	return in.invocation, nil
}
