package order

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"didops/internal/approval"
	"didops/internal/audit"
	"didops/internal/identity"
	"didops/internal/lease"
	"didops/internal/transaction"
)

// nudgeIdle is how often it is looked at least for orders that somebody is to be
// reminded of: another process may have been asked for one.
const nudgeIdle = 30 * time.Second

// NudgeTx is what reminding and escalating need of a transaction to find what is
// due. It is not safe for concurrent use.
type NudgeTx interface {
	// ToNudge returns the ids of the orders of the exchange whose [Record.NextNudge]
	// is not later than the moment, those due first first.
	ToNudge(exchange string, at time.Time) ([]string, error)
	// NextNudge returns from when on ToNudge will have an order, or [ErrNone].
	NextNudge(exchange string) (time.Time, error)
}

// NudgeStore finds orders that somebody is to be reminded of. It is implemented
// by internal/store. Safe for concurrent use, by several processes.
type NudgeStore = transaction.Reader[NudgeTx]

// NextNudge returns when somebody is told next that the order still waits, or to
// whom it goes: zero for never. While its requester was asked back nobody is
// reminded; what came due meanwhile is told with the answer.
func (r Record) NextNudge() time.Time {
	remind, escalate := r.nudges()
	next := remind
	if next.IsZero() || !escalate.IsZero() && escalate.Before(next) {
		next = escalate
	}
	if !next.Before(r.Expires) {
		return time.Time{}
	}
	return next
}

// nudges returns when the next reminder and the next escalation are due; zero
// where there is none.
func (r Record) nudges() (remind, escalate time.Time) {
	if r.Phase != PhasePending || r.Asked.Needs == nil {
		return remind, escalate
	}
	n, turn := r.Asked.Needs, r.turn()
	if r.Reminded < len(n.Remind) && !turn.IsZero() {
		remind = later(r.Created.Add(n.Remind[r.Reminded]), turn)
	}
	if r.Escalated < len(n.Escalate) {
		escalate = r.Created.Add(n.Escalate[r.Escalated].After)
	}
	return remind, escalate
}

// nudgerLease returns the lease of who says that orders still wait.
func (e *Engine) nudgerLease() *lease.Runner {
	return &lease.Runner{
		Store: e.Leases, Name: "remind " + e.Exchange, Holder: e.id, Term: reconcilerTerm,
		Observe: func(s lease.Status, err error) {
			if err != nil {
				e.Log.Error().Err(err).Stringer("status", s).Msg("the lease for reminding could not be kept or given back")
			}
		},
	}
}

// nudgeAll tells what is due until the engine leaves or is closed.
func (e *Engine) nudgeAll() {
	for e.leaving.Err() == nil {
		timer := time.NewTimer(e.nudgeDue(e.life))
		select {
		case <-timer.C:
		case <-e.nudged:
		case <-e.leaving.Done():
		}
		timer.Stop()
	}
}

// nudgeSoon has it looked at once whether somebody is to be reminded.
func (e *Engine) nudgeSoon() {
	select {
	case e.nudged <- struct{}{}:
	default:
	}
}

// nudgeDue tells what is due by now, unless another process does, and returns
// how long to wait before the next look. What makes that each is told once is
// the record, in the transaction of its entry; the lease spares processes each
// other's work.
func (e *Engine) nudgeDue(ctx context.Context) time.Duration {
	now, wait := e.now(), nudgeIdle
	var ids []string
	err := present(e.Nudges.Read(ctx, func(tx NudgeTx) error {
		var err error
		if ids, err = tx.ToNudge(e.Exchange, now); err != nil || len(ids) > 0 {
			return err
		}
		next, err := tx.NextNudge(e.Exchange)
		if errors.Is(err, ErrNone) {
			return nil
		}
		wait = min(wait, max(next.Sub(now), time.Millisecond))
		return err
	}))
	if err == nil && len(ids) > 0 {
		_, err = e.nudger.Try(ctx, func(ctx context.Context) error {
			var all error
			for _, id := range ids {
				told, err := e.nudge(ctx, id)
				if all = errors.Join(all, err); told { // else the store calls due what is not
					wait = 0
				}
			}
			return all
		})
	}
	if err != nil && ctx.Err() == nil {
		e.Log.Error().Err(err).Msg("nobody could be reminded of orders that wait")
	}
	if err != nil {
		return nudgeIdle
	}
	return wait
}

// nudge writes into the trail what is due for an order, with the mark that it
// is told. Reminders that are due together, as after a time in which nothing
// ran, are one. It reports whether there was something.
func (e *Engine) nudge(ctx context.Context, id string) (told bool, err error) {
	err = e.write(ctx, func(tx Tx) error {
		now := e.now()
		r, err := e.expire(tx, id, now)
		if err != nil {
			return present(err)
		}
		reminded, escalated := r.nudgesDue(now)
		told = escalated > r.Escalated || reminded > r.Reminded
		if escalated > r.Escalated {
			to := r.Asked.Needs.Escalate[r.Escalated:escalated]
			r, err = e.step(tx, r, Aside{At: now, Escalated: escalated}, audit.Entry{Event: "escalated", At: now, Result: "to " + heads(to)})
		}
		if err == nil && reminded > r.Reminded {
			_, err = e.step(tx, r, Aside{At: now, Reminded: reminded}, audit.Entry{Event: "reminded", At: now, Result: namesOf(e.turnOf(r, now))})
		}
		return err
	})
	return told, err
}

// nudgesDue counts what is to be told of by a moment, since the request.
func (r Record) nudgesDue(now time.Time) (reminded, escalated int) {
	reminded, escalated = r.Reminded, r.Escalated
	if !now.Before(r.Expires) {
		return reminded, escalated
	}
	for next := r; ; next.Reminded++ {
		if at, _ := next.nudges(); at.IsZero() || at.After(now) {
			reminded = next.Reminded
			break
		}
	}
	for next := r; ; next.Escalated++ {
		if _, at := next.nudges(); at.IsZero() || at.After(now) {
			escalated = next.Escalated
			break
		}
	}
	return reminded, escalated
}

func heads(to []approval.Escalation) string {
	var list []string
	for _, e := range to {
		for _, w := range e.To {
			list = append(list, w.String())
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ", ")
}

// Called is somebody who is asked to decide an order, or told of it.
type Called struct {
	Name string            // of a person, or of a role
	IDs  map[string]string // of a person, by the id of the realm; nil for a role
}

func namesOf(list []Called) string {
	if len(list) == 0 {
		return "who may approve"
	}
	names := make([]string, 0, len(list))
	for _, c := range list {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// turnOf returns who is asked to decide an order at a moment: whom it was handed
// to, else those whose approvals count by the rules; none for everybody who may
// decide. Who is away is left out for who stands in, and so is who has approved
// it, or asked for it where that does not count.
func (e *Engine) turnOf(r Record, at time.Time) []Called {
	var who []approval.Who
	switch {
	case r.Assigned != nil:
		who = []approval.Who{whoOf(r.Assigned.To)}
	case r.Asked.Needs != nil:
		for _, g := range r.Asked.Needs.Eligible {
			who = append(who, g.Of...)
			if len(g.Later) > 0 && !at.Before(r.Created.Add(g.After)) {
				who = append(who, g.Later...)
			}
		}
	}
	policy := e.Policy()
	done := map[string]bool{}
	for _, d := range r.Decisions {
		done[policy.person(d.By)] = true
	}
	if !policy.strict(r).RequesterMayApprove {
		done[policy.person(r.Requester)] = true
	}
	delete(done, "")
	return policy.called(who, at, done)
}

// laterOf returns to whom an order has gone because nobody decided it.
func (e *Engine) laterOf(r Record, at time.Time) []Called {
	var who []approval.Who
	if r.Asked.Needs != nil {
		for _, to := range r.Asked.Needs.Escalate[:min(r.Escalated, len(r.Asked.Needs.Escalate))] {
			who = append(who, to.To...)
		}
	}
	return e.Policy().called(who, at, nil)
}

// whoOf reads what somebody is called whom an order was handed to.
func whoOf(to string) approval.Who {
	if role, ok := strings.CutPrefix(to, rolePrefix); ok {
		return approval.Who{Role: role}
	}
	return approval.Who{Person: to}
}

// called names people: those of a role one by one where [[people]] knows any,
// without those to be left out.
func (p Policy) called(who []approval.Who, at time.Time, but map[string]bool) []Called {
	var list []Called
	seen := map[string]bool{}
	add := func(name string, ids map[string]string) {
		if !seen[name] && !but[name] {
			list, seen[name] = append(list, Called{name, ids}), true
		}
	}
	for _, w := range who {
		members := slices.DeleteFunc(slices.Clone(p.People), func(person identity.Person) bool {
			return w.Person != person.Name && (w.Role == "" || !slices.Contains(person.Roles, w.Role))
		})
		for _, person := range members {
			person = p.standIn(person, at)
			add(person.Name, person.IDs)
		}
		if len(members) == 0 && w.Role != "" {
			add(rolePrefix+w.Role, nil)
		}
	}
	return list
}

// standIn returns a person or, while it is away, the last of those who stand in.
func (p Policy) standIn(person identity.Person, at time.Time) identity.Person {
	standIns := approval.People(p.People).StandIns(person.Name, at)
	if len(standIns) == 0 {
		return person
	}
	last := standIns[len(standIns)-1]
	i := slices.IndexFunc(p.People, func(o identity.Person) bool { return o.Name == last })
	if i < 0 {
		return person
	}
	return p.People[i]
}
