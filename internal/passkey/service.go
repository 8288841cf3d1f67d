package passkey

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/cache"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/sanitize"
)

// InvitedFor is how long an invitation to enrol a passkey is good for.
const InvitedFor = 30 * time.Minute

// What may be under way.
const (
	invitation = "invitation"
	enrolment  = "enrolment"
	signIn     = "sign-in"
)

// Config is what a [Service] is made of.
type Config struct {
	Store    Store
	Key      *audit.Keyring // of the log: what it signed, nobody can make who has but the store
	Page     string         // address of the page, whose origin passkeys are made for
	Exchange string         // that entries of the trail name
	SeenFile string         // where what was seen of the trail is kept (see [Ledger]); "" = in memory only
	Now      func() time.Time
	Log      zerolog.Logger
}

// Service enrols passkeys, signs people in by them, and verifies what they
// signed. It is safe for concurrent use, by several processes on one store.
type Service struct {
	Config
	page   page
	ledger *Ledger
	opened *cache.Cache[string, opening] // notes that a key signed, by the keys and the note
}

// New returns a service. It opens nothing.
func New(c Config) (*Service, error) {
	if c.Store == nil || c.Key == nil || c.Now == nil || c.Exchange == "" {
		return nil, errors.New("passkeys: a store, the key of the log, a clock and an exchange are needed")
	}
	p, err := pageOf(c.Page)
	if err != nil {
		return nil, err
	}
	return &Service{Config: c, page: p, ledger: newLedger(c.SeenFile, c.Key, c.Now), opened: cache.New[string](cache.Config[opening]{MaxEntries: notesAtHand})}, nil
}

// now is the time of day, as exact as stores keep it.
func (s *Service) now() time.Time { return s.Now().UTC().Round(0).Truncate(time.Microsecond) }

// random returns what nobody can guess.
func random() Bytes {
	b := make(Bytes, 32)
	_, _ = rand.Read(b) // never fails
	return b
}

// under is the hash by which something is kept that is under way.
func under(kind, handle string) string { return audit.Hash(kind + "\n" + handle) }

// List returns the passkeys of a person, or of everybody where it is "", those
// enrolled first first. One that does not count any more is among them, with the
// reason in words. Where it can't be told whether they count, as the store or what
// was seen of the trail can't be read or does not go on, that is the error.
func (s *Service) List(ctx context.Context, person string) ([]Listed, error) {
	var all []Listed
	err := s.Settled(func() error {
		return s.Store.Read(ctx, func(tx StoreTx) (err error) {
			all, err = s.listed(tx, person)
			return err
		})
	})
	if errors.Is(err, ErrNone) { // there is no store
		err = nil
	}
	return all, err
}

func (s *Service) listed(tx StoreTx, person string) (all []Listed, err error) {
	list, err := tx.Passkeys(person)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		void, err := s.void(tx, c)
		if err != nil {
			return nil, err
		}
		l := Listed{Credential: c}
		if void != nil {
			l.Void = void.Message
		}
		all = append(all, l)
	}
	return all, nil
}

// Listed is a passkey as it is listed.
type Listed struct {
	Credential
	Void string // why it does not count; "": it does
}

// Remove removes a passkey for good: from now on nothing that it signed counts,
// neither what waits to be sent. One that is not there is NotFound.
func (s *Service) Remove(ctx context.Context, id Bytes, by audit.Actor) (Credential, error) {
	var c Credential
	err := s.Store.Write(ctx, func(tx StoreTx) error {
		var err error
		if c, err = tx.Passkey(id); err != nil {
			return err
		}
		if !c.Removed.IsZero() {
			return ErrNone
		}
		_, _, err = tx.Append(audit.Entry{
			Event: "passkey removed", Exchange: s.Exchange, At: s.now(), Actor: &by, Result: "of " + c.Person, Passkey: c.proof(),
		})
		return errors.Join(err, tx.RemovePasskey(id, s.now()))
	})
	if errors.Is(err, ErrNone) {
		return c, fault.New(fault.NotFound, "there is no passkey %s", id).WithField("id").WithHint("didops passkeys list shows all")
	}
	if err == nil {
		err = s.See(ctx)
	}
	if fault.CodeOf(err) == fault.Conflict {
		err = nil // it is removed; this machine has another key, and others take note
	}
	return c, err
}

// Certificate returns the note by which the key of the log certifies a passkey, be
// it removed, for who checks what it signed; NotFound where it is not known. The
// id is base64url.
func (s *Service) Certificate(ctx context.Context, id string) (string, error) {
	var c Credential
	err := c.ID.UnmarshalText([]byte(id))
	if err == nil {
		err = s.Store.Read(ctx, func(tx StoreTx) error {
			var err error
			c, err = tx.Passkey(c.ID)
			return err
		})
	}
	if err != nil && fault.CodeOf(err) == fault.Internal {
		err = fault.New(fault.NotFound, "there is no passkey %s", sanitize.Clean(id, 64)).WithCause(err)
	}
	return c.Certificate, err
}

// Request implements [didops/internal/order.Passkeys].
func (s *Service) Request(tx Tx, person string, challenge []byte) (json.RawMessage, error) {
	list, err := tx.Passkeys(person)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fault.New(fault.NotFound, "%s has no passkey", person).WithHint("an operator makes a link to enrol one: didops passkeys enrol %s", person)
	}
	return s.page.request(challenge, list)
}

// Verify implements [didops/internal/order.Passkeys].
func (s *Service) Verify(tx Tx, person string, challenge []byte, a Assertion) (odd string, err error) {
	c, data, err := s.verified(tx, challenge, a)
	switch {
	case err != nil:
		return "", err
	case c.Person != person:
		return "", fault.New(fault.Forbidden, "that passkey is another person's").WithHint("sign with a passkey of %s", person)
	}
	odd = c.odd(data)
	return odd, tx.SavePasskey(c.used(data, s.now()))
}

// Recheck implements [didops/internal/order.Passkeys].
func (s *Service) Recheck(tx Tx, person string, challenge []byte, a Assertion) error {
	c, _, err := s.verified(tx, challenge, a)
	if err == nil && c.Person != person {
		err = fault.New(fault.Forbidden, "the passkey is not that of %s", person)
	}
	return err
}

// verified returns the credential that an assertion over the challenge is of, if
// it counts, and what the authenticator said.
func (s *Service) verified(tx Tx, challenge []byte, a Assertion) (Credential, authenticator, error) {
	c, err := tx.Passkey(a.Credential)
	if errors.Is(err, ErrNone) {
		return c, authenticator{}, fault.New(fault.Forbidden, "that passkey is not known here, or was removed")
	}
	if err == nil {
		err = s.counts(tx, c)
	}
	if err != nil {
		return c, authenticator{}, err
	}
	data, err := s.page.asserted(challenge, a, c.PublicKey)
	return c, data, err
}

// counts reports why a credential does not count: Forbidden. Where that can't be
// told, its error is another.
func (s *Service) counts(tx Tx, c Credential) error {
	void, err := s.void(tx, c)
	if err == nil && void != nil {
		err = void
	}
	return err
}

// void returns what is wrong with a credential itself, so that it does not count;
// nil where it does. The error is that this can't be told.
func (s *Service) void(tx Tx, c Credential) (why *fault.Error, err error) {
	key, err := s.Key.Signer(tx)
	if err != nil {
		return nil, err
	}
	by, err := s.page.certified(c, s.opener(key))
	if err != nil {
		return uncertified(c, err), nil
	}
	if c.Origin != s.page.origin {
		return fault.New(fault.Forbidden, "the passkey %s was made for %s", c.short(), c.Origin).WithField("web.url").
			WithHint("passkeys belong to one address of the page: enrol one for %s", s.page.origin), nil
	}
	if err := s.ledger.Follow(tx); err != nil {
		return nil, err
	}
	if by.Verifier != key.Verifier() && s.ledger.Enrolled(c) != c.Entry {
		return uncertified(c, errors.New("the key that certified it was followed by another, and the trail does not say that it was enrolled before")), nil
	}
	if !c.Removed.IsZero() || s.ledger.Removed(c.ID) {
		return fault.New(fault.Forbidden, "the passkey %s was removed", c.short()), nil
	}
	return nil, nil
}

func uncertified(c Credential, err error) *fault.Error {
	return fault.New(fault.Forbidden, "the passkey %s is not certified by the key of the log", c.short()).
		WithHint("it was put into the store by somebody else, or altered: remove it, and enrol one").WithCause(err)
}

// Enrolled implements [didops/internal/order.Passkeys]. It does not follow the
// trail, so that it can be called in a transaction that has added to it.
func (s *Service) Enrolled(tx Tx) (map[string]bool, error) {
	people := map[string]bool{}
	list, err := tx.Passkeys("")
	if err != nil || len(list) == 0 {
		return people, err // no key is looked for where nothing is signed
	}
	key, err := s.Key.Signer(tx)
	if err != nil {
		return people, err
	}
	for _, c := range list {
		if people[c.Person] || c.Origin != s.page.origin {
			continue
		}
		if _, err := s.page.certified(c, s.opener(key)); err == nil {
			people[c.Person] = true
		}
	}
	return people, nil
}

// Holders returns who has a passkey that counts, likewise; nobody where there is
// no store.
func (s *Service) Holders(ctx context.Context) (map[string]bool, error) {
	people := map[string]bool{}
	err := s.Store.Read(ctx, func(tx StoreTx) (err error) {
		people, err = s.Enrolled(tx)
		return err
	})
	if errors.Is(err, ErrNone) {
		err = nil
	}
	return people, err
}

// See takes note of all that the trail says by now.
func (s *Service) See(ctx context.Context) error {
	first := int64(-1)
	for {
		err := s.Settled(func() error { return s.Store.Read(ctx, func(tx StoreTx) error { return s.ledger.Follow(tx) }) })
		if errors.Is(err, ErrNone) {
			return nil
		}
		if first < 0 {
			first = s.ledger.seen()
		}
		if err == nil && s.ledger.kept(first) {
			return nil // by another process, on the disk
		}
		switch again := s.ledger.Save(); {
		case !errors.Is(again, errAgain):
			return errors.Join(err, again)
		case err != nil || ctx.Err() != nil:
			return errors.Join(err, ctx.Err())
		}
	}
}

// SeeSent implements [didops/internal/order.Passkeys].
func (s *Service) SeeSent(ctx context.Context, order, number string, tries int) error {
	err := s.See(ctx)
	switch {
	case err != nil:
	case s.ledger.Doings(order).Lines[number].Sent < tries:
		err = fault.New(fault.Forbidden, "the audit trail does not say that it is sent")
	case !s.ledger.kept(s.ledger.seen()): // it came to be seen meanwhile
		err = s.See(ctx)
	}
	return err
}

// Settled implements [didops/internal/order.Passkeys].
func (s *Service) Settled(read func() error) error { return s.ledger.settled(read) }

// Seen implements [didops/internal/order.Passkeys].
func (s *Service) Seen(tx Tx, order string) (Doings, error) {
	if err := s.ledger.Follow(tx); err != nil {
		return Doings{}, err
	}
	return s.ledger.Doings(order), nil
}

// What the key of the log signs here begins with what it is.
const (
	attested = "didops order v1\n"
	invited  = "didops invitation v1\n"
	seen     = "didops seen v1\n"
	marked   = "didops seen to v1\n"
)

// Web is the actor of what a person does at the page.
func Web(person string) audit.Actor {
	return audit.Actor{Realm: identity.Web, ID: person, Name: person, Via: "web"}
}

func (c Credential) short() string { return fmt.Sprintf("%.12s", c.ID) }
