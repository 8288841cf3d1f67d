package tools_test

import (
	"context"
	"testing"

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

func (s *recorder) Refused(_ context.Context, r order.Refusal) { s.refused = append(s.refused, r) }

type buyIn struct {
	Word string `json:"word" jsonschema_description:"A word"`
}

func buy() tools.Declaration {
	return tools.Write[buyIn]{
		Name: tools.Name{Noun: "toy", Verb: "buy"}, Title: "Buy", Summary: "Buy a word.", Risk: risk.Spend, Kind: "purchase",
		Wording:   order.Wording{Question: func(order.Order) string { return "Buy it?" }, Past: "bought", Confirm: order.ConfirmYes},
		Identify:  func(buyIn, identity.Caller) (order.IdempotencyKey, error) { return order.IdempotencyKey{}, nil },
		Quote:     func(context.Context, buyIn, identity.Caller) (order.Quote, error) { return order.Quote{}, nil },
		Requote:   func(_ context.Context, l order.Line) (order.Line, error) { return l, nil },
		Send:      func(context.Context, order.Line) error { return nil },
		Reconcile: func(context.Context, order.Line) (order.Evidence, error) { return order.Evidence{}, nil },
		DrawTerms: func(order.Quote) []view.Block { return nil },
	}
}

// TestTheServiceIsToldOfRefusals holds that what the gate refuses by itself can
// be recorded: requests and decisions, and no more than that.
func TestTheServiceIsToldOfRefusals(t *testing.T) {
	t.Parallel()
	approve := tools.Choose{Name: tools.Name{Noun: "toy", Verb: "approve"}, Title: "Approve", Summary: "Approve it.", Approve: true}
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
