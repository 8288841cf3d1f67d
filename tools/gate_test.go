package tools_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/testing/golden"
	"didops/internal/view"
	"didops/tools"
)

func TestSchemas(t *testing.T) {
	t.Parallel()
	g := gate(t, tools.GateConfig{})
	if err := g.Catalog().Compile(); err != nil {
		t.Error(err)
	}
	tool, _ := g.Catalog().Tool("toy_echo")
	golden.Check(t, "toy_input.json", tool.InputSchema())
	golden.Check(t, "toy_output.json", tool.OutputSchema())
}

func TestNoErrorLeavesWithoutACode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		word string
		want fault.Code
	}{
		{"panic", fault.Internal},
		{"plain", fault.Internal},
		{"coded", fault.RateLimited},
	} {
		t.Run(tt.word, func(t *testing.T) {
			t.Parallel()
			var seen tools.Event
			g := gate(t, tools.GateConfig{Observe: func(_ context.Context, e tools.Event) { seen = e }})
			_, err := g.Call(t.Context(), call(`{"word":"`+tt.word+`"}`))
			f, ok := fault.As(err)
			if !ok || f.Code != tt.want {
				t.Fatalf("got %v, want code %s", err, tt.want)
			}
			if strings.Contains(f.Message+f.Hint, "SECRET") {
				t.Errorf("the message %q %q shows the cause", f.Message, f.Hint)
			}
			if !strings.Contains(seen.Err.Error(), "SECRET") {
				t.Errorf("the observer got %v, want the cause", seen.Err)
			}
			if tt.want == fault.Internal && !strings.Contains(f.Hint, seen.Reference) {
				t.Errorf("got hint %q, want reference %q in it", f.Hint, seen.Reference)
			}
		})
	}
}

func TestCancelledCall(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := gate(t, tools.GateConfig{}).Call(ctx, call(`{"word":"slow"}`))
	if fault.CodeOf(err) != fault.Unavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want unavailable because cancelled", err)
	}
}

func TestWhoMayCallWhat(t *testing.T) {
	t.Parallel()
	record := echo()
	record.Name.Verb, record.Risk = "note", risk.Local
	people := echo()
	people.Name.Verb, people.People = "decide", true
	nobody := reader
	nobody.Role = 0
	asker := reader
	asker.Role = identity.Requester
	for _, tt := range []struct {
		name     string
		readOnly bool
		face     identity.Frontend
		who      identity.Principal
		want     string
	}{
		{"no role", false, identity.FrontShell, nobody, ""},
		{"reader", false, identity.FrontShell, reader, "toy_decide toy_echo"},
		{"requester", false, identity.FrontShell, asker, "toy_decide toy_echo toy_note"},
		{"requester over MCP", false, identity.FrontMCP, asker, "toy_echo toy_note"},
		{"read only, over MCP", true, identity.FrontMCP, asker, "toy_echo"},
		{"read only, elsewhere", true, identity.FrontDiscord, asker, "toy_decide toy_echo toy_note"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := gate(t, tools.GateConfig{ReadOnly: tt.readOnly}, record, people)
			var offered []string
			for _, tool := range g.Tools(tt.face, tt.who) {
				offered = append(offered, tool.Name().String())
			}
			if got := strings.Join(offered, " "); got != tt.want {
				t.Errorf("got %s offered, want %s", got, tt.want)
			}
			for _, tool := range g.Catalog().Tools() {
				name := tool.Name().String()
				_, err := g.Call(t.Context(), tools.Call{Tool: name, Args: []byte(`{"word":"x"}`), Frontend: tt.face, Principal: tt.who})
				if allowed := strings.Contains(tt.want, name); allowed != (err == nil) {
					t.Errorf("%s: got error %v, want allowed = %t", name, err, allowed)
				}
			}
		})
	}
}

func TestUnknownOperation(t *testing.T) {
	t.Parallel()
	c := call(`{}`)
	c.Tool = "toy_ecko"
	_, err := gate(t, tools.GateConfig{}).Call(t.Context(), c)
	f, _ := fault.As(err)
	if f == nil || f.Code != fault.NotFound || f.Hint != "did you mean toy_echo?" {
		t.Errorf("got %v, want not_found with the near miss", err)
	}
}

func TestResultIsMarked(t *testing.T) {
	t.Parallel()
	result, err := gate(t, tools.GateConfig{Sandbox: true}).Call(t.Context(), call(`{"word":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	if !result.Doc.Sandbox || !strings.HasPrefix(string(result.Data), `{"sandbox":true,`) {
		t.Errorf("got %s and %v, want both marked", result.Data, result.Doc)
	}
}

func TestProgressReachesTheCaller(t *testing.T) {
	t.Parallel()
	var got request.Progress
	c := call(`{"word":"x"}`)
	c.Progress = func(p request.Progress) { got = p }
	if _, err := gate(t, tools.GateConfig{}).Call(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got.Text != "one" {
		t.Errorf("got %v, want the report", got)
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	g := gate(t, tools.GateConfig{})
	if got := g.Complete(t.Context(), call(``), "kind", "mo"); len(got) != 1 || got[0].Value != "mobile" {
		t.Errorf("got %v, want mobile", got)
	}
	if got := g.Complete(t.Context(), call(``), "word", "x"); len(got) != 1 || got[0].Value != "xab" {
		t.Errorf("got %v, want xab", got)
	}
	denied := call(``)
	denied.Principal.Role = 0
	if got := g.Complete(t.Context(), denied, "word", "x"); got != nil {
		t.Errorf("got %v for somebody without a role, want nothing", got)
	}
}

type noMark struct {
	A string `json:"a" jsonschema_description:"A"`
}

type nested struct {
	A struct{ B string } `json:"a" jsonschema_description:"A"`
}

type undescribed struct {
	A string `json:"a"`
}

func TestBadDeclarationsAreRefused(t *testing.T) {
	t.Parallel()
	with := func(change func(*tools.Operation[echoIn, echoOut])) tools.Declaration {
		op := echo()
		change(&op)
		return op
	}
	for _, tt := range []struct {
		name string
		bad  tools.Declaration
		want string
	}{
		{"no risk", with(func(op *tools.Operation[echoIn, echoOut]) { op.Risk = 0 }), "the risk is not set"},
		{"a write that runs at once", with(func(op *tools.Operation[echoIn, echoOut]) { op.Risk = risk.Spend }), "needs an approval"},
		{"no run", with(func(op *tools.Operation[echoIn, echoOut]) { op.Run = nil }), "Run and View are needed"},
		{"no title", with(func(op *tools.Operation[echoIn, echoOut]) { op.Title = "" }), "the title is empty"},
		{"long summary", with(func(op *tools.Operation[echoIn, echoOut]) { op.Summary = strings.Repeat("x", 101) }), "101 characters"},
		{"bad name", with(func(op *tools.Operation[echoIn, echoOut]) { op.Name.Verb = "Do it" }), "the name is not"},
		{"completes nothing", with(func(op *tools.Operation[echoIn, echoOut]) {
			op.Complete = map[string]tools.Completer{"nothing": nil}
		}), "completes or notes nothing, which is no parameter"},
		{"no mark", tools.Operation[echoIn, noMark]{
			Name: tools.Name{Noun: "toy", Verb: "bad"}, Title: "T", Summary: "S", Risk: risk.Read,
			Run:  func(context.Context, echoIn) (noMark, error) { return noMark{}, nil },
			View: func(echoIn, noMark) view.Doc { return view.Doc{} },
		}, "does not embed tools.Envelope"},
		{"nested parameter", tools.Operation[nested, echoOut]{
			Name: tools.Name{Noun: "toy", Verb: "bad"}, Title: "T", Summary: "S", Risk: risk.Read,
			Run:  func(context.Context, nested) (echoOut, error) { return echoOut{}, nil },
			View: func(nested, echoOut) view.Doc { return view.Doc{} },
		}, "none of string, integer, boolean and list"},
		{"undescribed parameter", tools.Operation[undescribed, echoOut]{
			Name: tools.Name{Noun: "toy", Verb: "bad"}, Title: "T", Summary: "S", Risk: risk.Read,
			Run:  func(context.Context, undescribed) (echoOut, error) { return echoOut{}, nil },
			View: func(undescribed, echoOut) view.Doc { return view.Doc{} },
		}, "the description of a has 0 characters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := tools.NewCatalog(tt.bad)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
	sell, _ := buy().(tools.Write[buyIn])
	sell.Name.Verb = "sell"
	if _, err := tools.NewCatalog(buy(), sell); err == nil || !strings.Contains(err.Error(), "its orders are called purchase, like those of toy_buy") {
		t.Errorf("got %v, want a kind used twice refused", err)
	}
	for want, action := range map[string]tools.RowAction{
		"has no column fare in rows":   {Table: "rows", Column: "fare", Operation: "toy_buy", Param: "word"},
		"toy_buy makes no order of it": {Table: "rows", Column: "name", Operation: "toy_buy", Param: "it"},
	} {
		op := echo()
		op.RowActions = []tools.RowAction{action}
		if _, err := tools.NewCatalog(op, buy()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	if _, err := tools.NewCatalog(echo(), echo()); err == nil || !strings.Contains(err.Error(), "declared twice") {
		t.Errorf("got %v, want a name used twice refused", err)
	}
}
