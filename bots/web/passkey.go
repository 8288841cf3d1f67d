package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/passkey"
)

// Passkeys are the passkeys of people; [passkey.Service] implements it. It is safe
// for concurrent use.
type Passkeys interface {
	// BeginSignIn returns what a browser is asked with that has any passkey of this
	// page.
	BeginSignIn(ctx context.Context) (passkey.Ceremony, error)
	// FinishSignIn returns the passkey that answered, and so whose it is. The
	// handle of the ceremony is used up. What does not count is Forbidden.
	FinishSignIn(ctx context.Context, handle string, answer []byte) (passkey.Credential, error)
	// BeginEnrol returns what the browser of whoever has the token of an invitation
	// is asked with.
	BeginEnrol(ctx context.Context, token string) (passkey.Ceremony, error)
	// FinishEnrol keeps the passkey that was made, and uses the invitation up.
	FinishEnrol(ctx context.Context, token string, answer []byte) (passkey.Credential, error)
	// List returns the passkeys of a person, also those that do not count any more.
	List(ctx context.Context, person string) ([]passkey.Listed, error)
	// Remove removes a passkey for good.
	Remove(ctx context.Context, id passkey.Bytes, by audit.Actor) (passkey.Credential, error)
}

// ceremony is a question to the browser, as the script takes it.
type ceremony struct {
	Handle  string          `json:"ceremony,omitempty"`
	Person  string          `json:"person,omitempty"` // who is enrolled
	Options json.RawMessage `json:"publicKey"`
}

// passkeyPage is what the page of one's passkeys shows.
type passkeyPage struct {
	Keys []passkey.Listed
	This string // the one that this session was begun with; "" = it was begun otherwise
}

// beginPasskey asks the browser for any passkey of this page.
func (p *Page) beginPasskey(w http.ResponseWriter, v *visit) error {
	if err := errors.Join(p.havePasskeys(), p.knock(v)); err != nil {
		return err
	}
	c, err := p.c.Passkeys.BeginSignIn(v.Context())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, ceremony{Handle: c.Handle, Options: c.Options})
	return nil
}

// finishPasskey signs in whose passkey answered.
func (p *Page) finishPasskey(w http.ResponseWriter, v *visit) error {
	if err := errors.Join(p.havePasskeys(), p.knock(v)); err != nil {
		return err
	}
	key, err := p.c.Passkeys.FinishSignIn(v.Context(), v.PostFormValue("ceremony"), []byte(v.PostFormValue("answer")))
	if err != nil {
		return err
	}
	return p.begin(w, v, key.Person, byPasskey+key.ID.String(), onward(v.PostFormValue("to")))
}

// enrol shows how to enrol a passkey. The token is behind the "#" of the
// address, where the script finds it and the server does not; so it is the script
// that shows whose passkey it will be.
func (p *Page) enrol(w http.ResponseWriter, v *visit) error {
	if err := p.havePasskeys(); err != nil {
		return err
	}
	p.draw(w, v, http.StatusOK, "enrol", frame{Title: "Enrol a passkey", Script: true})
	return nil
}

func (p *Page) beginEnrolment(w http.ResponseWriter, v *visit) error {
	if err := errors.Join(p.havePasskeys(), p.knock(v)); err != nil {
		return err
	}
	c, err := p.c.Passkeys.BeginEnrol(v.Context(), v.PostFormValue("token"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, ceremony{Person: c.Person, Options: c.Options})
	return nil
}

// finishEnrolment keeps the passkey, and signs its owner in with it.
func (p *Page) finishEnrolment(w http.ResponseWriter, v *visit) error {
	if err := errors.Join(p.havePasskeys(), p.knock(v)); err != nil {
		return err
	}
	key, err := p.c.Passkeys.FinishEnrol(v.Context(), v.PostFormValue("token"), []byte(v.PostFormValue("answer")))
	if err != nil {
		return err
	}
	return p.begin(w, v, key.Person, byPasskey+key.ID.String(), "/passkeys?said=enrolled")
}

// passkeys shows the passkeys of who is signed in.
func (p *Page) passkeys(w http.ResponseWriter, v *visit) error {
	keys, err := p.keysOf(v.Context(), v.person.Name)
	if err != nil {
		return err
	}
	this, _ := strings.CutPrefix(v.session.By, byPasskey)
	p.draw(w, v, http.StatusOK, "passkeys", frame{Title: "Your passkeys", Notice: saidOf(v), Body: passkeyPage{keys, this}})
	return nil
}

// keysOf returns the passkeys of a person, also those that do not count.
func (p *Page) keysOf(ctx context.Context, person string) ([]passkey.Listed, error) {
	if p.c.Passkeys == nil {
		return nil, nil
	}
	return p.c.Passkeys.List(ctx, person)
}

// removePasskey takes a passkey away from the person whose it is. The sessions
// that it began are of no use from then on.
func (p *Page) removePasskey(w http.ResponseWriter, v *visit) error {
	if err := p.havePasskeys(); err != nil {
		return err
	}
	keys, err := p.keysOf(v.Context(), v.person.Name)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(keys, func(k passkey.Listed) bool { return k.ID.String() == v.PostFormValue("id") })
	if i < 0 {
		return fault.New(fault.NotFound, "you have no such passkey")
	}
	if _, err := p.c.Passkeys.Remove(v.Context(), keys[i].ID, passkey.Web(v.person.Name)); err != nil {
		return err
	}
	p.lead(w, v, "/passkeys?said=removed")
	return nil
}

func (p *Page) havePasskeys() error {
	if p.c.Passkeys == nil {
		return fault.New(fault.NotFound, "there are no passkeys on this page")
	}
	return nil
}
