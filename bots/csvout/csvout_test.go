package csvout_test

import (
	"strings"
	"testing"

	"didops/bots/csvout"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/testing/fixture"
	"didops/tools"
)

// find returns the search of the fixture, and its result over the lines.
func find(t *testing.T, lines ...fixture.Line) (*tools.Tool, tools.Result) {
	t.Helper()
	c := fixture.Catalog(t, fixture.Options{Stock: append([]fixture.Line{}, lines...)})
	gate, err := tools.NewGate(tools.GateConfig{Catalog: c, Now: fixture.Moment})
	if err != nil {
		t.Fatal(err)
	}
	r, err := gate.Call(t.Context(), tools.Call{Tool: "line_find", Frontend: identity.FrontShell, Principal: fixture.Principal("alice", identity.Reader)})
	if err != nil {
		t.Fatal(err)
	}
	tool, _ := c.Tool("line_find")
	return tool, r
}

// TestWrite proves that the columns are those of the operation, that numbers
// are digits, and that no text of a stranger's is a formula or breaks a line.
func TestWrite(t *testing.T) {
	t.Parallel()
	const heads = "number,town,kind,features,setup_fee,monthly_fee,documents_required,channels,vendor,description\n"
	channels := 3
	for name, tt := range map[string]struct {
		lines []fixture.Line
		want  string
	}{
		"all": {
			[]fixture.Line{{Number: "+971501234567", Features: []string{"voice", "sms"}, Fee: money.MustParse("1.50"), Papers: true, Channels: &channels, Vendor: "A, B"}},
			"971501234567,,,voice sms,,1.50,true,3,\"A, B\",\n",
		},
		"no fee":   {[]fixture.Line{{Number: "+971501234567", Vendor: "=1+1"}}, "971501234567,,,,,,false,,'=1+1,\n"},
		"formulas": {[]fixture.Line{{Number: "@x", Features: []string{"-a"}, Vendor: "a\r\n+b\u202e\tc"}}, "'@x,,,'-a,,,false,,a +b c,\n"},
		"none":     {nil, ""},
	} {
		tool, r := find(t, tt.lines...)
		var got strings.Builder
		if err := csvout.Write(&got, tool, r); err != nil || got.String() != heads+tt.want {
			t.Errorf("%s: got %q (%v), want %q", name, got.String(), err, heads+tt.want)
		}
	}
	tool, _ := find(t)
	var got strings.Builder
	if err := csvout.Write(&got, tool, tools.Result{}); err != nil || got.String() != heads {
		t.Errorf("an empty result: got %q (%v), want the heads", got.String(), err)
	}
}
