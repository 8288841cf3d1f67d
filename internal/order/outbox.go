package order

import (
	"context"
	"errors"
	"regexp"

	"didops/internal/audit"
	"didops/internal/identity"
)

// feed is the feed of an engine, and nothing else of it: who holds one can't
// reach what decides orders.
type feed struct{ e *Engine }

// Feed returns the feed of the engine's orders.
func (e *Engine) Feed() Feed { return feed{e} }

// present returns the error of a reading, but none where there is no store yet.
func present(err error) error {
	if errors.Is(err, ErrNone) {
		return nil
	}
	return err
}

// Behind implements [Feed].
func (f feed) Behind(ctx context.Context, after int64, most int) ([]Card, error) {
	return f.cards(ctx, func(tx CardTx) ([]CardRow, error) { return tx.Behind(f.e.Exchange, after, most) })
}

// Open implements [Feed].
func (f feed) Open(ctx context.Context, most int) ([]Card, error) {
	return f.cards(ctx, func(tx CardTx) ([]CardRow, error) { return tx.OpenCards(f.e.Exchange, most) })
}

// Card implements [Feed].
func (f feed) Card(ctx context.Context, id string) (Card, error) {
	return f.one(ctx, normal(id), CardTx.Card)
}

// one returns an order with a row of it.
func (f feed) one(ctx context.Context, id string, row func(CardTx, string) (CardRow, error)) (Card, error) {
	list, err := f.cards(ctx, func(tx CardTx) ([]CardRow, error) {
		r, err := tx.Order(id)
		if errors.Is(err, ErrNone) || err == nil && r.Exchange != f.e.Exchange {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		at, err := row(tx, id)
		at.Order = id
		return []CardRow{at}, err
	})
	switch {
	case err != nil:
		return Card{}, err
	case len(list) == 0:
		return Card{}, f.e.noOrder(id, identity.Caller{})
	}
	return list[0], nil
}

// cards returns the orders of rows.
func (f feed) cards(ctx context.Context, rows func(CardTx) ([]CardRow, error)) ([]Card, error) {
	var list []Card
	err := present(f.e.Cards.Read(ctx, func(tx CardTx) error {
		found, err := rows(tx)
		if err != nil {
			return err
		}
		for _, c := range found {
			r, err := tx.Order(c.Order)
			if err != nil {
				return err
			}
			list = append(list, f.e.card(r, c))
		}
		return nil
	}))
	return list, err
}

func (e *Engine) card(r Record, at CardRow) Card {
	c := Card{
		Order: e.view(r, true), Entry: r.Entry, Shown: at.Shown, Place: at.Place, Message: at.Message, Tried: at.Tried,
		Requester: e.Policy().everywhere(r.Requester), Own: e.own(r),
	}
	if handler, err := e.handler(r.Tool); err == nil && c.Order.State == Pending {
		c.Question = handler.Ask(c.Order)
		c.Turn, c.Later = e.turnOf(r, e.now()), e.laterOf(r, e.now())
		for _, m := range r.Talk {
			if m.Kind == RemarkAsked {
				c.Asker = e.Policy().everywhere(m.By)
			}
		}
	}
	return c
}

// Note implements [Feed].
func (f feed) Note(ctx context.Context, id, place string) error {
	return f.e.Cards.Write(ctx, func(tx CardTx) error { return tx.NoteCard(CardRow{Order: id, Place: place}) })
}

// Keep implements [Feed].
func (f feed) Keep(ctx context.Context, c Card) error {
	return f.e.Cards.Write(ctx, func(tx CardTx) error {
		return tx.SaveCard(CardRow{Order: c.Order.ID, Place: c.Place, Message: c.Message, Shown: c.Entry, Tried: c.Tried})
	})
}

// Doubt implements [Feed].
func (f feed) Doubt(ctx context.Context, id string) error {
	return f.e.Cards.Write(ctx, func(tx CardTx) error { return tx.DoubtCard(normal(id)) })
}

// News implements [Feed].
func (f feed) News(ctx context.Context, after int64, most int) ([]audit.Event, int64, error) {
	var list []audit.Event
	last, err := f.e.trail(ctx, after, most, func(k audit.Kept, entry audit.Entry) {
		entry = f.e.Told(entry)
		list = append(list, audit.Event{
			Entry: k.Seq, Hash: k.Hash, At: entry.At, Order: entry.Order, Event: entry.Event, Text: entry.Sentence(),
		})
	})
	return list, last, err
}

// namedUser is how refusals name a user of the operating system; see named.
var namedUser = regexp.MustCompile(`(“[^”]*”|\S+) \(` + identity.OS + `\)`)

// ownedBy is how an entry names a user of the operating system whose something
// is.
var ownedBy = regexp.MustCompile(`\bof ` + identity.OS + `:[^\s;,]+`)

// Told is an entry as it is told to people who hear nothing of the machine.
func (e *Engine) Told(entry audit.Entry) audit.Entry {
	if a := entry.Actor; a != nil && a.Realm == identity.OS {
		told := *a
		told.Name = e.toldParty(identity.Party{Realm: a.Realm, ID: a.ID}).Name
		entry.Actor = &told
	}
	entry.Result = ownedBy.ReplaceAllString(namedUser.ReplaceAllString(entry.Result, operator), "of "+operator)
	return entry
}

// Mark implements [Feed].
func (f feed) Mark(ctx context.Context, reader string) (int64, error) {
	var seq int64
	err := present(f.e.Audit.Read(ctx, func(tx audit.Tx) error {
		var err error
		seq, err = tx.Mark(f.e.Exchange + " " + reader)
		return err
	}))
	return seq, err
}

// SetMark implements [Feed].
func (f feed) SetMark(ctx context.Context, reader string, entry int64) error {
	return f.e.Audit.Write(ctx, func(tx audit.Tx) error { return tx.SetMark(f.e.Exchange+" "+reader, entry) })
}

// Head implements [Feed].
func (f feed) Head(ctx context.Context) (int64, string, error) { return f.e.Head(ctx) }

// Head returns the number and the hash of the latest entry of the audit trail;
// 0 and "" for none.
func (e *Engine) Head(ctx context.Context) (int64, string, error) {
	seq, err := e.Audit.Head(ctx)
	if err != nil || seq == 0 {
		return seq, "", err
	}
	var hash string
	err = present(e.Audit.Read(ctx, func(tx audit.Tx) error {
		last, err := tx.Since(seq-1, 1)
		if err == nil && len(last) == 1 {
			seq, hash = last[0].Seq, last[0].Hash
		}
		return err
	}))
	return seq, hash, err
}

// Changed implements [Feed].
func (f feed) Changed(ctx context.Context, after int64) {
	defer f.e.changes.join()() //nolint:contextcheck // one look-out serves all who wait
	for {
		changed := f.e.changes.next("")
		if head, err := f.e.Audit.Head(ctx); err == nil && head > after || ctx.Err() != nil {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}
