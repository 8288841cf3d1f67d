package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Web says where people open the page, and how they sign in there besides by
// passkeys.
type Web struct {
	URL          string // no slash at the end; "" = there is no page
	Issuer       string // of ID tokens; "" = passkeys alone
	ClientID     string // that the issuer knows the page by
	ClientSecret Secret // likewise; unset = a public client
	Session      time.Duration
}

// Subject is who somebody is at an issuer of ID tokens. The zero Subject is
// nobody.
type Subject struct{ Issuer, ID string }

func webKeys(w *Web) []key {
	return []key{
		{
			name: "url", initial: "", note: `where people open the page (serve); "" = off`,
			doc: `where people open the page that "didops serve" has on [http] listen: https, or http://localhost:PORT; "" = off; see docs/web.md`, set: into(&w.URL, optional(pageURL)),
		},
		{name: "oidc_issuer", off: true, initial: "", note: `who signs people in; "" = passkeys alone`, doc: `issuer (OpenID Connect) that signs people in; "" = by passkeys alone`, set: into(&w.Issuer, optional(secureURL))},
		{name: "oidc_client_id", off: true, initial: "", doc: "what the issuer knows the page by; required with oidc_issuer", set: into(&w.ClientID, line(256))},
		{
			name: "oidc_client_secret", off: true, initial: "", env: "DIDOPS_OIDC_CLIENT_SECRET", secret: true, note: "$DIDOPS_OIDC_CLIENT_SECRET, oidc_client_secret_file",
			doc: `secret of that client; "" = it has none; $DIDOPS_OIDC_CLIENT_SECRET, oidc_client_secret_file`, set: into(&w.ClientSecret, secretLine),
		},
		{name: "session", off: true, initial: "12h", doc: "how long somebody who signed in stays so", set: into(&w.Session, duration(time.Minute, 30*24*time.Hour))},
	}
}

// pageURL reads where a page is. Passkeys are of a host name, so that has to be
// one; without TLS browsers know them for localhost only.
func pageURL(value any) (string, string) {
	out, problem := baseURL(value)
	if problem != "" {
		return "", problem
	}
	u, err := url.Parse(canonical(out))
	if err != nil {
		return "", "must be an address such as https://didops.example.net"
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return "", "must have a host name: passkeys are of none but those. On this machine that is http://localhost:PORT"
	}
	if u.Path != "" && (strings.ContainsFunc(u.EscapedPath(), notInPagePath) || strings.Contains(u.Path, "//") || strings.Contains(u.Path, "..")) {
		return "", `must have a path of letters, digits, "-", "_" and "." alone, or none`
	}
	if first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); slices.Contains(takenPaths(), first) {
		return "", "must have another path: something else is served there"
	}
	return u.String(), ""
}

// takenPaths are the first parts of paths under which others are served.
func takenPaths() []string {
	return []string{"mcp", "register", "calendar", "discord", "healthz", "readyz", "metrics", ".well-known"}
}

func notInPagePath(r rune) bool { return r != '/' && r != '.' && notInHost(r) }

// subject reads an issuer and who somebody is there, with a blank between.
func subject(value any) (Subject, string) {
	if value == "" {
		return Subject{}, ""
	}
	s, problem := line(1024)(value)
	if problem != "" {
		return Subject{}, problem
	}
	issuer, id, ok := strings.Cut(s, " ")
	if ok {
		issuer, problem = secureURL(issuer)
	}
	if !ok || problem != "" || id == "" || len(id) > 255 || strings.TrimSpace(id) != id {
		return Subject{}, `must be an issuer and a subject such as "https://login.example.net 248289761001"`
	}
	return Subject{issuer, id}, ""
}

func (l *loader) checkWeb() {
	w := l.cfg.Web
	l.need("web.url", w.URL == "" || l.cfg.HTTP.Listen != "", "needs http.listen, where the page is served")
	l.need("web.oidc_issuer", w.Issuer == "" || w.ClientID != "", "needs web.oidc_client_id")
	l.need("web.oidc_issuer", w.Issuer == "" || w.URL != "", "needs web.url, of the page to sign in at")
	l.need("web.oidc_client_id", w.ClientID == "" || w.Issuer != "", "needs web.oidc_issuer")
	l.need("web.oidc_client_secret", !w.ClientSecret.IsSet() || w.Issuer != "", "needs web.oidc_issuer")
	for i, p := range l.cfg.People {
		l.need(element("people", i)+".oidc", p.OIDC == (Subject{}) || w.URL == "" || p.OIDC.Issuer == w.Issuer, "must be of the issuer under web.oidc_issuer: nobody else signs people in")
	}
}

// line returns a subject as it is configured.
func (s Subject) line() string {
	if s == (Subject{}) {
		return ""
	}
	return s.Issuer + " " + s.ID
}
