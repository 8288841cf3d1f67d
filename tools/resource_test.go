package tools_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
	"didops/tools"
)

// shop is a gate in front of the fixture.
func shop(t *testing.T, readOnly bool) (*tools.Gate, *fakeorders.Service) {
	t.Helper()
	var o fixture.Options
	s := fakeorders.New(fakeorders.Config{Handlers: fixture.Handlers(o), Now: time.Now})
	o.Orders = s
	g, err := tools.NewGate(tools.GateConfig{Catalog: fixture.Catalog(t, o), Orders: s, Now: time.Now, ReadOnly: readOnly})
	if err != nil {
		t.Fatal(err)
	}
	return g.Through(identity.FrontMCP), s
}

func as(name string, role identity.Role, tool, args string) tools.Call {
	return tools.Call{Tool: tool, Args: []byte(args), Principal: fixture.Principal(name, role)}
}

func TestCompleteResource(t *testing.T) {
	t.Parallel()
	g, _ := shop(t, false)
	if _, err := g.Call(t.Context(), as("alice", identity.Requester, "line_buy", `{"numbers":["+15550100"]}`)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		tool, partial string
		role          identity.Role
		want          int
	}{
		{"slip_show", "", identity.Reader, 1},
		{"slip_show", "sb-", identity.Reader, 1},
		{"slip_show", "x", identity.Reader, 0},
		{"slip_show", "", 0, 0},
		{"line_find", "Du", identity.Reader, 2},
		{"slip_list", "", identity.Reader, 0}, // has no address
		{"no_such", "", identity.Reader, 0},
	} {
		if got := g.CompleteResource(t.Context(), as("alice", tt.role, tt.tool, ""), tt.partial); len(got) != tt.want {
			t.Errorf("%s %q as %s: got %v, want %d", tt.tool, tt.partial, tt.role, got, tt.want)
		}
	}
}

func TestTasksOfAGate(t *testing.T) {
	t.Parallel()
	g, s := shop(t, false)
	mine := as("alice", identity.Requester, "line_buy", `{"numbers":["+15550100"]}`)
	made, err := g.Call(t.Context(), mine)
	if err != nil {
		t.Fatal(err)
	}
	handle, task, err := g.IssueTask(t.Context(), made.Order.ID, mine)
	if err != nil || handle == "" || task.Order != made.Order.ID {
		t.Fatalf("got %q %+v %v, want a task", handle, task, err)
	}
	if _, out, err := g.Task(t.Context(), handle, mine); err != nil || out.State() != order.Pending {
		t.Errorf("got %s, %v, want the order", out.State(), err)
	}
	other := as("mallory", identity.Approver, "line_buy", "")
	for what, err := range map[string]error{
		"cancel": g.CancelTask(t.Context(), handle, other), "forged": g.CancelTask(t.Context(), "forged", mine),
	} {
		if fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%s: got %v, want not found", what, err)
		}
	}
	if err := g.CancelTask(t.Context(), handle, as("alice", identity.Reader, "", "")); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("as a reader: got %v, want forbidden", err)
	}
	for range 2 { // the second finds it decided
		if err := g.CancelTask(t.Context(), handle, mine); err != nil {
			t.Errorf("got %v", err)
		}
	}
	if got := s.All()[0].State; got != order.Cancelled {
		t.Errorf("got the order %s, want it taken back", got)
	}
}

func TestTasksWhereNothingIsTakenBack(t *testing.T) {
	t.Parallel()
	g, s := shop(t, true)
	placed, err := s.Place(t.Context(), order.PlaceRequest{
		Operation: "line_buy", Args: []byte(`{"numbers":["+15550100"]}`), By: identity.Caller{Principal: fixture.Principal("alice", identity.Requester), Frontend: identity.FrontMCP},
	})
	if err != nil {
		t.Fatal(err)
	}
	mine := as("alice", identity.Requester, "line_buy", "")
	handle, _, err := g.IssueTask(t.Context(), placed.Order.ID, mine)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.CancelTask(t.Context(), handle, mine); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("read only: got %v, want forbidden", err)
	}
	none := gate(t, tools.GateConfig{})
	if _, _, err := none.Task(t.Context(), handle, mine); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("without orders: got %v, want not found", err)
	}
}

func TestBadResourcesAreRefused(t *testing.T) {
	t.Parallel()
	text := func(map[string]string) string { return "" }
	for want, change := range map[string]func(*tools.Operation[echoIn, echoOut]){
		"the resource toy of nothing": func(op *tools.Operation[echoIn, echoOut]) {
			op.Resource = &tools.Resource{Kind: "toy", Param: "nothing", Title: "T", Summary: "S"}
		},
		"the resource A Toy of word": func(op *tools.Operation[echoIn, echoOut]) {
			op.Resource = &tools.Resource{Kind: "A Toy", Param: "word", Title: "T", Summary: "S"}
		},
		"the resource toy has no word": func(op *tools.Operation[echoIn, echoOut]) {
			op.Resource = &tools.Resource{Kind: "toy", Param: "kind", Title: "T", Summary: "S"}
		},
		"takes orders back by nothing": func(op *tools.Operation[echoIn, echoOut]) { op.TakesBack = "nothing" },
		"the prompt begin has no name or text": func(op *tools.Operation[echoIn, echoOut]) {
			op.Prompts = []tools.Prompt{{Name: "begin", Title: "T", Summary: "S"}}
		},
		"the blank b of the prompt begin": func(op *tools.Operation[echoIn, echoOut]) {
			op.Prompts = []tools.Prompt{{Name: "begin", Title: "T", Summary: "S", Text: text, Blanks: []tools.Blank{{Name: "b1", Summary: "S"}, {Name: "b", Summary: "S"}}}}
		},
		"is completed by nothing": func(op *tools.Operation[echoIn, echoOut]) {
			op.Prompts = []tools.Prompt{{Name: "begin", Title: "T", Summary: "S", Text: text, Blanks: []tools.Blank{{Name: "b1", Summary: "S", Param: "nothing"}}}}
		},
		"the prompt begin is there already": func(op *tools.Operation[echoIn, echoOut]) {
			p := tools.Prompt{Name: "begin", Title: "T", Summary: "S", Text: text}
			op.Prompts = []tools.Prompt{p, p}
		},
	} {
		op := echo()
		change(&op)
		if _, err := tools.NewCatalog(op); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	op := echo()
	op.Resource = &tools.Resource{Kind: "toy", Param: "word", Title: "T", Summary: "S", Complete: func(context.Context, string) []tools.Choice { return nil }}
	if _, err := tools.NewCatalog(op); err != nil {
		t.Errorf("a good one: got %v", err)
	}
}
