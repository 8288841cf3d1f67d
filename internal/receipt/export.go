package receipt

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	strict "github.com/go-json-experiment/json"

	"didops/internal/audit"
	"didops/internal/proof"
)

// maxLine is the most bytes of one line of an exported trail.
const maxLine = 16 << 20

// Exported is what an exported trail says of an order beyond its receipt.
type Exported struct {
	Entries int64   // of the trail
	Later   []int64 // entries that changed the order after those of the receipt
	Sent    int     // requests to the exchange for the order that the whole trail tells of
}

// Against holds a receipt, and heads that were noted elsewhere, against a whole
// trail as "didops audit export" writes it: that it has the roots of all heads,
// that no entry of the order up to the receipt's head is missing in the receipt,
// that the key of the receipt was not followed by another one before its head, that
// the trail tells of each change of keys and of each passkey as the receipt does, and
// that an order which ended without being carried out was not sent later.
func (f Found) Against(export io.Reader, heads ...proof.Head) (Exported, error) {
	var out Exported
	var tree proof.Growth
	open, told := append(slices.Clone(heads), f.Head), f.untold()
	prev := ""
	lines := bufio.NewScanner(export)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		e, hash, err := exported(lines.Text(), prev, out.Entries+1)
		if err != nil {
			return out, err
		}
		prev, out.Entries = hash, e.Seq
		tree.Add(leafOf(lines.Text(), hash))
		if open, err = settled(open, &tree); err != nil {
			return out, err
		}
		if err := errors.Join(f.followed(e), told.take(e)); err != nil {
			return out, err
		}
		if e.Order != f.Order {
			continue
		}
		if err := f.holds(e, &out); err != nil {
			return out, err
		}
	}
	if err := lines.Err(); err != nil {
		return out, fmt.Errorf("read the trail: %w", err)
	}
	if len(open) > 0 {
		return out, fmt.Errorf("the trail has %d entries, and a head %d", out.Entries, open[0].Size)
	}
	return out, told.left()
}

// followed reports that an entry before the receipt's head says that another key
// followed the one that signed it.
func (f Found) followed(e audit.Entry) error {
	if e.Event != audit.KeyChanged || e.Key == "" || e.Seq > f.Head.Size {
		return nil
	}
	if before, _, _, err := proof.OpenKeyChange(e.Key); err == nil && before == f.Key {
		return fmt.Errorf("the head is by a key that was followed by another one at entry %d of the trail", e.Seq)
	}
	return nil
}

// holds holds the receipt against an entry of its order. One that only tells of
// the order, and changed nothing of it, is in no receipt; a send always changes it.
func (f Found) holds(e audit.Entry, out *Exported) error {
	sent := e.Event == "sent"
	if sent {
		out.Sent++
	}
	switch {
	case slices.Contains(f.Entries, e.Seq) || e.OrderNth == 0 && !sent:
	case sent && ended(f.State):
		return fmt.Errorf("the order is %s, and entry %d of the trail sent it", f.State, e.Seq)
	case e.Seq <= f.Head.Size:
		return fmt.Errorf("the receipt was cut off: entry %d of the trail changed the order too", e.Seq)
	default:
		out.Later = append(out.Later, e.Seq)
	}
	return nil
}

// settled compares the root with the heads of as many entries, and returns the
// others.
func settled(heads []proof.Head, tree *proof.Growth) ([]proof.Head, error) {
	var open []proof.Head
	for _, h := range heads {
		switch {
		case h.Size != tree.Size():
			open = append(open, h)
		case h.Root != tree.Root():
			return nil, fmt.Errorf("the head of %d entries is not that of the trail", h.Size)
		}
	}
	return open, nil
}

// textOf returns the text of an entry by its line, without the hash.
func textOf(line, hash string) string { return strings.TrimSuffix(line, `,"hash":"`+hash+`"}`) + "}" }

func leafOf(line, hash string) proof.Hash { return proof.Leaf(textOf(line, hash)) }

// exported reads a line of the trail, which must follow the one before.
func exported(line, prev string, seq int64) (audit.Entry, string, error) {
	var e struct {
		audit.Entry
		Hash string `json:"hash"`
	}
	if err := strict.Unmarshal([]byte(line), &e); err != nil {
		return e.Entry, "", fmt.Errorf("line %d of the trail can't be read: %w", seq, err)
	}
	if e.Seq != seq || e.Prev != prev || audit.Hash(textOf(line, e.Hash)) != e.Hash {
		return e.Entry, "", fmt.Errorf("line %d of the trail does not follow the one before it", seq)
	}
	return e.Entry, e.Hash, nil
}

// Noted reports what of heads, noted elsewhere, the receipt's alone does not bear
// out; nil: one of them is the same head, and none another one of as many entries.
func (f Found) Noted(heads ...proof.Head) error {
	var sizes []string
	same := false
	for _, head := range heads {
		switch {
		case head.Origin != f.Head.Origin:
			return errors.New("the head that was noted is of another log")
		case head.Size != f.Head.Size:
			sizes = append(sizes, strconv.FormatInt(head.Size, 10))
		case head.Root != f.Head.Root:
			return errors.New("the head that was noted has as many entries, and another root: one of the two logs was written anew")
		default:
			same = true
		}
	}
	if same {
		return nil
	}
	return fmt.Errorf("the head that was noted has %s entries, and the receipt's %d: only the whole trail shows that both are of one log", strings.Join(sizes, ", "), f.Head.Size)
}
