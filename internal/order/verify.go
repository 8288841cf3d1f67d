package order

import (
	"context"
	"errors"

	"didops/internal/audit"
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
}

// Verify checks the audit trail (see [audit.Verify]), that every order finds
// its last entry in it, and that its quote is the one that was approved. It
// reads only. Where there is no store nothing is wrong, unless a head was
// noted.
func Verify(ctx context.Context, s transaction.Reader[VerifyTx], head string) (audit.Report, error) {
	var report audit.Report
	err := s.Read(ctx, func(tx VerifyTx) error {
		hashes, quotes := map[int64]string{}, map[int64]string{}
		var err error
		report, err = audit.Verify(tx, head, func(k audit.Kept, e audit.Entry) {
			hashes[k.Seq], quotes[k.Seq] = k.Hash, e.Quote
		})
		if err != nil {
			return err
		}
		var ids []string
		err = tx.Lasts(func(id string, seq int64, hash string) error {
			if hashes[seq] != hash {
				report.Wrong(seq, "order %s has a last entry %d that is not in the trail", id, seq)
			}
			ids = append(ids, id)
			return nil
		})
		for _, id := range ids {
			if err == nil {
				err = verifyQuote(tx, &report, id, quotes)
			}
		}
		return err
	})
	if errors.Is(err, ErrNone) {
		return audit.NoTrail(head), nil
	}
	return report, err
}

// verifyQuote checks that the quote of an order is the one that its hash,
// which every entry about it repeats, was made of.
func verifyQuote(tx VerifyTx, report *audit.Report, id string, quotes map[int64]string) error {
	r, err := tx.Order(id)
	if err != nil {
		return err
	}
	is, err := r.seal(tx)
	if err == nil && (r.Hash != quotes[r.Entry] || r.Hash != "" && r.Hash != is) {
		report.Wrong(r.Entry, "the quote of order %s was altered since it was made", id)
	}
	return err
}
