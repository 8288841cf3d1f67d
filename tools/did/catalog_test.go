package did_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/tools"
	"didops/tools/did"
)

// TestExamplesRun holds that what help shows works, and finds something where
// there is something to find.
func TestExamplesRun(t *testing.T) {
	t.Parallel()
	r, _, _ := ownNumbers(t)
	for _, tool := range r.gate.Catalog().Tools() {
		if len(tool.Examples()) == 0 {
			t.Errorf("%s: got no example, want one or more", tool.Name())
		}
		for _, e := range tool.Examples() {
			if e.Says == "" {
				t.Errorf("%s: the example %v says nothing", tool.Name(), e.Args)
			}
			for name := range e.Args {
				if _, ok := tool.Param(name); !ok {
					t.Errorf("%s: the example %q names %s, which is no parameter", tool.Name(), e.Says, name)
				}
			}
			got := r.get(tool.Name().String(), e.Args)
			if got.Matched == 0 && tool.Name().String() != "did_history" { // there is no past yet
				t.Errorf("%s: the example %q found nothing", tool.Name(), e.Says)
			}
		}
	}
}

// TestTexts holds that no text was cut at a comma, as the tags of the schema
// library do, or left unfinished.
func TestTexts(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	check := func(where, text string) {
		t.Helper()
		if text == "" || text != strings.TrimSpace(text) || strings.ContainsAny(text[len(text)-1:], ",:;(-") {
			t.Errorf("%s: got %q, want a whole text", where, text)
		}
	}
	for _, tool := range r.gate.Catalog().Tools() {
		check("summary of "+tool.Name().String(), tool.Summary())
		if !strings.HasSuffix(tool.Summary(), ".") || !strings.HasSuffix(tool.Doc(), ".") {
			t.Errorf("%s: got %q and %q, want sentences", tool.Name(), tool.Summary(), tool.Doc())
		}
		for _, p := range tool.Params() { // which a schema may leave out where another describes them
			check(tool.Name().String()+" "+p.Name, p.Description)
		}
		for _, schema := range []json.RawMessage{tool.InputSchema(), tool.OutputSchema()} {
			var s struct {
				Properties map[string]struct {
					Description string `json:"description"`
					Type        string `json:"type"`
				} `json:"properties"`
			}
			if err := json.Unmarshal(schema, &s); err != nil {
				t.Fatal(err)
			}
			for name, p := range s.Properties {
				if bytes.Equal(schema, tool.OutputSchema()) || p.Description != "" {
					check(tool.Name().String()+" "+name, p.Description)
				}
				if p.Type == "" {
					t.Errorf("%s %s: got no type", tool.Name(), name)
				}
			}
		}
	}
	pattern, _ := mustTool(t, r, "did_search").Param("pattern")
	if want := "Whole number: digits, ? one digit, * any run"; pattern.Description != want {
		t.Errorf("got %q, want %q with its commas", pattern.Description, want)
	}
}

func mustTool(t *testing.T, r *harness, name string) *tools.Tool {
	t.Helper()
	tool, ok := r.gate.Catalog().Tool(name)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return tool
}

// The bytes that a model is sent of all operations with every request. They
// are paid for each time: a wider bound wants a reason.
const (
	inputBytes  = 3780
	outputBytes = 6040
)

func TestCatalogFitsItsBudget(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	var input, output int
	for _, tool := range r.gate.Catalog().Tools() {
		description := tool.Summary()
		if tool.Doc() != "" {
			description += " " + tool.Doc()
		}
		data, err := json.Marshal(map[string]any{
			"name": tool.Name().String(), "description": description, "inputSchema": tool.InputSchema(),
		})
		if err != nil {
			t.Fatal(err)
		}
		input += len(data)
		output += len(data) + len(tool.CompactSchema())
	}
	t.Logf("%d bytes, %d with output schemas", input, output)
	if input > inputBytes || output > outputBytes {
		t.Errorf("got %d bytes and %d with output schemas, want at most %d and %d", input, output, inputBytes, outputBytes)
	}
}

// TestBadConfigIsRefused holds that operations without what they need are not
// made.
func TestBadConfigIsRefused(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	good := did.Config{Reader: r.client.Reader(), Currency: "USD", Now: time.Now}
	for name, change := range map[string]func(*did.Config){
		"exchange": func(c *did.Config) { c.Reader = nil },
		"currency": func(c *did.Config) { c.Currency = "" },
		"clock":    func(c *did.Config) { c.Now = nil },
	} {
		c := good
		change(&c)
		if _, err := did.Operations(c); err == nil {
			t.Errorf("without %s: got no error", name)
		}
	}
}

// TestCompletion holds what is suggested for countries, sellers and one's own
// numbers.
func TestCompletion(t *testing.T) {
	t.Parallel()
	r, _, owned := ownNumbers(t)
	suggest := func(tool, param, partial string) []string {
		var list []string
		for _, c := range r.gate.Complete(t.Context(), call(tool, args{}), param, partial) {
			list = append(list, c.Value)
		}
		return list
	}
	r.gate = r.front(did.Config{Cache: longCache})
	if got := suggest("did_search", "vendor", "ac"); !slices.Equal(got, []string{"Acme"}) {
		t.Errorf("vendors before any search: got %q, want those that begin so", got)
	}
	r.get("did_search", args{})
	for _, tt := range []struct {
		tool, param, partial string
		want                 []string
	}{
		{"did_search", "country", "jam", []string{"Jamaica"}},
		{"did_overview", "country", "UAE", []string{"AE"}},
		{"did_search", "country", "gul", []string{"Gulf"}},
		{"did_search", "vendor", "ac", []string{"Acme"}},
		{"did_overview", "vendor", "QUILL", []string{"Quillnet"}},
		{"did_search", "type", "mo", []string{"mobile"}},
		{"did_list", "number", owned[0].Digits, []string{"+" + owned[0].Digits}},
	} {
		got := suggest(tt.tool, tt.param, tt.partial)
		if len(got) == 0 || !slices.Equal(got[:1], tt.want) {
			t.Errorf("%s %s %q: got %q, want %q first", tt.tool, tt.param, tt.partial, got, tt.want)
		}
	}
	if got := suggest("did_search", "city", "lond"); !slices.Contains(got, "London") || len(got) > 25 {
		t.Errorf("cities: got %q, want London among few", got)
	}
	if got := suggest("did_list", "number", "+971 5"); len(got) == 0 || slices.ContainsFunc(got, func(n string) bool { return !strings.HasPrefix(n, "+9715") }) {
		t.Errorf("own numbers: got %q, want those that begin so", got)
	}
	r.sandbox.Script(sandbox.Fault{Kind: sandbox.Logical, Times: sandbox.Forever})
	if got := suggest("did_list", "number", ""); got != nil {
		t.Errorf("own numbers of an exchange that refuses: got %q, want none", got)
	}
}

// TestSuggestionsAreQuick holds that a slow exchange does not keep a person
// who types waiting.
func TestSuggestionsAreQuick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := start(t, setup{sandbox: sandbox.Options{Numbers: 200}, client: tcxc.Options{Timeout: time.Minute}})
		r.sandbox.Script(sandbox.Fault{Kind: sandbox.Latency, Delay: 10 * time.Second, Times: sandbox.Forever})
		began := time.Now()
		got := r.gate.Complete(t.Context(), call("did_list", args{}), "number", "")
		if took := time.Since(began); len(got) != 0 || took > 2*time.Second {
			t.Errorf("got %v after %v, want nothing after 2s", got, took)
		}
	})
}
