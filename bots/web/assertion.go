package web

import (
	"net/http"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/tools"
)

// sign is the decision of a button that approves with a passkey, whether the
// order takes one or not: without what the passkey signed it decides nothing.
const sign = "sign"

// assertion is the field of faults about what a passkey signed.
const assertion = "assertion"

// passkeyNeeded reports whether an approval of what is seen takes a passkey.
func passkeyNeeded(s seen) bool { return s.order.Strength >= identity.Passkey }

// challenge returns what the browser is asked to sign about an order, for the
// script. Where the terms are not those that the page shows, that is said, and
// the script shows them anew.
func (p *Page) challenge(w http.ResponseWriter, v *visit) error {
	reply := tools.Yes
	if v.PostFormValue("decision") == "reject" {
		reply = tools.No
	}
	ctx, id := v.Context(), v.PathValue("id")
	if err := p.sameTerms(ctx, v, id, reply); err != nil {
		return err
	}
	c, err := p.c.Gate.Challenge(ctx, id, reply == tools.Yes, v.call("web_form"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, ceremony{Handle: c.Nonce.String(), Options: c.Options})
	return nil
}

// withAssertion puts into an answer what a passkey signed about it, if the form
// has it. Where the button said that it would, it must.
func withAssertion(v *visit, a *tools.Answer) error {
	signed := v.PostFormValue("answer")
	if signed == "" && v.PostFormValue("decision") == sign {
		return fault.New(fault.Invalid, "no passkey has signed this, so nothing was decided").WithField(assertion).
			WithHint("a passkey needs JavaScript in the browser; it may be off, or not loaded")
	}
	if signed == "" {
		return nil
	}
	is, err := order.ParseAssertion(v.PostFormValue("ceremony"), []byte(signed))
	if err != nil {
		return fault.New(fault.Invalid, "what the browser sent of the passkey can't be read, so nothing was decided").WithField(assertion).
			WithHint("try again").WithCause(err)
	}
	a.Assertion = is
	return nil
}
