package fakeissuer

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Name is the person who signs in at an [Issuer].
const Name = "alice"

// grant is what a person allowed a client.
type grant struct {
	scopes, challenge, redirect string
	client, nonce               string
}

// Asked returns the scopes of every sign-in so far, as they were asked for.
func (i *Issuer) Asked() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string(nil), i.asked...)
}

// endpoints are where clients register and people sign in (RFC 8414).
func endpoints(origin string) map[string]any {
	return map[string]any{
		"authorization_endpoint": origin + "/authorize", "token_endpoint": origin + "/token", "registration_endpoint": origin + "/register",
		"response_types_supported": []string{"code"}, "code_challenge_methods_supported": []string{"S256"},
		"grant_types_supported":                          []string{"authorization_code", "refresh_token"},
		"token_endpoint_auth_methods_supported":          []string{"none"},
		"authorization_response_iss_parameter_supported": true,
	}
}

// register takes any client (RFC 7591).
func register(w http.ResponseWriter, r *http.Request) {
	var client map[string]any
	if json.NewDecoder(r.Body).Decode(&client) != nil || client == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	client["client_id"], client["token_endpoint_auth_method"] = "client-"+rand.Text(), "none"
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	answer(w, client)
}

// authorize signs the person in at once, and allows exactly what is asked for.
func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("client_id") == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	code := rand.Text()
	i.mu.Lock()
	i.asked = append(i.asked, q.Get("scope"))
	i.grants[code] = grant{q.Get("scope"), q.Get("code_challenge"), q.Get("redirect_uri"), q.Get("client_id"), q.Get("nonce")}
	i.mu.Unlock()
	answer := back.Query()
	answer.Set("code", code)
	answer.Set("iss", i.URL)
	if state := q.Get("state"); state != "" {
		answer.Set("state", state)
	}
	back.RawQuery = answer.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// exchange gives tokens for a code, or for a refresh token: no more than was
// allowed.
func (i *Issuer) exchange(tb testing.TB, w http.ResponseWriter, r *http.Request) {
	tb.Helper()
	refreshing := r.FormValue("grant_type") == "refresh_token"
	key := r.FormValue("code")
	if refreshing {
		key = r.FormValue("refresh_token")
	}
	i.mu.Lock()
	g, ok := i.grants[key]
	delete(i.grants, key)
	i.mu.Unlock()
	if _, secret, _ := r.BasicAuth(); i.Secret != "" && secret != i.Secret {
		refuse(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || !refreshing && (b64(sum[:]) != g.challenge || r.FormValue("redirect_uri") != g.redirect) {
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	tokens := map[string]any{
		"access_token": i.Token(tb, Name, g.scopes), "token_type": "Bearer", "expires_in": 300, "scope": strings.TrimSpace(g.scopes),
	}
	if i.OpenID && slices.Contains(strings.Fields(g.scopes), "openid") {
		tokens["id_token"] = i.idToken(tb, g)
	}
	if i.Refreshes {
		next := rand.Text()
		i.mu.Lock()
		i.grants[next] = g
		i.mu.Unlock()
		tokens["refresh_token"] = next
	}
	answer(w, tokens)
}

// idToken says to a client who signed in.
func (i *Issuer) idToken(tb testing.TB, g grant) string {
	tb.Helper()
	person := i.Person
	if person == "" {
		person = Name
	}
	changes := []func(*Token){
		Header("typ", "JWT"), Claim("aud", g.client), Claim("nonce", g.nonce), Claim("client_id", nil), Claim("scope", nil),
	}
	if i.IDToken != nil {
		changes = append(changes, i.IDToken)
	}
	return i.Token(tb, person, "", changes...)
}

func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	answer(w, map[string]any{"error": why})
}
