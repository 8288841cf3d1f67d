package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/passkey"
	"didops/internal/ratelimit"
	"didops/internal/signin"
	"didops/tools"
)

// handler answers a request. Its error is shown as a page.
type handler func(w http.ResponseWriter, r *visit) error

// visit is a request and who sent it.
type visit struct {
	*http.Request
	person  Person // the zero Person: nobody is signed in
	token   string // of the session
	session signin.Session
}

// call is a call of an operation in the name of who is there.
func (v *visit) call(tool string) tools.Call {
	return tools.Call{Tool: tool, Frontend: identity.FrontWeb, Principal: v.person.principal()}
}

// maxForm is the most bytes of a form: an assertion is the largest part of one.
const maxForm = 64 << 10

// ServeHTTP implements [http.Handler].
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.head(w.Header())
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	p.mux.ServeHTTP(w, r)
}

// head sets what holds for every answer.
func (p *Page) head(h http.Header) {
	forms := "form-action 'self'"
	if p.c.OpenID != nil {
		forms += " " + p.c.OpenID.Destination()
	}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "+forms+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Permissions-Policy", "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), geolocation=(), microphone=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Referrer-Policy", "same-origin") // with less, forms would not say where they are from
	h.Set("Cache-Control", "no-store")
}

// anybody serves a page that needs no session, to whoever is there.
func (p *Page) anybody(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := p.visit(w, r)
		p.answer(w, v, err, h) //nolint:contextcheck // the visit has it
	})
}

// somebody serves a page to who is signed in; anybody else is asked to.
func (p *Page) somebody(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := p.visit(w, r)
		serve := h
		if v.person.Name == "" {
			serve = p.askToSignIn
		}
		p.answer(w, v, err, serve) //nolint:contextcheck // the visit has it
	})
}

// visit returns who sent a request, and the error of one that is not served.
func (p *Page) visit(w http.ResponseWriter, r *http.Request) (*visit, error) {
	v := &visit{Request: r.WithContext(p.c.Gate.Begin(r.Context()))}
	if err := p.fromHere(r); err != nil {
		return v, err
	}
	ctx := v.Context()
	whole := ratelimit.Caller(r.RemoteAddr)
	token, session, person, err := p.signedIn(ctx, r) //nolint:contextcheck // it is that of the request, with an id
	if err != nil {
		return v, err
	}
	if person.Name != "" {
		v.person, v.token, v.session = person, token, session
		whole = "person " + person.Name
	} else if token != "" {
		p.forget(w, sessionCookie)
	}
	return v, wait(p.limit.Take(whole))
}

// wait is the error of somebody who asks too often; nil where the time is 0.
func wait(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	f := fault.New(fault.RateLimited, "that was too often").WithHint("try again in a minute")
	f.RetryAfter = d
	return f
}

// errElsewhere is the cause of a request that another page sent.
var errElsewhere = errors.New("the request is not of this page")

// fromHere refuses what changes something and was not sent by the page itself.
func (p *Page) fromHere(r *http.Request) error {
	err := p.origins.Check(r)
	if origin := r.Header.Get("Origin"); err == nil && r.Method == http.MethodPost && origin != "" && origin != p.origin {
		err = errElsewhere
	}
	if err == nil {
		return nil
	}
	return fault.New(fault.Forbidden, "this request was not sent by the page at %s, so it was not looked at", p.origin).
		WithHint("open the page by that address").WithCause(err)
}

// signedIn returns the session that a request is of, with who that is at the
// moment. A token whose session is over, or of no use any more, comes back with
// nobody.
func (p *Page) signedIn(ctx context.Context, r *http.Request) (token string, s signin.Session, who Person, err error) {
	token = p.cookie(r, sessionCookie)
	s, err = p.c.Sessions.Of(ctx, token)
	if errors.Is(err, signin.ErrNone) {
		return token, s, who, nil
	}
	if err != nil {
		return token, s, who, err
	}
	found, ok := p.person(s.Person)
	if ok {
		ok, err = p.stillBy(ctx, found, s.By)
	}
	if err != nil {
		return token, s, who, err
	}
	if !ok {
		return token, s, who, p.c.Sessions.End(ctx, token)
	}
	return token, s, found, nil
}

// person returns who is called that and may sign in.
func (p *Page) person(name string) (Person, bool) {
	for _, person := range p.c.People() {
		if person.Name == name && person.Role >= identity.Reader {
			return person, true
		}
	}
	return Person{}, false
}

// What a person signed in by, as a session keeps it.
const (
	byIssuer  = "issuer "
	byPasskey = "passkey "
)

// stillBy reports whether the person could still sign in by what a session was
// begun with.
func (p *Page) stillBy(ctx context.Context, who Person, by string) (bool, error) {
	if subject, ok := strings.CutPrefix(by, byIssuer); ok {
		return p.c.OpenID != nil && who.Subject != "" && subject == p.c.Issuer+" "+who.Subject, nil
	}
	id, ok := strings.CutPrefix(by, byPasskey)
	if !ok || p.c.Passkeys == nil {
		return false, nil
	}
	keys, err := p.keysOf(ctx, who.Name)
	return slices.ContainsFunc(keys, func(k passkey.Listed) bool { return k.Void == "" && k.ID.String() == id }), err
}

// answer has a request answered, and shows what went wrong.
func (p *Page) answer(w http.ResponseWriter, v *visit, err error, h handler) {
	ctx := v.Context()
	if err == nil {
		err = p.boundary.Guard(ctx, v.Pattern, func() error { return h(w, v) })
	}
	if err == nil {
		return
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		err = fault.New(fault.Invalid, "that is more than a form of this page holds")
	}
	f, ok := fault.As(err)
	switch {
	case ctx.Err() != nil && !ok:
		return // nobody is there any more
	case !ok || f.Code == fault.Internal && f.Err != nil:
		f = p.boundary.Report(ctx, err)
	case f.Err != nil:
		p.c.Log.Warn().Ctx(ctx).Err(err).Str("path", v.URL.Path).Msg("web: a request was turned away")
	}
	p.refuse(w, v, f)
}

// refuse shows a fault as a page, or as JSON to the script.
func (p *Page) refuse(w http.ResponseWriter, v *visit, f *fault.Error) {
	status := statusOf(f.Code)
	if p.c.Refused != nil {
		p.c.Refused(status)
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)+1))
	}
	anew := errors.Is(f, errShownAnew)
	f = f.Outside()
	if wantsJSON(v.Request) {
		writeJSON(w, status, refusal{sentence(f), anew})
		return
	}
	p.draw(w, v, status, "fault", frame{Title: titleOf(f.Code), Problem: problemOf(f)})
}

// refusal is a fault for the script.
type refusal struct {
	Message string `json:"message"`
	Anew    bool   `json:"anew,omitempty"` // what is shown is not so any more
}

// statusOf translates the code of a fault.
func statusOf(code fault.Code) int {
	switch code {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict, fault.Expired:
		return http.StatusConflict
	case fault.RateLimited:
		return http.StatusTooManyRequests
	case fault.Unavailable, fault.Unauthorized:
		return http.StatusServiceUnavailable
	case fault.Refused, fault.UnknownOutcome, fault.Internal:
	}
	return http.StatusInternalServerError
}

// titleOf says what a page is about that shows a fault.
func titleOf(code fault.Code) string {
	switch code {
	case fault.NotFound:
		return "There is nothing here"
	case fault.Forbidden:
		return "That is not for you"
	case fault.RateLimited:
		return "Too often"
	case fault.Unavailable, fault.Unauthorized:
		return "Not at the moment"
	case fault.Invalid, fault.Conflict, fault.Expired, fault.Refused, fault.UnknownOutcome, fault.Internal:
	}
	return "That did not work"
}

// nothing answers for all that is not there.
func (p *Page) nothing(http.ResponseWriter, *visit) error {
	return fault.New(fault.NotFound, "there is no such page")
}

// start leads to what waits.
func (p *Page) start(w http.ResponseWriter, v *visit) error {
	p.lead(w, v, "/approvals")
	return nil
}

// lead sends the browser to another page of ours.
func (p *Page) lead(w http.ResponseWriter, v *visit, path string) {
	http.Redirect(w, v.Request, p.base+path, http.StatusSeeOther) //nolint:gosec // below our own path; see onward
}
