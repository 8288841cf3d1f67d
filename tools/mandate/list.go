package mandate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// ListIn is what mandate_list takes.
type ListIn struct {
	All bool `json:"all,omitempty" jsonschema_description:"Also revoked and ended ones"`
}

// ListOut is what mandate_list returns.
type ListOut struct {
	tools.Envelope
	Currency string    `json:"currency" jsonschema_description:"Of amounts"`
	Mandates []Mandate `json:"mandates"`
}

// Mandate is a mandate as results show it.
type Mandate struct {
	Name      string       `json:"name"`
	ID        string       `json:"id"`
	State     string       `json:"state"` // in force, revoked, over
	Filter    string       `json:"filter"`
	Monthly   money.Amount `json:"max_monthly_fee"`
	Setup     money.Amount `json:"max_setup_fee"`
	Count     int          `json:"count"`
	Used      int          `json:"used"` // of these, reserved ones included
	Budget    money.Amount `json:"budget"`
	Spent     money.Amount `json:"spent"` // likewise
	Open      int          `json:"open"`  // of these, still to be sent
	Until     time.Time    `json:"until"`
	Grace     int          `json:"grace"` // seconds
	Users     string       `json:"users" quoted:"true"`
	Watch     string       `json:"watch,omitempty" quoted:"true"`
	Order     string       `json:"order"` // by which it was approved
	Approved  string       `json:"approved" quoted:"true"`
	RevokedAt *time.Time   `json:"revoked_at,omitempty"`
	RevokedBy string       `json:"revoked_by,omitempty" quoted:"true"`
}

func listOperation(c Config) tools.Declaration {
	return tools.Operation[ListIn, ListOut]{
		Name:    name("list"),
		Title:   "List mandates",
		Group:   Group,
		Apart:   true,
		Summary: "List the mandates to buy, and what is left of them.",
		Hint:    "which mandates, standing permissions, there are, and what is left of their budgets",
		Risk:    risk.Read,
		Inward:  true,
		Brief:   true,
		Run:     c.list,
		View:    viewList,
	}
}

func (c Config) list(ctx context.Context, in ListIn) (ListOut, error) {
	out := ListOut{Currency: c.Currency, Mandates: []Mandate{}}
	list, err := c.Mandates().Mandates(ctx, caller(ctx))
	for _, m := range list {
		if in.All || m.InForce() {
			out.Mandates = append(out.Mandates, mandateOf(m))
		}
	}
	return out, err
}

func mandateOf(m order.MandateState) Mandate {
	out := Mandate{
		Name: m.Terms.Name, ID: m.ID, State: "in force", Filter: m.Terms.Words, Monthly: m.Terms.MaxMonthlyFee, Setup: m.Terms.MaxSetupFee,
		Count: m.Terms.Numbers, Used: m.Numbers, Budget: m.Terms.Budget, Spent: m.Spent, Open: m.Open, Until: m.Terms.Until.UTC(),
		Grace: int(m.Terms.Grace / time.Second), Users: usedBy(m.Terms), Watch: m.Terms.Watch, Order: m.Order,
	}
	var who []string
	for _, d := range m.Approved {
		who = append(who, d.String())
	}
	out.Approved = strings.Join(who, "; ")
	switch {
	case !m.Revoked.IsZero():
		out.State, out.RevokedAt, out.RevokedBy = "revoked", &m.Revoked, m.RevokedBy.String()
	case m.Over:
		out.State = "over"
	}
	return out
}

func viewList(_ ListIn, out ListOut) view.Doc {
	doc := view.Doc{Title: "Mandates", Summary: "There are no mandates."}
	if len(out.Mandates) == 0 {
		return doc
	}
	doc.Summary = view.Plural(len(out.Mandates), "mandate") + "."
	t := view.Table{Columns: []view.Column{
		{Title: "Name"},
		{Title: "State", Lead: true},
		{Title: "What fits", Loose: true},
		{Title: "Bought", Right: true},
		{Title: "Spent " + out.Currency, Right: true},
		{Title: "Until"},
		{Title: "Approved", Loose: true, Extra: true},
	}}
	for _, m := range out.Mandates {
		t.Rows = append(t.Rows, []string{
			m.Name, m.State, m.Filter, fmt.Sprintf("%d of %d", m.Used, m.Count), fmt.Sprintf("%s of %s", m.Spent, m.Budget),
			m.Until.UTC().Format(minute), "order " + m.Order + ": " + m.Approved,
		})
	}
	doc.Blocks = append(doc.Blocks, t)
	return doc
}
