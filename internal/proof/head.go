package proof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is one of a node of the tree: SHA-256, with one byte in front of leaves
// and another in front of two hashes (RFC 6962).
type Hash = tlog.Hash

// Head is what a log says of itself: how many entries it has, and the root of
// the tree over them.
type Head struct {
	Origin string
	Size   int64
	Root   Hash
}

// Text returns the head as a log signs it (C2SP tlog-checkpoint): three lines,
// origin, size and root in base64.
func (h Head) Text() string {
	return h.Origin + "\n" + strconv.FormatInt(h.Size, 10) + "\n" + h.Root.String() + "\n"
}

// ParseHead reads the text of a head, which must be written as [Head.Text]
// writes it.
func ParseHead(text string) (Head, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return Head{}, errors.New("a head has three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return Head{}, errors.New("the second line of a head is the number of entries")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Head{}, errors.New("the third line of a head is a hash in base64")
	}
	h := Head{lines[0], size, root}
	if h.Text() != text {
		return Head{}, errors.New("the head is not written as heads are")
	}
	return h, nil
}

// SignHead returns a head of the signer's log as a signed note.
func (s *Signer) SignHead(size int64, root Hash) (string, error) {
	return s.Sign(Head{s.Origin(), size, root}.Text())
}

// OpenHead returns the head that a note by a key says (see [Open]). The head's
// log must be the key's.
func OpenHead(signed, verifier string) (Head, error) {
	text, err := Open(signed, verifier)
	if err != nil {
		return Head{}, err
	}
	h, err := ParseHead(text)
	if err != nil {
		return Head{}, err
	}
	if !strings.HasPrefix(verifier, h.Origin+"+") {
		return Head{}, fmt.Errorf("the head is of the log %q, and not of the key's", h.Origin)
	}
	return h, nil
}

// Included reports that the entry with a number, from 1, and its text is not in
// the log of a head; nil: it is.
func (h Head) Included(seq int64, text string, path []Hash) error {
	if seq < 1 || seq > h.Size {
		return fmt.Errorf("entry %d is not among the %d of the head", seq, h.Size)
	}
	return tlog.CheckRecord(path, h.Size, h.Root, seq-1, tlog.RecordHash([]byte(text)))
}

// Extends reports that a head is not the continuation of an older one; nil: it
// is, and nothing of what the older one counts was altered.
func (h Head) Extends(older Head, path []Hash) error {
	switch {
	case h.Origin != older.Origin:
		return fmt.Errorf("the heads are of two logs, %q and %q", older.Origin, h.Origin)
	case h.Size < older.Size:
		return fmt.Errorf("the log has %d entries, and had %d", h.Size, older.Size)
	case h.Size == older.Size && h.Root != older.Root:
		return errors.New("the log was written anew: it has as many entries as before, and another root")
	case h.Size == older.Size || older.Size == 0:
		if len(path) > 0 {
			return errors.New("the proof is longer than needed")
		}
		return nil
	}
	if err := tlog.CheckTree(path, h.Size, h.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("the log was written anew: %w", err)
	}
	return nil
}

// Base64 writes bytes as receipts have them: base64url without padding.
func Base64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Unbase64 reads what [Base64] writes, and nothing else.
func Unbase64(text string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || Base64(b) != text {
		return nil, errors.New("it is no base64url without padding")
	}
	return b, nil
}
