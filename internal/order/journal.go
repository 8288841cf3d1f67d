package order

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/redact"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/sanitize"
)

// step lets an event happen to an order: the next record and the audit entry
// are kept together or not at all.
func (e *Engine) step(tx Tx, r Record, event Event, entry audit.Entry) (Record, error) {
	next, err := Next(r, event)
	if err != nil {
		return r, err
	}
	if next, err = e.audit(tx, next, entry); err != nil {
		return r, err
	}
	if err := tx.Save(next); err != nil {
		return r, err
	}
	next.Rev++
	return next, nil
}

// audit appends an entry about the order, which keeps its number and hash: a
// trail that was cut off later than that lacks it.
func (e *Engine) audit(tx Tx, r Record, entry audit.Entry) (Record, error) {
	entry.Exchange, entry.Order, entry.Kind, entry.Quote = r.Exchange, r.ID, r.Kind, r.Hash
	entry.State = string(r.State())
	if entry.Due == "" && r.Risk == risk.Spend {
		entry.Due = r.DueNow().String()
	}
	if r.byMandate() && !r.Decided.IsZero() {
		entry.Mandate = r.usedMandate(entry.Number)
	}
	var err error
	if entry.Record, err = r.digest(tx); err != nil {
		return r, err
	}
	entry.OrderPrev = r.Entry
	if r.Nth > 0 || r.Entry == 0 {
		r.Nth++
		entry.OrderNth = r.Nth
	}
	r.Entry, r.EntryHash, err = tx.Append(entry)
	return r, err
}

// actor is the caller as the trail names it.
func (e *Engine) actor(by identity.Caller) *audit.Actor {
	return &audit.Actor{
		Realm: by.Principal.Realm, ID: by.Principal.ID, Name: e.words(by.Principal.Name, maxName),
		Client: e.words(by.Principal.Client, maxName), Via: by.Frontend.Via(),
	}
}

// party is the principal as an order keeps it.
func (e *Engine) party(who identity.Principal) identity.Party {
	p := partyOf(who)
	p.Name, p.Client = e.words(who.Name, maxName), e.words(who.Client, maxName)
	return p
}

// maxName is the most characters of a name that are kept.
const maxName = 64

func clean(s string) string { return sanitize.Clean(s, maxName) }

func (e *Engine) redactor() redact.Redactor {
	if e.Redact == nil {
		return redact.Redactor{}
	}
	return e.Redact()
}

// words returns what somebody wrote as it may be kept and shown: one line
// without secrets of at most max characters. Secrets are masked before the
// text is cut, because a part of one has no shape.
func (e *Engine) words(s string, max int) string {
	return sanitize.Clean(e.redactor().Text(sanitize.Clean(s, math.MaxInt)), max)
}

// notice tells apart what changed nothing: whoever does it over and over fills
// no trail with it.
type notice struct{ event, order, realm, id, result string }

// Refused implements [Service].
func (e *Engine) Refused(ctx context.Context, r Refusal) {
	entry := audit.Entry{Event: "decision refused", Order: clean(normal(r.Order)), Actor: e.actor(r.By)}
	if r.Order == "" {
		entry.Event = "request refused"
	}
	if handler, found := e.handlers[r.Operation]; found {
		entry.Kind = handler.Kind
	}
	e.refuse(ctx, entry, r.Cause)
}

// denies reports whether an error says that somebody may not have what was
// asked for: limits, roles, overlaps and what is decided. Mistakes in the
// arguments are not recorded.
func denies(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.Forbidden || code == fault.Conflict || code == fault.Expired
}

// auditRefusal records that a request was refused.
func (e *Engine) auditRefusal(ctx context.Context, p PlaceRequest, err error) {
	entry := audit.Entry{Event: "request refused", Actor: e.actor(p.By)}
	if handler, found := e.handlers[p.Operation]; found {
		entry.Kind = handler.Kind
		if handler.Identify == nil {
			return
		}
		if id, err := handler.Identify(p.Args, p.By); err == nil {
			entry.Number = shown(strings.Join(id.Numbers, " +"))
		}
	}
	e.refuse(ctx, entry, err)
}

// refuse appends an entry about an attempt that came to nothing, if the cause
// denies it.
func (e *Engine) refuse(ctx context.Context, entry audit.Entry, cause error) {
	if f, ok := fault.As(cause); ok && denies(cause) {
		entry.Result = string(f.Code) + ": " + e.redactor().Message(f.Message)
		e.note(ctx, entry)
	}
}

// repeated appends an entry about an order that answers its request again.
func (e *Engine) repeated(ctx context.Context, r Record, by identity.Caller) {
	e.note(ctx, audit.Entry{
		Event: "requested again", Order: r.ID, Kind: r.Kind, Quote: r.Hash, State: string(r.State()), Actor: e.actor(by),
	})
}

// note appends an entry about what changed nothing, the same once a minute.
// That it can't be kept must not hide what the caller is told.
func (e *Engine) note(ctx context.Context, entry audit.Entry) {
	if !e.notices.Allow(notice{entry.Event, entry.Order, entry.Actor.Realm, entry.Actor.ID, entry.Result}) {
		return
	}
	entry.At, entry.Exchange, entry.Request = e.Now(), e.Exchange, request.ID(ctx)
	err := e.Audit.Write(context.WithoutCancel(ctx), func(tx audit.Tx) error {
		_, _, err := tx.Append(entry)
		return err
	})
	e.changes.wrote(err, entry.Order)
	if err != nil {
		e.Log.Error().Ctx(ctx).Err(err).Str("event", entry.Event).Msg("what changed nothing was not recorded")
	}
}

// log is the log of an order.
func (e *Engine) log(ctx context.Context, r Record) *zerolog.Logger {
	log := e.Log.With().Ctx(ctx).Str("order", r.ID).Str("kind", r.Kind).Str("state", string(r.State())).Stringer("requester", r.Requester).Logger()
	return &log
}

// moment writes a time for a person, with the day where that is not today's.
func (e *Engine) moment(t time.Time) string {
	const day, clock = "2006-01-02", "15:04:05 UTC"
	if t = t.UTC(); t.Format(day) != e.today() {
		return t.Format(day + " " + clock)
	}
	return t.Format(clock)
}
