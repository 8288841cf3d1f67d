package csvout_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"didops/bots/csvout"
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

func stock(t *testing.T) *tools.Tool {
	t.Helper()
	c, err := tools.NewCatalog(tools.Operation[struct{}, stockOut]{
		Name: tools.Name{Noun: "stock", Verb: "list"}, Title: "List", Summary: "List the stock", Risk: risk.Read,
		Run:  func(context.Context, struct{}) (stockOut, error) { return stockOut{}, nil },
		View: func(struct{}, stockOut) view.Doc { return view.Doc{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c.Tools()[0]
}

// TestWrite proves that the columns are those of the operation, that numbers
// are digits, and that no text of a stranger's is a formula or breaks a line.
func TestWrite(t *testing.T) {
	t.Parallel()
	const heads = "number,fee,can,seller\n"
	for data, want := range map[string]string{
		`{"rows":[{"number":"+971501234567","fee":"1.50","can":["voice","sms"],"seller":"A, B"}]}`: heads + "971501234567,1.50,voice sms,\"A, B\"\n",
		`{"rows":[{"number":"+971501234567","can":[],"seller":"=1+1"}]}`:                           heads + "971501234567,,,'=1+1\n",
		`{"rows":[{"number":"@x","can":["-a"],"seller":"a\r\n+b\u202e\tc"}]}`:                      heads + "'@x,,'-a,a +b c\n",
		`{"rows":[]}`:   heads,
		`{"rows":null}`: heads,
		`{}`:            heads,
	} {
		var got strings.Builder
		if err := csvout.Write(&got, stock(t), json.RawMessage(data)); err != nil || got.String() != want {
			t.Errorf("%s: got %q (%v), want %q", data, got.String(), err, want)
		}
	}
	for _, data := range []string{``, `[]`, `{"rows":[1]}`} {
		if err := csvout.Write(&strings.Builder{}, stock(t), json.RawMessage(data)); err == nil {
			t.Errorf("%s: got no error, want one", data)
		}
	}
}
