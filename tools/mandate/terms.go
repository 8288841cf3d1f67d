package mandate

import (
	"context"
	"fmt"
	"strings"

	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/request"
	"didops/internal/view"
	"didops/tools"
)

// said is what a mandate says, for people, but for account and routing.
func (c Config) said(t mandate.Terms) view.Fields {
	most := func(numbers int, budget money.Amount) string {
		var parts []string
		if numbers > 0 {
			parts = append(parts, view.Plural(numbers, "number"))
		}
		if budget.Known() {
			parts = append(parts, budget.String()+" "+c.Currency+" due at once")
		}
		return strings.Join(parts, ", ")
	}
	list := view.Fields{
		{Label: "Name", Value: t.Name},
		{Label: "What fits", Value: t.Words},
		{Label: "Of each number", Value: fmt.Sprintf("at most %s %s a month and %s to set up", t.MaxMonthlyFee, c.Currency, t.MaxSetupFee)},
		{Label: "In all", Value: "at most " + most(t.Numbers, t.Budget)},
	}
	if text := most(t.MonthNumbers, t.MonthBudget); text != "" {
		list = append(list, view.Field{Label: "Each month", Value: "at most " + text})
	}
	if t.PerDay > 0 {
		list = append(list, view.Field{Label: "Each day", Value: "at most " + most(t.PerDay, money.Amount{})})
	}
	list = append(list,
		view.Field{Label: "Until", Value: t.Until.UTC().Format(minute)},
		view.Field{Label: "To be stopped", Value: "within " + t.Grace.String() + " of each purchase"},
		view.Field{Label: "Used by", Value: usedBy(t)},
	)
	if t.Watch != "" {
		list = append(list, view.Field{Label: "Buys by itself", Value: "what the watch " + view.Quoted(t.Watch) + " finds"})
	}
	return list
}

func usedBy(t mandate.Terms) string {
	names := []string{"who asked for it"}
	for _, w := range t.Users {
		if w.Role != "" {
			names = append(names, "role "+view.Quoted(w.Role))
		} else {
			names = append(names, view.Quoted(w.Person))
		}
	}
	for _, id := range t.IDs {
		names = append(names, view.Quoted(id))
	}
	return strings.Join(names, ", ")
}

// fieldsOf are the terms of a quote as they were drawn when it was made.
func fieldsOf(q order.Quote) view.Fields {
	var list view.Fields
	for _, t := range q.Lines[0].Terms {
		if t.Name != mandate.Term {
			list = append(list, view.Field{Label: t.Name, Value: t.String()})
		}
	}
	return list
}

// draw draws what people approve.
func (c Config) draw(q order.Quote) []view.Block {
	return []view.Block{fieldsOf(q), view.Text("Each purchase has a quote of its own, is held against this, and is shown at once: whoever may ask for orders can stop it, and revoke the mandate.")}
}

// summarize says the same where space is short: nothing of it may be left out.
func (c Config) summarize(q order.Quote) order.Brief {
	return order.Brief{Changes: []view.Fields{fieldsOf(q)}, Covers: q.Notices}
}

// gist is what must have been read of a mandate.
func (c Config) gist(l order.Line) order.Gist {
	t, err := mandate.Parse(l.Term(mandate.Term))
	if err != nil {
		return order.Gist{Parts: []string{"", ""}}
	}
	return order.Gist{Parts: []string{
		"up to " + view.Plural(t.Numbers, "number") + " (" + t.Words + ")",
		"for " + t.Budget.String() + " " + c.Currency + " in all until " + t.Until.UTC().Format("2 Jan 2006"),
	}}
}

func watchNames(ctx context.Context, c Config, partial string) []tools.Choice {
	if c.Watches == nil {
		return nil
	}
	var choices []tools.Choice
	for _, name := range c.Watches(ctx, caller(ctx)) {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(partial)) && len(choices) < suggestMost {
			choices = append(choices, tools.Choice{Value: name})
		}
	}
	return choices
}

func caller(ctx context.Context) identity.Caller { return request.Caller(ctx) }
