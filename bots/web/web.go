package web

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/identity"
	"didops/internal/incident"
	"didops/internal/openid"
	"didops/internal/ratelimit"
	"didops/internal/signin"
	"didops/tools"
)

// Config is what a [Page] is made of.
type Config struct {
	Gate     *tools.Gate // of this front end
	URL      string      // where people open the page, without a slash at the end
	Sessions *signin.Service
	People   func() []Person // who may sign in at the moment
	OpenID   *openid.Client  // nil = nobody is signed in by an issuer
	Issuer   string          // whose that is
	Passkeys Passkeys        // nil = there are none

	// News and Head are those of the trail of all orders, as people may read it.
	News func(ctx context.Context, after int64, most int) ([]audit.Event, int64, error)
	Head func(ctx context.Context) (entry int64, hash string, err error)

	RequestsPerMinute int              // of each person, and of each address that nobody is signed in at; 0 = no bound
	Refused           func(status int) // is told of every request that is turned away; nil = nobody is
	Now               func() time.Time
	Log               zerolog.Logger
}

// Person is somebody who may sign in.
type Person struct {
	Name    string
	Role    identity.Role
	Groups  []string // the roles that rules know the person by
	Subject string   // who that is at the issuer; "" = nobody
}

// principal is the person at the gate.
func (p Person) principal() identity.Principal {
	return identity.Principal{Realm: identity.Web, ID: p.Name, Name: p.Name, Role: p.Role, Groups: p.Groups}
}

// Page is the page. It is safe for concurrent use.
type Page struct {
	c        Config
	base     string // the path of the address, without a slash at the end
	origin   string
	local    bool // it is on this machine, without TLS
	files    files
	drawn    map[string]*template.Template
	origins  *http.CrossOriginProtection
	limit    *ratelimit.Limiter // of requests
	knocks   *ratelimit.Limiter // of attempts to sign in or to enrol
	boundary incident.Boundary
	mux      *http.ServeMux
}

// knocksPerMinute is how often somebody may try to sign in.
const knocksPerMinute = 30

// New returns the page. A Config that lacks what is needed and an address that
// can't be read are errors.
func New(c Config) (*Page, error) {
	if c.Gate == nil || c.Sessions == nil || c.People == nil || c.Now == nil || c.News == nil || c.Head == nil {
		return nil, errors.New("web: a gate, sessions, people, the trail and a clock are needed")
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" {
		return nil, errors.New("web: the address of the page can't be read")
	}
	p := &Page{
		c: c, base: u.Path, origin: u.Scheme + "://" + u.Host, local: u.Scheme == "http",
		origins: http.NewCrossOriginProtection(),
		limit:   ratelimit.New(c.RequestsPerMinute, c.Now), knocks: ratelimit.New(min(knocksPerMinute, c.RequestsPerMinute), c.Now),
	}
	if err := p.origins.AddTrustedOrigin(p.origin); err != nil {
		return nil, err
	}
	p.boundary = incident.Boundary{Log: &p.c.Log, Name: "web"}
	if p.files, err = readFiles(); err != nil {
		return nil, err
	}
	if p.drawn, err = readTemplates(); err != nil {
		return nil, err
	}
	p.mux = p.routes()
	return p, nil
}

// Patterns returns the patterns of everything that the page serves.
func (p *Page) Patterns() []string {
	list := []string{p.base + "/{$}"}
	for _, name := range []string{"approvals", "orders/", "history", "log", "signin", "signin/", "signout", "enrol", "enrol/", "passkeys", "passkeys/", "static/"} {
		list = append(list, p.base+"/"+name)
	}
	if p.base != "" {
		list = append(list, p.base)
	}
	return list
}

// routes are the pages by their paths.
func (p *Page) routes() *http.ServeMux {
	mux := http.NewServeMux()
	open := func(pattern string, h handler) { mux.Handle(p.at(pattern), p.anybody(h)) }
	signedIn := func(pattern string, h handler) { mux.Handle(p.at(pattern), p.somebody(h)) }
	open("GET /{$}", p.start)
	if p.base != "" {
		mux.Handle("GET "+p.base, p.anybody(p.start))
	}
	open("GET /static/{version}/{name}", p.static)
	open("GET /signin", p.signIn)
	open("POST /signin/oidc", p.beginOpenID)
	open("GET "+Callback, p.finishOpenID)
	open("POST /signin/passkey/begin", p.beginPasskey)
	open("POST /signin/passkey", p.finishPasskey)
	open("GET /enrol", p.enrol)
	open("POST /enrol/begin", p.beginEnrolment)
	open("POST /enrol", p.finishEnrolment)
	open("POST /signout", p.signOut)
	signedIn("GET /approvals", p.approvals)
	signedIn("GET /history", p.history)
	signedIn("GET /log", p.log)
	signedIn("GET /orders/{id}", p.order)
	signedIn("POST /orders/{id}/challenge", p.challenge)
	signedIn("POST /orders/{id}/decide", p.decide)
	signedIn("POST /orders/{id}/cancel", p.cancel)
	for _, d := range deeds() {
		signedIn("POST /orders/{id}/"+d.name, p.doDeed(d))
	}
	signedIn("GET /passkeys", p.passkeys)
	signedIn("POST /passkeys/remove", p.removePasskey)
	signedIn("POST /passkeys/sessions", p.endOthers)
	mux.Handle("/", p.anybody(p.nothing))
	return mux
}

// at is a pattern below the path of the page.
func (p *Page) at(pattern string) string {
	method, path, _ := strings.Cut(pattern, " ")
	return method + " " + p.base + path
}
