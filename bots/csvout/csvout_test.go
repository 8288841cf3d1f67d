package csvout_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"didops/bots/csvout"
	"didops/internal/identity"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

type stockRow struct {
	Number string   `json:"number" jsonschema_description:"Digits"`
	Fee    string   `json:"fee,omitempty" jsonschema_description:"Of a month"`
	Can    []string `json:"can" jsonschema_description:"Features"`
	Seller string   `json:"seller" jsonschema_description:"Vendor"`
}

type stockOut struct {
	tools.Envelope
	Rows []stockRow `json:"rows" jsonschema_description:"Stock"`
}

// stock returns an operation with the rows, and its result.
func stock(t *testing.T, rows ...stockRow) (*tools.Tool, tools.Result) {
	t.Helper()
	c, err := tools.NewCatalog(tools.Operation[struct{}, stockOut]{
		Name: tools.Name{Noun: "stock", Verb: "list"}, Title: "List", Summary: "List the stock", Risk: risk.Read,
		Run:  func(context.Context, struct{}) (stockOut, error) { return stockOut{Rows: rows}, nil },
		View: func(struct{}, stockOut) view.Doc { return view.Doc{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	gate, err := tools.NewGate(tools.GateConfig{Catalog: c, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	who := identity.Principal{Surface: "os", ID: "alice", Role: identity.Reader}
	r, err := gate.Call(t.Context(), tools.Call{Tool: "stock_list", Frontend: identity.FrontShell, Principal: who})
	if err != nil {
		t.Fatal(err)
	}
	return c.Tools()[0], r
}

// TestWrite proves that the columns are those of the operation, that numbers
// are digits, and that no text of a stranger's is a formula or breaks a line.
func TestWrite(t *testing.T) {
	t.Parallel()
	const heads = "number,fee,can,seller\n"
	for name, tt := range map[string]struct {
		rows []stockRow
		want string
	}{
		"all":      {[]stockRow{{"+971501234567", "1.50", []string{"voice", "sms"}, "A, B"}}, "971501234567,1.50,voice sms,\"A, B\"\n"},
		"no fee":   {[]stockRow{{"+971501234567", "", nil, "=1+1"}}, "971501234567,,,'=1+1\n"},
		"formulas": {[]stockRow{{"@x", "", []string{"-a"}, "a\r\n+b\u202e\tc"}}, "'@x,,'-a,a +b c\n"},
		"none":     {nil, ""},
	} {
		tool, r := stock(t, tt.rows...)
		var got strings.Builder
		if err := csvout.Write(&got, tool, r); err != nil || got.String() != heads+tt.want {
			t.Errorf("%s: got %q (%v), want %q", name, got.String(), err, heads+tt.want)
		}
	}
	tool, _ := stock(t)
	var got strings.Builder
	if err := csvout.Write(&got, tool, tools.Result{}); err != nil || got.String() != heads {
		t.Errorf("an empty result: got %q (%v), want the heads", got.String(), err)
	}
}
