package order

import (
	"context"
	"errors"
	"fmt"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/view"
)

// expires returns until when a decision about an order counts that is asked for
// now: one that is scheduled is decided before anything of it is due.
func (r Record) expires(now time.Time, after time.Duration) (time.Time, error) {
	end := now.Add(after)
	if !r.Quote.scheduled() {
		return end, nil
	}
	opens := r.Quote.opens()
	switch {
	case !opens.After(now):
		return end, fault.New(fault.Conflict, "it would have to be sent already, at %s", minute(opens)).WithHint("ask for it again")
	case opens.Before(end):
		return opens, nil
	}
	return end, nil
}

// uniform reports that some lines of a quote are scheduled and others are not,
// which no operation may ask for.
func (q Quote) uniform() error {
	for _, l := range q.Lines {
		if l.Send.IsZero() == q.scheduled() || l.Send.Until.Before(l.Send.From) {
			return fmt.Errorf("the line of %s is not scheduled as the others are", shown(l.Number))
		}
	}
	return nil
}

// whole returns the quote with the times of its windows as stores keep them.
func (q Quote) whole() Quote {
	for i := range q.Lines {
		w := &q.Lines[i].Send
		w.From, w.Until = w.From.UTC().Truncate(time.Microsecond), w.Until.UTC().Truncate(time.Microsecond)
	}
	return q
}

// planned writes into the trail, with the approval, when an order is carried
// out.
func (e *Engine) planned(tx Tx, r Record, now time.Time) (Record, error) {
	r, err := e.audit(tx, r, audit.Entry{Event: "scheduled", At: now, Result: "to be sent " + r.plan()})
	if err != nil {
		return r, err
	}
	err = tx.Save(r)
	r.Rev++
	return r, err
}

// plan says when the lines are sent that wait.
func (r Record) plan() string {
	var at []time.Time
	for n, l := range r.Lines {
		if l.State == LineWaiting {
			at = append(at, r.SendFrom(n))
		}
	}
	return Span(at)
}

// Span says for a person when something is that is at several moments: at one,
// or from the first to the last.
func Span(at []time.Time) string {
	if len(at) == 0 {
		return ""
	}
	first, last := at[0], at[0]
	for _, t := range at {
		if t.Before(first) {
			first = t
		}
		last = later(last, t)
	}
	if minute(first) == minute(last) {
		return "on " + minute(first)
	}
	return "from " + minute(first) + " to " + minute(last)
}

// SendAt returns when the lines of an order are sent, those that are left; none
// of an order that is carried out with its approval.
func (o Order) SendAt() []time.Time {
	var at []time.Time
	for _, l := range o.Lines {
		if !l.Window.IsZero() && (l.State == LineWaiting || !o.touched()) {
			at = append(at, l.Window.From)
		}
	}
	return at
}

// scheduledMessage says what is going to happen to the lines that are left.
func (e *Engine) scheduledMessage(r Record, past string) string {
	waiting, done, late := 0, 0, 0
	for n, l := range r.Lines {
		if l.State == LineDone {
			done++
		}
		if l.State != LineWaiting {
			continue
		}
		if waiting++; r.window(n).Past(e.clockOf(r, n)) {
			late++
		}
	}
	if late == waiting {
		return "Approved, and not sent in time: no didops ran, or the exchange could not be read. Nothing more is sent; a didops that runs finds out how it stands."
	}
	text := fmt.Sprintf(r.decidedHow()+", and scheduled: %s will be %s %s.", view.Plural(waiting, "number"), past, r.plan())
	if waiting < len(r.Lines) {
		text += fmt.Sprintf(" %d of %s so far.", done, view.Plural(len(r.Lines), "number")+" "+past)
	}
	return text + " Until then anybody who may ask for orders can take it back."
}

// cancelled says who took an order back, of which nothing was sent.
func cancelled(r Record) string {
	switch {
	case r.ReplacedBy != "":
		return "Replaced by " + r.ReplacedBy + ", which " + editorOf(r) + " made of it. "
	case r.TakenBack == nil:
		return "Cancelled by who asked for it. "
	}
	return "Taken back by " + takenBackBy(r) + " "
}

// restTakenBack says who took an order back after something of it was sent, if
// anybody did.
func restTakenBack(r Record) string {
	back := r.back()
	switch {
	case r.TakenBack == nil:
		return ""
	case back == 0:
		return " It was taken back by " + takenBackName(r) + " after it had been sent, and is not sent again."
	case back == len(r.Lines):
		return " It was taken back by " + takenBackName(r) + "."
	}
	return " The rest was taken back by " + takenBackBy(r)
}

// stopped says who took an order back of which a line is being sent, if anybody
// did.
func stopped(r Record) string {
	if r.TakenBack == nil {
		return ""
	}
	return " Taken back by " + takenBackName(r) + ": what is being sent can't be stopped, and is not sent again."
}

// back counts the lines that were left out because the order was taken back.
func (r Record) back() int {
	back := 0
	for _, l := range r.Lines {
		if r.TakenBack != nil && l.State == LineSkipped {
			back++
		}
	}
	return back
}

func takenBackName(r Record) string { return view.Quoted(clean(r.TakenBack.By.Name)) }

func takenBackBy(r Record) string { return takenBackName(r) + " before it was sent." }

// cancellable returns an order that the caller may see, or take back without
// seeing it otherwise.
func (e *Engine) cancellable(ctx context.Context, id string, by identity.Caller) (Record, error) {
	return e.reached(ctx, id, by, Record.mayBeTakenBack)
}

// reached returns an order that the caller may see; where everybody reaches its
// card, whoever may ask for orders reaches those of others as well of which may
// holds. Others are NotFound.
func (e *Engine) reached(ctx context.Context, id string, by identity.Caller, may func(Record) bool) (Record, error) {
	var r Record
	err := e.read(ctx, func(tx Tx) (err error) {
		r, err = tx.Order(normal(id))
		if errors.Is(err, ErrNone) {
			return nil
		}
		return err
	})
	sees := r.ID != "" && e.sees(by, r)
	reaches := identity.RealmOf(by.Principal.Realm).Apart && by.Principal.Role >= identity.Requester && r.Exchange == e.Exchange
	if err == nil && !sees && (!reaches || !may(r)) {
		err = e.noOrder(id, by)
	}
	return r, err
}

// mayBeTakenBack reports whether the order is approved, and some of it may be
// taken back.
func (r Record) mayBeTakenBack() bool {
	return r.scheduled() && (r.Phase == PhaseScheduled || r.Phase == PhaseExecuting)
}

// takeBack takes back what of a scheduled order has not been sent, which
// everybody may do who may ask for orders: until then nothing has happened.
func (e *Engine) takeBack(tx Tx, r Record, by identity.Caller, now time.Time) (next Record, late, err error) {
	if by.Principal.Role < identity.Requester {
		return r, fault.New(fault.Forbidden, "%s may not take back order %s", by.Principal, r.ID).WithHint("the role %s is needed", identity.Requester), nil
	}
	event := TakeBack{By: e.party(by.Principal), At: now}
	if told := e.told(r, by.Frontend.Outside()); told.TakenBack != nil {
		return r, fault.New(fault.Conflict, "order %s was taken back at %s by %s", r.ID, e.moment(r.TakenBack.At), named(told.TakenBack.By)).
			WithHint("what of it was being sent then can't be stopped"), nil
	}
	if _, err := Next(r, event); err != nil {
		return r, fault.New(fault.Conflict, "order %s can't be taken back any more: everything of it was sent", r.ID).WithHint("it is %s now", r.State()), nil
	}
	next, err = e.step(tx, r, event, audit.Entry{Event: takenBack, At: now, Actor: e.actor(by)})
	return next, nil, err
}

// takenBack is the event of an order that was taken back after its approval.
const takenBack = "taken back"
