package did

import (
	"context"
	"time"

	"didops/tools"
)

// UnsubscribeIn is what did_unsubscribe takes.
type UnsubscribeIn struct {
	Numbers []string `json:"numbers" jsonschema:"minItems=1,maxItems=1000" jsonschema_description:"Phone numbers in E.164"`
	Reason  string   `json:"reason,omitempty" jsonschema_description:"For the person who decides"`
}

func (d *dealings) unsubscribeOperation(numbers tools.Completer) tools.Declaration {
	return tools.Write[UnsubscribeIn]{
		Name:    tools.Name{Noun: "did", Verb: "unsubscribe"},
		Title:   "Ask to give numbers up",
		Summary: "Ask for own numbers to be given up. Nothing is given up until a person approves.",
		Doc:     "It can't be undone. Returns an order, as did_purchase does.",
		Risk:    tools.Destroy,
		Examples: []tools.Example{
			{Says: "give a number up", Args: map[string]any{"numbers": []string{"+971501234567"}}},
		},
		Complete: map[string]tools.Completer{"numbers": numbers},
		Identify: d.identifyUnsubscribe, Quote: d.quoteUnsubscribe, Again: d.ownAgain,
		Send: d.unsubscribe, Look: d.lookUnsubscribe, Card: d.unsubscribeCard,
	}
}

func (d *dealings) identifyUnsubscribe(in UnsubscribeIn, _ tools.Asker) (tools.Identity, error) {
	digits, err := digitsOf("numbers", in.Numbers...)
	return tools.Identity{Numbers: digits}, err
}

func (d *dealings) quoteUnsubscribe(ctx context.Context, in UnsubscribeIn, _ tools.Asker) (tools.Quote, error) {
	digits, err := digitsOf("numbers", in.Numbers...)
	if err != nil {
		return tools.Quote{}, err
	}
	list, err := lines(ctx, digits, func(ctx context.Context, digits string) (tools.Line, error) {
		row, err := d.ownRow(ctx, "numbers", digits)
		if err != nil {
			return tools.Line{}, err
		}
		l := row.line()
		if !row.BilledTo.IsZero() {
			// Not a fact: the end of what is paid for moves on by itself.
			l.Terms = []tools.Fact{{Name: termBilledTo, Value: row.BilledTo.UTC().Format(time.DateOnly)}}
		}
		return l, nil
	})
	if err != nil {
		return tools.Quote{}, err
	}
	warning := "Giving a number up can't be undone: anybody may buy it next."
	if len(list) > 1 {
		warning = "Giving numbers up can't be undone: anybody may buy them next."
	}
	return tools.Quote{Lines: list, Notices: []string{warning}}, nil
}

func (d *dealings) unsubscribe(ctx context.Context, l tools.Line) error {
	return d.Dealer.Unsubscribe(ctx, l.ID)
}
