package mcp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

// TestTextForHosts holds that the text is two lines for programs that were seen
// to show the JSON, of whatever version, and whole for all others.
func TestTextForHosts(t *testing.T) {
	t.Parallel()
	for name, short := range map[string]bool{
		"claude-code": true, "codex-mcp-client": true, "copilot-cli": true, "@cline/core": true,
		"claude-code-proxy": false, "my claude-code": false, "gemini-cli-mcp-client": false, "": false,
		"copilot": false, "@cline/core2": false,
	} {
		y := newHarness(t)
		c := dial(t, y.server(t, zerolog.Nop()), alice())
		c.send(strings.Replace(initialize, `"name":"example-client"`, fmt.Sprintf(`"name":%q`, name), 1))
		c.receive()
		c.send(old("2", "tools/call", `"name":"line_find","arguments":{"town":"x"}`))
		got := c.receive()
		if whole := strings.Contains(got, `|+971500000000|`); whole == short || !strings.Contains(got, `"rows":[[`) || !strings.Contains(got, `**SANDBOX · Lines for sale**\n\n2 lines, amounts in USD.`) {
			t.Errorf("%q: got %s, want the text short: %t, and the JSON", name, got, short)
		}
	}
}
