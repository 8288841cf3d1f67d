package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
)

// Reroute returns lines of a quote with another address for calls, or why they
// can't have it.
type Reroute func(lines []Line, contact string, by identity.Caller) ([]Line, error)

// readAtOnce is how many lines of an order are read at the same time.
const readAtOnce = 4

// Edit implements [Talker].
func (e *Engine) Edit(ctx context.Context, q EditRequest) (Order, error) {
	if err := e.existing(ctx, q.Order, q.By); err != nil {
		return Order{}, err
	}
	r, err := e.edit(ctx, q)
	if err != nil {
		e.refuse(ctx, audit.Entry{Event: "decision refused", Order: normal(q.Order), Actor: e.actor(q.By)}, err)
		return Order{}, err
	}
	e.log(ctx, r).Info().Str("replaces", r.Replaces).Stringer("by", q.By.Principal).Msg("an order was made of another")
	return e.view(r, q.By.Frontend.Outside()), nil
}

func (e *Engine) edit(ctx context.Context, q EditRequest) (Record, error) {
	if err := errors.Join(e.begins(), mayEdit(q.By)); err != nil {
		return Record{}, err
	}
	old, err := e.record(ctx, q.Order, q.By)
	if err != nil {
		return Record{}, err
	}
	if err := e.undecided(e.told(old, q.By.Frontend.Outside()), e.now()); err != nil {
		return Record{}, err
	}
	handler, err := e.handler(old.Tool)
	if err != nil {
		return Record{}, err
	}
	if handler.Notices == nil {
		return Record{}, fault.New(fault.Invalid, "an order like %s (%s) can't be changed", old.ID, old.Kind).WithHint("reject it, and have it asked for anew")
	}
	lines, how, err := e.edited(ctx, handler, old, q)
	if err != nil {
		return Record{}, err
	}
	next := Record{
		Exchange: old.Exchange, Tool: old.Tool, Kind: old.Kind, Risk: old.Risk, Phase: PhasePending,
		Requester: old.Requester, Reason: old.Reason, Currency: old.Currency, Replaces: old.ID,
		Quote: Quote{Lines: lines, Notices: handler.Notices(lines)}.whole(),
	}
	if err := errors.Join(believable(next.Quote), next.Quote.uniform()); err != nil {
		return Record{}, err
	}
	for range lines {
		next.Lines = append(next.Lines, LineRecord{State: LineWaiting})
	}
	return e.replace(ctx, old, next, how, q.By)
}

// edited returns the lines of an order as they are to be, read anew, and what
// that changes of it, in words.
func (e *Engine) edited(ctx context.Context, h *Handler, old Record, q EditRequest) (lines []Line, how string, err error) {
	keep := slices.Clone(old.Quote.Lines)
	var words []string
	for _, n := range q.Remove {
		i := slices.IndexFunc(keep, func(l Line) bool { return l.Number == n })
		if i < 0 {
			return nil, "", fault.New(fault.Invalid, "order %s is not about %s", old.ID, shown(n)).WithField("remove")
		}
		keep = slices.Delete(keep, i, i+1)
		words = append(words, "without "+shown(n))
	}
	if lines, err = e.readAnew(ctx, h, keep); err != nil {
		return nil, "", err
	}
	if q.MaxMonthlyFee.Known() {
		lines = slices.DeleteFunc(lines, func(l Line) bool {
			dear := over(l.MonthlyFee, q.MaxMonthlyFee)
			if dear {
				words = append(words, "without "+shown(l.Number))
			}
			return dear
		})
	}
	if len(lines) == 0 {
		return nil, "", fault.New(fault.Invalid, "nothing of order %s would be left", old.ID).WithHint("reject it instead")
	}
	if q.Contact != "" {
		if h.Reroute == nil {
			return nil, "", fault.New(fault.Invalid, "an order like %s (%s) routes nothing", old.ID, old.Kind).WithField("contact")
		}
		was := lines
		if lines, err = h.Reroute(slices.Clone(was), q.Contact, q.By); err != nil {
			return nil, "", err
		}
		if !slices.EqualFunc(was, lines, func(a, b Line) bool { return slices.Equal(a.Terms, b.Terms) }) {
			words = append(words, "with calls to another address")
		}
	}
	if len(words) == 0 {
		return nil, "", fault.New(fault.Invalid, "nothing of order %s would change", old.ID).
			WithHint("name numbers to leave out, another address for calls, or an amount a month that some cost more than")
	}
	return lines, abridged(words), nil
}

// abridged joins what an edit changed, as far as it may be kept.
func abridged(words []string) string {
	const most = 8
	if more := len(words) - most; more > 0 {
		words = append(words[:most:most], fmt.Sprintf("and %d more changes", more))
	}
	return strings.Join(words, ", ")
}

// readAnew returns lines as they would be quoted now, on the terms that they
// have. One that is not as it was is Changed; only a fee may have fallen.
func (e *Engine) readAnew(ctx context.Context, h *Handler, quoted []Line) ([]Line, error) {
	lines := make([]Line, len(quoted))
	errs := make([]error, len(quoted))
	var all errgroup.Group
	all.SetLimit(readAtOnce)
	for i, l := range quoted {
		all.Go(func() error {
			reading, cancel := context.WithTimeout(ctx, e.ReadWithin)
			defer cancel()
			lines[i], errs[i] = e.anew(reading, h, l)
			return nil
		})
	}
	_ = all.Wait()
	return lines, errors.Join(errs...)
}

func (e *Engine) anew(ctx context.Context, h *Handler, was Line) (Line, error) {
	now, err := h.Requote(ctx, was)
	if err != nil {
		return was, err
	}
	changed := fault.New(fault.Conflict, "%s is not as it was asked for any more", shown(was.Number)).WithHint("leave it out, or have it asked for anew")
	if now.Gone != "" {
		changed.Message = shown(was.Number) + ": " + now.Gone
		return was, changed
	}
	if list := was.Differences(now); len(list) > 0 || costlier(was, now) {
		return was, changed
	}
	is := was // what is asked of the exchange, and when, stays
	is.Facts, is.SetupFee, is.MonthlyFee, is.DueNow, is.Documents = now.Facts, now.SetupFee, now.MonthlyFee, now.DueNow, now.Documents
	return is, nil
}

// costlier reports whether a line costs more than it did, in whatever way.
func costlier(was, now Line) bool {
	for _, pair := range [][2]money.Amount{{was.SetupFee, now.SetupFee}, {was.MonthlyFee, now.MonthlyFee}, {was.DueNow, now.DueNow}} {
		if pair[0].Known() != pair[1].Known() || pair[0].Known() && pair[1].Cmp(pair[0]) > 0 {
			return true
		}
	}
	return false
}

// replace ends an order and keeps another in its place, in one transaction: at
// no moment are there two about a number, or none.
func (e *Engine) replace(ctx context.Context, old, next Record, how string, by identity.Caller) (Record, error) {
	var r Record
	var late error
	err := e.write(ctx, func(tx Tx) error {
		late = nil
		now := e.now()
		was, err := e.expire(tx, old.ID, now)
		if err != nil {
			return err
		}
		if late = e.undecided(e.told(was, by.Frontend.Outside()), now); late == nil {
			r, err = e.replaced(tx, was, next.Clone(), how, by, now)
		}
		return err // none where it is too late: that it expired is kept
	})
	if err == nil {
		err = late
	}
	return r, err
}

// replaced is replace in its transaction.
func (e *Engine) replaced(tx Tx, was, made Record, how string, by identity.Caller, now time.Time) (Record, error) {
	err := errors.Join(e.begins(), sealed(tx, was))
	if err != nil {
		return Record{}, err
	}
	editor := e.party(by.Principal)
	if made.ID, err = e.freeID(tx, ""); err != nil {
		return Record{}, err
	}
	// The old one ends first: it counts for nothing beside the new one.
	if _, err = e.step(tx, was, Cancel{At: now, For: made.ID, Editor: &editor},
		audit.Entry{Event: "replaced", At: now, Actor: e.actor(by), Result: "by " + made.ID + ": " + how}); err != nil {
		return Record{}, err
	}
	made.Edited = &Edited{By: editor, How: how, From: was.Created, Routed: was.routedBy()}
	if made.reroutes(was) {
		made.Edited.Routed = append(made.Edited.Routed, editor)
	}
	if err := e.mayReplace(tx, was, &made, by, now); err != nil {
		return Record{}, err
	}
	if made.Key, err = hash(tx, "edit", e.Exchange, was.ID, was.Hash); err != nil {
		return Record{}, err
	}
	if made.Hash, err = made.seal(tx); err != nil {
		return Record{}, err
	}
	return e.put(tx, made, how, by)
}

// reroutes reports whether an order has an address that the one that it is made of
// has not.
func (r Record) reroutes(was Record) bool {
	return slices.ContainsFunc(r.Quote.Lines, func(l Line) bool {
		i := slices.IndexFunc(was.Quote.Lines, func(o Line) bool { return o.Number == l.Number })
		return i < 0 || !slices.Equal(l.Terms, was.Quote.Lines[i].Terms)
	})
}

// routedBy returns who set an address in an order by editing it.
func (r Record) routedBy() []identity.Party {
	if r.Edited == nil {
		return nil
	}
	return slices.Clone(r.Edited.Routed)
}

// mayReplace checks an order that takes the place of another as one that is asked
// for, and sets what it needs: never less than the other did.
func (e *Engine) mayReplace(tx Tx, was Record, made *Record, by identity.Caller, now time.Time) error {
	policy := e.Policy()
	made.Created, made.Asked = now, was.Asked
	requester := identity.Caller{Principal: identity.Principal{Groups: was.Asked.Groups}}
	if err := policy.ask(tx, made, requester, now); err != nil { // what rules say of it as it is now
		return err
	}
	joined := *made
	joined.Asked, joined.Asked.Month = was.Asked, made.Asked.Month
	made.Asked = policy.strict(joined) // and what the other needed
	var err error
	if made.Expires, err = policy.expires(*made, now); err != nil {
		return err
	}
	day, err := tx.Day(e.Exchange, now.Format(time.DateOnly))
	if err != nil {
		return err
	}
	if err := e.bounds(tx, policy, *made, day, now); err != nil {
		return err
	}
	if policy, err = e.knowing(tx, policy, *made); err != nil {
		return err
	}
	return policy.approvable(*made, by, day)
}

// put keeps an order that was made of another. The trail has it as asked for by
// its requester, through an edit, and then by whom it was edited.
func (e *Engine) put(tx Tx, r Record, how string, by identity.Caller) (Record, error) {
	who := r.Requester
	next, err := e.request(tx, r, &audit.Actor{Realm: who.Realm, ID: who.ID, Name: who.Name, Client: who.Client, Via: "edit"})
	if err != nil {
		return Record{}, err
	}
	next, err = e.audit(tx, next, audit.Entry{Event: "edited", At: r.Created, Actor: e.actor(by), Result: "of " + r.Replaces + ": " + how})
	if err == nil {
		err = tx.Save(next)
	}
	next.Rev++
	return next, err
}
