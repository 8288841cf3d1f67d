package order

import (
	"context"

	"didops/internal/order"
	"didops/tools"
)

// completeOpen suggests the ids of the orders that are not over: those that wait
// first, then those whose outcome is open.
func completeOpen(orders order.Service) tools.Completer {
	return completeIn(orders, order.Pending, order.Executing, order.Unknown, order.Scheduled)
}

// completeIn suggests the ids of the orders in some states, those in the first
// first.
func completeIn(orders order.Service, states ...order.State) tools.Completer {
	return func(ctx context.Context, partial string) []tools.Choice {
		var list []tools.Choice
		for _, state := range states {
			list = append(list, complete(orders, state)(ctx, partial)...)
		}
		return list[:min(len(list), suggestMost)]
	}
}

// waitingPrompt is how somebody begins who may have something to decide.
func waitingPrompt() tools.Prompt {
	return tools.Prompt{
		Name: "what_waits_for_me", Title: "What waits for me", Summary: "The orders that wait for a person's decision, and how to decide them.",
		Icon: "M4.5 1A3.5 3.5 0 1 0 4.6 1M4.5 2.5V5L6 6", // a clock
		Text: func(map[string]string) string {
			return "List the orders that wait for a decision: order_list with state pending, then order_get for the terms of each. " +
				"For each tell me what would happen to which numbers, what it costs now and each month, who asked for it and why, until when it waits, " +
				"and exactly how I approve or reject it myself. Begin with the one that expires first. Decide and cancel nothing."
		},
	}
}
