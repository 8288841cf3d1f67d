package web

import (
	"net/http"
	"strings"

	"didops/internal/fault"
	"didops/internal/openid"
	"didops/internal/ratelimit"
	"didops/internal/request"
)

// Callback is the path below the address of the page that the issuer sends people
// back to.
const Callback = "/signin/oidc"

// signInPage is what the page to sign in shows.
type signInPage struct {
	OpenID, Passkeys bool
	Onward           string // where it leads to afterwards
}

// askToSignIn leads somebody who is not signed in to where that can be done, and
// from there back.
func (p *Page) askToSignIn(w http.ResponseWriter, v *visit) error {
	if wantsJSON(v.Request) || v.Method != http.MethodGet {
		return fault.New(fault.Forbidden, "you are not signed in, or not any more").WithHint("sign in again")
	}
	to := onward(strings.TrimPrefix(v.URL.Path, p.base))
	p.lead(w, v, "/signin?to="+to)
	return nil
}

// signIn shows how to sign in.
func (p *Page) signIn(w http.ResponseWriter, v *visit) error {
	to := onward(v.URL.Query().Get("to"))
	if v.person.Name != "" {
		p.lead(w, v, to)
		return nil
	}
	p.draw(w, v, http.StatusOK, "signin", frame{
		Title: "Sign in", Script: p.c.Passkeys != nil, Notice: saidOf(v),
		Body: signInPage{OpenID: p.c.OpenID != nil, Passkeys: p.c.Passkeys != nil, Onward: to},
	})
	return nil
}

// knock counts an attempt to sign in.
func (p *Page) knock(v *visit) error { return wait(p.knocks.Take(ratelimit.Caller(v.RemoteAddr))) }

// beginOpenID sends the browser to the issuer.
func (p *Page) beginOpenID(w http.ResponseWriter, v *visit) error {
	if p.c.OpenID == nil {
		return p.nothing(w, v)
	}
	if err := p.knock(v); err != nil {
		return err
	}
	address, attempt, err := p.c.OpenID.Begin(v.Context())
	if err != nil {
		return err
	}
	p.keep(w, attemptCookie, attempt.String()+"."+wrapped(onward(v.PostFormValue("to"))), attemptTime)
	http.Redirect(w, v.Request, address, http.StatusSeeOther)
	return nil
}

// finishOpenID takes what the issuer sent the browser back with. Code and state
// stand in the address, are of no use a second time, and are gone from it with
// the redirection.
func (p *Page) finishOpenID(w http.ResponseWriter, v *visit) error {
	if p.c.OpenID == nil {
		return p.nothing(w, v)
	}
	if err := p.knock(v); err != nil {
		return err
	}
	kept := p.cookie(v.Request, attemptCookie)
	p.forget(w, attemptCookie)
	last := max(0, strings.LastIndexByte(kept, '.'))
	attempt, ok := openid.ParseAttempt(kept[:last])
	if !ok {
		return fault.New(fault.Invalid, "no sign-in was begun in this browser, or too long ago").WithHint("sign in again")
	}
	subject, err := p.c.OpenID.Finish(v.Context(), attempt, v.URL.Query())
	if err != nil {
		return err
	}
	for _, person := range p.c.People() {
		if person.Subject == subject {
			return p.begin(w, v, person.Name, byIssuer+p.c.Issuer+" "+subject, onward(unwrapped(kept[last+1:])))
		}
	}
	p.c.Log.Warn().Ctx(v.Context()).Str("issuer", p.c.Issuer).Str("subject", subject).Msg(`web: somebody signed in who is nobody under [[people]]: it takes oidc = "ISSUER SUBJECT" there`)
	return fault.New(fault.Forbidden, "the issuer knows you, and this page does not").
		WithHint("whoever runs didops has to name you under [[people]]; the log says by what (request %s)", request.ID(v.Context()))
}

// begin begins the session of a person, who may do something here.
func (p *Page) begin(w http.ResponseWriter, v *visit, name, by, to string) error {
	if _, ok := p.person(name); !ok {
		return fault.New(fault.Forbidden, "you may do nothing on this page").WithHint("whoever runs didops has to give you a role under [[people]]")
	}
	ctx := v.Context()
	if before := p.cookie(v.Request, sessionCookie); before != "" {
		if err := p.c.Sessions.End(ctx, before); err != nil {
			return err
		}
	}
	token, ends, err := p.c.Sessions.Begin(ctx, name, by)
	if err != nil {
		return err
	}
	p.keep(w, sessionCookie, token, ends.Sub(p.c.Now()))
	p.c.Log.Info().Ctx(ctx).Str("person", name).Str("by", strings.Fields(by)[0]).Msg("web: somebody signed in")
	p.lead(w, v, to)
	return nil
}

// signOut ends the session, wherever its token has got to.
func (p *Page) signOut(w http.ResponseWriter, v *visit) error {
	p.forget(w, sessionCookie)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	var err error
	if v.token != "" {
		err = p.c.Sessions.End(v.Context(), v.token)
	}
	if err == nil {
		p.lead(w, v, "/signin?said=out")
	}
	return err
}

// endOthers ends the person's sessions in other browsers.
func (p *Page) endOthers(w http.ResponseWriter, v *visit) error {
	if err := p.c.Sessions.EndOthers(v.Context(), v.person.Name, v.token); err != nil {
		return err
	}
	p.lead(w, v, "/passkeys?said=others")
	return nil
}
