// Package digest says what the lines of the morning page lead to, in terms of
// operations, and how somebody begins a conversation with it.
package digest

import (
	"encoding/json"
	"time"

	"didops/internal/digest/daily"
	"didops/internal/order"
	"didops/internal/phone"
)

// Config is what the calls depend on.
type Config struct {
	// MaxNumbers is how many numbers one order takes, as it is now; 0 and nil = no
	// bound.
	MaxNumbers func() int
}

// Act returns what a line leads to: an order where one helps and can be asked
// for with one press, otherwise a look at what the line is about.
func (c Config) Act(l daily.Line) daily.Act {
	switch l.Kind {
	case daily.Lost:
		return show("did_changes", args{"kind": "gone", "since": since(l)})
	case daily.Came:
		return show("did_changes", args{"kind": "new", "since": since(l)})
	case daily.Rerouted:
		return show("did_changes", args{"kind": "routing", "since": since(l)})
	case daily.Fees:
		return show("did_changes", args{"kind": "fee", "since": since(l)})
	case daily.Altered, daily.Verified:
		return show("did_changes", args{"since": since(l)})
	case daily.Waiting:
		return show("did_list", args{"state": "pending_documents"})
	case daily.Unknown:
		return orders(l, "unknown")
	case daily.Unanswered, daily.Kept:
		return orders(l, "")
	case daily.Unsigned, daily.Leaving:
		return orders(l, "scheduled")
	case daily.Renewing:
		return c.giveUp(l, args{"due_before": l.Items[len(l.Items)-1].At.UTC().AddDate(0, 0, 1).Format(time.DateOnly)})
	case daily.Idle:
		return c.giveUp(l, args{"idle_for": "60d"})
	case daily.Cheaper:
		return buy(l.Items[0].Offer)
	case daily.Mandated, daily.Ending:
		return show("mandate_list", args{})
	case daily.Found:
		return buy(cheapest(l))
	}
	return daily.Act{}
}

type args map[string]any

func call(label, operation string, with args, orders bool) daily.Act {
	text, err := json.Marshal(with)
	if err != nil {
		return daily.Act{} // texts always can be
	}
	return daily.Act{Label: label, Call: order.Call{Operation: operation, Args: text}, Orders: orders}
}

func show(operation string, with args) daily.Act { return call("Look…", operation, with, false) }

// since is the day of the earliest change of a line.
func since(l daily.Line) string {
	first := l.Items[0].At
	for _, it := range l.Items {
		if it.At.Before(first) {
			first = it.At
		}
	}
	return first.UTC().Format(time.DateOnly)
}

// orders shows the order that a line is about, or all that stand like it.
func orders(l daily.Line, state string) daily.Act {
	switch {
	case len(l.Items) == 1:
		return show("order_get", args{"id": l.Items[0].Order})
	case state == "":
		return show("order_list", args{})
	}
	return show("order_list", args{"state": state})
}

// giveUp asks to give numbers up before they renew; where one order does not
// take as many, it shows them.
func (c Config) giveUp(l daily.Line, look args) daily.Act {
	numbers := l.Numbers()
	most := 0
	if c.MaxNumbers != nil {
		most = c.MaxNumbers()
	}
	if most > 0 && len(numbers) > most {
		return show("did_list", look)
	}
	return call("Give up before renewal…", "did_unsubscribe", args{"numbers": formatted(numbers), "when": "before_renewal"}, true)
}

func buy(digits string) daily.Act {
	return call("Ask to buy", "did_purchase", args{"numbers": formatted([]string{digits})}, true)
}

// cheapest returns the digits of the number of a line that costs least.
func cheapest(l daily.Line) string {
	best := l.Items[0]
	for _, it := range l.Items {
		if it.Fee.Known() && (!best.Fee.Known() || it.Fee.Cmp(best.Fee) < 0) {
			best = it
		}
	}
	return best.Number
}

func formatted(digits []string) []string {
	list := make([]string, 0, len(digits))
	for _, d := range digits {
		list = append(list, phone.Format(d))
	}
	return list
}
