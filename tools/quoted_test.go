package tools

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/order"
)

func TestQuotedFields(t *testing.T) {
	t.Parallel()
	type row struct {
		Number string `json:"number"`
		Words  string `json:"words,omitempty" quoted:"true"`
		Name   string `json:"name"`
	}
	type out struct {
		Envelope
		Rows   []row  `json:"rows"`
		Groups []row  `json:"groups" quoted:"name"`
		Note   string `json:"note" quoted:"true"`
		Ours   string `json:"ours"`
	}
	o := order.Order{Reason: "for the desk", DecidedBy: []order.Decided{{Name: ""}, {Name: "bob"}}}
	o.RequestedBy.Name = "alice"
	o.Lines = []order.LineView{{}, {Changed: order.Changes{"vendor": {}}}}
	for name, tt := range map[string]struct {
		out  any
		want []string
	}{
		"nothing":       {out{Ours: "x", Rows: []row{{Number: "1", Name: "x"}}}, nil},
		"some":          {out{Rows: []row{{}, {Words: "x"}}}, []string{"rows[].words"}},
		"all":           {out{Rows: []row{{Words: "x"}}, Groups: []row{{Name: "x", Words: "y"}}, Note: "x"}, []string{"rows[].words", "groups[].name", "note"}},
		"order":         {OrderResult{Order: o}, []string{"order.requested_by.name", "order.decided_by[].name", "order.reason", "order.lines[].changed"}},
		"list of them":  {OrdersResult{Orders: []order.Order{{}, {Reason: "x"}}}, []string{"orders[].reason"}},
		"nothing in it": {OrdersResult{}, nil},
	} {
		if diff := cmp.Diff(tt.want, quotedFields(tt.out)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
