package oauth_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/fault"
	"didops/internal/oauth"
	"didops/internal/testing/fakeissuer"
)

// typed is a verifier of an issuer whose tokens have other types.
func typed(t *testing.T, i *fakeissuer.Issuer, types ...string) *oauth.Verifier {
	t.Helper()
	log := make(lines, 16)
	v, err := oauth.New(oauth.Config{
		Issuer: i.URL, Audience: i.Audience, NameClaim: "sub", Now: time.Now, Log: zerolog.New(log), TokenTypes: types,
	})
	if err != nil {
		t.Fatal(err)
	}
	run(t, v)
	log.await(t, "can be checked")
	return v
}

// claims replaces all claims but those that say for whom, by whom and until
// when.
func claims(i *fakeissuer.Issuer, list map[string]any) func(*fakeissuer.Token) {
	return func(t *fakeissuer.Token) {
		t.Header["typ"] = "JWT"
		exp := t.Claims["exp"]
		t.Claims = map[string]any{"iss": i.URL, "aud": i.Audience, "sub": "alice", "exp": exp}
		maps.Copy(t.Claims, list)
	}
}

// TestTokensOfCompanies has tokens as the issuers of companies write them.
func TestTokensOfCompanies(t *testing.T) {
	t.Parallel()
	const tenant = "11111111-2222-3333-4444-555555555555"
	i := fakeissuer.New(t)
	i.Metadata = "/.well-known/oauth-authorization-server/" + tenant + "/v2.0"
	i.URL += "/" + tenant + "/v2.0"
	i.Audience = "api://didops"
	v := typed(t, i, "JWT")
	both := []string{"did:read", "did:order"}
	tests := []struct {
		name   string
		change func(*fakeissuer.Token)
		scopes []string
	}{
		{"Entra 2.0", claims(i, map[string]any{"azp": "client", "azpacr": "0", "scp": "did:read did:order", "tid": tenant, "ver": "2.0"}), both},
		{"Entra 1.0, app roles", claims(i, map[string]any{"appid": "client", "roles": both, "tid": tenant, "ver": "1.0"}), both},
		{"Okta", func(t *fakeissuer.Token) {
			claims(i, map[string]any{"cid": "client", "uid": "u", "scp": both, "ver": 1})(t)
			delete(t.Header, "typ")
		}, both},
		{"Cognito", func(t *fakeissuer.Token) {
			claims(i, map[string]any{"client_id": "client", "token_use": "access", "scope": "did:read"})(t)
			delete(t.Header, "typ")
		}, []string{"did:read"}},
		{"Auth0 with permissions", claims(i, map[string]any{
			"azp": "client", "scope": "openid did:read", "permissions": []string{"did:order"}, "aud": []string{"api://didops", "https://tenant.example.net/userinfo"},
		}), []string{"openid", "did:read", "did:order"}},
		{"Keycloak", claims(i, map[string]any{"azp": "client", "typ": "Bearer", "scope": "did:order", "aud": []string{"api://didops", "account"}, "acr": "1"}), []string{"did:order"}},
		{"roles as text", claims(i, map[string]any{"azp": "client", "roles": "did:read did:order"}), both},
		{"audience with a slash", claims(i, map[string]any{"azp": "client", "scope": "did:read", "aud": "api://didops/"}), []string{"did:read"}},
		{"type in small letters", func(t *fakeissuer.Token) {
			claims(i, map[string]any{"azp": "client", "scope": "did:read"})(t)
			t.Header["typ"] = "application/jwt"
		}, []string{"did:read"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name, scopes, err := v.Check(t.Context(), i.Token(t, "alice", "", tt.change))
			if err != nil || name != "alice" || !slices.Equal(scopes, tt.scopes) {
				t.Errorf("got %q, %v, %v, want alice and %v", name, scopes, err, tt.scopes)
			}
		})
	}
}

// TestTokensForOtherEnds has tokens of the same issuer, signed with the same
// key, for the same audience and of a type that counts, which give no access.
func TestTokensForOtherEnds(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	v := typed(t, i, "JWT", "application/okta-internal-at+jwt")
	good := map[string]any{"azp": "client", "scope": "did:read"}
	with := func(more map[string]any, without ...string) func(*fakeissuer.Token) {
		all := map[string]any{}
		for _, from := range []map[string]any{good, more} {
			maps.Copy(all, from)
		}
		for _, name := range without {
			delete(all, name)
		}
		return claims(i, all)
	}
	if _, _, err := v.Check(t.Context(), i.Token(t, "alice", "", with(nil))); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*fakeissuer.Token)
		want   string
	}{
		{"ID token with a nonce", with(map[string]any{"nonce": "n"}), "nonce"},
		{"ID token with the hash of an access token", with(map[string]any{"at_hash": "h"}), "at_hash"},
		{"ID token for its client", with(map[string]any{"azp": i.Audience}), "azp"},
		{"ID token for its client and others", with(map[string]any{"aud": []string{i.Audience, "client"}}), "azp"},
		{"ID token of Entra 1.0", with(map[string]any{"appid": i.Audience}, "azp"), "appid"},
		{"ID token with app roles and no client", with(map[string]any{"roles": []string{"did:order"}, "ver": "2.0"}, "azp", "scope"), "does not name its client"},
		{"ID token of Cognito", with(map[string]any{"token_use": "id"}), "token_use"},
		{"ID token of Keycloak", with(map[string]any{"typ": "ID"}), "claim typ"},
		{"refresh token of Keycloak", with(map[string]any{"typ": "Refresh"}), "claim typ"},
		{"logout token", with(map[string]any{"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}}), "events"},
		{"nothing allowed", with(nil, "scope"), "none of the claims"},
		{"client of another shape", with(map[string]any{"azp": 7}), "azp"},
		{"another tenant", with(map[string]any{"tid": "elsewhere", "ver": "2.0"}), "tid"},
		{"a tenant without a version", with(map[string]any{"tid": "elsewhere"}), "ver"},
		{"a type that is not listed", func(t *fakeissuer.Token) { with(nil)(t); t.Header["typ"] = "at+jwt" }, "token_types"},
		{"a listed type without the marks", func(t *fakeissuer.Token) {
			with(map[string]any{"nonce": "n"})(t)
			t.Header["typ"] = "okta-internal-at+jwt"
		}, "nonce"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name, scopes, err := v.Check(t.Context(), i.Token(t, "alice", "", tt.change))
			f, ok := fault.As(err)
			if !ok || f.Code != fault.Unauthorized || !strings.Contains(f.Message, "no access token") || !strings.Contains(f.Message, tt.want) {
				t.Fatalf("got %q, %v, %v, want unauthorized with %q", name, scopes, err, tt.want)
			}
			if strings.ContainsAny(f.Message, "\"\\\n") {
				t.Errorf("got %q, which can't stand in a header", f.Message)
			}
		})
	}
}

func TestAudienceWithAndWithoutSlash(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		configured, named string
		good              bool
	}{
		{"https://didops.example.net", "https://didops.example.net/", true},
		{"https://didops.example.net/", "https://didops.example.net", true},
		{"https://didops.example.net:8443", "https://didops.example.net:8443/", true},
		{"https://didops.example.net/mcp", "https://didops.example.net/mcp/", false},
		{"https://didops.example.net/mcp", "https://didops.example.net", false},
		{"https://didops.example.net", "https://didops.example.net//", false},
		{"https://didops.example.net", "https://didops.example.net/?", false},
		{"https://didops.example.net", "http://didops.example.net/", false},
		{"didops", "didops/", false},
	} {
		t.Run(tt.configured+" "+tt.named, func(t *testing.T) {
			t.Parallel()
			i := fakeissuer.New(t)
			i.Audience = tt.configured
			_, _, err := running(t, i).Check(t.Context(), i.Token(t, "alice", "", fakeissuer.Claim("aud", tt.named)))
			if (err == nil) != tt.good {
				t.Errorf("got %v, want it to count: %v", err, tt.good)
			}
		})
	}
}
