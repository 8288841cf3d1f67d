// Package fakeissuer is an authorization server for tests: its metadata and
// keys on loopback, sign-in that allows exactly what is asked for, tokens of
// every kind, good and bad, and bad days. It signs with nothing but the
// standard library. Only tests import it.
package fakeissuer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Key is a key of an issuer.
type Key struct {
	ID     string
	Alg    string // as the header of a token names it
	signer crypto.Signer
}

// NewKey returns a key for an algorithm: RS256, PS256, ES256 or EdDSA. Making
// one for RSA takes a while.
func NewKey(tb testing.TB, id, alg string) Key {
	tb.Helper()
	var signer crypto.Signer
	var err error
	switch alg {
	case "RS256", "PS256":
		signer, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	default:
		err = fmt.Errorf("there is no key for %s here", alg)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return Key{id, alg, signer}
}

// Issuer is an authorization server. Its fields are set before it is asked
// for anything; its methods are safe for concurrent use.
type Issuer struct {
	URL      string // what tokens name, without a slash at the end
	Audience string

	// Metadata is the path of the only metadata document; empty: that of
	// RFC 8414.
	Metadata string

	// Named is how the metadata spells the issuer; empty: URL.
	Named string

	// Keys is what is served in place of the key set; empty: the set.
	Keys string

	// Refreshes is whether clients are given refresh tokens.
	Refreshes bool

	// OpenID is whether people are signed in with ID tokens, which the metadata of
	// OpenID Connect says. Person is who that is; empty: [Name].
	OpenID bool
	Person string

	// Secret is that of the client; empty: it has none. IDToken changes every ID
	// token before it is signed; nil: none is.
	Secret  string
	IDToken func(*Token)

	mu     sync.Mutex
	asked  []string         // scopes
	grants map[string]grant // by code or refresh token
	keys   []Key
	odd    []any // entries of the key set besides
	down   bool
	reads  int // of the keys
	gate   chan struct{}
}

// New serves an issuer with one ES256 key, "key-1", until the test ends.
func New(tb testing.TB) *Issuer {
	tb.Helper()
	i := &Issuer{Audience: "didops", keys: []Key{NewKey(tb, "key-1", "ES256")}, grants: map[string]grant{}}
	mux := http.NewServeMux()
	mux.Handle("/", i)
	mux.HandleFunc("POST /register", register)
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) { i.exchange(tb, w, r) })
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	i.URL = server.URL
	return i
}

// Rotate replaces the keys. Tokens are signed with the first.
func (i *Issuer) Rotate(keys ...Key) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = keys
}

// AddToKeys adds an entry to the key set, good for anything or not.
func (i *Issuer) AddToKeys(entry any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.odd = append(i.odd, entry)
}

// Down makes every answer a 503, or ends that.
func (i *Issuer) Down(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

// Hold keeps readers of the keys waiting until the function that it returns is
// called.
func (i *Issuer) Hold() (release func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	gate := make(chan struct{})
	i.gate = gate
	return sync.OnceFunc(func() { close(gate) })
}

// Reads returns how often the keys were read.
func (i *Issuer) Reads() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.reads
}

// ServeHTTP implements http.Handler.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	keys, set, down, gate := i.keys, slices.Clone(i.odd), i.down, i.gate
	if r.URL.Path == "/keys" && !down {
		i.reads++
	}
	i.mu.Unlock()
	metadata := i.Metadata
	if metadata == "" {
		metadata = "/.well-known/oauth-authorization-server"
	}
	switch {
	case down:
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.URL.Path == metadata, i.OpenID && r.URL.Path == "/.well-known/openid-configuration":
		named := i.Named
		if named == "" {
			named = i.URL
		}
		origin := "http://" + r.Host
		doc := endpoints(origin)
		doc["issuer"], doc["jwks_uri"] = named, origin+"/keys"
		if i.OpenID {
			doc["id_token_signing_alg_values_supported"] = []string{"ES256", "RS256", "EdDSA"}
			doc["token_endpoint_auth_methods_supported"] = []string{"client_secret_basic", "none"}
		}
		answer(w, doc)
	case r.URL.Path == "/keys":
		if gate != nil {
			select {
			case <-gate:
			case <-r.Context().Done():
			}
		}
		if i.Keys != "" {
			_, _ = io.WriteString(w, i.Keys)
			return
		}
		for _, k := range keys {
			set = append(set, k.JWK())
		}
		answer(w, map[string]any{"keys": set})
	default:
		http.NotFound(w, r)
	}
}

func answer(w http.ResponseWriter, doc any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(doc) // a client that left has no use for it
}

// Token is what a token says, before it is signed.
type Token struct {
	Header, Claims map[string]any
	Key            Key
}

// Token returns an access token that counts for five minutes, for a caller and
// with scopes, after the changes.
func (i *Issuer) Token(tb testing.TB, name string, scopes string, changes ...func(*Token)) string {
	tb.Helper()
	i.mu.Lock()
	key := i.keys[0]
	i.mu.Unlock()
	now := time.Now()
	t := &Token{Key: key, Header: map[string]any{"typ": "at+jwt", "alg": key.Alg, "kid": key.ID}, Claims: map[string]any{
		"iss": i.URL, "aud": i.Audience, "sub": name, "scope": scopes, "client_id": "example-client",
		"iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}}
	for _, change := range changes {
		change(t)
	}
	text := encode(tb, t.Header) + "." + encode(tb, t.Claims)
	signature, err := t.sign(text)
	if err != nil {
		tb.Fatal(err)
	}
	return text + "." + signature
}

// Claim sets a claim; nil takes it away.
func Claim(name string, value any) func(*Token) {
	return func(t *Token) { set(t.Claims, name, value) }
}

// Header sets a field of the header; nil takes it away.
func Header(name string, value any) func(*Token) {
	return func(t *Token) { set(t.Header, name, value) }
}

// Signed signs with another key, and says so.
func Signed(k Key) func(*Token) {
	return func(t *Token) { t.Key, t.Header["alg"], t.Header["kid"] = k, k.Alg, k.ID }
}

// Unsigned makes a token with alg none.
func Unsigned(t *Token) { t.Header["alg"], t.Key = "none", Key{Alg: "none"} }

// Confused signs by HMAC with the public key as the secret, in the form in
// which keys are kept in files.
func Confused(t *Token) { t.Header["alg"], t.Key.Alg = "HS256", "HS256" }

// Tampered changes the claims of a signed token.
func Tampered(tb testing.TB, token, claim string, value any) string {
	tb.Helper()
	parts := strings.Split(token, ".")
	claims := decode(tb, parts[1])
	set(claims, claim, value)
	return parts[0] + "." + encode(tb, claims) + "." + parts[2]
}

func set(m map[string]any, name string, value any) {
	if value == nil {
		delete(m, name)
		return
	}
	m[name] = value
}
