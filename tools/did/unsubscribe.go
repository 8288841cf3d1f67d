package did

import (
	"context"
	"time"

	"didops/internal/exchange"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/risk"
	"didops/tools"
)

// UnsubscribeIn is what did_unsubscribe takes.
type UnsubscribeIn struct {
	Numbers []string `json:"numbers" jsonschema:"minItems=1,maxItems=1000" jsonschema_description:"Own E.164 numbers"`
	When    string   `json:"when,omitempty" jsonschema:"enum=now,enum=before_renewal,default=now" jsonschema_description:"now (default), or before_renewal: 2 hours before the next charge"`
	Reason  string   `json:"reason,omitempty" jsonschema_description:"For who decides"`
}

func (d *writeOps) unsubscribeOperation(numbers tools.Completer) tools.Declaration {
	return tools.Write[UnsubscribeIn]{
		Name:    tools.Name{Noun: "did", Verb: "unsubscribe"},
		Title:   "Ask to give numbers up",
		Summary: "Give up (cancel, release) own phone numbers. No number is given up until a person approves.",
		Doc:     "It can't be undone.",
		Hint:    "give up a phone number: cancel, release or unsubscribe own phone numbers, once a person approves",
		Risk:    risk.Destroy,
		Kind:    "unsubscribe",
		Wording: order.Wording{
			Question: func(o order.Order) string { return givesUp(o) + "?" },
			Outcome:  givesUp,
			Past:     "given up", Confirm: order.ConfirmDigits,
			Words: sellersWords(),
		},
		Examples: []tools.Example{
			{Says: "give a number up", Args: map[string]any{"numbers": []string{"+971501234567"}}},
			{Says: "not before it would be charged again", Args: map[string]any{"numbers": []string{"+971501234567"}, "when": beforeRenewal}},
		},
		Complete: map[string]tools.Completer{"numbers": numbers},
		Notes:    map[string]tools.ParamNote{"numbers": d.mostNumbers},
		Lists:    map[string]tools.ListReader{"numbers": numbersIn},
		Identify: d.identifyUnsubscribe, Quote: d.quoteUnsubscribe, Requote: d.requoteUnsubscribe,
		Send: d.unsubscribe, Reconcile: d.reconcileUnsubscribe, DrawTerms: d.unsubscribeTermsView, Describe: describeUnsubscribe,
		Summarize: unsubscribeBrief,
		Gist:      unsubscribeGist, Onward: d.unsubscribeOnward,
		Notices: unsubscribeNotices,
	}
}

func (d *writeOps) identifyUnsubscribe(in UnsubscribeIn, _ identity.Caller) (order.IdempotencyKey, error) {
	digits, err := digitsOf(in.Numbers)
	id := order.IdempotencyKey{Numbers: digits}
	if in.When == beforeRenewal {
		id.Terms = beforeRenewal
	}
	return id, err
}

func (d *writeOps) quoteUnsubscribe(ctx context.Context, in UnsubscribeIn, _ identity.Caller) (order.Quote, error) {
	digits, err := digitsOf(in.Numbers)
	if err != nil {
		return order.Quote{}, err
	}
	find, err := d.finder(ctx, digits)
	if err != nil {
		return order.Quote{}, err
	}
	list, err := lines(ctx, digits, func(ctx context.Context, digits string) (order.Line, error) {
		row, err := ownRow(ctx, find, "numbers", digits)
		if err != nil {
			return order.Line{}, err
		}
		l := ownLine(&row)
		if in.When == beforeRenewal {
			l.Facts = append(l.Facts, renewal(&row))
			l.Send, err = window(&row, d.Now())
			return l, err
		}
		if !row.BilledTo.IsZero() {
			// Not a fact: the end of what is paid for moves on by itself.
			l.Terms = []order.Fact{{Name: termBilledTo, Value: row.BilledTo.UTC().Format(time.DateOnly)}}
		}
		return l, nil
	})
	if err != nil {
		return order.Quote{}, err
	}
	q := order.Quote{Lines: list, Notices: []string{forGood(list)}}
	if in.When == beforeRenewal {
		q.Notices = append(q.Notices, planned(list))
	}
	return q, nil
}

// requoteUnsubscribe reads the line once more; of one that is given up before it
// renews also until when it is paid for.
func (d *writeOps) requoteUnsubscribe(ctx context.Context, l order.Line) (order.Line, error) {
	var row exchange.Owned
	now, err := d.requoted(ctx, l, &row)
	if err == nil && now.Gone == "" && !l.Send.IsZero() {
		now.Facts = append(now.Facts, renewal(&row))
	}
	return now, err
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
