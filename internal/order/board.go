package order

import (
	"context"
	"errors"

	"didops/internal/audit"
)

var _ Feed = (*Engine)(nil)

// present returns the error of a reading, but none where there is no store yet.
func present(err error) error {
	if errors.Is(err, ErrNone) {
		return nil
	}
	return err
}

// Behind implements [Feed].
func (e *Engine) Behind(ctx context.Context, most int) ([]Card, error) {
	var list []Card
	err := present(e.Cards.Read(ctx, func(tx CardTx) error {
		cards, err := tx.Behind(e.Exchange, most)
		if err != nil {
			return err
		}
		for _, c := range cards {
			r, err := tx.Order(c.Order)
			if err != nil {
				return err
			}
			list = append(list, Card{Order: e.view(r), Entry: r.Entry, Place: c.Place, Message: c.Message})
		}
		return nil
	}))
	return list, err
}

// Keep implements [Feed].
func (e *Engine) Keep(ctx context.Context, p Card) error {
	return e.Cards.Write(ctx, func(tx CardTx) error {
		return tx.SaveCard(CardRow{Order: p.Order.ID, Place: p.Place, Message: p.Message, Shown: p.Entry})
	})
}

// News implements [Feed].
func (e *Engine) News(ctx context.Context, after int64, most int) ([]audit.Event, int64, error) {
	var list []audit.Event
	last, err := e.trail(ctx, after, most, func(k audit.Kept, entry audit.Entry) {
		list = append(list, audit.Event{
			Entry: k.Seq, Hash: k.Hash, At: entry.At, Order: entry.Order, Event: entry.Event, Text: entry.Sentence(),
		})
	})
	return list, last, err
}

// Mark implements [Feed].
func (e *Engine) Mark(ctx context.Context, reader string) (int64, error) {
	var seq int64
	err := present(e.Audit.Read(ctx, func(tx audit.Tx) error {
		var err error
		seq, err = tx.Mark(e.Exchange + " " + reader)
		return err
	}))
	return seq, err
}

// SetMark implements [Feed].
func (e *Engine) SetMark(ctx context.Context, reader string, entry int64) error {
	return e.Audit.Write(ctx, func(tx audit.Tx) error { return tx.SetMark(e.Exchange+" "+reader, entry) })
}

// Head implements [Feed].
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
func (e *Engine) Changed(ctx context.Context, after int64) {
	defer e.changes.join()() //nolint:contextcheck // one look-out serves all who wait
	for {
		changed := e.changes.next("")
		if head, err := e.Audit.Head(ctx); err == nil && head > after || ctx.Err() != nil {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}
