package sandbox

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Signature returns the signature of a request: lower-case hexadecimal
// SHA-256 of controller, key, login and ts joined (buyers' API document, "API
// Authentication"). It covers no parameter.
func Signature(controller, key, login, ts string) string {
	sum := sha256.Sum256([]byte(controller + key + login + ts))
	return hex.EncodeToString(sum[:])
}

// verdict is what authentication comes to.
type verdict int

const (
	accepted verdict = iota
	wrongSignature
	challenge
)

// authenticate checks the signature of a form or, where that is allowed, the
// Digest header. now is the server's clock.
func (s *Server) authenticate(r *http.Request, form url.Values, controller string, now time.Time) verdict {
	if form.Has("signature") {
		if s.signed(form, controller, now) {
			return accepted
		}
		return wrongSignature
	}
	if !s.options.Digest {
		return wrongSignature
	}
	if s.digested(r, now) {
		return accepted
	}
	return challenge
}

func (s *Server) signed(form url.Values, controller string, now time.Time) bool {
	ts := form.Get("ts")
	seconds, err := strconv.ParseInt(ts, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > s.options.Window {
		return false
	}
	want := Signature(controller, s.options.Key, s.options.Login, ts)
	return same(form.Get("api_login"), s.options.Login) && same(form.Get("signature"), want)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
