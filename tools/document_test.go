package tools_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
	"didops/tools"
)

// TestReadList holds who may have a file read, for what, and that whatever
// goes wrong there leaves the gate as it leaves a call.
func TestReadList(t *testing.T) {
	t.Parallel()
	orders := fakeorders.New(fakeorders.Config{Handlers: fixture.Handlers(fixture.Options{}), Now: fixture.Moment})
	var seen []tools.Event
	g, err := tools.NewGate(tools.GateConfig{
		Catalog: fixture.Catalog(t, fixture.Options{Orders: orders}), Orders: orders, Now: fixture.Moment,
		Observe: func(_ context.Context, e tools.Event) { seen = append(seen, e) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, tool, param, text string
		role                    identity.Role
		want                    fault.Code
	}{
		{"a list", "line_buy", "numbers", "1 2 3", identity.Requester, ""},
		{"another operation's", "line_drop", "numbers", "1 2 3", identity.Requester, ""},
		{"a bad one", "line_buy", "numbers", "1 bad 3", identity.Requester, fault.Invalid},
		{"too many", "line_buy", "numbers", "1 2 3 4 5 6", identity.Requester, fault.Invalid},
		{"a panic", "line_buy", "numbers", "panic", identity.Requester, fault.Internal},
		{"a text", "line_move", "number", "1", identity.Requester, fault.Invalid},
		{"a list that is typed only", "line_keep", "numbers", "1", identity.Requester, fault.Invalid},
		{"no parameter", "line_buy", "lines", "1", identity.Requester, fault.Invalid},
		{"no operation", "line_sell", "numbers", "1", identity.Requester, fault.NotFound},
		{"who may not ask", "line_buy", "numbers", "1", identity.Reader, fault.Forbidden},
	} {
		seen = nil
		c := tools.Call{Tool: tt.tool, Frontend: identity.FrontShell, Principal: fixture.Principal("alice", tt.role)}
		got, err := g.ReadList(t.Context(), c, tt.param, tools.Document{Name: "list", Data: []byte(tt.text), Sheet: "!"})
		if fault.CodeOf(err) != tt.want {
			t.Errorf("%s: got %v, want code %q", tt.name, err, tt.want)
		}
		if err == nil {
			if diff := cmp.Diff(tools.Listed{Items: []string{"1", "2", "3"}, From: "its words!"}, got); diff != "" || len(seen) > 0 {
				t.Errorf("%s: got %d events (-want +got):\n%s", tt.name, len(seen), diff)
			}
			continue
		}
		f, _ := fault.As(err)
		if len(got.Items) > 0 || len(seen) != 1 || seen[0].Err == nil || strings.Contains(f.Message+f.Hint, fixture.Secret) {
			t.Errorf("%s: got %v, %v and %d events, want no item, one event and no secret", tt.name, got, err, len(seen))
		}
		if len(seen) == 1 && (seen[0].Reference != "") != (tt.want == fault.Internal) {
			t.Errorf("%s: got reference %q", tt.name, seen[0].Reference)
		}
	}
	if n := len(orders.Refusals()); n != 1 || len(orders.All()) > 0 {
		t.Errorf("got %d refusals and %d orders, want that of who may not ask and none", n, len(orders.All()))
	}
}

// TestListsAreOfLists holds that a declaration which reads a file for anything
// else is refused.
func TestListsAreOfLists(t *testing.T) {
	t.Parallel()
	read := func(tools.Document, int) (tools.Listed, error) { return tools.Listed{}, nil }
	for _, param := range []string{"word", "nothing"} {
		w := buy().(tools.Write[buyIn])
		w.Lists = map[string]tools.ListReader{param: read}
		if _, err := tools.NewCatalog(w); err == nil || !strings.Contains(err.Error(), "is no list") {
			t.Errorf("%s: got %v, want it refused", param, err)
		}
	}
}
