package order

import (
	"context"

	"didops/internal/identity"
)

// Companions implements [Feed].
func (f feed) Companions(ctx context.Context, kind Companion, waiting bool, most int) ([]Card, error) {
	return f.cards(ctx, func(tx CardTx) ([]CardRow, error) { return tx.Companions(f.e.Exchange, kind, waiting, most) })
}

// Companion implements [Feed].
func (f feed) Companion(ctx context.Context, kind Companion, id string) (Card, error) {
	return f.one(ctx, normal(id), func(tx CardTx, id string) (CardRow, error) { return tx.Companion(kind, id) })
}

// NoteCompanion implements [Feed].
func (f feed) NoteCompanion(ctx context.Context, kind Companion, id, place string) (noted bool, err error) {
	err = f.e.Cards.Write(ctx, func(tx CardTx) error {
		noted, err = tx.NoteCompanion(kind, CardRow{Order: id, Place: place})
		return err
	})
	return noted && err == nil, err
}

// KeepCompanion implements [Feed].
func (f feed) KeepCompanion(ctx context.Context, kind Companion, c Card) error {
	return f.e.Cards.Write(ctx, func(tx CardTx) error {
		return tx.SaveCompanion(kind, CardRow{Order: c.Order.ID, Place: c.Place, Message: c.Message, Shown: c.Entry, Tried: c.Tried})
	})
}

// DoubtCompanions implements [Feed].
func (f feed) DoubtCompanions(ctx context.Context, kind Companion) error {
	return f.e.Cards.Write(ctx, func(tx CardTx) error { return tx.DoubtCompanions(f.e.Exchange, kind) })
}

// everywhere returns who a principal is, by the id in each realm where that is
// known.
func (p Policy) everywhere(who identity.Party) map[string]string {
	ids := map[string]string{}
	for _, person := range p.People {
		if person.Has(who.Realm, who.ID) {
			for realm, id := range person.IDs {
				if id != "" {
					ids[realm] = id
				}
			}
		}
	}
	ids[who.Realm] = who.ID
	return ids
}

// own reports whether who asked for an order had the last word on it: took it
// back, or decided about it last. What comes of a line that had been sent by then
// is news to him.
func (e *Engine) own(r Record) bool {
	switch {
	case r.TakenBack != nil:
		return r.Finished.Equal(r.TakenBack.At) && r.State() != Unknown && e.Policy().same(r.Requester, r.TakenBack.By)
	case r.Editor != nil:
		return e.Policy().same(r.Requester, *r.Editor)
	case r.Phase == PhaseCancelled:
		return true
	case r.scheduled() && !r.Decided.IsZero():
		return false // it was sent, or not, long after
	}
	n := len(r.Decisions)
	return n > 0 && r.Phase != PhasePending && r.Phase != PhaseExpired && e.Policy().same(r.Requester, r.Decisions[n-1].By)
}
