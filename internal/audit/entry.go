// Package audit is the trail of everything that happened to orders: a hash
// chain of JSON entries, each of which holds the hash of the one before.
//
// An [Entry] is what happened, and is kept as text: the hash covers the bytes
// as they are, so no later version of this package can read a trail
// differently from how it was sealed. The chain shows that an entry was
// altered, left out or put in between; that the whole was written anew is
// shown only by a head that was noted elsewhere.
//
// [Tx] is what the trail needs of a transaction; those of other domains embed
// [Appender], so that what is done and its entry are kept together. [Verify]
// checks the chain, and [Export] writes it for a check elsewhere.
package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Entry is one entry of the audit trail. Its JSON form, with the fields in
// this order, is what is kept and hashed.
type Entry struct {
	Seq      int64     `json:"seq"`  // from 1, without gaps
	Prev     string    `json:"prev"` // hash of the entry before; "" for the first
	At       time.Time `json:"at"`   // UTC
	Event    string    `json:"event"`
	Exchange string    `json:"exchange"`
	Order    string    `json:"order,omitempty"`
	Kind     string    `json:"kind,omitempty"`
	Quote    string    `json:"quote_hash,omitempty"`
	Record   string    `json:"order_hash,omitempty"` // keyed hash of all that the order is after it
	State    string    `json:"state,omitempty"`      // of the order, after it
	Number   string    `json:"number,omitempty"`     // of the line that it is about, as +E.164
	Line     string    `json:"line,omitempty"`       // state of that line, after it
	Actor    *Actor    `json:"actor,omitempty"`      // who did it; absent: the program by itself
	Due      string    `json:"due_now,omitempty"`
	Request  string    `json:"request,omitempty"` // by which the log tells more
	Result   string    `json:"result,omitempty"`  // in words

	Differs Differences `json:"differs,omitempty"` // of a line that was carried out

	Terms     string         `json:"terms,omitempty"`      // commitment to what the order is about, where it is asked for; see order.TermsHash
	Decision  *DecisionProof `json:"decision,omitempty"`   // how a decision was signed; nil: it was not
	OrderPrev int64          `json:"order_prev,omitempty"` // the entry before that changed the same order
	OrderNth  int            `json:"order_nth,omitempty"`  // how many entries changed the order, with this one, without gaps
	Key       string         `json:"key,omitempty"`        // by which a key of the log follows another; see [didops/internal/proof.KeyChange]

	Passkey *Passkey `json:"passkey,omitempty"` // that was enrolled, removed or odd
	Mandate *Mandate `json:"mandate,omitempty"` // that the order was decided by, or that was revoked
}

// Mandate is a mandate that an entry has to do with.
type Mandate struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Due  string `json:"due_now,omitempty"` // what the line that the entry is about counts with
}

// DecisionProof is how a person signed a decision: what an authenticator
// returned, and what else of [didops/internal/proof.Challenge] the entry does not say. Bytes
// are base64url without padding.
type DecisionProof struct {
	Strength      string `json:"strength"` // see identity.Strength
	Person        string `json:"person,omitempty"`
	Expires       string `json:"expires,omitempty"`
	Nonce         string `json:"nonce,omitempty"`
	Credential    string `json:"credential,omitempty"`
	ClientData    string `json:"client_data,omitempty"`
	Authenticator string `json:"authenticator,omitempty"` // its data
	Signature     string `json:"signature,omitempty"`
}

// EventKinds returns what [Entry.Event] may be.
func EventKinds() []string {
	return []string{
		"requested", "requested again", "request refused", "approved", "rejected", "decision refused", "answer refused", "expired", "cancelled", "cancellation refused",
		"scheduled", "taken back", "mandate used", "mandate revoked",
		"asked back", "answered back", "commented", "edited", "replaced", "reassigned", "reminded", "escalated", "drill answered",
		"sent", "done", "failed", "unknown", "waiting", "turned away", "not read again", "over a limit", "mandate over", "bought already", "not as approved", "changed", "skipped",
		"answered", "looked for", "let go", "interrupted", "rescheduled", "settled", "corrected", "contradicted", "gone",
		"watch added", "watch removed", "watch hit", "numbers changed", "labelled", KeyChanged,
		"passkey invited", "passkey enrolled", "passkey removed", "passkey warned",
	}
}

// Actor is who did something, and through what.
type Actor struct {
	Realm  string `json:"surface"`
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Client string `json:"client,omitempty"`
	Via    string `json:"via,omitempty"` // terminal, dialog, mcp, discord
}

// Kept is an entry as the store has it.
type Kept struct {
	Seq  int64
	Text string // JSON of the [Entry]
	Hash string
}

// Seal returns the text of the entry and its hash. The hash covers the text,
// and the text the hash of the entry before.
func (e Entry) Seal() (text, hash string, err error) {
	e.At = e.At.UTC()
	b, err := json.Marshal(e)
	if err != nil {
		return "", "", fmt.Errorf("write audit entry: %w", err)
	}
	return string(b), Hash(string(b)), nil
}

// Hash returns the hash of an entry's text: SHA-256, hexadecimal.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
