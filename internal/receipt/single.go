package receipt

import (
	"bytes"
	"errors"
	"fmt"

	strict "github.com/go-json-experiment/json"

	"didops/internal/audit"
	"didops/internal/proof"
)

// SingleFormat is what the proof of one entry says that it is.
const SingleFormat = "didops-entry/1"

// Single is the proof that one entry is in the log, as its file has it: like a
// [Receipt], canonical JSON and a newline.
type Single struct {
	Format string   `json:"format"`
	Key    string   `json:"key"`
	Keys   []string `json:"keys"` // changes of keys that led to Key
	Head   string   `json:"head"`
	Entry  Entry    `json:"entry"`
}

// MarshalFile returns the proof as its file has it.
func (s Single) MarshalFile() ([]byte, error) {
	text, err := proof.Canonical(s)
	return append(text, '\n'), err
}

// Proven is what the proof of one entry proves.
type Proven struct {
	Entry audit.Entry
	Head  proof.Head
	Keys  proof.Keys // of the log; the present one signed the head
}

// VerifySingle checks the proof of one entry by itself.
func VerifySingle(text []byte) (Proven, error) {
	var s Single
	if err := strict.Unmarshal(text, &s, strict.RejectUnknownMembers(true)); err != nil {
		return Proven{}, fmt.Errorf("it can't be read: %w", err)
	}
	if again, err := s.MarshalFile(); err != nil || !bytes.Equal(again, text) || s.Format != SingleFormat {
		return Proven{}, errors.New("it is not written as proofs of an entry are: some byte of it was altered")
	}
	var p Proven
	var err error
	if p.Keys, err = proof.Lineage(s.Key, s.Keys); err != nil {
		return Proven{}, fmt.Errorf("the key: %w", err)
	}
	if p.Head, err = proof.OpenHead(s.Head, s.Key); err != nil {
		return Proven{}, fmt.Errorf("the head: %w", err)
	}
	if p.Entry, err = s.Entry.entry(); err != nil {
		return Proven{}, err
	}
	return p, p.Head.Included(s.Entry.Seq, s.Entry.Text, s.Entry.Proof)
}
