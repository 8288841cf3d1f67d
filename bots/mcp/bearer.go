package mcp

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/ratelimit"
)

// MetadataPath is where clients look for [Handler.Metadata].
const MetadataPath = "/.well-known/oauth-protected-resource"

// The scopes of access tokens. The second includes the first.
const (
	scopeRead  = "did:read"  // makes a reader
	scopeOrder = "did:order" // makes a requester
)

// OAuth says whose access tokens are good here.
type OAuth struct {
	Tokens   Tokens
	Issuer   string // of the tokens
	Audience string // that they must name; if it is a web address, it is ours as clients know it
}

// Tokens checks access tokens. It must be safe for concurrent use.
type Tokens interface {
	// Check returns the name of whom a token speaks for, and its scopes. Its
	// errors are faults with a message for anyone, without quotation marks:
	// Unauthorized for a token that does not count, Unavailable when that
	// can't be told at the moment.
	Check(ctx context.Context, token string) (name string, scopes []string, err error)
}

// denial is why a request is not served (RFC 6750).
type denial struct {
	status int
	code   string        // "" = none: nothing was wrong with the token
	text   string        // fit to be quoted in a header
	after  time.Duration // to wait before another try; 0 = not said
}

func (c *clients) tokenless() *denial {
	if c.oauth == nil {
		return &denial{status: http.StatusUnauthorized, text: bringToken}
	}
	return &denial{status: http.StatusUnauthorized, text: "a valid bearer token is needed"}
}

func badToken(text string) *denial {
	return &denial{status: http.StatusUnauthorized, code: "invalid_token", text: text}
}

// beyond is the answer to who needs a scope that the token does not have.
func beyond(scope string) *denial {
	return &denial{status: http.StatusForbidden, code: "insufficient_scope", text: "a token with the scope " + scope + " is needed"}
}

// bearer returns whom an access token speaks for. Its name must not be that of
// a client or of who comes without a token where none is needed: their orders
// are not the token's.
func (c *clients) bearer(ctx context.Context, token string) (identity.Principal, *denial) {
	name, scopes, err := c.oauth.Tokens.Check(ctx, token)
	if err != nil {
		f, ok := fault.As(err)
		switch {
		case ok && f.Code == fault.Unavailable:
			return identity.Principal{}, &denial{status: http.StatusServiceUnavailable, text: f.Message, after: f.RetryAfter}
		case ok:
			return identity.Principal{}, badToken(f.Message)
		}
		return identity.Principal{}, badToken("the token can't be verified")
	}
	if c.named(name) || strings.EqualFold(name, c.local.ID) {
		return identity.Principal{}, badToken("the name in the token is that of another client")
	}
	who := identity.Principal{Realm: identity.HTTP, ID: name, Name: name}
	switch {
	case slices.Contains(scopes, scopeOrder):
		who.Role = identity.Requester
	case slices.Contains(scopes, scopeRead):
		who.Role = identity.Reader
	default:
		return identity.Principal{}, beyond(scopeRead)
	}
	return who, nil
}

// scoped reports whether the role of a caller is what the scopes of a token
// say: another token may say more.
func (c *clients) scoped(who identity.Principal) bool { return c.oauth != nil && !c.named(who.ID) }

// deny answers a request with what is wrong and, where a token would help,
// how to get one.
func (h *Handler) deny(out *reply, r *http.Request, d *denial) {
	if d.after > 0 {
		later(out, d.after)
	}
	if d.status != http.StatusServiceUnavailable {
		out.fixed().Set("WWW-Authenticate", h.challenge(r, d))
	}
	out.refuse(d.status, &refusal{code: codeRefused, text: d.text})
}

// challenge names all scopes at once, from the first on: clients ask for what
// it names, and many never ask again, or ask with a refresh token, which gives
// what they have already.
func (h *Handler) challenge(r *http.Request, d *denial) string {
	if h.clients.oauth == nil {
		return `Bearer realm="didops"`
	}
	text := `Bearer resource_metadata="` + metadataOf(h.resource(r, r.URL.Path)) + `", scope="` + strings.Join(h.scopes(), " ") + `"`
	if d.code != "" {
		text += `, error="` + d.code + `", error_description="` + d.text + `"`
	}
	return text
}

// resource is the handler's address as clients know it: the audience, if that
// is one, or else what the request was sent to, whose host is one of ours. A
// token is for https, but for a client on this machine.
func (h *Handler) resource(r *http.Request, path string) *url.URL {
	audience, err := url.Parse(h.clients.oauth.Audience)
	if err == nil && (audience.Scheme == "https" || audience.Scheme == "http") && audience.Host != "" {
		return audience
	}
	scheme := "https"
	if r.TLS == nil && loopback(bare(r.Host)) {
		scheme = "http"
	}
	return &url.URL{Scheme: scheme, Host: r.Host, Path: path}
}

// metadataOf is where the metadata of a resource is (RFC 9728, section 3.1).
func metadataOf(resource *url.URL) string {
	at := url.URL{Scheme: resource.Scheme, Host: resource.Host, Path: MetadataPath + strings.TrimRight(resource.Path, "/")}
	return at.String()
}

// Metadata returns a handler that tells clients whose access tokens are good
// here and for what (RFC 9728), whoever asks. It belongs at [MetadataPath] and
// below it at path, which is where the Handler itself is mounted. Without
// OAuth there is nothing to tell: 404.
func (h *Handler) Metadata(path string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := newReply(w, r)
		defer out.end()
		out.fixed().Set("X-Content-Type-Options", "nosniff")
		switch {
		case h.fromElsewhere(out, r), h.tooOften(out, ratelimit.Caller(r.RemoteAddr)):
			return
		case h.clients.oauth == nil:
			out.refuse(http.StatusNotFound, &refusal{code: codeRefused, text: "access tokens are not used here"})
			return
		case r.Method != http.MethodGet:
			out.fixed().Set("Allow", http.MethodGet)
			out.refuse(http.StatusMethodNotAllowed, &refusal{code: codeRefused, text: "the method is GET"})
			return
		}
		out.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(out).Encode(map[string]any{
			"resource": h.resource(r, path).String(), "resource_name": "didops",
			"authorization_servers": []string{h.clients.oauth.Issuer},
			"scopes_supported":      h.scopes(), "bearer_methods_supported": []string{"header"},
		})
	})
}

// scopes are those that are good for something.
func (h *Handler) scopes() []string {
	offered := func(role identity.Role) int {
		return len(h.server.gate.Tools(identity.FrontMCP, identity.Principal{Role: role}))
	}
	if offered(identity.Requester) > offered(identity.Reader) {
		return []string{scopeRead, scopeOrder}
	}
	return []string{scopeRead}
}
