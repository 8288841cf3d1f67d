package sandbox

import (
	"crypto/md5" //nolint:gosec // the algorithm that the exchange's Digest uses
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	digestRealm   = "tcxc"
	nonceLifetime = 5 * time.Minute
)

// askDigest writes the headers of a challenge.
func (s *Server) askDigest(h http.Header, now time.Time) {
	h.Set("WWW-Authenticate", fmt.Sprintf(`Digest realm="%s", qop="auth", algorithm=MD5, nonce="%s", opaque="%s"`,
		digestRealm, s.nonce(now), hash("opaque")[:16]))
}

// nonce returns a nonce that carries its time, so that none is remembered. A
// used nonce is good until it is old: the sandbox does not look for replays.
func (s *Server) nonce(at time.Time) string {
	stamp := strconv.FormatInt(at.Unix(), 16)
	sum := sha256.Sum256([]byte(stamp + ":" + s.options.Login + ":" + s.options.Key))
	return stamp + "." + hex.EncodeToString(sum[:12])
}

func (s *Server) freshNonce(nonce string, now time.Time) bool {
	stamp, _, _ := strings.Cut(nonce, ".")
	seconds, err := strconv.ParseInt(stamp, 16, 64)
	if err != nil {
		return false
	}
	at := time.Unix(seconds, 0)
	return same(nonce, s.nonce(at)) && now.Sub(at).Abs() <= nonceLifetime
}

// digested says whether the request carries valid Digest credentials (RFC
// 7616, MD5, qop=auth).
func (s *Server) digested(r *http.Request, now time.Time) bool {
	p, ok := digestParams(r.Header.Get("Authorization"))
	if !ok || p["qop"] != "auth" || p["realm"] != digestRealm || p["uri"] != r.URL.RequestURI() {
		return false
	}
	if !same(p["username"], s.options.Login) || !s.freshNonce(p["nonce"], now) {
		return false
	}
	ha1 := hash(p["username"] + ":" + digestRealm + ":" + s.options.Key)
	ha2 := hash(r.Method + ":" + p["uri"])
	want := hash(strings.Join([]string{ha1, p["nonce"], p["nc"], p["cnonce"], p["qop"], ha2}, ":"))
	return same(p["response"], want)
}

// digestParams reads an Authorization header of the scheme Digest.
func digestParams(header string) (map[string]string, bool) {
	scheme, rest, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Digest") {
		return nil, false
	}
	p := map[string]string{}
	for rest != "" {
		key, after, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, false
		}
		var value string
		if after, ok = strings.CutPrefix(after, `"`); ok {
			if value, rest, ok = strings.Cut(after, `"`); !ok {
				return nil, false
			}
			_, rest, _ = strings.Cut(rest, ",")
		} else {
			value, rest, _ = strings.Cut(after, ",")
		}
		p[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
	}
	return p, true
}

func hash(s string) string {
	sum := md5.Sum([]byte(s)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}
