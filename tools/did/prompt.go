package did

import (
	"strings"

	"didops/tools"
)

// findPrompt is how somebody begins who needs a number.
func findPrompt() tools.Prompt {
	return tools.Prompt{
		Name: "find_numbers", Title: "Find numbers", Summary: "Find phone numbers to buy, and compare what they cost.",
		Icon: "M8 8 6 6A3 3 0 1 0 5 6", // a lens
		Blanks: []tools.Blank{
			{Name: "country", Summary: "Where: a country, a region or a dialling code", Param: "country"},
			{Name: "need", Summary: "What for: SMS, a city, a budget, how many"},
		},
		Text: func(filled map[string]string) string {
			where, need := filled["country"], filled["need"]
			if where == "" {
				where = "the country that I tell you: ask me which"
			}
			var text strings.Builder
			text.WriteString("Find phone numbers to buy in " + where + ". ")
			if need != "" {
				text.WriteString("What I need: " + need + ". ")
			}
			text.WriteString("Search with did_search (did_overview says what there is at all; a city stands in description, if at all). " +
				"Show me the best few with set-up and monthly fee, the cost of the first year, what each can do, and whether documents are needed. " +
				"Say if the search was not complete. Ask me which to buy before you order any: nothing is bought until a person approves the order.")
			return text.String()
		},
	}
}

// costPrompt is how somebody begins who pays for numbers.
func costPrompt() tools.Prompt {
	return tools.Prompt{
		Name: "what_do_our_numbers_cost", Title: "What do our numbers cost", Summary: "Add up the fees of the numbers that this account has.",
		Icon:   "M1 3Q4.5 1 8 3Q4.5 5 1 3V6Q4.5 8 8 6V3", // a coin
		Blanks: []tools.Blank{{Name: "country", Summary: "Only there; empty for all", Param: "country"}},
		Text: func(filled map[string]string) string {
			which := "all our phone numbers"
			if where := filled["country"]; where != "" {
				which = "our phone numbers in " + where
			}
			return "List " + which + " with did_list, every page of them, and add up what they cost: each month, and in a year, " +
				"in all and by country and type, in exact decimals. Name the five that cost most, those that wait for documents, " +
				"and those whose fee is not stated. Say if the list was not complete. Change nothing."
		},
	}
}
