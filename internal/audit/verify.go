package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"didops/internal/fault"
	"didops/internal/proof"
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
	Root    string // of the tree over the entries, base64

	tree proof.Growth
}

// Verify checks the hash chain and the tree within a transaction: that numbers
// have no gap, that every entry has the hash of its text and names the hash of
// the one before, that what is kept of the tree is of these entries, and that
// head, unless it is empty, is the hash of some entry. heads are signed ones that
// were noted elsewhere, of each of which the root must be that of as many
// entries. see is told of every entry, in which the transaction may not be used;
// one that can't be read is zero but for what could be. An error is the
// transaction's.
//
// What it can't find is a trail that the store's owner wrote anew as a whole;
// a head noted elsewhere finds that too.
func Verify(tx Walker, head string, see func(Kept, Entry), heads ...proof.Head) (Report, error) {
	var r Report
	head = strings.ToLower(strings.TrimSpace(head))
	found := head == ""
	heads = slices.SortedFunc(slices.Values(heads), func(a, b proof.Head) int { return cmp.Compare(a.Size, b.Size) })
	heads = r.against(heads)
	ahead := readers{take: func(is reading) {
		r.check(is)
		see(is.kept, is.entry)
		found = found || is.kept.Hash == head
		heads = r.against(heads)
	}}
	err := tx.Entries(func(k Kept) error {
		ahead.add(k)
		return nil
	})
	ahead.end()
	if err == nil && !found {
		r.Wrong(r.Entries, "the head that was noted elsewhere is not in the trail: it was cut off or written anew")
	}
	if err == nil && len(heads) > 0 {
		r.Wrong(r.Entries, "the head that was noted elsewhere has %d entries, and the trail %d: it was cut off, or an old one was put in its place", heads[0].Size, r.Entries)
	}
	if err == nil {
		err = r.kept(tx)
	}
	r.Root = r.tree.Root().String()
	return r, err
}

// against compares the root over what was read so far with the heads of as many
// entries, and returns the others.
func (r *Report) against(heads []proof.Head) []proof.Head {
	for ; len(heads) > 0 && heads[0].Size == r.tree.Size(); heads = heads[1:] {
		if heads[0].Root != r.tree.Root() {
			r.Wrong(r.Entries, "the head that was noted elsewhere, of %d entries, is not that of the trail: it was written anew", heads[0].Size)
		}
	}
	return heads
}

// kept compares what is kept of the tree with what the entries make of it. What
// is not kept yet is not missed.
func (r *Report) kept(tx Walker) error {
	made := map[proof.Node]bool{}
	for _, n := range r.tree.Nodes {
		made[n] = true
	}
	for level := proof.Height; level < 64; level += proof.Height {
		list, err := tx.Nodes(level, 0, math.MaxInt64)
		if err != nil {
			return err
		}
		for _, n := range list {
			if !made[n] {
				r.Wrong(min(r.Entries, n.N<<n.Level+1), "a node of the tree, %d of level %d, is not that of the entries below it", n.N, n.Level)
			}
		}
	}
	return nil
}

// NoTrail is the report where there is no store yet.
func NoTrail(head string, heads ...proof.Head) Report {
	var r Report
	r.Root = r.tree.Root().String()
	if strings.TrimSpace(head) != "" || slices.ContainsFunc(heads, func(h proof.Head) bool { return h.Size > 0 }) {
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

// check holds an entry against the one before it.
func (r *Report) check(is reading) {
	k, e := is.kept, is.entry
	switch {
	case is.err != nil:
		r.Wrong(k.Seq, "entry %d can't be read", k.Seq)
	case !is.whole:
		r.Wrong(k.Seq, "entry %d was altered: its hash is another", k.Seq)
	case k.Seq != r.Entries+1 || e.Seq != k.Seq:
		r.Wrong(k.Seq, "entry %d stands where %d should: entries are missing", k.Seq, r.Entries+1)
	case e.Prev != r.Head:
		r.Wrong(k.Seq, "entry %d does not follow the one before it", k.Seq)
	}
	r.Entries, r.Head = k.Seq, k.Hash
	r.tree.Add(is.leaf)
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
