package order

import (
	"context"
	"time"

	"didops/internal/audit"
)

// feed is the feed of an engine, and nothing else of it: who holds one can't
// reach what decides orders.
type feed struct{ e *Engine }

// Feed returns the feed of the engine's orders.
func (e *Engine) Feed() Feed { return feed{e} }

// Behind implements [Feed].
func (f feed) Behind(ctx context.Context, most int) ([]Card, error) {
	var list []Card
	err := f.e.read(ctx, func(tx Tx) error {
		cards, err := tx.Behind(f.e.Exchange, most)
		if err != nil {
			return err
		}
		for _, c := range cards {
			r, err := tx.Order(c.Order)
			if err != nil {
				return err
			}
			list = append(list, f.e.card(r, c))
		}
		return nil
	})
	return list, err
}

func (e *Engine) card(r Record, at CardRow) Card {
	c := Card{Order: e.view(r), Entry: r.Entry, Place: at.Place, Message: at.Message}
	if handler, err := e.handler(r.Tool); err == nil && c.Order.State == Pending {
		c.Question = handler.Ask(c.Order)
	}
	return c
}

// Keep implements [Feed].
func (f feed) Keep(ctx context.Context, p Card) error {
	return f.e.Store.Write(ctx, func(tx Tx) error {
		return tx.SaveCard(CardRow{Order: p.Order.ID, Place: p.Place, Message: p.Message, Shown: p.Entry})
	})
}

// News implements [Feed].
func (f feed) News(ctx context.Context, after int64, most int) ([]audit.Event, int64, error) {
	var list []audit.Event
	last, err := f.e.trail(ctx, after, most, func(k audit.Kept, entry audit.Entry) {
		list = append(list, audit.Event{
			Entry: k.Seq, Hash: k.Hash, At: entry.At, Order: entry.Order, Event: entry.Event, Text: entry.Sentence(),
		})
	})
	return list, last, err
}

// Mark implements [Feed].
func (f feed) Mark(ctx context.Context, reader string) (int64, error) {
	var seq int64
	err := f.e.read(ctx, func(tx Tx) error {
		var err error
		seq, err = tx.Mark(f.e.Exchange + " " + reader)
		return err
	})
	return seq, err
}

// SetMark implements [Feed].
func (f feed) SetMark(ctx context.Context, reader string, entry int64) error {
	return f.e.Store.Write(ctx, func(tx Tx) error { return tx.SetMark(f.e.Exchange+" "+reader, entry) })
}

// Head implements [Feed].
func (f feed) Head(ctx context.Context) (int64, string, error) { return f.e.Head(ctx) }

// Head returns the number and the hash of the latest entry of the audit trail;
// 0 and "" for none.
func (e *Engine) Head(ctx context.Context) (int64, string, error) {
	seq, err := e.Store.Head(ctx)
	if err != nil || seq == 0 {
		return seq, "", err
	}
	var hash string
	err = e.read(ctx, func(tx Tx) error {
		last, err := tx.Since(seq-1, 1)
		if err == nil && len(last) == 1 {
			seq, hash = last[0].Seq, last[0].Hash
		}
		return err
	})
	return seq, hash, err
}

// Changed implements [Feed].
func (f feed) Changed(ctx context.Context, after int64) {
	defer f.e.changes.join()() //nolint:contextcheck // one look-out serves all who wait
	for {
		changed := f.e.changes.next("")
		if head, err := f.e.Store.Head(ctx); err == nil && head > after || ctx.Err() != nil {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// Lease implements [Feed].
func (f feed) Lease(ctx context.Context, name string, long time.Duration) (bool, error) {
	mine := false
	err := f.e.Store.Write(ctx, func(tx Tx) error {
		now := f.e.now()
		var err error
		mine, err = tx.Lease(name, f.e.id, now, now.Add(long))
		return err
	})
	return mine && err == nil, err
}

// Release implements [Feed].
func (f feed) Release(ctx context.Context, name string) error {
	return f.e.Store.Write(ctx, func(tx Tx) error { return tx.Release(name, f.e.id) })
}
