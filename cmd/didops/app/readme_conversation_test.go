package app

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"didops/internal/identity"
	"didops/internal/render"
	"didops/tools"
)

// TestReadmeConversation compares the table of the conversation with what the
// call above it returns to an assistant.
func TestReadmeConversation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	said := regexp.MustCompile("calls `(did_[a-z]+)` with `({.*?})`").FindStringSubmatch(text)
	if said == nil {
		t.Fatal("got no call in the README, want a conversation")
	}
	m := newMachine(t)
	a := newApp(Host{Getenv: func(name string) string { return m.env[name] }, Now: time.Now, Out: io.Discard, Err: io.Discard})
	defer a.close()
	gate, err := a.gate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	result, err := gate.Call(t.Context(), tools.Call{
		Tool: said[1], Args: json.RawMessage(said[2]), Frontend: identity.FrontMCP, Principal: a.person(t.Context()),
	})
	if err != nil {
		t.Fatal(err)
	}
	answer := render.Markdown(result.Doc)
	rows := 0
	for line := range strings.Lines(text) {
		row, ok := strings.CutPrefix(line, "> |")
		if !ok {
			continue
		}
		rows++
		if !strings.Contains(answer, "|"+row) {
			t.Errorf("the README shows\n%sbut the answer is\n%s", line, answer)
		}
	}
	if rows < 3 {
		t.Errorf("got %d lines of a table in the README, want several", rows)
	}
}
