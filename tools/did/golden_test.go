package did_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"

	jsonvalidate "github.com/santhosh-tekuri/jsonschema/v6"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/render"
	"didops/internal/testing/golden"
	"didops/internal/view"
	"didops/tools/did"
)

// TestSchemas holds what is published of every operation.
func TestSchemas(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	if err := r.gate.Catalog().Compile(); err != nil {
		t.Error(err)
	}
	for _, tool := range r.gate.Catalog().Tools() {
		for kind, schema := range map[string]json.RawMessage{"input": tool.InputSchema(), "output": tool.OutputSchema(), "compact": tool.CompactSchema()} {
			var b bytes.Buffer
			if err := json.Indent(&b, schema, "", "  "); err != nil {
				t.Fatal(err)
			}
			b.WriteByte('\n')
			golden.Check(t, "schema/"+tool.Name().String()+"_"+kind+".json", b.Bytes())
		}
	}
}

// TestViews holds what people see of each kind of result, as Markdown and on
// two widths of terminal.
func TestViews(t *testing.T) {
	t.Parallel()
	now := newClock().now
	market := start(t, setup{sandbox: sandbox.Options{Numbers: 1000}, did: did.Config{Cache: longCache, Now: now}})
	part := start(t, setup{sandbox: sandbox.Options{Numbers: 1000}, did: did.Config{MaxRows: 400, Now: now}})
	part.sandbox.Script(sandbox.Fault{Kind: sandbox.Unreadable, Times: 1})
	nothing := start(t, setup{sandbox: sandbox.Options{Numbers: 200}})
	owner, _, _ := ownNumbers(t)
	all := args{"country": "UAE", "type": "mobile"}
	vague := market.orders(configured()).forSale(1, func(of exchange.Offer) bool { return of.DocumentsUnstated })[0]
	for name, p := range map[string]page{
		"search":           market.get("did_search", args{"country": "Jamaica"}),
		"search_page":      market.get("did_search", all.with(args{"limit": 5})),
		"search_last_page": market.get("did_search", args{"country": "Jamaica", "cursor": market.get("did_search", args{"country": "Jamaica", "limit": 3}).Next}),
		"search_unstated":  market.get("did_search", args{"pattern": vague.Digits}),
		"search_notices":   part.get("did_search", args{"limit": 3}),
		"search_empty":     market.get("did_search", args{"country": "Peru", "pattern": "*00000?"}),
		"search_vendor":    market.get("did_search", args{"country": "Qatar", "type": "national", "vendor": "Nobody"}),
		"search_by_use":    market.get("did_search", all.with(args{"limit": 5, "minutes": 3000, "messages": 10000, "contract_months": 24, "sort": "monthly_cost"})),
		"search_city":      market.get("did_search", args{"city": "London", "limit": 2}),
		"overview_city":    market.get("did_overview", args{"city": "Dubai", "country": "UAE"}),
		"search_contract":  market.get("did_search", args{"country": "Jamaica", "limit": 3, "minutes": 100, "contract_months": 1}),
		"search_unpriced":  market.get("did_search", args{"country": "UAE", "type": "tollfree", "messages": 1, "sort": "monthly_cost"}),
		"overview_by_use":  market.get("did_overview", args{"country": "UAE", "minutes": 3000}),
		"overview":         market.get("did_overview", args{"country": "+44"}),
		"overview_all":     market.get("did_overview", args{}),
		"overview_empty":   market.get("did_overview", args{"country": "Tuvalu"}),
		"list":             owner.get("did_list", args{"limit": 12}),
		"list_empty":       nothing.get("did_list", args{"country": "UAE"}),
	} {
		golden.Check(t, "view/"+name+".md", []byte(render.Markdown(p.result.Doc)))
		golden.Check(t, "view/"+name+"-80.txt", plain(t, p.result.Doc, 80))
		golden.Check(t, "view/"+name+"-200.txt", plain(t, p.result.Doc, 200))
	}
}

func plain(t *testing.T, d view.Doc, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := render.Plain(&b, d, render.PlainOptions{Width: width}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestResultsFitTheirSchema holds that every kind of result is what the
// output schema promises: clients check it.
func TestResultsFitTheirSchema(t *testing.T) {
	t.Parallel()
	r, _, _ := ownNumbers(t)
	r.sandbox.Script(sandbox.Fault{Kind: sandbox.Unreadable, Times: 3})
	for _, tool := range r.gate.Catalog().Tools() {
		doc, err := jsonvalidate.UnmarshalJSON(bytes.NewReader(tool.OutputSchema()))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonvalidate.NewCompiler()
		if err := c.AddResource("tool:out", doc); err != nil {
			t.Fatal(err)
		}
		schema, err := c.Compile("tool:out")
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []args{{}, {"country": "UAE"}, {"country": "Tuvalu"}, {"description": "landline"}} {
			if _, ok := tool.Param("description"); !ok && a["description"] != nil {
				continue
			}
			result := r.get(tool.Name().String(), a).result
			data, err := jsonvalidate.UnmarshalJSON(bytes.NewReader(result.Data))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(data); err != nil {
				t.Errorf("%s %v: %v\n%s", tool.Name(), a, err, result.Data)
			}
			if bytes.Contains(result.Data, []byte("null")) {
				t.Errorf("%s %v: got null in %s, want it left out", tool.Name(), a, result.Data)
			}
			if !regexp.MustCompile(`^\{"sandbox":true,"summary":"[^"]+",("quoted_fields":\[("[^"]+",?)+\],)?"currency":"USD"`).Match(result.Data) {
				t.Errorf("%s %v: got %.60s, want sandbox, whose words are in it, and currency", tool.Name(), a, result.Data)
			}
		}
	}
}
