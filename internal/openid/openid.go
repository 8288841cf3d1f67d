// Package openid signs people in at an issuer of ID tokens: OpenID Connect by
// the authorization code, with PKCE.
//
// An attempt has three random values, which only the browser that began it
// keeps: state (this answer is to that attempt), nonce (this token was made for
// it) and the verifier of PKCE (this code was). Whoever is signed in is known by
// issuer and subject; an e-mail address is nobody's for good, and is not read.
package openid

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"didops/internal/fault"
	"didops/internal/oauth"
)

const (
	freshFor   = time.Hour       // how long the metadata of the issuer counts
	retryAfter = 5 * time.Second // how long an issuer that could not be asked is not asked again
)

// Config is what a [Client] is made of.
type Config struct {
	Issuer   string
	ClientID string
	Secret   string // of the client; "" = it has none
	Redirect string // where the issuer sends the browser back to
	Now      func() time.Time
}

// Client signs people in at one issuer, which it asks for the first time when
// somebody wants to. It is safe for concurrent use.
type Client struct {
	c Config

	mu     sync.Mutex // held while the issuer is asked for its metadata
	known  *provider  // nil = it was not asked with success yet
	failed error
	until  time.Time // what is known, or that it failed, counts until then

	sent atomic.Pointer[string] // origin that the browser is sent to; apart from mu, since pages must not wait for the issuer
}

// provider is what an issuer says of itself.
type provider struct {
	*oidc.Provider
	names bool // it names itself in the answer (RFC 9207)
	basic bool // it takes the secret in the header
}

// New returns a client.
func New(c Config) *Client {
	client := &Client{c: c}
	client.send(c.Issuer)
	return client
}

// Attempt is one sign-in that was begun. It is a secret of the browser.
type Attempt struct{ State, Nonce, Verifier string }

// String is the attempt as a value of a cookie.
func (a Attempt) String() string { return a.State + "." + a.Nonce + "." + a.Verifier }

// ParseAttempt reads what String wrote.
func ParseAttempt(s string) (Attempt, bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || slices.Contains(parts, "") || len(s) > 512 {
		return Attempt{}, false
	}
	return Attempt{parts[0], parts[1], parts[2]}, true
}

// Begin returns the address that the browser is to open. An issuer that can't be
// asked is Unavailable.
func (c *Client) Begin(ctx context.Context) (address string, a Attempt, err error) {
	p, err := c.provider(ctx)
	if err != nil {
		return "", Attempt{}, err
	}
	a = Attempt{State: random(), Nonce: random(), Verifier: oauth2.GenerateVerifier()}
	return c.exchanger(p).AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), a, nil
}

// Finish returns the subject that the issuer signed in, by the parameters that
// the browser brought back. What is not the answer to the attempt is Invalid, a
// no of the issuer or of the person Forbidden, and an issuer that can't be asked
// or answers with nonsense Unavailable.
func (c *Client) Finish(ctx context.Context, a Attempt, answer url.Values) (subject string, err error) {
	if !same(answer.Get("state"), a.State) || a.State == "" {
		return "", fault.New(fault.Invalid, "this is not the answer to the sign-in that was begun here").WithHint("sign in again")
	}
	p, err := c.provider(ctx)
	if err != nil {
		return "", err
	}
	if iss := answer.Get("iss"); iss != "" && iss != c.c.Issuer || iss == "" && p.names {
		return "", fault.New(fault.Invalid, "this answer is of another issuer").WithHint("sign in again")
	}
	if answer.Get("error") != "" || answer.Get("code") == "" {
		return "", fault.New(fault.Forbidden, "the issuer did not sign you in").WithHint("sign in again").
			WithCause(errors.New("the issuer answered " + answer.Get("error")))
	}
	token, err := c.exchanger(p).Exchange(oidc.ClientContext(ctx, oauth.NewClient()), answer.Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		var refused *oauth2.RetrieveError
		if errors.As(err, &refused) && refused.ErrorCode == "invalid_grant" {
			return "", fault.New(fault.Invalid, "the issuer does not take this answer, or not any more").WithHint("sign in again").WithCause(err)
		}
		return "", unavailable(err)
	}
	return c.subject(ctx, p, a, token)
}

// subject reads the ID token of an answer.
func (c *Client) subject(ctx context.Context, p *provider, a Attempt, token *oauth2.Token) (string, error) {
	raw, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: c.c.ClientID, Now: c.c.Now}).Verify(ctx, raw)
	if err != nil {
		return "", unavailable(err)
	}
	if !same(id.Nonce, a.Nonce) {
		return "", fault.New(fault.Invalid, "this answer is of another sign-in").WithHint("sign in again")
	}
	var claims struct {
		Party string `json:"azp"`
	}
	if err := id.Claims(&claims); err != nil || id.Subject == "" {
		return "", unavailable(errors.Join(errors.New("the ID token names nobody"), err))
	}
	if claims.Party != c.c.ClientID && (claims.Party != "" || len(id.Audience) > 1) {
		return "", unavailable(errors.New("the ID token was made for another party"))
	}
	return id.Subject, nil
}

func (c *Client) exchanger(p *provider) *oauth2.Config {
	at := p.Endpoint()
	at.AuthStyle = oauth2.AuthStyleInParams
	if c.c.Secret != "" && p.basic {
		at.AuthStyle = oauth2.AuthStyleInHeader
	}
	return &oauth2.Config{ClientID: c.c.ClientID, ClientSecret: c.c.Secret, Endpoint: at, RedirectURL: c.c.Redirect, Scopes: []string{oidc.ScopeOpenID}}
}

// Destination returns the origin that the browser is sent to, where it is known:
// at first that of the issuer. It never waits.
func (c *Client) Destination() string { return *c.sent.Load() }

// send notes where the browser is sent to. What is no address is nowhere.
func (c *Client) send(address string) {
	origin := ""
	if u, err := url.Parse(address); err == nil {
		origin = u.Scheme + "://" + u.Host
	}
	c.sent.Store(&origin)
}

// provider returns what the issuer says of itself. What was known is good enough
// where it can't be asked anew.
func (c *Client) provider(ctx context.Context) (*provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.c.Now(); now.Before(c.until) {
		return c.known, c.failed
	}
	p, err := c.discover(ctx)
	now := c.c.Now()
	switch {
	case err == nil:
		c.known, c.failed, c.until = p, nil, now.Add(freshFor)
		c.send(p.Endpoint().AuthURL)
	case ctx.Err() != nil && c.known == nil:
		return nil, unavailable(err) // somebody else may have more time
	case c.known != nil:
		c.until = now.Add(retryAfter)
	default:
		c.failed, c.until = unavailable(err), now.Add(retryAfter)
	}
	return c.known, c.failed
}

func (c *Client) discover(ctx context.Context) (*provider, error) {
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, oauth.NewClient()), c.c.Issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		Names   bool     `json:"authorization_response_iss_parameter_supported"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := p.Claims(&more); err != nil {
		return nil, err
	}
	for _, address := range []string{p.Endpoint().AuthURL, p.Endpoint().TokenURL} {
		if !oauth.Safe(address) {
			return nil, errors.New("the metadata names an address that is not https")
		}
	}
	return &provider{p, more.Names, len(more.Methods) == 0 || slices.Contains(more.Methods, "client_secret_basic")}, nil
}

func unavailable(err error) error {
	return fault.New(fault.Unavailable, "nobody can be signed in by the issuer at the moment").WithHint("try again in a minute, or sign in with a passkey").WithCause(err)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func random() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
