package did_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"didops/internal/exchange/sandbox"
	"didops/tools"
	"didops/tools/did"
)

// TestBoundsAreTold holds that a model reads in the schema, before it calls,
// which hosts may be named and how many numbers an order takes at the moment.
func TestBoundsAreTold(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 100}})
	most := 10
	c := configured()
	c.MaxNumbers = func() int { return most }
	c.Writer = r.client.ReadWriter()
	for i := range 20 {
		c.Routing.Hosts = append(c.Routing.Hosts, fmt.Sprintf("z%02d.example.net", i))
	}
	bare := c
	bare.Routing = did.Routing{}
	told := func(c did.Config, tool string) (texts map[string]string, maxItems int) {
		declarations, err := did.Writes(r.filled(c))
		if err != nil {
			t.Fatal(err)
		}
		catalog, err := tools.NewCatalog(declarations...)
		if err != nil {
			t.Fatal(err)
		}
		var schema struct {
			Properties map[string]struct {
				Description string `json:"description"`
				MaxItems    int    `json:"maxItems"`
			} `json:"properties"`
		}
		of, ok := catalog.Tool(tool)
		if !ok {
			t.Fatalf("there is no %s", tool)
		}
		if err := json.Unmarshal(of.InputSchema(), &schema); err != nil {
			t.Fatal(err)
		}
		texts = map[string]string{}
		for name, p := range schema.Properties {
			texts[name] = p.Description
		}
		return texts, schema.Properties["numbers"].MaxItems
	}
	for _, tool := range []string{"did_purchase", "did_update"} {
		texts, n := told(c, tool)
		if n != 10 || !strings.HasSuffix(texts["contact"], "; hosts: 2001:db8::7, sip.example.net, sip.partner.example, smpp.example.net, z00.example.net, z01.example.net, "+
			"z02.example.net, z03.example.net, z04.example.net, z05.example.net, z06.example.net, z07.example.net, 12 others") {
			t.Errorf("%s: got %d numbers and %q", tool, n, texts["contact"])
		}
		if strings.Contains(fmt.Sprint(texts), templatePassword) || strings.Contains(texts["smpp_contact"], "hosts") {
			t.Errorf("%s: got %v, want no password and no host of messages", tool, texts)
		}
		if texts, _ = told(bare, tool); !strings.HasSuffix(texts["contact"], "; no template is set; no host may be named") || !strings.HasSuffix(texts["smpp_contact"], "; no template is set") {
			t.Errorf("%s: got %v, want that nothing is configured", tool, texts)
		}
	}
	if _, n := told(c, "did_unsubscribe"); n != 10 {
		t.Errorf("did_unsubscribe: got at most %d numbers, want 10", n)
	}
	for _, most = range []int{3, 0, 5000} {
		want := most
		if most == 0 || most > 1000 {
			want = 1000
		}
		if _, n := told(c, "did_update"); n != want {
			t.Errorf("bounded by %d: got at most %d numbers, want %d", most, n, want)
		}
	}
}
