package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"didops/internal/fault"
	"didops/internal/transaction"
)

// Report is what a check of the trail came to. It is not safe for concurrent
// use.
type Report struct {
	Entries int64
	Head    string // hash of the last entry; "" for none
	Fault   string // what is wrong first, as a sentence; "" for nothing
	Seq     int64  // of the entry at which it is
	Unbound int    // orders whose last entry, of an earlier didops, does not bind all that they are
}

// Verify checks the hash chain within a transaction: that numbers have no gap,
// that every entry has the hash of its text and names the hash of the one
// before, and that head, unless it is empty, is the hash of some entry. see is
// told of every entry, in which the transaction may not be used; one that
// can't be read is zero but for what could be. An error is the transaction's.
//
// What it can't find is a trail that the store's owner wrote anew as a whole;
// a head noted elsewhere finds that too.
func Verify(tx Walker, head string, see func(Kept, Entry)) (Report, error) {
	var r Report
	head = strings.ToLower(strings.TrimSpace(head))
	found := head == ""
	err := tx.Entries(func(k Kept) error {
		see(k, r.check(k))
		found = found || k.Hash == head
		return nil
	})
	if err == nil && !found {
		r.Wrong(r.Entries, "the head that was noted elsewhere is not in the trail: it was cut off or written anew")
	}
	return r, err
}

// NoTrail is the report where there is no store yet.
func NoTrail(head string) Report {
	var r Report
	if strings.TrimSpace(head) != "" {
		r.Wrong(0, "there is no trail, and so no head")
	}
	return r
}

// Wrong notes what is wrong at an entry, unless something was before.
func (r *Report) Wrong(seq int64, format string, args ...any) {
	if r.Fault == "" {
		r.Seq, r.Fault = seq, fmt.Sprintf(format, args...)
	}
}

func (r *Report) check(k Kept) Entry {
	var e Entry
	switch err := json.Unmarshal([]byte(k.Text), &e); {
	case err != nil:
		r.Wrong(k.Seq, "entry %d can't be read", k.Seq)
	case Hash(k.Text) != k.Hash:
		r.Wrong(k.Seq, "entry %d was altered: its hash is another", k.Seq)
	case k.Seq != r.Entries+1 || e.Seq != k.Seq:
		r.Wrong(k.Seq, "entry %d stands where %d should: entries are missing", k.Seq, r.Entries+1)
	case e.Prev != r.Head:
		r.Wrong(k.Seq, "entry %d does not follow the one before it", k.Seq)
	}
	r.Entries, r.Head = k.Seq, k.Hash
	return e
}

// Export writes the trail as JSON lines: each entry with its hash. Where there
// is no store it writes nothing. That w fails is Unavailable.
func Export(ctx context.Context, s transaction.Reader[Tx], w io.Writer) error {
	err := s.Read(ctx, func(tx Tx) error {
		return tx.Entries(func(k Kept) error {
			text := k.Text[:max(0, len(k.Text)-1)] + `,"hash":"` + k.Hash + "\"}\n"
			if _, err := io.WriteString(w, text); err != nil {
				return fault.New(fault.Unavailable, "the trail could not be written").WithCause(err)
			}
			return nil
		})
	})
	if errors.Is(err, transaction.ErrNone) {
		return nil
	}
	return err
}
