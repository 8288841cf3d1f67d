package inventory_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/identity"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/render"
	"didops/internal/testing/golden"
	"didops/internal/view"
	"didops/tools"
)

// TestSchemas holds what is published of every operation.
func TestSchemas(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	if err := h.gate.Catalog().Compile(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"did_label", "did_changes", "did_show"} {
		tool, _ := h.gate.Catalog().Tool(name)
		for kind, schema := range map[string]json.RawMessage{"input": tool.InputSchema(), "output": tool.OutputSchema(), "compact": tool.CompactSchema()} {
			var b bytes.Buffer
			if err := json.Indent(&b, schema, "", "  "); err != nil {
				t.Fatal(err)
			}
			b.WriteByte('\n')
			golden.Check(t, "schema/"+name+"_"+kind+".json", b.Bytes())
		}
	}
}

// lived is an account with a past: a number came and is labelled, one changed, one
// went.
func lived(t *testing.T) *harness {
	t.Helper()
	h := newHarness(t, three()...)
	look := func() {
		t.Helper()
		h.now = h.now.Add(2 * time.Hour)
		if _, err := h.inventory.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look()
	h.must("did_label", args{"numbers": "12025550123", "owner": "Support \"L1\"", "cost_centre": "4711", "tags": "pool", "note": "front desk"})
	came := owned("12025550126", "2.20")
	came.NeedsDocuments = true
	h.account.rows = append(h.account.rows, came)
	h.doings = []inventory.Doing{{Number: "12025550126", Order: "o-7k3f", Kind: "purchase", Sure: true, At: h.now.Add(time.Hour), Labels: inventory.Labels{Owner: "Sales"}}}
	look()
	h.account.rows[0].MonthlyFee = money.MustParse("5")
	h.account.rows[0].Contact = "sip:desk@sip.partner.example:5060"
	h.account.rows = append(h.account.rows[:2], h.account.rows[3])
	look()
	look()
	h.memory.asOf = h.now.Add(-20 * time.Minute)
	for digits, fee := range map[string]string{"12025550123": "0.02", "12025550126": "0.01", "12025550150": "3.10", "12025550151": "2.05", "12025550152": "7"} {
		o := owned(digits, fee)
		h.memory.list = append(h.memory.list, exchange.Offer{Number: o.Number})
	}
	h.orders.list = []order.Order{{
		ID: "o-7k3f", Kind: "purchase", State: order.Completed, CreatedAt: h.now.Add(-6 * time.Hour), RequestedBy: identity.PublicParty{Realm: "os", Name: "bob*"},
		Lines: []order.LineView{{Number: "+12025550126", State: order.LineDone}},
	}}
	return h
}

// TestViews holds what people see, and what models are given.
func TestViews(t *testing.T) {
	t.Parallel()
	h := lived(t)
	table := csvFile("number,owner,tags,region\n12025550123,Sales,+vip,US\n12025550124,,,US\n9.71502E+11,x,,US\n12025550199,y,,US\n")
	file, err := h.call("did_label", nil, table)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]tools.Result{
		"label_file":      file,
		"label_dry":       h.must("did_label", args{"numbers": "+12025550124", "owner": "Sales", "dry_run": true}),
		"label":           h.must("did_label", args{"numbers": "+12025550124,+12025550123", "tags": "+spare"}),
		"changes":         h.must("did_changes", args{}),
		"changes_gone":    h.must("did_changes", args{"since": "2026-07-01T13:00:00Z", "kind": "gone"}),
		"changes_nothing": h.must("did_changes", args{"kind": "verified"}),
		"show":            h.must("did_show", args{"number": "+1 202-555-0123"}),
		"show_bought":     h.must("did_show", args{"number": "+12025550126"}),
		"show_gone":       h.must("did_show", args{"number": "+12025550125"}),
		"list":            h.must("did_list", args{}),
	} {
		golden.Check(t, "view/"+name+".md", []byte(render.Markdown(r.Doc)))
		golden.Check(t, "view/"+name+".txt", plain(t, r.Doc))
		compact, err := r.Compact()
		if err != nil {
			t.Fatal(err)
		}
		golden.Check(t, "view/"+name+".json", append(compact, '\n'))
	}
}

// TestShowVerified holds that a number whose documents were accepted since the
// last look waits for them no more.
func TestShowVerified(t *testing.T) {
	t.Parallel()
	h := newHarness(t, three()...)
	h.account.rows[0].NeedsDocuments = true
	for range 2 {
		h.now = h.now.Add(2 * time.Hour)
		if _, err := h.inventory.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ verified, waits bool }{{false, true}, {true, false}} {
		h.account.rows[0].DocumentsVerified = tt.verified
		var got struct {
			State string    `json:"state"`
			Since time.Time `json:"waiting_since"`
		}
		if err := json.Unmarshal(h.must("did_show", args{"number": "+12025550123"}).Data, &got); err != nil {
			t.Fatal(err)
		}
		if waits := !got.Since.IsZero(); waits != tt.waits || waits != (got.State == exchange.PendingDocuments) {
			t.Errorf("verified %v: got %+v", tt.verified, got)
		}
	}
}

func plain(t *testing.T, d view.Doc) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := render.Plain(&b, d, render.PlainOptions{Width: 120}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
