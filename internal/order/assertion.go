package order

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/passkey"
	"didops/internal/proof"
)

// Assertion is a passkey's signature over a decision (see [Engine.Challenge]).
type Assertion = passkey.Assertion

// Passkeys verifies what passkeys signed. [passkey.Service] implements it. What
// takes a transaction is called in one before that has added to the trail. Safe
// for concurrent use.
type Passkeys interface {
	// Request returns what the browser of a person is asked with, so that one of
	// the person's passkeys signs the challenge. A person without any is NotFound.
	Request(tx passkey.Tx, person string, challenge []byte) (json.RawMessage, error)
	// Verify reports why an assertion is not that of a person over the challenge,
	// made with a passkey that counts: Forbidden. It notes the use of the passkey;
	// what is odd about it, and no reason to refuse, is returned in words.
	Verify(tx passkey.Tx, person string, challenge []byte, a Assertion) (odd string, err error)
	// Recheck is Verify for an assertion that was verified before: it notes
	// nothing.
	Recheck(tx passkey.Tx, person string, challenge []byte, a Assertion) error
	// Enrolled returns who has a passkey that counts, as far as the store and the key
	// of the log tell.
	Enrolled(tx passkey.Tx) (map[string]bool, error)
	// Seen returns what the trail says of an order since a passkey approved it. A
	// trail that is not the one that was seen before is Forbidden.
	Seen(tx passkey.Tx, order string) (passkey.Doings, error)
	// SeenMandate returns what the trail says of a mandate and of what was bought by
	// it, likewise. It is given the order that made the mandate.
	SeenMandate(tx passkey.Tx, exchange string, m audit.Mandate, order string) (passkey.MandateDoings, error)
	// Settled runs what reads in a transaction of its own, and again where the trail
	// lacked only what came to be seen after that had begun.
	Settled(read func() error) error
	// See takes note, beside the store, of all that the trail says by now.
	See(ctx context.Context) error
	// SeeSent is See where the trail has to say that a number of an order, as +E.164,
	// was sent so often: Forbidden.
	SeeSent(ctx context.Context, order, number string, tries int) error
	// Attest signs that this program says so, for its own eyes. The transaction
	// writes.
	Attest(tx passkey.Tx, text string) (note string, err error)
	// Attested reports whether a note of Attest about an order says so: by the present
	// key, or by one of before where the trail has that a person approved the order
	// before the key was changed. The error is that it can't be told.
	Attested(tx passkey.Tx, order, text, note string) (bool, error)
}

// Challenge is what a person's passkey is asked to sign about an order.
type Challenge struct {
	Nonce     passkey.Bytes   `json:"nonce"` // to be brought back in [Assertion.Nonce]
	Challenge passkey.Bytes   `json:"challenge"`
	Options   json.RawMessage `json:"options"` // as PublicKeyCredential.parseRequestOptionsFromJSON takes it
}

// Challenge implements [Service]. The nonce is random, and the store keeps its
// hash: it is of one use, of one principal, and of no use once the order has
// expired.
func (e *Engine) Challenge(ctx context.Context, id string, approve bool, by identity.Caller) (Challenge, error) {
	r, person, err := e.challenged(ctx, id, approve, by)
	if err != nil {
		return Challenge{}, err
	}
	c := Challenge{Nonce: make([]byte, sha256.Size)}
	_, _ = rand.Read(c.Nonce) // never fails
	err = e.read(ctx, func(tx Tx) error {
		var err error
		if c.Challenge, err = r.challenge(approve, person, c.Nonce); err == nil {
			c.Options, err = e.Passkeys.Request(tx, person, c.Challenge)
		}
		return err
	})
	if err != nil {
		return Challenge{}, err
	}
	err = e.Prompts.Write(ctx, func(tx PromptTx) error {
		call, err := hash(tx, "passkey", approve)
		if err != nil {
			return err
		}
		return tx.IssuePrompt(Prompt{Hash: audit.Hash(c.Nonce.String()), Order: r.ID, Principal: by.Principal.String(), Call: call, Expires: r.Expires})
	})
	return c, err
}

// challenged returns an order that the caller may decide like that by a passkey,
// and who that is.
func (e *Engine) challenged(ctx context.Context, id string, approve bool, by identity.Caller) (Record, string, error) {
	person := e.Policy().person(partyOf(by.Principal))
	switch {
	case e.Passkeys == nil:
		return Record{}, "", fault.New(fault.Forbidden, "decisions are not signed by passkeys here").WithField("web.url")
	case person == "":
		return Record{}, "", fault.New(fault.Forbidden, "%s is nobody's passkey: it is not known who that is", by.Principal).WithField("people").
			WithHint("name the person under [[people]]")
	}
	var err error
	if approve {
		_, err = e.Ask(ctx, id, by)
	} else {
		err = mayReject(by)
	}
	if err != nil {
		return Record{}, "", err
	}
	r, err := e.record(ctx, id, by)
	if err == nil {
		err = e.undecided(e.told(r, by.Frontend.Outside()), e.Now())
	}
	return r, person, err
}

// signs returns what a passkey signs: a hash of the order's terms, of the
// decision, and of who makes it until when.
func (r Record) signs(approve bool, person string, nonce passkey.Bytes) (proof.Challenge, error) {
	terms, err := TermsHash(r)
	return proof.Challenge{
		Order: r.ID, Terms: terms, Decision: map[bool]string{true: "approve", false: "reject"}[approve], Person: person,
		Expires: r.Expires.UTC().Format(time.RFC3339Nano), Nonce: nonce.String(),
	}, err
}

// challenge returns the bytes of what a passkey signs.
func (r Record) challenge(approve bool, person string, nonce passkey.Bytes) ([]byte, error) {
	c, err := r.signs(approve, person, nonce)
	if err != nil {
		return nil, err
	}
	sum, err := c.Sum()
	return sum[:], err
}

// redeem uses up the nonce of an assertion, whatever comes of it: before anything
// is verified.
func (e *Engine) redeem(ctx context.Context, d DecideRequest) error {
	if d.Assertion == nil {
		return nil
	}
	no := fault.New(fault.Forbidden, "the passkey did not sign what was asked here").WithHint("open the order again, and sign it there")
	if e.Passkeys == nil {
		return no
	}
	handle := audit.Hash(d.Assertion.Nonce.String())
	err := e.Prompts.Write(ctx, func(tx PromptTx) error {
		p, err := tx.Prompt(handle)
		if err != nil {
			return err
		}
		call, err := hash(tx, "passkey", d.Approve)
		switch {
		case err != nil:
			return err
		case p.Used, p.Order != normal(d.Order), p.Principal != d.By.Principal.String(), p.Call != call, !e.Now().Before(p.Expires):
			return ErrNone
		}
		return tx.UsePrompt(handle)
	})
	if errors.Is(err, ErrNone) {
		return no
	}
	return err
}

// signature is how a decision proves that a person made it.
type signature struct {
	strength identity.Strength
	proof    *audit.DecisionProof // nil: no passkey signed it
}

// signed verifies what a passkey signed of a decision, if one did.
func (e *Engine) signed(tx Tx, r Record, d DecideRequest) (signature, error) {
	switch {
	case d.Assertion == nil && d.By.Frontend.Model():
		return signature{strength: identity.Dialog}, nil
	case d.Assertion == nil:
		return signature{strength: identity.Click}, nil
	}
	a, person := d.Assertion, e.Policy().person(partyOf(d.By.Principal))
	c, err := r.signs(d.Approve, person, a.Nonce)
	if err != nil {
		return signature{}, err
	}
	sum, err := c.Sum()
	if err != nil {
		return signature{}, err
	}
	odd, err := e.Passkeys.Verify(tx, person, sum[:], *a)
	if err != nil {
		return signature{}, err
	}
	a.Challenge = sum[:]
	if err := e.warn(tx, r, d.By, a.Credential, person, odd); err != nil {
		return signature{}, err
	}
	return signature{identity.Passkey, &audit.DecisionProof{
		Strength: identity.Passkey.String(), Person: person, Expires: c.Expires, Nonce: c.Nonce, Credential: a.Credential.String(),
		ClientData: a.ClientData.String(), Authenticator: a.Authenticator.String(), Signature: a.Signature.String(),
	}}, nil
}

// ParseAssertion reads what a browser made of [Challenge.Options], the JSON of
// its PublicKeyCredential, with the nonce of the challenge. What is none is
// Invalid.
func ParseAssertion(nonce string, response []byte) (*Assertion, error) {
	return passkey.ParseAssertion(nonce, response)
}

// see takes note, beside the store, of what has just happened to an order that a
// passkey decided, or a mandate where rules want passkeys, so that it can't be made
// undone there.
func (e *Engine) see(ctx context.Context, r Record) {
	if !e.witnessed(r) {
		return
	}
	if err := e.Passkeys.See(context.WithoutCancel(ctx)); err != nil {
		e.log(ctx, r).Error().Err(err).Msg("what was seen of the audit trail could not be kept beside the store")
	}
}

// witnessed reports whether note is taken of what happens to an order.
func (e *Engine) witnessed(r Record) bool {
	signed := slices.ContainsFunc(r.Decisions, func(d Decision) bool { return d.Assertion != nil })
	return e.Passkeys != nil && (signed || r.byMandate() && e.Policy().signs())
}

// unnotedError says why no note was taken of a send, which therefore is not made.
type unnotedError struct{ because error }

func (e *unnotedError) Error() string { return e.because.Error() }

// seeSent takes note of a send before that leaves, by the order as it was in the
// transaction that found it approved. Where that can't be done it must not leave: who
// writes the store could have it sent once more.
func (c *carrying) seeSent(ctx context.Context, approved Record) error {
	if !c.witnessed(approved) {
		return nil
	}
	err := c.Passkeys.SeeSent(context.WithoutCancel(ctx), c.r.ID, shown(c.quoted.Number), c.tries)
	if err == nil {
		return nil
	}
	c.log(ctx, c.r).Error().Err(err).Msg("that a line is sent could not be kept beside the store: it is not sent")
	return &unnotedError{err}
}

// unnoted is what becomes of a line that was not sent because of that: it waits to be
// tried again while there is time, unless the trail is not to be believed.
func (c *carrying) unnoted(ctx context.Context, why error) (a Answer, err error) {
	a = Answer{State: LineWaiting, Message: "it was not sent: " + words(why)}
	switch {
	case fault.CodeOf(why) == fault.Forbidden:
		a.State = LineFailed
		return a, c.keep(ctx, a, notAsApproved)
	case !c.mayRepeat(why):
		a.State = LineFailed
	}
	return a, c.keep(ctx, a, turnedAway)
}

// witness takes note of all that the trail says by now, whoever added it: what was
// seen can't be made undone in the store.
func (e *Engine) witness(ctx context.Context) {
	if e.Passkeys == nil {
		return
	}
	if err := e.Passkeys.See(ctx); err != nil && ctx.Err() == nil && e.Policy().signs() {
		e.Log.Error().Err(err).Msg("the audit trail could not be followed; nothing that needs a passkey is sent until it can")
	}
}
