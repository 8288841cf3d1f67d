package mcp_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/mcp"
	"didops/internal/identity"
	"didops/internal/redact"
	"didops/internal/testing/capture"
	"didops/internal/testing/fixture"
	"didops/tools"
)

// TestSecretsAsNames holds that a secret which a client sends as the name of a
// tool, a method or itself is in no answer, no log and no event.
func TestSecretsAsNames(t *testing.T) {
	t.Parallel()
	const configured = "marked-secret-name"
	var log, told capture.Output
	gate, err := tools.NewGate(tools.GateConfig{
		Catalog: fixture.Catalog(t, fixture.Options{Stock: stock(), Waits: fixture.NewWaits()}), Sandbox: true, Now: time.Now,
		Redact: func() redact.Redactor { return redact.New([]string{configured}, nil) },
		Observe: func(_ context.Context, e tools.Event) {
			_, _ = fmt.Fprintln(&told, e.Call.Tool, e.Call.Principal.Client, e.Err)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := (&harness{gate: gate}).server(t, zerolog.New(&log).Level(zerolog.TraceLevel))
	h := handler(t, s, mcp.HTTP{})
	session := begin(t, h)
	var answers bytes.Buffer
	var lines []string
	for _, name := range []string{configured, "did_" + configured, strings.Repeat("x", 55) + "-" + configured, "%6darked-secret-name", "password=" + configured} {
		for _, message := range []string{
			old("1", "tools/call", `"name":"`+name+`","arguments":{}`), old("2", name, ""), old("3", "prompts/get", `"name":"`+name+`"`), old("4", "tools/"+name, ""),
			old("5", "resources/read", `"uri":"`+name+`"`), `{"jsonrpc":"2.0","method":"` + name + `"}`, `{"jsonrpc":"2.0","id":6,"method":"` + name + `","params":[]}`,
			strings.Replace(initialize, `"clientInfo":{"name":"`, `"clientInfo":{"name":"`+name, 1),
		} {
			lines = append(lines, message)
			answers.WriteString(serve(h, post(message, "Mcp-Session-Id", session)).Body.String())
		}
		for _, header := range []string{"Mcp-Method", "Mcp-Name", "Mcp-Protocol-Version", "Mcp-Session-Id"} {
			answers.WriteString(serve(h, modernPost("1", "tools/call", `"name":"did_search","arguments":{}`, header, name)).Body.String())
		}
		for _, method := range []string{"tools/call", name} {
			answers.WriteString(serve(h, modernPost("1", method, `"name":"`+name+`","arguments":{}`)).Body.String())
		}
	}
	if err := s.Stdio(t.Context(), strings.NewReader(strings.Join(lines, "\n")+"\n"), &answers, identity.Principal{Realm: identity.OS, ID: "alice", Role: identity.Requester}); err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"answers": answers.String(), "log": log.String(), "events": told.String()} {
		if strings.Contains(text, configured[:6]) || !strings.Contains(text, redact.Mask) && what != "log" {
			t.Errorf("the %s hold a secret, or nothing that was masked:\n%s", what, text)
		}
	}
}
