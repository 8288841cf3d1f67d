// Package oauth checks the access tokens of one authorization server: signed
// JWTs as RFC 9068 profiles them, or of another type that is configured and
// with the marks of an access token. It finds the server's keys by its metadata
// (RFC 8414, or OpenID Connect Discovery), keeps them fresh, and asks it for
// nothing else: a token is never passed on.
//
// It is the only home of golang-jwt and keyfunc.
package oauth

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"github.com/rs/zerolog"

	"didops/internal/fault"
	"didops/internal/sanitize"
)

const (
	maxToken = 16 << 10 // bytes
	maxName  = 256      // bytes

	// leeway is how far the issuer's clock and ours may be apart.
	leeway = 30 * time.Second

	// soon is when a token is worth another try that could not be checked.
	soon = 5 * time.Second
)

// Config is what a [Verifier] is made of.
type Config struct {
	Issuer    string           // as tokens name it, to the letter; https, or http on loopback
	Audience  string           // that tokens must name; a slash after a host alone makes no difference
	NameClaim string           // the claim that names the caller, such as sub
	Now       func() time.Time // needed
	Log       zerolog.Logger   // the zero Logger logs nothing

	// TokenTypes are the types (typ in the header) of tokens that count; empty
	// means that of RFC 9068, at+jwt. JWT stands for no type as well, which is
	// optional (RFC 7519, section 5.1). A token of any type but at+jwt must show
	// by its claims that it is an access token.
	TokenTypes []string
}

// Verifier checks tokens, once [Verifier.Run] has the keys. It is safe for
// concurrent use.
type Verifier struct {
	Config
	parser *jwt.Parser
	types  []string                        // as [mediaType] writes them
	keys   atomic.Pointer[keyfunc.Keyfunc] // nil: not read yet
	odd    atomic.Pointer[[]UnusableKey]   // of the key set that was read last; nil: none was
	failed atomic.Pointer[fault.Error]     // why the keys could not be read when that was tried last; nil: it was not
}

// New returns a verifier that has no keys. A setting that is missing is an
// error.
func New(c Config) (*Verifier, error) {
	if c.Issuer == "" || c.Audience == "" || c.NameClaim == "" || c.Now == nil {
		return nil, errors.New("oauth: an issuer, an audience, a claim for the name and a clock are needed")
	}
	types := []string{typeAccess}
	if len(c.TokenTypes) > 0 {
		types = nil
		for _, t := range c.TokenTypes {
			types = append(types, mediaType(t))
		}
	}
	return &Verifier{Config: c, types: types, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}),
		jwt.WithIssuer(c.Issuer), jwt.WithAudience(spellings(c.Audience)...), jwt.WithExpirationRequired(),
		jwt.WithLeeway(leeway), jwt.WithTimeFunc(c.Now),
	)}, nil
}

// Ready returns [fault.Unavailable], and why, until the keys have been read.
func (v *Verifier) Ready() error {
	if v.keys.Load() != nil {
		return nil
	}
	return fault.New(fault.Unavailable, "the keys of the issuer of access tokens are not read yet%s", v.because())
}

// because is why the keys have not been read, as the end of a sentence.
func (v *Verifier) because() string {
	if f := v.failed.Load(); f != nil {
		return ": " + f.Message
	}
	return ""
}

// Check returns the name of whom a token speaks for, and what it allows. Its
// errors are faults with a message for anyone: [fault.Unauthorized] for a
// token that does not count, and why; [fault.Unavailable] while there are no
// keys. The name is one line of at most 256 bytes that shows as it is.
func (v *Verifier) Check(ctx context.Context, token string) (name string, scopes []string, err error) {
	if len(token) > maxToken || strings.Count(token, ".") != 2 {
		return "", nil, fault.New(fault.Unauthorized, "this is no token that is known here, and no JWT")
	}
	keys := v.keys.Load()
	if keys == nil {
		unready := fault.New(fault.Unavailable, "tokens can't be checked yet%s", v.because())
		unready.RetryAfter = soon
		return "", nil, unready
	}
	claims := jwt.MapClaims{}
	if _, err := v.parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		if err := v.suits(t.Header, claims); err != nil {
			return nil, err
		}
		// A caller that leaves must not take the answer of the issuer with it,
		// which others wait for.
		return candidates(context.WithoutCancel(ctx), *keys, t)
	}); err != nil {
		return "", nil, v.why(err, token)
	}
	name, _ = claims[v.NameClaim].(string)
	if name == "" || len(name) > maxName || sanitize.Clean(name, maxName) != name {
		return "", nil, fault.New(fault.Unauthorized, "the token does not name its caller in the claim that is configured")
	}
	return name, scopesOf(claims), nil
}

// why says why a token does not count, in no more words than its holder may
// know.
func (v *Verifier) why(err error, token string) error {
	if no, ok := errors.AsType[*markError](err); ok {
		return fault.New(fault.Unauthorized, "the token is no access token: %s", no.text).WithCause(err)
	}
	if odd, ok := v.unusable(token); ok && errors.Is(err, jwt.ErrTokenUnverifiable) {
		return fault.New(fault.Unauthorized, "the token is signed with the key %s of its issuer, which is unusable here: %s", odd.ID, odd.Why).WithCause(err)
	}
	for cause, text := range map[error]string{
		jwt.ErrTokenExpired:              "the token has expired",
		jwt.ErrTokenNotValidYet:          "the token is not valid yet",
		jwt.ErrTokenInvalidIssuer:        "the token is of another issuer",
		jwt.ErrTokenInvalidAudience:      "the token is for another audience",
		jwt.ErrTokenRequiredClaimMissing: "the token lacks iss, aud or exp",
	} {
		if errors.Is(err, cause) {
			return fault.New(fault.Unauthorized, "%s", text).WithCause(err)
		}
	}
	return fault.New(fault.Unauthorized, "the token can't be verified").WithCause(err)
}
