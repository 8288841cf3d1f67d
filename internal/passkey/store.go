package passkey

import (
	"time"

	"didops/internal/audit"
	"didops/internal/transaction"
)

// ErrNone is returned for what is not in the store.
var ErrNone = transaction.ErrNone

// Tx is what verifying needs of a transaction, of this domain or another. Its
// methods are not safe for concurrent use and use the context of the transaction.
type Tx interface {
	audit.KeyTx

	// Since returns the entries of the trail after the one numbered, at most so
	// many.
	Since(seq int64, most int) ([]audit.Kept, error)
	// Passkey returns the credential with that id, be it removed, or [ErrNone].
	Passkey(id Bytes) (Credential, error)
	// Passkeys returns the credentials of a person, of everybody where it is "",
	// those enrolled first first, without those that were removed.
	Passkeys(person string) ([]Credential, error)
	// SavePasskey keeps what of a credential changes by its use; [ErrNone] where
	// it is not there any more.
	SavePasskey(c Credential) error
}

// Store keeps passkeys and what is under way about them. It is implemented by
// internal/store. Safe for concurrent use, by several processes.
type Store = transaction.Store[StoreTx]

// StoreTx is what enrolling, signing in and removing need of a transaction.
type StoreTx interface {
	Tx
	audit.Appender

	// AddPasskey keeps a new credential, whose id is not there yet.
	AddPasskey(c Credential) error
	// RemovePasskey marks a credential as removed, or returns [ErrNone] where it is
	// not there or was removed before.
	RemovePasskey(id Bytes, at time.Time) error
	// Begin keeps something that is under way. What expired a day ago is forgotten.
	Begin(p Pending) error
	// Pending returns what is under way under a hash, or [ErrNone].
	Pending(hash string) (Pending, error)
	// End removes it, or returns [ErrNone].
	End(hash string) error
}

// Pending is something that is under way: the invitation to enrol a passkey, an
// enrolment, or a sign-in.
type Pending struct {
	Hash      string // of the token or handle
	Kind      string
	Person    string
	Challenge Bytes
	Seal      string // note of the log's key that seals an invitation
	Expires   time.Time
}
