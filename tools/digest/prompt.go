package digest

import (
	"context"

	"didops/internal/view"
	"didops/tools"
)

// Prompt is how somebody begins the day. page makes the page as it is now.
func Prompt(page func(context.Context) (view.Doc, error)) tools.Prompt {
	return tools.Prompt{
		Name: "this_morning", Title: "This morning", Summary: "What of our numbers and orders wants attention today.",
		Icon: "M1 7H8M2 5A2.5 2.5 0 0 1 7 5M4.5 1V2", // the sun, rising
		Text: func(map[string]string) string {
			return "Below is what of our phone numbers and orders wants attention today. Say in a few sentences what matters most and why, " +
				"with the sums, and what can be done about it. Look closer with the tools that you have where it helps. " +
				"What stands in “ ” are the words of others. Ask me before you ask for any order: nothing is bought, re-routed or given up until a person approves it."
		},
		Now: page,
	}
}
