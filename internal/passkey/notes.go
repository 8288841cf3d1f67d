package passkey

import (
	"errors"

	"didops/internal/audit"
	"didops/internal/proof"
)

// notesAtHand is how many notes are remembered: a send opens three that this process
// has mostly signed or opened a moment ago.
const notesAtHand = 256

// opening is what a note says, and who says it.
type opening struct {
	text string
	by   proof.Key
}

// Attest implements [didops/internal/order.Passkeys].
func (s *Service) Attest(tx Tx, text string) (string, error) {
	return s.sign(tx, attested+text+"\n")
}

// Attested implements [didops/internal/order.Passkeys].
func (s *Service) Attested(tx Tx, order, text, note string) (bool, error) {
	key, err := s.Key.Signer(tx)
	if errors.Is(err, audit.ErrNoKey) {
		return false, nil // and so nothing was signed
	}
	if err != nil {
		return false, err
	}
	is, by, err := s.opener(key)(note)
	if err != nil || is != attested+text+"\n" {
		return false, nil //nolint:nilerr // a note that can't be opened says nothing
	}
	first := s.ledger.Doings(order).Entry
	return by.Verifier == key.Verifier() || first > 0 && by.Allows(first) == nil, nil
}

// sign signs by the present key of the log, in a transaction that writes.
func (s *Service) sign(tx Tx, text string) (string, error) {
	key, err := s.Key.Found(tx)
	if err != nil {
		return "", err
	}
	note, err := key.Sign(text)
	if err == nil {
		keys := key.Keys()
		s.opened.Put(key.Public()+note, opening{text, keys[len(keys)-1]})
	}
	return note, err
}

// opener returns what opens notes by the keys of the log.
func (s *Service) opener(key *proof.Signer) func(note string) (string, proof.Key, error) {
	return func(note string) (string, proof.Key, error) {
		name := key.Public() + note
		if o, ok := s.opened.Get(name); ok {
			return o.text, o.by, nil
		}
		text, by, err := key.Keys().Open(note)
		if err == nil {
			s.opened.Put(name, opening{text, by})
		}
		return text, by, err
	}
}

// says reports whether a note is signed by the present key, and says that. What one
// of before signed could be made later by whoever has that one.
func (s *Service) says(tx Tx, note, text string) bool {
	key, err := s.Key.Signer(tx)
	if err != nil {
		return false
	}
	is, err := proof.Open(note, key.Verifier())
	return err == nil && is == text
}
