package csvout

import (
	"strings"
	"time"

	"didops/internal/money"
	"didops/internal/order"
)

// receipt is orders as a sheet: a row for each of their lines, which says what
// order it belongs to. A list of orders is the same one below the other, so
// that a spreadsheet can add up what numbers cost.
func receipt(orders []order.Order) sheet {
	columns := []string{
		"order", "kind", "order_state", "created_at", "requested_by", "decided_at", "decided_by", "reason", "currency",
		"number", "i_did", "state", "setup_fee", "monthly_fee", "documents_required", "message", "differs",
	}
	return sheet{columns, func(take func(row) error) error {
		for _, o := range orders {
			for _, l := range o.Lines {
				values := lineOf(o, l)
				if err := take(func(column string) any { return values[column] }); err != nil {
					return err
				}
			}
		}
		return nil
	}}
}

func lineOf(o order.Order, l order.LineView) map[string]any {
	var deciders []string
	for _, d := range o.DecidedBy {
		deciders = append(deciders, d.Name)
	}
	values := map[string]any{
		"order": o.ID, "kind": o.Kind, "order_state": string(o.State), "created_at": o.CreatedAt, "decided_at": known(o.DecidedAt),
		"requested_by": o.RequestedBy.Name, "decided_by": strings.Join(deciders, ", "), "reason": o.Reason, "currency": o.Currency,
		"number": l.Number, "i_did": l.ID, "state": string(l.State), "message": l.Message,
		"differs": l.Differs.String(), "setup_fee": amount(l.SetupFee), "monthly_fee": amount(l.MonthlyFee),
	}
	if l.Documents != nil {
		values["documents_required"] = *l.Documents
	}
	return values
}

func known(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

func amount(a money.Amount) any {
	if !a.Known() {
		return nil
	}
	return a
}
