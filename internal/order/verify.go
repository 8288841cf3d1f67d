package order

import (
	"context"
	"errors"
	"maps"
	"slices"

	"didops/internal/audit"
	"didops/internal/proof"
	"didops/internal/transaction"
)

// VerifyTx is what [Verify] needs of a transaction, which shows orders and
// trail as they were at one moment. Its methods are not safe for concurrent
// use and use the context of the transaction.
type VerifyTx interface {
	Keyed
	audit.Walker
	// Order returns the order with the id, or [ErrNone].
	Order(id string) (Record, error)
	// Lasts calls take with every order's id and its last entry. In take the
	// transaction may not be used.
	Lasts(take func(id string, seq int64, hash string) error) error
	// Misfiled compares what the store keeps of an order beside it, in order to
	// look for it, with the record, and returns the name of the first thing that
	// is another; "" for none.
	Misfiled(r Record) (column string, err error)
}

// Verify checks the audit trail (see [audit.Verify]), that every order finds
// its last entry in it, that its quote is the one that was approved, and that
// it is what the trail says of it: state, requester, decisions and lines, also
// where the store keeps them to be looked for. It reads only. Where there is no
// store nothing is wrong, unless a head was noted.
func Verify(ctx context.Context, s transaction.Reader[VerifyTx], head string, heads ...proof.Head) (audit.Report, error) {
	var report audit.Report
	there := false
	err := s.Read(ctx, func(tx VerifyTx) error {
		there = true
		v := verification{tx: tx, hashes: map[int64]string{}, quotes: map[int64]string{}, told: histories{}}
		var err error
		v.report, err = audit.Verify(tx, head, func(k audit.Kept, e audit.Entry) {
			v.hashes[k.Seq], v.quotes[k.Seq] = k.Hash, e.Quote
			if gap := v.told.see(k.Seq, e); gap != "" && v.gap == 0 {
				v.gap, v.why = k.Seq, gap
			}
		}, heads...)
		if err == nil {
			err = v.orders()
		}
		if err == nil && v.gap > 0 {
			v.report.Wrong(v.gap, "entry %d is not the next of its order: %s", v.gap, v.why)
		}
		report = v.report
		return err
	})
	if !there && errors.Is(err, ErrNone) {
		return audit.NoTrail(head, heads...), nil
	}
	return report, err
}

// verification holds the orders of a store against its trail.
type verification struct {
	tx     VerifyTx
	report audit.Report
	hashes map[int64]string // by entry, as the others
	quotes map[int64]string
	told   histories
	gap    int64 // first entry that does not follow the one of its order before
	why    string
}

func (v *verification) orders() error {
	var ids []string
	there := map[string]bool{}
	err := v.tx.Lasts(func(id string, seq int64, hash string) error {
		if v.hashes[seq] != hash {
			v.report.Wrong(seq, "order %s has a last entry %d that is not in the trail", id, seq)
		}
		ids, there[id] = append(ids, id), true
		return nil
	})
	for _, id := range ids {
		if err == nil {
			err = v.order(id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(v.told)) {
		if h := v.told[id]; !there[id] {
			v.report.Wrong(h.last, "order %s is in the trail and not in the store any more", id)
		}
	}
	return err
}

// order checks that the quote of an order is the one that its hash, which
// every entry about it repeats, was made of, and the rest against the trail.
func (v *verification) order(id string) error {
	r, err := v.tx.Order(id)
	if err != nil {
		return err
	}
	h := v.told[id]
	switch {
	case h == nil:
		v.report.Wrong(r.Entry, "order %s is not in the trail", id)
		return nil
	case r.ID != id:
		v.report.Wrong(r.Entry, "order %s is kept as order %s: its id was altered in the store", id, r.ID)
		return nil
	}
	is, err := r.seal(v.tx)
	if err != nil {
		return err
	}
	if r.Hash != v.quotes[r.Entry] || r.Hash != "" && r.Hash != is {
		v.report.Wrong(r.Entry, "the quote of order %s was altered since it was made", id)
	}
	if how := h.differs(r); how != "" {
		v.report.Wrong(h.last, "order %s is not what the trail says of it at entry %d: %s", id, h.last, how)
	}
	if err := v.bound(r, h); err != nil {
		return err
	}
	column, err := v.tx.Misfiled(r)
	if err == nil && column != "" {
		v.report.Wrong(h.last, "order %s is not found by what it is: its %s was altered in the store", id, column)
	}
	return err
}

// bound checks that an order is all that its last transition made of it.
func (v *verification) bound(r Record, h *history) error {
	if h.digest == "" {
		v.report.Unbound++
		return nil
	}
	is, err := r.digest(v.tx)
	if err == nil && is != h.digest {
		v.report.Wrong(h.last, "order %s is not what the trail says of it at entry %d: what is shown of it, or what it is decided by, was altered since", r.ID, h.last)
	}
	return err
}
