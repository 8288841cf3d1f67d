package audit

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"didops/internal/fault"
	"didops/internal/proof"
	"didops/internal/transaction"
)

// KeyChanged is the event of the entry by which one key of the log follows
// another.
const KeyChanged = "key changed"

// Rotate makes the next key of the log in the place of the one in a file: an
// entry of the trail names it, signed by the old one, which speaks of no entry from
// then on. Called again after it was interrupted, it goes on. It returns the new
// signer. Before there is a key it is [ErrNoKey].
func (k *Keyring) Rotate(ctx context.Context, s Store, now time.Time, by *Actor, exchange string) (*proof.Signer, error) {
	var next *proof.Signer
	err := writeThere(ctx, s, func(tx Tx) error {
		known, _, err := k.known(tx)
		if err != nil {
			return err
		}
		// The store knew it already when putting it in its place was interrupted.
		if next, err = proof.ReadSigner(proof.NextFile(k.File)); err == nil && next.Verifier() == known.Present() {
			return nil
		}
		old, err := k.Signer(tx)
		if err != nil {
			return err
		}
		size, err := tx.Size()
		if err != nil {
			return err
		}
		if next, err = proof.PrepareKey(old, k.File, size); err != nil {
			return err
		}
		changes := next.Changes()
		return changed(tx, next, Entry{At: now, Exchange: exchange, Actor: by, Key: changes[len(changes)-1]})
	})
	if err != nil {
		return nil, err
	}
	return next, proof.TakeKey(k.File)
}

// Begin makes the first key of a new log over the same trail, where the key is lost:
// nothing that the lost one signed counts for the new log. It is Conflict where the
// key is there. What was signed and seen with the lost one is put aside.
func (k *Keyring) Begin(ctx context.Context, s Store, now time.Time, by *Actor, exchange string, seen ...string) (*proof.Signer, error) {
	var next *proof.Signer
	err := writeThere(ctx, s, func(tx Tx) error {
		_, err := k.Peek()
		if !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(err, fault.New(fault.Conflict, "%s holds a key", k.File).WithField("audit.key_file").
				WithHint("A new log is begun only where no key is. If the key in it is not the one of this store, put it elsewhere first."))
		}
		if _, err := k.Signer(tx); errors.Is(err, ErrNoKey) {
			return err
		}
		id, err := tx.StoreID()
		if err != nil {
			return err
		}
		if next, err = proof.FoundSigner(k.File, id); err != nil {
			return err
		}
		return changed(tx, next, Entry{At: now, Exchange: exchange, Actor: by})
	})
	if err != nil {
		return nil, err
	}
	for _, file := range append(seen, SeenHead(k.File)) {
		if err := os.Rename(file, file+".lost"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fault.New(fault.Unavailable, "%s can't be put aside", file).WithHint("remove it: it is of the log before").WithCause(err)
		}
	}
	return next, nil
}

// writeThere writes to a store that is there; it makes none: [ErrNoKey].
func writeThere(ctx context.Context, s Store, fn func(Tx) error) error {
	err := s.Read(ctx, func(Tx) error { return nil })
	if errors.Is(err, transaction.ErrNone) {
		return ErrNoKey
	}
	if err != nil {
		return err
	}
	return s.Write(ctx, fn)
}

// changed keeps the key that signs from now on, and an entry of it.
func changed(tx Tx, next *proof.Signer, e Entry) error {
	e.Event, e.Result = KeyChanged, "heads are signed by "+next.Verifier()
	if e.Key == "" {
		e.Result = "the key was lost, and a new log begun: " + e.Result
	}
	_, _, err := tx.Append(e)
	if err == nil {
		err = tx.KeepLogKeys(next.Public())
	}
	return err
}
