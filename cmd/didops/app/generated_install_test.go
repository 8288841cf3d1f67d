package app

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"didops/internal/testing/golden"
)

// TestGeneratedInstall holds the part of docs/install.md that tells each
// assistant how to start the program. With -update it writes it.
func TestGeneratedInstall(t *testing.T) {
	golden.Made(t, filepath.Join(root, "docs/install.md"), func(page []byte) ([]byte, error) {
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
