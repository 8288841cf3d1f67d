package web

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// The cookies, without the prefix of those that only a host with TLS can set.
const (
	sessionCookie = "didops-session"
	attemptCookie = "didops-signin" // a sign-in at the issuer that was begun
	hostPrefix    = "__Host-"
)

// attemptTime is how long somebody may take to sign in at the issuer.
const attemptTime = 10 * time.Minute

// name is the name of a cookie. On this machine without TLS no browser takes one
// with the prefix.
func (p *Page) name(cookie string) string {
	if p.local {
		return cookie
	}
	return hostPrefix + cookie
}

// cookie returns the value of a cookie; "" for none, and where there are two of
// the name: one of them was planted.
func (p *Page) cookie(r *http.Request, cookie string) string {
	list := r.CookiesNamed(p.name(cookie))
	if len(list) != 1 {
		return ""
	}
	return list[0].Value
}

// keep has the browser keep a cookie. It is sent with what is opened from
// elsewhere, such as a link in a chat, and with nothing that is posted from
// there.
func (p *Page) keep(w http.ResponseWriter, cookie, value string, term time.Duration) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever there is TLS
		Name: p.name(cookie), Value: value, Path: "/", MaxAge: int(term / time.Second),
		Secure: !p.local, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// forget has the browser forget a cookie.
func (p *Page) forget(w http.ResponseWriter, cookie string) {
	p.keep(w, cookie, "", -time.Second)
}

// wrapped is a text as a part of a cookie's value.
func wrapped(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func unwrapped(s string) string {
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(text)
}

// onward returns where somebody wanted to go who signs in first: the path below
// that of the page, of an order or of a list, and nothing else, so that no
// address of ours leads out.
func onward(path string) string {
	id, ok := strings.CutPrefix(path, "/orders/")
	switch {
	case ok && id != "" && len(id) <= 40 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == "":
		return path
	case path == "/history", path == "/log", path == "/passkeys":
		return path
	}
	return "/approvals"
}
