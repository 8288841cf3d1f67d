// Package order declares the operations on orders: look at them, wait for
// them, take one's own back, and, for people only, decide them. What they do
// is the service's (see [order.Service]).
package order

import (
	"context"
	"slices"
	"strings"
	"time"

	"didops/internal/order"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// Operations returns the declarations of all operations on orders.
func Operations(orders order.Service) []tools.Declaration {
	return append(talk(orders), []tools.Declaration{
		get(orders), list(orders), cancel(orders),
		tools.Choose{
			Name: name("approve"), Title: "Approve an order", Approve: true,
			Summary:  "Approve an order, after a look at its exact terms. For people only.",
			Complete: complete(orders, order.Pending),
		},
		tools.Choose{
			Name: name("reject"), Title: "Reject an order",
			Summary:  "Say no to an order. Nothing of it is carried out.",
			Complete: complete(orders, order.Pending),
		},
		drill(orders),
	}...)
}

func name(verb string) tools.Name { return tools.Name{Noun: "order", Verb: verb} }

// GetIn is what order_get takes.
type GetIn struct {
	ID          string `json:"id" jsonschema_description:"Such as o-7k3f"`
	WaitSeconds int    `json:"wait_seconds,omitempty" programs:"true" jsonschema:"minimum=0,maximum=50,default=0" jsonschema_description:"0 (default) to 50: answers when decided"`
}

func get(orders order.Service) tools.Declaration {
	return tools.Operation[GetIn, tools.OrderResult]{
		Name:    name("get"),
		Title:   "Look at an order",
		Summary: "Show an order: its terms, its status, and what became of each number.",
		Doc:     "Only state done means done.",
		Hint:    "order status: what became of a purchase of phone numbers, and who approved it",
		Risk:    risk.Read,
		Inward:  true,
		Run: func(ctx context.Context, in GetIn) (tools.OrderResult, error) {
			if in.WaitSeconds > 0 {
				tellWay(ctx, orders, in.ID)
			}
			o, err := orders.Order(ctx, in.ID, request.Caller(ctx), time.Duration(in.WaitSeconds)*time.Second)
			return tools.OrderResult{Order: o}, err
		},
		View:     func(_ GetIn, out tools.OrderResult) view.Doc { return out.Order.Doc() },
		Complete: map[string]tools.Completer{"id": complete(orders, "")},
		Resource: &tools.Resource{
			Kind: "order", Param: "id", Title: "An order", Summary: "Its exact terms, where it stands, and how a person decides it.",
			Icon:   "M2 1H7V8L6 7 5 8 4 7 3 8 2 7zM3 3H6M3 5H6", // a receipt
			Listed: true, Complete: completeOpen(orders),
		},
	}
}

// tellWay tells who waits for an order how it is decided, before the wait.
func tellWay(ctx context.Context, orders order.Service, id string) {
	o, err := orders.Order(ctx, id, request.Caller(ctx), 0)
	if err == nil && o.State == order.Pending && len(o.ApproveAt) > 0 {
		request.Report(ctx, request.Progress{Done: 1, Text: strings.Join(append([]string{id + " waits."}, o.ApproveAt...), " ")})
	}
}

// ListIn is what order_list takes.
type ListIn struct {
	State string `json:"state,omitempty" jsonschema:"enum=pending,enum=executing,enum=scheduled,enum=unknown,enum=done,enum=partial,enum=changed,enum=failed,enum=rejected,enum=expired,enum=cancelled" jsonschema_description:"Only those"`
	Limit int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100,default=10" jsonschema_description:"1 to 100, default 10"`
}

func list(orders order.Service) tools.Declaration {
	return tools.Operation[ListIn, tools.OrdersResult]{
		Name:    name("list"),
		Title:   "List orders",
		Summary: "List the latest orders and where they stand: what waits for approval.",
		Hint:    "list orders of phone numbers: what is waiting for approval, and what was bought",
		Risk:    risk.Read,
		Inward:  true,
		Brief:   true,
		Examples: []tools.Example{
			{Says: "what waits for a decision", Args: map[string]any{"state": "pending"}},
		},
		Run: func(ctx context.Context, in ListIn) (tools.OrdersResult, error) {
			found, err := orders.Orders(ctx, request.Caller(ctx), in.State, in.Limit)
			return tools.OrdersResult{Orders: found}, err
		},
		View:       func(_ ListIn, out tools.OrdersResult) view.Doc { return order.OrdersDoc(out.Orders) },
		Prompts:    []tools.Prompt{waitingPrompt()},
		Paging:     tools.Paging{Limit: "limit"},
		RowActions: []tools.RowAction{{Table: "orders", Column: "id", Operation: "order_get", Param: "id", Label: "Open"}},
	}
}

// CancelIn is what order_cancel takes.
type CancelIn struct {
	ID string `json:"id" jsonschema_description:"Its id"`
}

func cancel(orders order.Service) tools.Declaration {
	return tools.Operation[CancelIn, tools.OrderResult]{
		Name:    name("cancel"),
		Title:   "Cancel an order",
		Summary: "Cancel an order: take back one's own that nobody has decided yet, or one that is scheduled.",
		Hint:    "cancel an order that nobody has approved yet, or take back one that is scheduled",
		Risk:    risk.Local,
		Brief:   true,
		Run: func(ctx context.Context, in CancelIn) (tools.OrderResult, error) {
			o, err := orders.Cancel(ctx, in.ID, request.Caller(ctx))
			return tools.OrderResult{Order: o}, err
		},
		View:      func(_ CancelIn, out tools.OrderResult) view.Doc { return out.Order.Doc() },
		TakesBack: "id",
		Complete:  map[string]tools.Completer{"id": completeIn(orders, order.Pending, order.Scheduled)},
	}
}

// suggestMost is how many ids are suggested.
const suggestMost = 25

// complete suggests the ids of the latest orders, those in one state unless
// it is empty.
func complete(orders order.Service, state order.State) tools.Completer {
	return func(ctx context.Context, partial string) []tools.Choice {
		found, err := orders.Orders(ctx, request.Caller(ctx), string(state), suggestMost)
		if err != nil {
			return nil
		}
		found = slices.DeleteFunc(found, func(o order.Order) bool { return !strings.HasPrefix(o.ID, strings.ToLower(partial)) })
		var choices []tools.Choice
		for _, o := range found {
			choices = append(choices, tools.Choice{Value: o.ID, Label: strings.Join([]string{o.Kind, string(o.State), o.First()}, " ")})
		}
		return choices
	}
}
