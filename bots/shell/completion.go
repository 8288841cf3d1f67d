package shell

import (
	"context"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"didops/bots/csvout"
	"didops/internal/sanitize"
	"didops/tools"
)

// Completion asks the gate, which answers from memory, and keeps silent about
// everything that goes wrong: a message would land in the line being typed.

// inOrder keeps the gate's order, which is best first, and never offers files.
const inOrder = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder

// completeFlags makes the flag of each parameter suggest its values.
func (v *verb) completeFlags(cmd *cobra.Command) {
	for _, p := range v.tool.Params() {
		err := cmd.RegisterFlagCompletionFunc(flagName(p), func(cmd *cobra.Command, _ []string, partial string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return v.suggest(cmd.Context(), p, v.held[p.Name].texts, partial), inOrder
		})
		if err != nil {
			continue // without suggestions the flag still works
		}
	}
}

// completeArgument suggests values for the parameter that the next argument
// without a flag goes to.
func (v *verb) completeArgument(cmd *cobra.Command, args []string, partial string) ([]cobra.Completion, cobra.ShellCompDirective) {
	texts, surplus := place(v.tool.Params(), v.held, args)
	for _, p := range positions(v.tool.Params()) {
		if len(surplus) == 0 && (p.Type == tools.ParamList || len(texts[p.Name]) == 0) {
			return v.suggest(cmd.Context(), p, texts[p.Name], partial), inOrder
		}
	}
	return nil, inOrder
}

// suggest returns the values that begin with what was typed, each with what
// it stands for, without those given already.
func (v *verb) suggest(ctx context.Context, p tools.Param, given []string, partial string) []cobra.Completion {
	var before string
	if p.Type == tools.ParamList {
		cut := strings.LastIndexByte(partial, ',') + 1
		before, partial = partial[:cut], partial[cut:]
		given = strings.Split(strings.Join(append(slices.Clone(given), before), ","), ",")
	} else {
		given = nil
	}
	var list []cobra.Completion
	for _, c := range v.choices(ctx, p, partial) {
		value, fits := continued(c.Value, partial)
		if fits && !slices.Contains(given, value) {
			list = append(list, cobra.CompletionWithDesc(before+value, sanitize.Clean(c.Label, math.MaxInt)))
		}
	}
	return list
}

func (v *verb) choices(ctx context.Context, p tools.Param, partial string) []tools.Choice {
	if p.Type == tools.ParamBoolean {
		return []tools.Choice{{Value: "true"}, {Value: "false"}}
	}
	gate, err := v.Gate(ctx)
	if err != nil {
		return nil
	}
	return gate.Complete(ctx, v.request(ctx), p.Name, partial)
}

// continued returns a value as a continuation of what was typed, because
// shells drop any other: a number without its + where none was typed, the
// case of letters as typed.
func continued(value, partial string) (string, bool) {
	if strings.ContainsFunc(value, unicode.IsControl) {
		return "", false
	}
	if !strings.HasPrefix(partial, "+") && partial != "" {
		value = csvout.Digits(value)
	}
	if len(value) < len(partial) || !strings.EqualFold(value[:len(partial)], partial) {
		return "", false
	}
	return partial + value[len(partial):], true
}
