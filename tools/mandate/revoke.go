package mandate

import (
	"context"
	"strings"

	"didops/internal/mandate"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// RevokeIn is what mandate_revoke takes.
type RevokeIn struct {
	Name string `json:"name" jsonschema_description:"Its name"`
}

// RevokeOut is what mandate_revoke returns.
type RevokeOut struct {
	tools.Envelope
	Currency string   `json:"currency" jsonschema_description:"Of amounts"`
	Mandate  Mandate  `json:"mandate"`
	Stopped  []string `json:"stopped"` // orders that were taken back
}

func revokeOperation(c Config) tools.Declaration {
	return tools.Operation[RevokeIn, RevokeOut]{
		Name:     name("revoke"),
		Title:    "Revoke a mandate",
		Group:    Group,
		Apart:    true,
		Summary:  "Revoke a mandate: nothing more is bought by it, and what was not sent yet is taken back.",
		Hint:     "stop, withdraw or revoke a mandate, a standing permission",
		Risk:     risk.Local,
		Brief:    true,
		Run:      c.revoke,
		View:     viewRevoke,
		Complete: map[string]tools.Completer{"name": complete(c)},
	}
}

func (c Config) revoke(ctx context.Context, in RevokeIn) (RevokeOut, error) {
	name, err := mandate.Name(in.Name)
	if err != nil {
		return RevokeOut{}, inField("name", err)
	}
	m, stopped, err := c.Mandates().RevokeMandate(ctx, name, caller(ctx))
	if err != nil {
		return RevokeOut{}, err
	}
	return RevokeOut{Currency: c.Currency, Mandate: mandateOf(m), Stopped: append([]string{}, stopped...)}, nil
}

func viewRevoke(_ RevokeIn, out RevokeOut) view.Doc {
	said := "Nothing was on its way."
	if len(out.Stopped) > 0 {
		said = "Taken back: " + strings.Join(out.Stopped, ", ") + "."
	}
	m := out.Mandate
	return view.Doc{Title: "Mandate revoked", Summary: "Nothing more is bought by mandate " + m.Name + ". " + said, Blocks: []view.Block{view.Fields{
		{Label: "Bought by it", Value: view.Plural(m.Used, "number") + " for " + m.Spent.String() + " " + out.Currency},
	}}}
}
