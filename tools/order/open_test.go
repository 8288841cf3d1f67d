package order_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/identity"
	domain "didops/internal/order"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
	"didops/tools"
	"didops/tools/order"
)

// TestOpenOrdersHaveAddresses suggests what waits first, and nothing that is
// over or another's.
func TestOpenOrdersHaveAddresses(t *testing.T) {
	t.Parallel()
	s := fakeorders.New(fakeorders.Config{Handlers: fixture.Handlers(fixture.Options{}), Now: time.Now})
	catalog, err := tools.NewCatalog(order.Operations(s)...)
	if err != nil {
		t.Fatal(err)
	}
	g, err := tools.NewGate(tools.GateConfig{Catalog: catalog, Orders: s, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	who := identity.Principal{Realm: identity.HTTP, ID: "team", Name: "team", Role: identity.Requester}
	for i, by := range []string{"team", "team", "team", "team", "other"} {
		_, err := s.Place(t.Context(), domain.PlaceRequest{
			Operation: "line_buy", Args: []byte(`{"numbers":["+1555010` + string(rune('0'+i)) + `0"]}`),
			By: identity.Caller{Principal: identity.Principal{Realm: identity.HTTP, ID: by, Role: identity.Requester}, Frontend: identity.FrontMCP},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.Change("sb-0001", fakeorders.To(domain.Unknown, domain.LineUnknown, ""))
	s.Change("sb-0002", fakeorders.To(domain.Completed, domain.LineDone, ""))
	s.Change("sb-0003", fakeorders.To(domain.Executing, domain.LineSending, ""))
	suggested := func(partial string) []string {
		var ids []string
		for _, c := range g.CompleteResource(t.Context(), tools.Call{Tool: "order_get", Frontend: identity.FrontMCP, Principal: who}, partial) {
			ids = append(ids, c.Value)
		}
		return ids
	}
	if got, want := suggested(""), []string{"sb-0004", "sb-0003", "sb-0001"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := suggested("SB-0003"); !slices.Equal(got, []string{"sb-0003"}) {
		t.Errorf("got %v, want the one", got)
	}
	tool, _ := catalog.Tool("order_list")
	if p := tool.Prompts(); len(p) != 1 || !strings.Contains(p[0].Text(nil), "order_list") {
		t.Errorf("got %+v, want a prompt that names the operation", p)
	}
}
