package oauth

import (
	"net/url"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// The types of tokens that are told apart, as [mediaType] writes them.
const (
	typeAccess = "at+jwt" // RFC 9068, section 2.1
	typePlain  = "jwt"    // says nothing: ID tokens have it too
)

// scopeClaims are where issuers write what a token allows: RFC 8693 and 9068,
// Entra and Okta, Auth0, and app roles of Entra.
func scopeClaims() []string { return []string{"scope", "scp", "permissions", "roles"} }

// clientClaims are where issuers name the client that a token was issued to:
// OpenID Connect, Auth0, Keycloak and Entra 2.0; Entra 1.0; RFC 9068 and
// Cognito; Okta. ID tokens of Entra, Okta and Cognito have none of them.
func clientClaims() []string { return []string{"azp", "appid", "client_id", "cid"} }

// foreignClaims are those of tokens for other ends: ID tokens (OpenID Connect
// Core, sections 2 and 3.3.2.11) and security events, such as a logout.
func foreignClaims() []string { return []string{"nonce", "at_hash", "c_hash", "s_hash", "events"} }

// markError is why a JWT is none that gives access. Its text is fit for its
// holder, without quotation marks.
type markError struct{ text string }

// Error implements error.
func (e *markError) Error() string { return e.text }

func unmarked(text string) error { return &markError{text} }

// mediaType is a type as it is compared: in lower case, and without the prefix
// that may be left out (RFC 7515, section 4.1.9). No type is the plain one.
func mediaType(typ string) string {
	typ = strings.ToLower(typ)
	if short, ok := strings.CutPrefix(typ, "application/"); ok && !strings.Contains(short, "/") {
		typ = short
	}
	if typ == "" {
		return typePlain
	}
	return typ
}

// suits refuses tokens that were made for something else. An ID token has the
// same issuer, keys and perhaps audience. The type tells it from an access
// token where issuers follow RFC 9068, and the claims do elsewhere.
func (v *Verifier) suits(header map[string]any, claims jwt.MapClaims) error {
	if _, conditional := header["crit"]; conditional {
		return unmarked("its header has a condition that is not known (crit)")
	}
	typ, text := header["typ"].(string)
	if _, given := header["typ"]; given && !text {
		return unmarked("its header has no typ that can be read")
	}
	kind := mediaType(typ)
	if !slices.Contains(v.types, kind) {
		return unmarked("its header has a typ that is not among http.oauth.token_types")
	}
	if kind == typeAccess {
		return nil
	}
	return marks(claims)
}

// marks refuses tokens that do not show by their claims that they are access
// tokens: those that an issuer gives to its clients about their users, to be
// read by the clients themselves, and to itself.
func marks(claims jwt.MapClaims) error {
	for _, name := range foreignClaims() {
		if _, ok := claims[name]; ok {
			return unmarked("it has the claim " + name)
		}
	}
	if use, ok := claims["token_use"]; ok && use != "access" { // Cognito
		return unmarked("its token_use is not access")
	}
	if typ, ok := claims["typ"]; ok { // Keycloak
		if text, _ := typ.(string); !strings.EqualFold(text, "Bearer") {
			return unmarked("its claim typ is not Bearer")
		}
	}
	if !slices.ContainsFunc(scopeClaims(), func(name string) bool { _, ok := claims[name]; return ok }) {
		return unmarked("it has none of the claims " + strings.Join(scopeClaims(), ", "))
	}
	if err := tenant(claims); err != nil {
		return err
	}
	return forAnother(claims)
}

// forAnother refuses tokens that are for the client that they were issued to,
// as ID tokens are.
func forAnother(claims jwt.MapClaims) error {
	audience, err := claims.GetAudience()
	if err != nil {
		return unmarked("its audience can't be read")
	}
	named := false
	for _, name := range clientClaims() {
		value, given := claims[name]
		if !given {
			continue
		}
		client, _ := value.(string)
		if client == "" || slices.Contains(audience, client) {
			return unmarked("it is for the client itself (" + name + ")")
		}
		named = true
	}
	if !named {
		return unmarked("it does not name its client (" + strings.Join(clientClaims(), ", ") + ")")
	}
	return nil
}

// tenant refuses tokens of Entra without version, or of another tenant than
// their issuer is.
func tenant(claims jwt.MapClaims) error {
	tid, ok := claims["tid"]
	if !ok {
		return nil
	}
	id, _ := tid.(string)
	if ver := claims["ver"]; ver != "1.0" && ver != "2.0" {
		return unmarked("its ver is neither 1.0 nor 2.0")
	}
	issuer, _ := claims["iss"].(string)
	u, err := url.Parse(issuer)
	if err != nil || id == "" || !slices.Contains(strings.Split(u.Path, "/"), id) {
		return unmarked("its tid is not the tenant of its issuer")
	}
	return nil
}

// spellings are the audience as it may be written: an address whose path is
// empty is the same with a slash (RFC 3986, section 6.2.3), and clients that
// keep addresses in parsed form add it.
func spellings(audience string) []string {
	u, err := url.Parse(audience)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery || strings.HasSuffix(audience, "#") {
		return []string{audience}
	}
	switch u.EscapedPath() {
	case "":
		return []string{audience, audience + "/"}
	case "/":
		return []string{audience, strings.TrimSuffix(audience, "/")}
	}
	return []string{audience}
}

// scopesOf returns the scopes of a token, in whichever of the usual ways the
// issuer writes them.
func scopesOf(claims jwt.MapClaims) []string {
	var list []string
	for _, name := range scopeClaims() {
		switch value := claims[name].(type) {
		case string:
			list = append(list, strings.Fields(value)...)
		case []any:
			for _, entry := range value {
				if scope, ok := entry.(string); ok {
					list = append(list, scope)
				}
			}
		}
	}
	return list
}
