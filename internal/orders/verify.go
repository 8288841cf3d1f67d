package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

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
	err := s.Read(ctx, func(tx Tx) error {
		a = Audit{}
		hashes := map[int64]string{}
		found := head == ""
		err := tx.Entries(func(k Kept) error {
			a.check(k)
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
		return tx.Lasts(func(id string, seq int64, hash string) error {
			if hashes[seq] != hash {
				a.wrong(seq, "order %s has a last entry %d that is not in the trail", id, seq)
			}
			return nil
		})
	})
	if errors.Is(err, ErrNone) {
		if head != "" {
			a.wrong(0, "there is no trail, and so no head")
		}
		return a, nil
	}
	return a, err
}

func (a *Audit) wrong(seq int64, format string, args ...any) {
	if a.Fault == "" {
		a.Seq, a.Fault = seq, fmt.Sprintf(format, args...)
	}
}

func (a *Audit) check(k Kept) {
	var e Entry
	switch err := json.Unmarshal([]byte(k.Text), &e); {
	case err != nil:
		a.wrong(k.Seq, "entry %d can't be read", k.Seq)
	case HashOf(k.Text) != k.Hash:
		a.wrong(k.Seq, "entry %d was altered: its hash is another", k.Seq)
	case k.Seq != a.Entries+1 || e.Seq != k.Seq:
		a.wrong(k.Seq, "entry %d stands where %d should: entries are missing", k.Seq, a.Entries+1)
	case e.Prev != a.Head:
		a.wrong(k.Seq, "entry %d does not follow the one before it", k.Seq)
	}
	a.Entries, a.Head = k.Seq, k.Hash
}

// Export writes the audit trail as JSON lines: each entry with its hash.
func Export(ctx context.Context, s Store, w io.Writer) error {
	err := s.Read(ctx, func(tx Tx) error {
		return tx.Entries(func(k Kept) error {
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
