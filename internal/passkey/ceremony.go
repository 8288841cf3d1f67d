package passkey

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
)

// Invite makes an invitation for a person to enrol one passkey, within
// [InvitedFor]. The store keeps a hash of the token, under the seal of the log's
// key: who can write there can't invite.
func (s *Service) Invite(ctx context.Context, person string, by audit.Actor) (token string, until time.Time, err error) {
	token, until = random().String(), s.now().Add(InvitedFor)
	p := Pending{Hash: under(invitation, token), Kind: invitation, Person: person, Expires: until}
	err = s.Store.Write(ctx, func(tx StoreTx) error {
		if p.Seal, err = s.sign(tx, p.text()); err != nil {
			return err
		}
		_, _, err := tx.Append(audit.Entry{Event: "passkey invited", Exchange: s.Exchange, At: s.now(), Actor: &by, Result: "for " + person})
		return errors.Join(err, tx.Begin(p))
	})
	return token, until, err
}

// text is what of an invitation is sealed.
func (p Pending) text() string {
	text, _ := json.Marshal([]string{p.Hash, p.Person, p.Expires.UTC().Format(time.RFC3339Nano)}) // strings never fail
	return invited + string(text) + "\n"
}

// BeginEnrol returns what the browser of somebody is asked with who brings the
// token of an invitation. A token that is none, was used or is out of time is
// Forbidden; it is not used up.
func (s *Service) BeginEnrol(ctx context.Context, token string) (Ceremony, error) {
	var c Ceremony
	err := s.Store.Write(ctx, func(tx StoreTx) error {
		p, err := s.invited(tx, token)
		if err != nil {
			return err
		}
		have, err := tx.Passkeys(p.Person)
		if err != nil {
			return err
		}
		c = Ceremony{Person: p.Person, Until: earlier(p.Expires, s.now().Add(within))}
		e := Pending{Hash: under(enrolment, token), Kind: enrolment, Person: p.Person, Challenge: random(), Expires: c.Until}
		if c.Options, err = s.page.creation(p.Person, e.Challenge, have); err != nil {
			return err
		}
		if err := tx.End(e.Hash); err != nil && !errors.Is(err, ErrNone) {
			return err // one enrolment at a time is under way
		}
		return tx.Begin(e)
	})
	return c, s.told(err)
}

// FinishEnrol keeps the passkey that a browser made, certified, and uses the
// invitation up. What was not asked for is Forbidden, and has to be begun anew.
func (s *Service) FinishEnrol(ctx context.Context, token string, response []byte) (Credential, error) {
	e, err := s.end(ctx, under(enrolment, token), enrolment)
	if err != nil {
		return Credential{}, err
	}
	c, err := s.page.created(e.Challenge, response)
	if err != nil {
		return Credential{}, err
	}
	err = s.Store.Write(ctx, func(tx StoreTx) error {
		p, err := s.invited(tx, token)
		if err == nil {
			err = tx.End(p.Hash)
		}
		if err != nil {
			return err
		}
		c.Person, c.Enrolled = p.Person, s.now()
		by := Web(c.Person)
		entry := audit.Entry{Event: "passkey enrolled", Exchange: s.Exchange, At: c.Enrolled, Actor: &by, Result: "of " + c.Person, Passkey: c.proof()}
		if c.Entry, _, err = tx.Append(entry); err != nil {
			return err
		}
		if c.Certificate, err = s.certify(tx, c); err != nil {
			return err
		}
		return tx.AddPasskey(c)
	})
	if err == nil {
		err = s.See(ctx)
	}
	return c, s.told(err)
}

func (s *Service) certify(tx Tx, c Credential) (string, error) {
	is, err := s.page.certificate(c)
	if err != nil {
		return "", err
	}
	text, err := is.Text()
	if err != nil {
		return "", err
	}
	return s.sign(tx, text)
}

// invited returns the invitation of a token, if it is good.
func (s *Service) invited(tx StoreTx, token string) (Pending, error) {
	p, err := tx.Pending(under(invitation, token))
	if err != nil {
		return p, err
	}
	if p.Kind != invitation || !s.says(tx, p.Seal, p.text()) || !s.Now().Before(p.Expires) {
		return p, ErrNone
	}
	return p, nil
}

// BeginSignIn returns what the browser of anybody is asked with who wants to sign
// in, by whatever passkey there is for the page.
func (s *Service) BeginSignIn(ctx context.Context) (Ceremony, error) {
	handle := random().String()
	p := Pending{Hash: under(signIn, handle), Kind: signIn, Challenge: random(), Expires: s.now().Add(within)}
	options, err := s.page.request(p.Challenge, nil)
	if err == nil {
		err = s.Store.Write(ctx, func(tx StoreTx) error { return tx.Begin(p) })
	}
	return Ceremony{Handle: handle, Options: options, Until: p.Expires}, err
}

// FinishSignIn returns the passkey, and so the person, that somebody signed in
// by. Whatever comes of it, the handle is used up. Who is not let in is told so
// by Forbidden.
func (s *Service) FinishSignIn(ctx context.Context, handle string, response []byte) (Credential, error) {
	p, err := s.end(ctx, under(signIn, handle), signIn)
	if err != nil {
		return Credential{}, err
	}
	a, err := ParseAssertion("", response)
	if err != nil {
		return Credential{}, err
	}
	var c Credential
	err = s.Store.Write(ctx, func(tx StoreTx) error {
		found, data, err := s.verified(tx, p.Challenge, *a)
		if err != nil {
			return err
		}
		c = found.used(data, s.now())
		if odd := found.odd(data); odd != "" {
			by := Web(c.Person)
			_, _, err = tx.Append(audit.Entry{Event: "passkey warned", Exchange: s.Exchange, At: s.now(), Actor: &by, Result: odd, Passkey: c.proof()})
		}
		return errors.Join(err, tx.SavePasskey(c))
	})
	return c, err
}

// end uses up what is under way before anything is verified.
func (s *Service) end(ctx context.Context, hash, kind string) (Pending, error) {
	var p Pending
	err := s.Store.Write(ctx, func(tx StoreTx) error {
		var err error
		if p, err = tx.Pending(hash); err != nil {
			return err
		}
		return tx.End(hash)
	})
	if err == nil && (p.Kind != kind || !s.Now().Before(p.Expires)) {
		err = ErrNone
	}
	return p, s.told(err)
}

// told words what is not under way.
func (s *Service) told(err error) error {
	if errors.Is(err, ErrNone) {
		return fault.New(fault.Forbidden, "this was not begun here, was used already, or took too long").WithHint("begin anew; a link to enrol a passkey is good once, for %d minutes", int(InvitedFor.Minutes()))
	}
	return err
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
