package orders

import (
	"context"
	"strings"
	"time"

	"didops/tools"
)

var _ tools.Board = (*Engine)(nil)

// Behind implements [tools.Board].
func (e *Engine) Behind(ctx context.Context, most int) ([]tools.Posted, error) {
	var list []tools.Posted
	err := e.read(ctx, func(tx Tx) error {
		cards, err := tx.Behind(e.Exchange, most)
		if err != nil {
			return err
		}
		for _, c := range cards {
			r, err := tx.Order(c.Order)
			if err != nil {
				return err
			}
			list = append(list, tools.Posted{Order: e.show(r), Entry: r.Entry, Place: c.Place, Message: c.Message})
		}
		return nil
	})
	return list, err
}

// Keep implements [tools.Board].
func (e *Engine) Keep(ctx context.Context, p tools.Posted) error {
	return e.Store.Write(ctx, func(tx Tx) error {
		return tx.SaveCard(Card{Order: p.Order.ID, Place: p.Place, Message: p.Message, Shown: p.Entry})
	})
}

// News implements [tools.Board].
func (e *Engine) News(ctx context.Context, after int64, most int) ([]tools.News, int64, error) {
	var list []tools.News
	last, err := e.trail(ctx, after, most, func(k Kept, entry Entry) {
		list = append(list, tools.News{
			Entry: k.Seq, Hash: k.Hash, At: entry.At, Order: entry.Order, Event: entry.Event, Text: entry.sentence(),
		})
	})
	return list, last, err
}

// sentence is the entry for a person.
func (e Entry) sentence() string {
	parts := []string{e.Event}
	if e.Order != "" {
		parts = []string{strings.TrimSpace(e.Order+" "+e.Kind) + ": " + e.Event}
	}
	if a := e.Actor; a != nil {
		by := a.Name
		if by == "" {
			by = a.Surface + ":" + a.ID
		}
		if a.Via != "" {
			by += " (" + a.Via + ")"
		}
		parts = append(parts, "by "+by)
	}
	if e.Number != "" {
		parts = append(parts, e.Number+" is "+e.Line)
	} else if e.State != "" {
		parts = append(parts, "it is "+e.State)
	}
	if e.Result != "" {
		parts = append(parts, "“"+clean(e.Result)+"”")
	}
	return strings.Join(parts, ", ")
}

// Mark implements [tools.Board].
func (e *Engine) Mark(ctx context.Context, reader string) (int64, error) {
	var seq int64
	err := e.read(ctx, func(tx Tx) error {
		var err error
		seq, err = tx.Mark(e.Exchange + " " + reader)
		return err
	})
	return seq, err
}

// SetMark implements [tools.Board].
func (e *Engine) SetMark(ctx context.Context, reader string, entry int64) error {
	return e.Store.Write(ctx, func(tx Tx) error { return tx.SetMark(e.Exchange+" "+reader, entry) })
}

// Head implements [tools.Board].
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

// Changed implements [tools.Board].
func (e *Engine) Changed(ctx context.Context, after int64) {
	defer e.watch.join()() //nolint:contextcheck // one look-out serves all who wait
	for {
		changed := e.watch.next("")
		if head, err := e.Store.Head(ctx); err == nil && head > after || ctx.Err() != nil {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// Lease implements [tools.Board].
func (e *Engine) Lease(ctx context.Context, name string, long time.Duration) (bool, error) {
	mine := false
	err := e.Store.Write(ctx, func(tx Tx) error {
		now := e.now()
		var err error
		mine, err = tx.Lease(name, e.id, now, now.Add(long))
		return err
	})
	return mine && err == nil, err
}

// Release implements [tools.Board].
func (e *Engine) Release(ctx context.Context, name string) error {
	return e.Store.Write(ctx, func(tx Tx) error { return tx.Release(name, e.id) })
}
