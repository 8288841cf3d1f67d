package receipt

import (
	"context"
	"errors"
	"fmt"

	strict "github.com/go-json-experiment/json"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/proof"
	"didops/internal/transaction"
)

// Tx is what a receipt needs of a transaction. Its methods are not safe for
// concurrent use and use the context of the transaction.
type Tx interface {
	audit.LogTx
	// Order returns the order with the id, or [transaction.ErrNone].
	Order(id string) (order.Record, error)
}

// Maker makes receipts. Safe for concurrent use.
type Maker struct {
	Store transaction.Reader[Tx]
	Log   audit.Log

	// Certified returns the certificate of a passkey, a signed note, by its id;
	// nil = there are none.
	Certified func(ctx context.Context, credential string) (string, error)
}

// Make returns the receipt of an order, under a head of the trail as it is now.
// An order that is not there is NotFound; one that was asked for before terms
// were committed to, or whose trail is not whole, is Conflict.
func (m Maker) Make(ctx context.Context, id string) (Receipt, error) {
	if err := m.Store.Read(ctx, func(tx Tx) error { _, err := tx.Order(id); return err }); err != nil {
		return Receipt{}, none(id, err)
	}
	head, err := m.Log.Head(ctx)
	if err != nil {
		return Receipt{}, err
	}
	if head.Note == "" {
		return Receipt{}, audit.ErrUnsigned
	}
	r := Receipt{
		Format: Format, Origin: head.Origin, Key: head.Key, Keys: append([]string{}, head.Changes...), Head: head.Note,
		Entries: []Entry{}, Credentials: []string{},
	}
	var signers []string
	err = m.Store.Read(ctx, func(tx Tx) error {
		signers, err = r.fill(tx, id, head.Size)
		return err
	})
	if err != nil {
		return Receipt{}, none(id, err)
	}
	for _, credential := range signers {
		if m.Certified == nil {
			return Receipt{}, fmt.Errorf("order %s was decided by passkey %s, and there are none", id, credential)
		}
		note, err := m.Certified(ctx, credential)
		if err != nil {
			return Receipt{}, err
		}
		r.Credentials = append(r.Credentials, note)
	}
	return r, r.check(id)
}

// none says that there is no order, or no store, where that is the error.
func none(id string, err error) error {
	if errors.Is(err, transaction.ErrNone) {
		return fault.New(fault.NotFound, "there is no order %s", id).WithField("id")
	}
	return err
}

// check holds a new receipt to what others will check.
func (r Receipt) check(id string) error {
	text, err := r.MarshalFile()
	if err == nil {
		_, err = Verify(text)
	}
	if err != nil {
		return fault.New(fault.Conflict, "what the store has of order %s does not prove it", id).
			WithHint("look at what didops audit verify says").WithCause(err)
	}
	return nil
}

// fill adds terms and entries, and returns the ids of passkeys that signed.
func (r *Receipt) fill(tx Tx, id string, size int64) (signers []string, err error) {
	o, err := tx.Order(id)
	if err != nil {
		return nil, err
	}
	if len(o.Salt) == 0 || o.Nth == 0 {
		return nil, fault.New(fault.Conflict, "order %s was asked for by an earlier didops, whose trail does not bind its terms for others", id).
			WithHint("its entries can be proven one by one: didops audit prove SEQ")
	}
	terms, err := order.PublicTerms(o)
	if err != nil {
		return nil, err
	}
	r.Salt, r.Terms = proof.Base64(o.Salt), terms
	tree := proof.NewTree(tx, size)
	list := make([]Entry, o.Nth)
	seen := map[string]bool{}
	seq := o.Entry
	for i := o.Nth - 1; i >= 0; i-- {
		k, err := tx.Entry(seq)
		if err != nil {
			return nil, err
		}
		var e audit.Entry
		if err := strict.Unmarshal([]byte(k.Text), &e); err != nil {
			return nil, fmt.Errorf("entry %d can't be read: %w", seq, err)
		}
		if seq > size { // of after the head
			list = list[:i]
		} else {
			path, err := tree.Include(seq, size)
			if err != nil {
				return nil, err
			}
			list[i] = Entry{seq, k.Text, path}
			if d := e.Decision; d != nil && d.Signature != "" && !seen[d.Credential] {
				seen[d.Credential], signers = true, append(signers, d.Credential)
			}
		}
		seq = e.OrderPrev
	}
	r.Entries = list
	return signers, nil
}

// Prove returns the proof that an entry is in the log, under its head as it is
// now. One that is not there is NotFound.
func Prove(ctx context.Context, log audit.Log, seq int64) (Single, error) {
	head, err := log.Head(ctx)
	if err != nil {
		return Single{}, err
	}
	if head.Note == "" {
		return Single{}, audit.ErrUnsigned
	}
	if seq < 1 || seq > head.Size {
		return Single{}, fault.New(fault.NotFound, "there is no entry %d: the trail has %d", seq, head.Size)
	}
	s := Single{Format: SingleFormat, Key: head.Key, Keys: append([]string{}, head.Changes...), Head: head.Note}
	err = log.Store.Read(ctx, func(tx audit.Tx) error {
		k, err := tx.Entry(seq)
		if err != nil {
			return err
		}
		path, err := proof.NewTree(tx, head.Size).Include(seq, head.Size)
		s.Entry = Entry{seq, k.Text, path}
		return err
	})
	return s, err
}
