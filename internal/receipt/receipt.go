// Package receipt proves of one order, to whoever has neither the store nor
// this program, what was asked for, who decided it, and what was done.
//
// A [Receipt] is a file: the public terms, every entry of the trail that changed
// the order with its proof of inclusion, the certificates of the passkeys that
// signed decisions, and one signed head over all of it. [Verify] reads nothing
// else. docs/proof.md has the format, and docs/verify.mjs a second verifier.
package receipt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	strict "github.com/go-json-experiment/json"

	"didops/internal/audit"
	"didops/internal/proof"
)

// Format is what a receipt says that it is.
const Format = "didops-receipt/1"

// Receipt is a receipt as its file has it: canonical JSON (RFC 8785) and a
// newline. There is one way to write each, so no byte of it can be another.
type Receipt struct {
	Format      string          `json:"format"`
	Origin      string          `json:"origin"`      // the name of the log
	Key         string          `json:"key"`         // of the log, that signed the head
	Keys        []string        `json:"keys"`        // changes of keys that led to it, in their order
	Head        string          `json:"head"`        // signed note
	Salt        string          `json:"salt"`        // of the commitment to the terms; base64url
	Terms       json.RawMessage `json:"terms"`       // see order.PublicTerms
	Entries     []Entry         `json:"entries"`     // all that changed the order, in their order
	Credentials []string        `json:"credentials"` // signed notes; see [proof.Credential]
}

// Entry is one entry of the trail, with the proof that it is in the log of the
// head.
type Entry struct {
	Seq   int64        `json:"seq"`
	Text  string       `json:"text"`
	Proof []proof.Hash `json:"proof"`
}

// MarshalFile returns the receipt as its file has it.
func (r Receipt) MarshalFile() ([]byte, error) {
	text, err := proof.Canonical(r)
	return append(text, '\n'), err
}

// maxFile is the most bytes that a receipt has: one of a thousand lines fits.
const maxFile = 64 << 20

// ParseFile reads a receipt. What is not written as [Receipt.MarshalFile] writes
// it, byte by byte, is an error.
func ParseFile(text []byte) (Receipt, error) {
	if len(text) > maxFile {
		return Receipt{}, errors.New("the receipt is too long")
	}
	var r Receipt
	if err := strict.Unmarshal(text, &r, strict.RejectUnknownMembers(true)); err != nil {
		return Receipt{}, fmt.Errorf("it can't be read: %w", err)
	}
	if r.Format != Format {
		return Receipt{}, fmt.Errorf("it is no %s", Format)
	}
	again, err := r.MarshalFile()
	if err != nil || !bytes.Equal(again, text) {
		return Receipt{}, errors.New("it is not written as receipts are: some byte of it was altered")
	}
	return r, nil
}

// entry reads the text of an entry.
func (e Entry) entry() (audit.Entry, error) {
	var is audit.Entry
	if err := strict.Unmarshal([]byte(e.Text), &is); err != nil {
		return is, fmt.Errorf("entry %d can't be read: %w", e.Seq, err)
	}
	if is.Seq != e.Seq {
		return is, fmt.Errorf("entry %d says that it is entry %d", e.Seq, is.Seq)
	}
	return is, nil
}
