package store

import (
	"context"

	"didops/internal/order"
)

// mostForeseen is of how many numbers it is asked beforehand at most: the rest is
// asked when it is needed.
const mostForeseen = 50

// orders is the store as orders see it: it is told beforehand what a transaction is
// going to ask.
type orders struct{ domain[order.Tx] }

var _ order.Foreseer = orders{}

// ReadForeseen implements [order.Foreseer].
func (o orders) ReadForeseen(ctx context.Context, f order.Foresight, fn func(order.Tx) error) error {
	return o.s.readAsking(ctx, questions(f), func(t *tx) error { return fn(o.as(t)) })
}

// WriteForeseen implements [order.Foreseer].
func (o orders) WriteForeseen(ctx context.Context, f order.Foresight, fn func(order.Tx) error) error {
	return o.s.writeAsking(ctx, questions(f), f.Joins, func(t *tx) error { return fn(o.as(t)) })
}

// questions are the queries of what is foreseen, as the methods of a transaction ask
// them.
func questions(f order.Foresight) []question {
	var list []question
	ask := func(query string, args ...any) { list = append(list, question{query, storable(args)}) }
	if !f.Due.IsZero() {
		ask(selectDue, f.Exchange, f.Due.UnixMicro())
	}
	for _, id := range f.Orders {
		ask(selectOrder, id)
	}
	if f.Request != "" {
		ask(ordersByKey, f.Exchange, f.Request)
	}
	for _, number := range f.Held[:min(mostForeseen, len(f.Held))] {
		ask(selectHolder, f.Exchange, number)
	}
	for _, number := range f.Past[:min(mostForeseen, len(f.Past))] {
		ask(selectHistory, f.Exchange, number)
	}
	if f.Day != "" {
		ask(selectDay, f.Exchange, f.Day)
	}
	if f.Requester != "" {
		ask(selectRequesters, f.Exchange)
		ask(countOpen, f.Exchange, f.Requester)
	}
	return list
}
