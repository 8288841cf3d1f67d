package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"didops/bots/shell"
	"didops/internal/approval"
	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/render"
	"didops/internal/risk"
	"didops/internal/view"
)

func (a *app) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "See which rules of approval apply, and try others",
		Long: "Rules of approval ([[approval.rules]]) say who may approve what. They are looked at in order, for each line of an " +
			"order, and the first that fits counts; an order needs what the rules of all its lines need together.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	since := ""
	try := &cobra.Command{
		Use:   "try NEW.toml",
		Short: "Say what past orders would have needed by another configuration",
		Args:  exactly("NEW.toml"),
		RunE:  func(cmd *cobra.Command, args []string) error { return a.tryPolicy(cmd.Context(), args[0], since) },
	}
	try.Flags().StringVar(&since, "since", "90d", "How far back: a `TIME` such as 90d or 36h")
	cmd.AddCommand(
		&cobra.Command{
			Use:   "explain ORDER",
			Short: "Say which rules an order is under, why, what is missing and who could act",
			Args:  exactly("ORDER"),
			RunE:  func(cmd *cobra.Command, args []string) error { return a.explainPolicy(cmd.Context(), args[0]) },
		},
		try,
		&cobra.Command{
			Use:   "test FILE",
			Short: "Check the rules against cases that a team keeps beside its configuration",
			Args:  exactly("FILE"),
			RunE:  func(_ *cobra.Command, args []string) error { return a.testPolicy(args[0]) },
		},
	)
	return cmd
}

// exactly refuses anything but one argument, by its name.
func exactly(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return invalid(name, "%s takes one argument, %s", cmd.CommandPath(), name).WithHint("see %s --help", cmd.CommandPath())
	}
}

// holes returns the rules of a configuration under which nobody could approve,
// on the store of that user of the operating system.
func holes(c *config.Config, user string, now time.Time) []approval.Problem {
	catalog, err := described()
	if err != nil {
		return nil // told by whoever runs an operation
	}
	var operations, buying []string
	for _, t := range catalog.Tools() {
		if !t.Orders() {
			continue
		}
		operations = append(operations, t.Name().String())
		if t.Risk() == risk.Spend {
			buying = append(buying, t.Name().String())
		}
	}
	return policyOf(c, user).Holes(now, operations, buying)
}

func (a *app) explainPolicy(ctx context.Context, id string) error {
	if _, err := a.gate(ctx); err != nil {
		return err
	}
	x, err := a.engine.Explain(ctx, id, identity.Caller{Principal: a.person(ctx), Frontend: identity.FrontShell})
	if err != nil {
		return err
	}
	if a.flags.JSON {
		return a.writeJSON(x)
	}
	return a.draw(explanationDoc(x))
}

func (a *app) draw(doc view.Doc) error {
	return render.Plain(a.Out, doc, render.PlainOptions{Width: a.Width, Color: a.colors(a.OutTTY)})
}

func explanationDoc(x order.Explanation) view.Doc {
	doc := view.Doc{Title: "Order " + x.Order + " · " + string(x.State), Summary: "By rule " + strings.Join(view.QuotedAll(x.Needs.Rules), " and ") + ": " + x.Verdict.String() + "."}
	doc.Blocks = append(doc.Blocks, needFields(x))
	why := view.Table{Columns: []view.Column{{Title: "Number"}, {Title: "Rule"}, {Title: "Fits"}, {Title: "Why not", Loose: true, Prose: true}}}
	for _, w := range x.Why {
		why.Rows = append(why.Rows, []string{w.Line, w.Rule, map[bool]string{true: "yes", false: "no"}[w.Fits], w.Not})
	}
	if len(why.Rows) > 0 {
		doc.Blocks = append(doc.Blocks, why)
	}
	var decisions view.Fields
	for _, d := range x.Decisions {
		text := d.String()
		switch {
		case d.Why != "":
			text += "; does not count: " + d.Why
		case d.Decision == "approved":
			text += "; counts"
		}
		decisions = append(decisions, view.Field{Label: "Decided", Value: text})
	}
	if len(decisions) > 0 {
		doc.Blocks = append(doc.Blocks, decisions)
	}
	if x.State == order.Pending {
		able := "Nobody could act now."
		if len(x.Able) > 0 {
			able = "Could act now: " + strings.Join(x.Able, ", ") + "."
		}
		doc.Blocks = append(doc.Blocks, view.Text(able))
	}
	return doc
}

// needFields says what an order needs and, where that is another thing, what it
// was asked under.
func needFields(x order.Explanation) view.Fields {
	list := view.Fields{{Label: "Needs", Value: needsText(x.Needs)}}
	if approval.Compare(x.Asked, x.Present) != approval.Same {
		list = append(list, view.Field{Label: "Asked under", Value: needsText(x.Asked)}, view.Field{Label: "Rules now", Value: needsText(x.Present)})
	}
	for _, m := range x.Verdict.Missing {
		list = append(list, view.Field{Label: "Missing", Value: m})
	}
	return list
}

// needsText says what is needed in a sentence.
func needsText(n approval.Needs) string {
	if n.Refused() {
		return "refused by rule " + view.Quoted(n.Refuse[0].Rule)
	}
	parts := []string{view.Plural(n.Count, "approval")}
	for _, g := range n.Eligible {
		text := "of " + g.String()
		if len(g.Later) > 0 {
			text += fmt.Sprintf(" (after %s others as well)", approval.Short(g.After))
		}
		parts = append(parts, text)
	}
	for _, g := range n.Including {
		parts = append(parts, "one of "+g.String())
	}
	if n.Strength > identity.Dialog {
		parts = append(parts, "by "+n.Strength.String())
	}
	if !n.RequesterCounts {
		parts = append(parts, "not the requester's")
	}
	if n.Wait > 0 {
		parts = append(parts, "sent "+approval.Short(n.Wait)+" later")
	}
	return strings.Join(parts, ", ")
}

// policyTrial is what "didops policy try --json" prints.
type policyTrial struct {
	Since  time.Time                 `json:"since"`
	Orders int                       `json:"orders"`
	Counts map[approval.Relation]int `json:"counts"`
	List   []order.Tried             `json:"list"`
}

func (a *app) tryPolicy(ctx context.Context, file, since string) error {
	back, err := howLong(since)
	if err != nil {
		return err
	}
	next, err := config.Load(config.Source{Flag: file, Getenv: a.Getenv})
	if err != nil {
		return err
	}
	user := a.person(ctx).ID
	if err := next.Refuse(holes(next, user, a.Now())); err != nil {
		return err
	}
	if _, err := a.gate(ctx); err != nil {
		return err
	}
	t := policyTrial{Since: a.Now().Add(-back).UTC().Truncate(time.Second), Counts: map[approval.Relation]int{}}
	if t.List, err = a.engine.Try(ctx, policyOf(next, user), t.Since); err != nil {
		return err
	}
	t.Orders = len(t.List)
	for _, r := range approval.Relations() {
		t.Counts[r] = 0
	}
	for _, l := range t.List {
		t.Counts[l.Relation]++
	}
	if a.flags.JSON {
		return a.writeJSON(t)
	}
	return a.draw(trialDoc(t))
}

// howLong reads a time as 90d or 36h.
func howLong(s string) (time.Duration, error) {
	if number, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(number, 10, 12); err == nil && n > 0 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, invalid("since", "--since must be a time such as 90d or 36h")
	}
	return d, nil
}

func trialDoc(t policyTrial) view.Doc {
	doc := view.Doc{Title: "Policy tried on past orders", Summary: fmt.Sprintf("%s since %s.", view.Plural(t.Orders, "order"), t.Since.Format(time.DateOnly))}
	var counts view.Fields
	for _, r := range approval.Relations() {
		counts = append(counts, view.Field{Label: string(r), Value: strconv.Itoa(t.Counts[r])})
	}
	doc.Blocks = append(doc.Blocks, counts)
	table := view.Table{Columns: []view.Column{{Title: "Order"}, {Title: "Asked at"}, {Title: "Would be"}, {Title: "Now", Loose: true}, {Title: "Then", Loose: true}}}
	for _, l := range t.List {
		if l.Relation == approval.Same {
			continue
		}
		then := strings.Join(view.QuotedAll(l.Next.Rules), ", ") + ": " + needsText(l.Next)
		if l.Why != "" {
			then = strings.Join(view.QuotedAll(l.Next.Rules), ", ") + ": " + l.Why
		}
		table.Rows = append(table.Rows, []string{l.Order, l.Created.Format(time.DateTime), string(l.Relation), strings.Join(view.QuotedAll(l.Now.Rules), ", ") + ": " + needsText(l.Now), then})
	}
	if len(table.Rows) > 0 {
		doc.Blocks = append(doc.Blocks, table)
	}
	return doc
}

// policyTest is what "didops policy test --json" prints.
type policyTest struct {
	Cases  int               `json:"cases"`
	Failed int               `json:"failed"`
	List   []approval.Tested `json:"list"`
}

// testPolicy holds the rules against cases. One that fails is an error.
func (a *app) testPolicy(file string) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	cases, err := config.LoadCases(config.Source{Flag: file, Getenv: a.Getenv}, c)
	if err != nil {
		return err
	}
	t := policyTest{Cases: len(cases), List: c.Rules().Test(cases)}
	for _, l := range t.List {
		if len(l.Wrong) > 0 {
			t.Failed++
		}
	}
	if a.flags.JSON {
		err = a.writeJSON(t)
	} else {
		err = a.draw(testDoc(t))
	}
	if err == nil && t.Failed > 0 {
		err = shell.Shown(fault.New(fault.Conflict, "%s of %d failed", view.Plural(t.Failed, "case"), t.Cases))
	}
	return err
}

func testDoc(t policyTest) view.Doc {
	doc := view.Doc{Title: "Policy test", Summary: fmt.Sprintf("%d of %s as expected.", t.Cases-t.Failed, view.Plural(t.Cases, "case"))}
	table := view.Table{Columns: []view.Column{{Title: "Case", Loose: true}, {Title: "Result"}, {Title: "Why", Loose: true, Prose: true}}}
	for _, l := range t.List {
		result := "ok"
		if len(l.Wrong) > 0 {
			result = "FAILED"
		}
		table.Rows = append(table.Rows, []string{l.Name, result, strings.Join(slices.Concat(l.Wrong), "; ")})
	}
	doc.Blocks = append(doc.Blocks, table)
	return doc
}
