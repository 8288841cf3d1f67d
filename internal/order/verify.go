package order

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"didops/internal/audit"
	"didops/internal/fault"
)

// Audit is what a check of the audit trail came to.
type Audit struct {
	Entries int64
	Head    string // hash of the last entry; "" for none
	Fault   string // what is wrong first, as a sentence; "" for nothing
	Seq     int64  // of the entry at which it is
}

// Verify checks the audit trail: that numbers have no gap, that every entry
// has the hash of its text and names the hash of the one before, that every
// order finds its last entry, and that head, unless it is empty, is the hash
// of some entry. It reads only. What it can't find is a trail that the store's
// owner wrote anew as a whole; a head noted elsewhere finds that too.
func Verify(ctx context.Context, s Store, head string) (Audit, error) {
	var a Audit
	head = strings.ToLower(strings.TrimSpace(head))
	err := s.Read(ctx, func(tx Tx) error {
		a = Audit{}
		hashes, quotes := map[int64]string{}, map[int64]string{}
		found := head == ""
		err := tx.Entries(func(k audit.Kept) error {
			quotes[k.Seq] = a.check(k).Quote
			hashes[k.Seq] = k.Hash
			found = found || k.Hash == head
			return nil
		})
		if err != nil {
			return err
		}
		if !found {
			a.wrong(a.Entries, "the head that was noted elsewhere is not in the trail: it was cut off or written anew")
		}
		var ids []string
		err = tx.Lasts(func(id string, seq int64, hash string) error {
			if hashes[seq] != hash {
				a.wrong(seq, "order %s has a last entry %d that is not in the trail", id, seq)
			}
			ids = append(ids, id)
			return nil
		})
		for _, id := range ids {
			if err == nil {
				err = a.quote(tx, id, quotes)
			}
		}
		return err
	})
	if errors.Is(err, ErrNone) {
		if head != "" {
			a.wrong(0, "there is no trail, and so no head")
		}
		return a, nil
	}
	return a, err
}

// quote checks that the quote of an order is the one that its hash, which
// every entry about it repeats, was made of.
func (a *Audit) quote(tx Tx, id string, quotes map[int64]string) error {
	r, err := tx.Order(id)
	if err != nil {
		return err
	}
	is, err := r.seal(tx)
	if err == nil && (r.Hash != quotes[r.Entry] || r.Hash != "" && r.Hash != is) {
		a.wrong(r.Entry, "the quote of order %s was altered since it was made", id)
	}
	return err
}

func (a *Audit) wrong(seq int64, format string, args ...any) {
	if a.Fault == "" {
		a.Seq, a.Fault = seq, fmt.Sprintf(format, args...)
	}
}

func (a *Audit) check(k audit.Kept) audit.Entry {
	var e audit.Entry
	switch err := json.Unmarshal([]byte(k.Text), &e); {
	case err != nil:
		a.wrong(k.Seq, "entry %d can't be read", k.Seq)
	case audit.Hash(k.Text) != k.Hash:
		a.wrong(k.Seq, "entry %d was altered: its hash is another", k.Seq)
	case k.Seq != a.Entries+1 || e.Seq != k.Seq:
		a.wrong(k.Seq, "entry %d stands where %d should: entries are missing", k.Seq, a.Entries+1)
	case e.Prev != a.Head:
		a.wrong(k.Seq, "entry %d does not follow the one before it", k.Seq)
	}
	a.Entries, a.Head = k.Seq, k.Hash
	return e
}

// Export writes the audit trail as JSON lines: each entry with its hash.
func Export(ctx context.Context, s Store, w io.Writer) error {
	err := s.Read(ctx, func(tx Tx) error {
		return tx.Entries(func(k audit.Kept) error {
			text := k.Text[:max(0, len(k.Text)-1)] + `,"hash":"` + k.Hash + "\"}\n"
			if _, err := io.WriteString(w, text); err != nil {
				return fault.New(fault.Unavailable, "the trail could not be written").WithCause(err)
			}
			return nil
		})
	})
	if errors.Is(err, ErrNone) {
		return nil
	}
	return err
}
