package did

import (
	"context"
	"time"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/risk"
	"didops/tools"
)

// UnsubscribeIn is what did_unsubscribe takes.
type UnsubscribeIn struct {
	Numbers []string `json:"numbers" jsonschema:"minItems=1,maxItems=1000" jsonschema_description:"Own E.164 numbers"`
	Reason  string   `json:"reason,omitempty" jsonschema_description:"For who decides"`
}

func (d *writeOps) unsubscribeOperation(numbers tools.Completer) tools.Declaration {
	return tools.Write[UnsubscribeIn]{
		Name:    tools.Name{Noun: "did", Verb: "unsubscribe"},
		Title:   "Ask to give numbers up",
		Summary: "Give up (cancel, release) own phone numbers. No number is given up until a person approves.",
		Doc:     "It can't be undone. Returns an order, as did_purchase does.",
		Hint:    "give up a phone number: cancel, release or unsubscribe own phone numbers, once a person approves",
		Risk:    risk.Destroy,
		Kind:    "unsubscribe",
		Wording: order.Wording{
			Question: func(o order.Order) string { return "Give up " + o.Numbers() + " for good?" },
			Outcome:  func(o order.Order) string { return "Give up " + o.Numbers() + " for good" },
			Past:     "given up", Confirm: order.ConfirmDigits,
			Words: sellersWords(),
		},
		Examples: []tools.Example{
			{Says: "give a number up", Args: map[string]any{"numbers": []string{"+971501234567"}}},
		},
		Complete: map[string]tools.Completer{"numbers": numbers},
		Notes:    map[string]tools.ParamNote{"numbers": d.mostNumbers},
		Lists:    map[string]tools.ListReader{"numbers": numbersIn},
		Identify: d.identifyUnsubscribe, Quote: d.quoteUnsubscribe, Requote: d.requoteOwn,
		Send: d.unsubscribe, Reconcile: d.reconcileUnsubscribe, DrawTerms: d.unsubscribeTermsView, Describe: describeUnsubscribe,
		Summarize: unsubscribeBrief,
		Gist:      unsubscribeGist, Onward: d.unsubscribeOnward,
	}
}

func (d *writeOps) identifyUnsubscribe(in UnsubscribeIn, _ identity.Caller) (order.IdempotencyKey, error) {
	digits, err := digitsOf(in.Numbers)
	return order.IdempotencyKey{Numbers: digits}, err
}

func (d *writeOps) quoteUnsubscribe(ctx context.Context, in UnsubscribeIn, _ identity.Caller) (order.Quote, error) {
	digits, err := digitsOf(in.Numbers)
	if err != nil {
		return order.Quote{}, err
	}
	list, err := lines(ctx, digits, func(ctx context.Context, digits string) (order.Line, error) {
		row, err := d.ownRow(ctx, "numbers", digits)
		if err != nil {
			return order.Line{}, err
		}
		l := ownLine(&row)
		if !row.BilledTo.IsZero() {
			// Not a fact: the end of what is paid for moves on by itself.
			l.Terms = []order.Fact{{Name: termBilledTo, Value: row.BilledTo.UTC().Format(time.DateOnly)}}
		}
		return l, nil
	})
	if err != nil {
		return order.Quote{}, err
	}
	return order.Quote{Lines: list, Notices: []string{forGood(list)}}, nil
}

// forGood warns of what can't be undone.
func forGood(list []order.Line) string {
	if len(list) > 1 {
		return "Giving numbers up can't be undone: anybody may buy them next."
	}
	return "Giving a number up can't be undone: anybody may buy it next."
}

func (d *writeOps) unsubscribe(ctx context.Context, l order.Line) error {
	return d.Writer.Unsubscribe(ctx, l.ID)
}
