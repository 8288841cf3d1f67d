package audit

import (
	"errors"
	"io/fs"
	"os"
	"sync"

	"didops/internal/fault"
	"didops/internal/proof"
)

// KeyTx is what holding a key against the log that it is for needs of a
// transaction.
type KeyTx interface {
	// StoreID returns what the store is known by from others. It is no secret.
	StoreID() (string, error)
	// LogKeys returns the keys that have signed for the log, as
	// [proof.PublicText] writes them; "" before the first has.
	LogKeys() (string, error)
	// KeepLogKeys keeps them.
	KeepLogKeys(text string) error
}

// ErrNoKey says that there is nothing yet to sign, nor a key to sign with.
var ErrNoKey = fault.New(fault.NotFound, "there is no signed head of the trail yet, and no key: the key is made when the first head of a trail with entries is signed")

// Keyring hands out the key of a log. The store knows which key signs: one that it
// does not know, or that was followed by another, is Conflict, with what to do
// about it. Safe for concurrent use.
type Keyring struct {
	File string        // with the key; or
	Key  *proof.Signer // a key that is in no file

	mu   sync.Mutex
	last *proof.Signer // as it was read last
	info fs.FileInfo   // of the file then
	text string        // of the keys that the store knew last, which parse to keys
	keys proof.Keys
}

// Peek returns the key as it is in the file, whatever the store knows;
// [fs.ErrNotExist] is in the chain of the error where there is none. The file is
// read again when it has changed.
func (k *Keyring) Peek() (*proof.Signer, error) {
	if k.Key != nil {
		return k.Key, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	info, err := os.Stat(k.File)
	if err == nil && k.last != nil && os.SameFile(info, k.info) && info.Size() == k.info.Size() && info.ModTime().Equal(k.info.ModTime()) {
		return k.last, nil
	}
	s, err2 := proof.ReadSigner(k.File)
	if err != nil || err2 != nil {
		return nil, errors.Join(err2, err)
	}
	k.last, k.info = s, info
	return s, nil
}

// Signer returns the key that signs now. Before there is any it is [ErrNoKey].
func (k *Keyring) Signer(tx KeyTx) (*proof.Signer, error) {
	known, _, err := k.known(tx)
	if err != nil {
		return nil, err
	}
	s, err := k.Peek()
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(known) == 0 && !k.signed():
		return nil, ErrNoKey
	case errors.Is(err, fs.ErrNotExist):
		return nil, k.missing(known.Present())
	case err != nil:
		return nil, err
	}
	return s, k.fits(tx, s, known)
}

// Found is [Keyring.Signer] in a transaction that writes: it makes the first key of
// the log where there is none yet, and has the store know the key.
func (k *Keyring) Found(tx KeyTx) (*proof.Signer, error) {
	s, err := k.Signer(tx)
	if errors.Is(err, ErrNoKey) {
		var id string
		if id, err = tx.StoreID(); err == nil {
			s, err = proof.FoundSigner(k.File, id)
		}
	}
	if err != nil {
		return nil, err
	}
	_, text, err := k.known(tx)
	if err == nil && text != s.Public() {
		err = tx.KeepLogKeys(s.Public())
	}
	return s, err
}

// known returns the keys that the store knows.
func (k *Keyring) known(tx KeyTx) (proof.Keys, string, error) {
	text, err := tx.LogKeys()
	if err != nil || text == "" {
		return nil, text, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if text != k.text {
		keys, err := proof.ParsePublic(text)
		if err != nil {
			return nil, "", fault.New(fault.Conflict, "what the store says of the key of the log was altered, so nothing is signed").
				WithHint("somebody wrote into the store: look at what didops audit verify says, and put a backup of it back").WithCause(err)
		}
		k.text, k.keys = text, keys
	}
	return k.keys, text, nil
}

// signed reports whether a key signed on this machine, though it is not there any
// more.
func (k *Keyring) signed() bool {
	_, err := os.Stat(SeenHead(k.File))
	return k.Key == nil && err == nil
}

// SeenHead names the file, beside that of a key, with the highest head that was
// signed with it on this machine.
func SeenHead(file string) string { return file + ".head" }

// fits reports that a key is not the one that signs for the log of a store.
func (k *Keyring) fits(tx KeyTx, s *proof.Signer, known proof.Keys) error {
	if s.Store() != "" {
		id, err := tx.StoreID()
		if err != nil {
			return err
		}
		if id != s.Store() {
			return k.refused("the key of the log in %s is that of another store", k.where()).
				WithHint("Name a file of its own to each store in [audit] key_file, and put the key of this one there. " +
					"A store that never signed makes a new key where the file that is named is not there yet.")
		}
	}
	present := known.Present()
	if present == "" || present == s.Verifier() {
		return nil
	}
	if _, follows := s.Keys().Find(present); follows {
		return nil // a store of before the key was changed was put back
	}
	if _, older := known.Find(s.Verifier()); older {
		return k.refused("the key of the log in %s was followed by another one, and signs nothing any more", k.where()).
			WithHint("Copy the present key, %s, from the machine where it was changed to this one. Where changing it was interrupted, run didops audit rotate again.", present)
	}
	return k.refused("the key of the log in %s is not the one that signed for this store before", k.where()).
		WithHint("Put the key file that signs for it, %s, back in its place: from a copy, or from another machine that shares the store. "+lostHint, present)
}

// lostHint says what is left where no copy of a key is.
const lostHint = "If it is lost for good, didops audit rotate --lost begins a new log, at a terminal: no head, receipt or passkey of before counts for that one."

func (k *Keyring) missing(present string) error {
	if present == "" {
		present = "which signed heads on this machine"
	}
	return k.refused("the key of the log, %s, is not in %s", present, k.where()).
		WithHint("Put the key file back in its place: from a copy, or from another machine that shares the store. " + lostHint)
}

func (k *Keyring) where() string {
	if k.Key != nil {
		return "use"
	}
	return k.File
}

func (k *Keyring) refused(format string, args ...any) *fault.Error {
	return fault.New(fault.Conflict, format, args...).WithField("audit.key_file")
}
