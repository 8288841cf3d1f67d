package did_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/testing/golden"
	"didops/tools"
	"didops/tools/did"
)

// declared is a gate to the writes of a rig.
func declared(t *testing.T, r *harness) *tools.Gate {
	t.Helper()
	c := configured()
	c.Writer = r.client.ReadWriter()
	declarations, err := did.Writes(r.filled(c))
	if err != nil {
		t.Fatal(err)
	}
	gate, _ := (&orderHarness{harness: r}).placing(declarations)
	return gate
}

// TestWriteSchemas holds what is published of the operations that need an
// approval, and that no schema can say yes.
func TestWriteSchemas(t *testing.T) {
	t.Parallel()
	gate := declared(t, start(t, setup{sandbox: sandbox.Options{Numbers: 100}}))
	if err := gate.Catalog().Compile(); err != nil {
		t.Error(err)
	}
	for _, tool := range gate.Catalog().Tools() {
		for kind, schema := range map[string]json.RawMessage{"input": tool.InputSchema(), "output": tool.OutputSchema()} {
			var b bytes.Buffer
			if err := json.Indent(&b, schema, "", "  "); err != nil {
				t.Fatal(err)
			}
			b.WriteByte('\n')
			golden.Check(t, "schema/"+tool.Name().String()+"_"+kind+".json", b.Bytes())
		}
		if !tool.Orders() || !tool.Risk().Writes() || tool.People() || len(tool.Examples()) == 0 {
			t.Errorf("%s: got risk %s, orders %v, %d examples", tool.Name(), tool.Risk(), tool.Orders(), len(tool.Examples()))
		}
		if text := strings.TrimSpace(tool.Summary() + " " + tool.Doc()); !strings.Contains(text, "until a person approves") || !strings.HasSuffix(text, ".") {
			t.Errorf("%s: got %q, want it said that nothing happens until a person approves", tool.Name(), text)
		}
		for _, p := range tool.Params() {
			if strings.Contains(p.Name, "confirm") || strings.Contains(p.Name, "approve") {
				t.Errorf("%s has the parameter %s", tool.Name(), p.Name)
			}
		}
	}
}

// writeBytes bounds what a model is sent of the three with every request, four
// hosts that may be named and the three ways to choose numbers among it.
const writeBytes = 3060

func TestWritesFitTheirBudget(t *testing.T) {
	t.Parallel()
	gate := declared(t, start(t, setup{sandbox: sandbox.Options{Numbers: 100}}))
	n := 0
	for _, tool := range gate.Catalog().Tools() {
		data, err := json.Marshal(map[string]any{
			"name": tool.Name().String(), "description": tool.Summary() + " " + tool.Doc(), "inputSchema": tool.InputSchema(),
		})
		if err != nil {
			t.Fatal(err)
		}
		n += len(data)
	}
	t.Logf("%d bytes", n)
	if n > writeBytes {
		t.Errorf("got %d bytes, want at most %d", n, writeBytes)
	}
}

// TestNothingElseCanBeAsked holds that arguments which claim an approval, and
// lists out of bounds, are refused before the desk hears of them.
func TestNothingElseCanBeAsked(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 100}})
	gate := declared(t, r)
	many := make([]string, 1001)
	for i := range many {
		many[i] = "+97150" + strings.Repeat("0", 3) + string(rune('0'+i/1000%10)) + string(rune('0'+i/100%10)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10))
	}
	for _, a := range []args{
		{"confirm": true},
		{"approved_by": "alice"},
		{"approve": true},
		{"i_did": "60"},
		{"force": true},
		{"number": "+971501234567"},
		{"numbers": []string{}},
		{"numbers": many},
		{"numbers": nil},
		{"billing_account": 1.5},
	} {
		c := call("did_purchase", args{"numbers": []string{"+971501234567"}}.with(a))
		c.Principal.Role, c.Frontend = identity.Requester, identity.FrontMCP
		if _, err := gate.Call(t.Context(), c); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%.60v: got %v, want invalid", a, err)
		}
	}
	if n := r.requests(); n != 0 {
		t.Errorf("got %d requests, want none", n)
	}
}

// TestWriteCompletion holds what is suggested as a number.
func TestWriteCompletion(t *testing.T) {
	t.Parallel()
	r, _, owned := ownNumbers(t)
	gate := declared(t, r)
	suggest := func(tool, param, partial string) []string {
		c := call(tool, args{})
		c.Principal.Role = identity.Requester
		var list []string
		for _, c := range gate.Complete(t.Context(), c, param, partial) {
			list = append(list, c.Value)
		}
		return list
	}
	own := "+" + owned[0].Digits
	for tool, param := range map[string]string{"did_update": "numbers", "did_unsubscribe": "numbers"} {
		if got := suggest(tool, param, owned[0].Digits); !slices.Equal(got, []string{own}) {
			t.Errorf("%s: got %q, want %s", tool, got, own)
		}
	}
	if got := suggest("did_purchase", "numbers", ""); got != nil {
		t.Errorf("did_purchase before any search: got %q, want nothing", got)
	}
}

// TestPurchaseCompletesWhatWasShown holds that numbers for sale are suggested
// from searches, without another request.
func TestPurchaseCompletesWhatWasShown(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 300}})
	all, err := did.All(r.filled(did.Config{Cache: longCache, Writer: r.client.ReadWriter()}))
	if err != nil {
		t.Fatal(err)
	}
	gate, _ := (&orderHarness{harness: r}).placing(all)
	seen, err := read(t.Context(), gate, call("did_search", args{"country": "UAE", "limit": 100}))
	if err != nil || len(seen.Numbers) == 0 {
		t.Fatalf("got %d numbers, error %v", len(seen.Numbers), err)
	}
	before := r.requests()
	c := call("did_purchase", args{})
	c.Principal.Role = identity.Requester
	got := gate.Complete(t.Context(), c, "numbers", "+971")
	if len(got) == 0 || len(got) > 25 || !slices.Contains(seen.numbers(), got[0].Value) || !strings.HasPrefix(got[0].Label, "AE ") {
		t.Errorf("got %v, want some of the numbers shown", got)
	}
	if got := gate.Complete(t.Context(), c, "numbers", "+4"); got != nil {
		t.Errorf("got %v for +4, want nothing", got)
	}
	if r.requests() != before {
		t.Error("got a request to the exchange, want none")
	}
}

// TestBadWriteConfigIsRefused holds that writes without what they need are not
// made.
func TestBadWriteConfigIsRefused(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 100}})
	good := did.Config{Reader: r.client.Reader(), Currency: "USD", Now: time.Now}
	for name, change := range map[string]func(*did.Config){
		"exchange": func(c *did.Config) { c.Reader = nil },
		"currency": func(c *did.Config) { c.Currency = "" },
		"clock":    func(c *did.Config) { c.Now = nil },
	} {
		c := good
		change(&c)
		for _, declare := range []func(did.Config) ([]tools.Declaration, error){did.Writes, did.All} {
			if _, err := declare(c); err == nil {
				t.Errorf("without %s: got no error", name)
			}
		}
	}
}
