package tools_test

import (
	"context"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// recorder is a service of orders that keeps what it is told of refusals.
type recorder struct {
	order.Service
	refused []order.Refusal
}

// Ask answers that everything is decided already.
func (*recorder) Ask(context.Context, string, identity.Caller) (order.Placed, error) {
	return order.Placed{}, fault.New(fault.Conflict, "it is decided")
}

func (s *recorder) Refused(_ context.Context, r order.Refusal) { s.refused = append(s.refused, r) }

type buyIn struct {
	Word string `json:"word" jsonschema_description:"A word"`
}

func buy() tools.Declaration {
	return tools.Write[buyIn]{
		Name: tools.Name{Noun: "toy", Verb: "buy"}, Title: "Buy", Summary: "Buy a word.", Risk: risk.Spend, Kind: "purchase",
		Wording:   order.Wording{Question: func(order.Order) string { return "Buy it?" }, Outcome: func(order.Order) string { return "Buy it" }, Past: "bought", Confirm: order.ConfirmYes},
		Identify:  func(buyIn, identity.Caller) (order.IdempotencyKey, error) { return order.IdempotencyKey{}, nil },
		Quote:     func(context.Context, buyIn, identity.Caller) (order.Quote, error) { return order.Quote{}, nil },
		Requote:   func(_ context.Context, l order.Line) (order.Line, error) { return l, nil },
		Send:      func(context.Context, order.Line) error { return nil },
		Reconcile: func(context.Context, order.Line) (order.Evidence, error) { return order.Evidence{}, nil },
		DrawTerms: func(order.Quote) []view.Block { return nil },
		Summarize: func(order.Quote) order.Brief { return order.Brief{} },
		Describe:  func(order.Line) order.LineTerms { return order.LineTerms{} },
	}
}

// TestTheServiceIsToldOfRefusals holds that what the gate refuses by itself can
// be recorded: requests and decisions, and no more than that.
func TestTheServiceIsToldOfRefusals(t *testing.T) {
	t.Parallel()
	approve := tools.Choose{Name: tools.Name{Noun: "toy", Verb: "approve"}, Title: "Approve", Summary: "Approve it.", Approve: true}
	approver := reader
	approver.Role = identity.Approver
	requester := reader
	requester.Role = identity.Requester
	nobody := reader
	nobody.Role = 0
	for _, tt := range []struct {
		name  string
		tool  string
		args  string
		who   identity.Principal
		want  fault.Code // "" = the service is not told
		order string
	}{
		{"a reader buys", "toy_buy", `{"word":"x"}`, reader, fault.Forbidden, ""},
		{"nobody reads", "toy_echo", `{"word":"x"}`, nobody, "", ""},
		{"there is no such operation", "toy_bye", `{}`, reader, "", ""},
		{"a requester approves", "toy_approve", `{"id":"o-1"}`, requester, "", ""},
		{"an approval that comes too late", "toy_approve", `{"id":"o-1"}`, approver, fault.Conflict, "o-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			service := &recorder{}
			g := gate(t, tools.GateConfig{Orders: service}, buy(), approve)
			if _, err := g.Call(t.Context(), tools.Call{Tool: tt.tool, Args: []byte(tt.args), Frontend: identity.FrontShell, Principal: tt.who}); err == nil {
				t.Fatal("got no error")
			}
			if tt.want == "" {
				if len(service.refused) > 0 {
					t.Errorf("the service was told of %+v", service.refused)
				}
				return
			}
			if len(service.refused) != 1 {
				t.Fatalf("the service was told of %+v, want one refusal", service.refused)
			}
			if r := service.refused[0]; r.Operation != tt.tool || r.Order != tt.order || r.By.Principal.ID != tt.who.ID || fault.CodeOf(r.Cause) != tt.want {
				t.Errorf("the service was told of %+v, want %s", r, tt.want)
			}
		})
	}
	t.Run("a decision without the role", func(t *testing.T) {
		t.Parallel()
		service := &recorder{}
		g := gate(t, tools.GateConfig{Orders: service}, approve)
		_, err := g.Decide(t.Context(), "o-1", tools.Call{Tool: "toy_approve", Frontend: identity.FrontDiscord, Principal: reader}, tools.Answer{Reply: tools.Yes})
		if fault.CodeOf(err) != fault.Forbidden || len(service.refused) != 1 || service.refused[0].Order != "o-1" {
			t.Errorf("got %v, and the service was told of %+v", err, service.refused)
		}
	})
}

// TestAGateIsBoundToItsFrontEnd holds that a call can't be passed off as that of
// another front end, and that no gate can be made of one's catalogue.
func TestAGateIsBoundToItsFrontEnd(t *testing.T) {
	t.Parallel()
	service := &recorder{}
	approve := tools.Choose{Name: tools.Name{Noun: "toy", Verb: "approve"}, Title: "Approve", Summary: "Approve it.", Approve: true}
	g := gate(t, tools.GateConfig{Orders: service}, approve)
	forged := tools.Call{
		Tool: "toy_approve", Args: []byte(`{"id":"o-1"}`), Frontend: identity.FrontShell,
		Principal: identity.Principal{Realm: identity.OS, ID: "root", Role: identity.Approver},
	}
	for _, bound := range []*tools.Gate{g.Through(identity.FrontMCP), g.Through(identity.FrontMCP).Through(identity.FrontShell)} {
		if _, err := bound.Decide(t.Context(), "o-1", forged, tools.Answer{Reply: tools.Yes}); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("decide: got %v, want forbidden", err)
		}
		if _, err := bound.Call(t.Context(), forged); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("call: got %v, want not_found", err)
		}
		if list := bound.Tools(identity.FrontShell, forged.Principal); len(list) != 1 {
			t.Errorf("got %d operations, want what is offered over MCP", len(list))
		}
	}
	if _, err := tools.NewGate(tools.GateConfig{Catalog: g.Catalog(), Orders: service, Now: time.Now}); err == nil {
		t.Error("got a gate of another one's catalogue")
	}
}
