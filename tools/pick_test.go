package tools_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/risk"
	"didops/internal/testing/fixture"
	"didops/tools"
)

// picking is a catalogue with operations of several groups, one of them apart.
func picking(t *testing.T) *tools.Catalog {
	t.Helper()
	read := func(noun, verb string, group tools.Group, apart bool) tools.Declaration {
		op := echo()
		op.Name, op.Group, op.Apart = tools.Name{Noun: noun, Verb: verb}, group, apart
		return op
	}
	catalog, err := tools.NewCatalog(
		read("did", "find", tools.GroupMarket, false), read("did", "past", tools.GroupMarket, true),
		read("did", "own", "", false), read("order", "see", "", false), read("watch", "all", "", true),
	)
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

// TestPicked holds what names and groups come to.
func TestPicked(t *testing.T) {
	t.Parallel()
	catalog := picking(t)
	for _, tt := range []struct{ words, want string }{
		{"", "did_find did_own order_see"},
		{"usual", "did_find did_own order_see"},
		{"usual did_past", "did_find did_own did_past order_see"},
		{"market", "did_find did_past"},
		{"numbers orders", "did_own order_see"},
		{"watches", "watch_all"},
		{"did_own", "did_own"},
		{"all", "did_find did_own did_past order_see watch_all"},
	} {
		picked, err := catalog.Picked(strings.Fields(tt.words))
		if got := strings.Join(slices.Sorted(maps.Keys(picked)), " "); err != nil || got != tt.want {
			t.Errorf("%q: got %q, %v, want %q", tt.words, got, err, tt.want)
		}
	}
	for words, hint := range map[string]string{"did_fnd": "did_find", "watch": "watches", "everything": "there are all, did_find"} {
		_, err := catalog.Picked([]string{"usual", words})
		f, ok := fault.As(err)
		if !ok || f.Code != fault.Invalid || f.Field != "mcp.operations" || !strings.Contains(f.Hint, hint) {
			t.Errorf("%q: got %v, hint %+v, want %q in it", words, err, f, hint)
		}
	}
}

// TestPeoplesOperationsCantBePicked holds that nobody is left to think that what is
// for people is offered over MCP.
func TestPeoplesOperationsCantBePicked(t *testing.T) {
	t.Parallel()
	op := echo()
	op.Name, op.People = tools.Name{Noun: "order", Verb: "settle"}, true
	other := echo()
	other.Name = tools.Name{Noun: "order", Verb: "see"}
	catalog, err := tools.NewCatalog(op, other)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{{"order_settle"}, {"usual", "order_settle"}, {"order_settle", "all"}} {
		_, err := catalog.Picked(words)
		if f, ok := fault.As(err); !ok || f.Code != fault.Invalid || f.Field != "mcp.operations" || !strings.Contains(f.Message, "order_settle is for people only, never over MCP") {
			t.Errorf("%v: got %v, want it refused", words, err)
		}
	}
	if picked, err := catalog.Picked([]string{"all", "orders"}); err != nil || !maps.Equal(picked, map[string]bool{"order_see": true}) {
		t.Errorf("got %v, %v, want people's left out of groups", picked, err)
	}
	_, err = catalog.Picked([]string{"order_settl"})
	if f, ok := fault.As(err); !ok || strings.Contains(f.Hint, "order_settle") {
		t.Errorf("got %v, want nothing suggested that can't be picked", err)
	}
}

// TestUnpickedIsRefusedOverMCPAlone holds that a call of what is not offered is
// told the setting, over MCP and nowhere else.
func TestUnpickedIsRefusedOverMCPAlone(t *testing.T) {
	t.Parallel()
	catalog := picking(t)
	gate, err := tools.NewGate(tools.GateConfig{Catalog: catalog, Operations: []string{"market"}, Now: fixture.Moment})
	if err != nil {
		t.Fatal(err)
	}
	who := identity.Principal{Realm: identity.OS, ID: "alice", Role: identity.Approver}
	call := func(tool string, f identity.Frontend) error {
		_, err := gate.Call(t.Context(), tools.Call{Tool: tool, Args: []byte(`{"word":"a"}`), Frontend: f, Principal: who})
		return err
	}
	for _, f := range identity.Frontends() {
		err := call("did_own", f)
		refused, ok := fault.As(err)
		switch {
		case !f.Model() && err != nil:
			t.Errorf("%s: got %v", f, err)
		case f.Model() && (!ok || refused.Code != fault.Forbidden || refused.Field != "mcp.operations" || !strings.Contains(refused.Hint, `["market", "did_own"]`)):
			t.Errorf("%s: got %v, want it refused with the setting", f, err)
		}
		offered := len(gate.Tools(f, who))
		if want := map[bool]int{true: 2, false: 5}[f.Model()]; offered != want {
			t.Errorf("%s: got %d operations, want %d", f, offered, want)
		}
	}
	if _, err := tools.NewGate(tools.GateConfig{Catalog: catalog, Operations: []string{"none"}, Now: fixture.Moment}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a word that is none: got %v", err)
	}
	only, err := tools.NewGate(tools.GateConfig{Catalog: catalog, ReadOnly: true, Operations: []string{"all"}, Now: fixture.Moment})
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range only.Tools(identity.FrontMCP, who) {
		if tool.Risk() != risk.Read {
			t.Errorf("read only: got %s", tool.Name())
		}
	}
}

// TestFoldedParameters holds that what a schema has in one object is taken inside
// of it and beside it, and never twice.
func TestFoldedParameters(t *testing.T) {
	t.Parallel()
	op := echo()
	op.Folded = tools.Folded{Name: "filters", Says: "As elsewhere", Params: []string{"kind", "limit"}}
	catalog, err := tools.NewCatalog(op)
	if err != nil {
		t.Fatal(err)
	}
	tool := catalog.Tools()[0]
	schema := string(tool.InputSchema())
	if !strings.Contains(schema, `"filters":{"type":"object","description":"As elsewhere"}`) || strings.Contains(schema, `"kind":{`) {
		t.Errorf("got %s", schema)
	}
	if p, ok := tool.Param("kind"); !ok || len(p.Enum) != 3 {
		t.Errorf("people have no kind: %+v", p)
	}
	gate, err := tools.NewGate(tools.GateConfig{Catalog: catalog, Now: fixture.Moment})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ args, field, said string }{
		{`{"word":"a","filters":{"kind":"mobile","limit":3}}`, "", ""},
		{`{"word":"a","filters":"{\"kind\":\"mobile\"}","limit":3}`, "", ""},
		{`{"word":"a","filters":{}}`, "", ""},
		{`{"word":"a","filters":null}`, "", ""},
		{`{"word":"a","filters":""}`, "", ""},
		{`{"word":"a","kind":"mobile"}`, "", ""},
		{`{"word":"a","kind":"any","filters":{"kind":"mobile"}}`, "kind", "given twice"},
		{`{"word":"a","filters":{"flag":true}}`, "flag", "there is no parameter"},
		{`{"word":"a","filters":"{\"kind\":\"any\",\"kind\":\"any\"}"}`, "filters", "each name once"},
		{`{"word":"a","filters":{"kind":"some"}}`, "kind", "mobile"},
		{`{"word":"a","filters":["b"]}`, "filters", "is no object"},
		{`{"word":"a","filters":"b"}`, "filters", "is no object"},
		{`{"word":"a","filters":{"limit":1000}}`, "limit", "limit"},
	} {
		_, err := gate.Call(t.Context(), tools.Call{Tool: tool.Name().String(), Args: []byte(tt.args), Frontend: identity.FrontMCP, Principal: identity.Principal{Realm: identity.OS, ID: "a", Role: identity.Approver}})
		f, refused := fault.As(err)
		if refused != (tt.field != "") || refused && (f.Code != fault.Invalid || f.Field != tt.field || !strings.Contains(f.Message, tt.said)) {
			t.Errorf("%s: got %v, want %q: %s", tt.args, err, tt.field, tt.said)
		}
	}
}
