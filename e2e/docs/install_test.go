package docs_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"didops/e2e/harness"
)

// TestInstallSnippets starts what every snippet and link of the page says,
// with the program on the PATH, and greets it.
func TestInstallSnippets(t *testing.T) {
	t.Parallel()
	harness.RequireNoSystemConfig(t)
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
