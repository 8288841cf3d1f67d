package order

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/risk"
	"didops/internal/view"
)

const (
	// KindDrill is what orders are called that only find out who is there.
	KindDrill = "drill"

	// DrillOperation is by what they are made. There is nothing of them to send.
	DrillOperation = "approvers_drill"

	// drillAnswered is the event of somebody who is there.
	drillAnswered = "drill answered"
)

// Driller finds out who could decide orders. [Engine] implements it. Safe for
// concurrent use. Every error is a fault.
type Driller interface {
	// Drill asks everybody who may decide orders whether they are there, for so
	// long, by an order that holds no number, costs nothing and can't be sent. One
	// that still asks is returned as it is.
	Drill(ctx context.Context, by identity.Caller, lasts time.Duration) (Order, error)
	// DrillReport returns who answered the latest drill, who can act, and at which
	// hours nobody can.
	DrillReport(ctx context.Context, by identity.Caller) (DrillReport, error)
}

var _ Driller = (*Engine)(nil)

// drill reports whether the order only finds out who is there.
func (r Record) drill() bool { return r.Kind == KindDrill }

// drillHandler speaks of drills. It has nothing by which anything is quoted or
// sent.
func drillHandler() *Handler {
	return &Handler{
		Operation: DrillOperation, Kind: KindDrill, Risk: risk.Change,
		Wording: Wording{
			Question: func(Order) string { return "Are you there?" },
			Outcome:  func(Order) string { return "I'm here" },
			Past:     "done", Confirm: ConfirmYes,
		},
		DrawTerms: func(Quote) []view.Block {
			return []view.Block{view.Text("A drill: it finds out who is there to decide orders. Nothing is bought, changed or given up by it.")}
		},
		Summarize: func(Quote) Brief { return Brief{Danger: "Nothing is bought, changed or given up by it."} },
	}
}

// Drill implements [Driller].
func (e *Engine) Drill(ctx context.Context, by identity.Caller, lasts time.Duration) (Order, error) {
	if err := errors.Join(e.begins(), mayEdit(by)); err != nil {
		return Order{}, err
	}
	var r Record
	err := e.write(ctx, func(tx Tx) error {
		now := e.now()
		key, err := drillKey(tx, e.Exchange)
		if err != nil {
			return err
		}
		before, err := tx.Requests(e.Exchange, key)
		if err != nil {
			return err
		}
		if len(before) > 0 {
			if r, err = e.expire(tx, before[0].ID, now); err != nil || r.Phase == PhasePending {
				return err
			}
		}
		next := Record{
			Exchange: e.Exchange, Tool: DrillOperation, Kind: KindDrill, Risk: risk.Change, Phase: PhasePending, Key: key,
			Requester: e.party(by.Principal), Currency: e.Currency, Created: now, Expires: now.Add(lasts),
			Asked: Rules{Needed: 1, RequesterMayApprove: true}, Lines: []LineRecord{},
		}
		if next.Hash, err = next.seal(tx); err == nil {
			r, err = e.insert(tx, next, "", by)
		}
		return err
	})
	if err != nil {
		return Order{}, err
	}
	e.log(ctx, r).Info().Msg("a drill asks who is there")
	return e.view(r, by.Frontend.Outside()), nil
}

// drillKey is the request key of all drills.
func drillKey(tx Keyed, exchange string) (string, error) { return hash(tx, "drill", exchange) }

// answerDrill keeps that somebody is there.
func (e *Engine) answerDrill(tx Tx, r Record, d DecideRequest, now time.Time) (Record, error) {
	if !d.Approve {
		return r, fault.New(fault.Conflict, "order %s is a drill: there is nothing to say no to", r.ID)
	}
	policy := e.Policy()
	if err := policy.mayApprove(e.told(r, d.By.Frontend.Outside()), d.By, nil); err != nil {
		return r, err
	}
	who := e.party(d.By.Principal)
	return e.step(tx, r, Decide{Decision: Decision{By: who, Person: policy.person(who), Approve: true, At: now}},
		audit.Entry{Event: drillAnswered, At: now, Actor: e.actor(d.By)})
}

// mayAnswer reports why somebody's answer to a drill would not count.
func (p Policy) mayAnswer(r Record, by identity.Caller) error {
	if by.Frontend.Model() {
		return fault.New(fault.Forbidden, "only people answer a drill")
	}
	if err := p.strict(r).trusts(by); err != nil {
		return err
	}
	for _, d := range r.Decisions {
		if p.same(partyOf(by.Principal), d.By) {
			return fault.New(fault.Conflict, "you have answered it already, at %s", d.At.UTC().Format(clock))
		}
	}
	return nil
}

// decided is what is said of a decision.
func (r Record) decided(d Decision) string {
	if r.drill() {
		return "answered"
	}
	return decided(d.Approve)
}

// drillMessage says how far a drill is.
func drillMessage(r Record) string {
	answered := fmt.Sprintf("%d people", len(r.Decisions))
	if len(r.Decisions) == 1 {
		answered = "1 person"
	}
	switch r.Phase {
	case PhasePending:
		return "A drill: it asks who is there. " + answered + " answered so far. Nothing is bought by it."
	case PhaseCancelled:
		return "A drill, taken back. " + answered + " answered."
	default:
		return "A drill that is over. " + answered + " answered."
	}
}

// howToAnswerDrill says where somebody answers: where orders are approved.
func howToAnswerDrill(ways []string) []string {
	var list []string
	for _, way := range ways {
		if strings.HasPrefix(way, "To approve it") {
			way, _, _ = strings.Cut(way, " (or reject")
			list = append(list, "To answer"+strings.TrimPrefix(way, "To approve it"))
		}
	}
	return list
}
