package store

import (
	"context"
	"errors"

	"didops/internal/audit"
	"didops/internal/transaction"
)

const (
	headQuery     = `SELECT COALESCE(MAX(seq), 0) FROM audit`
	insertEntries = `INSERT INTO audit (seq, entry, hash) VALUES `
	keepEntries   = "keep audit entries"
	selectLast    = `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`
	selectEntries = `SELECT seq, entry, hash FROM audit ORDER BY seq`
	selectSince   = `SELECT seq, entry, hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2`
	selectMark    = `SELECT seq FROM marks WHERE reader = $1`
	upsertMark    = `INSERT INTO marks (reader, seq) VALUES ($1, $2)
	ON CONFLICT (reader) DO UPDATE SET seq = excluded.seq`
)

// Audit returns the store of the audit trail, which is an [audit.Listener]
// too.
func (s *Store) Audit() audit.Store {
	return trail{domain[audit.Tx]{s, func(t *tx) audit.Tx { return trailTx{t} }}}
}

// trail is an [audit.Store] and an [audit.Listener].
type trail struct{ domain[audit.Tx] }

// Head implements [audit.Store].
func (a trail) Head(ctx context.Context) (int64, error) {
	var seq int64
	err := a.s.observed(ctx, transaction.HeadKind, func() (bool, error) {
		p, err := a.s.opened(ctx, false)
		if err != nil {
			return true, err
		}
		err = p.anew(func() error { return p.reader.QueryRowContext(ctx, headQuery).Scan(&seq) })
		return true, a.s.engine.failure(ctx, "read the number of the last audit entry", err)
	})
	if errors.Is(err, transaction.ErrNone) {
		return 0, nil
	}
	return seq, err
}

// Listen implements [audit.Listener]. A file tells nobody:
// [errors.ErrUnsupported] at once.
func (a trail) Listen(ctx context.Context, news func(audit.News)) error {
	return a.s.engine.listen(ctx, news)
}

// trailTx is an [audit.Tx], and what a transaction embeds that is recorded.
type trailTx struct{ *tx }

// Append implements [audit.Appender]. The time of the entry is kept in whole
// microseconds.
func (t trailTx) Append(e audit.Entry) (int64, string, error) {
	return t.append([]audit.Entry{e})
}

// AppendAll implements [inventory.Tx].
func (t trailTx) AppendAll(list []audit.Entry) error {
	if len(list) == 0 {
		return nil
	}
	_, _, err := t.append(list)
	return err
}

// append adds entries, and returns number and hash of the last.
func (t trailTx) append(list []audit.Entry) (seq int64, hash string, err error) {
	if t.last == nil {
		t.last = &entry{}
		err = t.one("read the last audit entry", []any{&t.last.seq, &t.last.hash}, selectLast)
		if err != nil && !errors.Is(err, transaction.ErrNone) {
			return 0, "", err
		}
	}
	seq, hash = t.last.seq, t.last.hash
	rows := make([][]any, len(list))
	for i, e := range list {
		seq++
		e.Seq, e.Prev, e.At = seq, hash, whole(e.At)
		var text string
		if text, hash, err = e.Seal(); err != nil {
			return 0, "", err
		}
		rows[i] = []any{seq, text, hash}
	}
	t.last = &entry{seq, hash}
	t.await = append(t.await, rows...)
	if !t.joins {
		if err := t.flush(); err != nil {
			return 0, "", err
		}
	}
	return seq, hash, t.grow(seq-int64(len(list)), seq)
}

// Entries implements [audit.Walker]. take may not use the transaction.
func (t trailTx) Entries(take func(audit.Kept) error) error {
	var k audit.Kept
	return t.each("read the audit trail", []any{&k.Seq, &k.Text, &k.Hash}, func() error { return take(k) }, selectEntries)
}

// Since implements [audit.Tx].
func (t trailTx) Since(seq int64, most int) ([]audit.Kept, error) {
	var list []audit.Kept
	var k audit.Kept
	err := t.each("read the audit trail", []any{&k.Seq, &k.Text, &k.Hash}, func() error {
		list = append(list, k)
		return nil
	}, selectSince, seq, most)
	return list, err
}

// Mark implements [audit.Tx].
func (t trailTx) Mark(reader string) (int64, error) {
	var seq int64
	err := t.one("read how far the trail was read", []any{&seq}, selectMark, reader)
	if errors.Is(err, transaction.ErrNone) {
		return 0, nil
	}
	return seq, err
}

// SetMark implements [audit.Tx].
func (t trailTx) SetMark(reader string, seq int64) error {
	_, err := t.exec("keep how far the trail was read", upsertMark, reader, seq)
	return err
}
