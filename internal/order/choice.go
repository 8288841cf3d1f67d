package order

import (
	"slices"
	"time"
)

// chosen keeps with a quote by what its numbers were chosen, and returns the key
// of the request with the numbers that the choice has come to.
func chosen(id IdempotencyKey, q *Quote, policy Policy) (IdempotencyKey, error) {
	if id.Choice == "" {
		return id, nil
	}
	q.Choice = id.Choice
	for _, l := range q.Lines {
		id.Numbers = append(id.Numbers, l.Number)
	}
	return id, policy.numbers(len(id.Numbers))
}

// chosenAmong is how many orders of a requester are searched for the one of the
// same choice.
const chosenAmong = 50

// alike returns the order of the same choice and terms that answers a request
// which chooses its numbers. What is carried out takes numbers out of a choice:
// while it goes on, the rest of them is the same request, and once nothing is
// left, an order that has just ended is.
func (e *Engine) alike(tx Tx, r *Record, id IdempotencyKey, now time.Time) (*Record, error) {
	if id.Choice == "" {
		return nil, nil
	}
	list, err := tx.Orders(Filter{Exchange: e.Exchange, Requester: r.Requester.String(), Limit: chosenAmong})
	if err != nil {
		return nil, err
	}
	for _, old := range list {
		was := IdempotencyKey{Numbers: old.numbers(), Terms: id.Terms}
		key, err := e.key(tx, r.Tool, was, r.Requester)
		if err != nil {
			return nil, err
		}
		rest := !slices.ContainsFunc(id.Numbers, func(n string) bool { return !slices.Contains(was.Numbers, n) })
		if old.Tool != r.Tool || old.Quote.Choice != id.Choice || old.Key != key || !rest || len(id.Numbers) > 0 && !old.holding() {
			continue
		}
		if answers, err := e.answers(tx, old, was, now); answers || err != nil {
			return &old, err
		}
	}
	return nil, nil
}

// numbers returns the digits of all lines.
func (r Record) numbers() []string {
	var list []string
	for _, l := range r.Quote.Lines {
		list = append(list, l.Number)
	}
	return list
}
