package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"

	"didops/internal/sanitize"
)

const (
	maxKeyID = 64 // characters of the name of a key that are repeated
	maxOdd   = 64 // keys of a set that can't be used; what follows is not looked at
)

// UnusableKey is a key in the issuer's set that is left out.
type UnusableKey struct {
	ID  string // its kid, or its place in the set; fit for a header, without quotation marks
	Why string // the same, as the end of a sentence

	kid string
}

// String is the key as a sentence about the issuer names it.
func (k UnusableKey) String() string { return "key " + k.ID + " unusable: " + k.Why }

// keySet is a transport that passes on the keys of a set that can be used, and
// reports the others. The library refuses the whole set for one of them.
type keySet struct {
	next    http.RoundTripper
	address string // of the set; other answers pass as they are
	report  func([]UnusableKey)
}

// errNoSet is what is wrong with an answer that is no JWK Set (RFC 7517,
// section 5).
var errNoSet = errors.New("what is served as the keys is no JWK Set")

// RoundTrip implements http.RoundTripper.
func (k keySet) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := k.next.RoundTrip(r)
	if err != nil || r.URL.String() != k.address || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	text, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(text, &set) != nil || set.Keys == nil {
		return nil, errNoSet
	}
	good, odd := sift(set.Keys)
	k.report(odd)
	set.Keys = good
	if text, err = json.Marshal(set); err != nil {
		return nil, err
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return resp, nil
}

// sift divides the keys of a set into those that can be used and the others.
func sift(keys []json.RawMessage) (good []json.RawMessage, odd []UnusableKey) {
	good = []json.RawMessage{}
	for i, raw := range keys {
		if len(odd) == maxOdd {
			break // this is no set that somebody signs with
		}
		var key map[string]json.RawMessage
		if json.Unmarshal(raw, &key) != nil || key == nil {
			odd = append(odd, UnusableKey{ID: fmt.Sprintf("no. %d", i+1), Why: "it is no JSON object"})
			continue
		}
		delete(key, "x5u") // would be fetched from wherever it points
		if usableKey(key) == nil {
			text, _ := json.Marshal(key) // was read from JSON
			good = append(good, text)
			continue
		}
		var kid string
		_ = json.Unmarshal(key["kid"], &kid) // "" if it is no text
		odd = append(odd, UnusableKey{ID: keyName(kid, i), Why: whyUnusable(key), kid: kid})
	}
	return good, odd
}

// usableKey tries a key by itself.
func usableKey(key map[string]json.RawMessage) error {
	raw, err := json.Marshal(key)
	if err != nil {
		return err
	}
	_, err = keyfunc.NewJWKJSON(raw)
	return err
}

// whyUnusable finds the member of a key without which it could be used.
func whyUnusable(key map[string]json.RawMessage) string {
	for _, name := range []string{"x5t", "x5t#S256", "x5c", "use", "key_ops", "alg"} {
		if _, has := key[name]; !has {
			continue
		}
		rest := maps.Clone(key)
		delete(rest, name)
		if usableKey(rest) == nil {
			return "its " + name + " can't be read or belongs to another key"
		}
	}
	return "it can't be read, or is of a kind that is not known"
}

// keyName is how a key is called: by its kid if that can be shown.
func keyName(kid string, place int) string {
	if kid == "" || len(kid) > maxKeyID || strings.ContainsAny(kid, "\"\\") || sanitize.Clean(kid, maxKeyID) != kid {
		return fmt.Sprintf("no. %d", place+1)
	}
	return kid
}

// unusable returns the key that a token names, if it is one that was left out.
func (v *Verifier) unusable(token string) (UnusableKey, bool) {
	odd := v.odd.Load()
	if odd == nil {
		return UnusableKey{}, false
	}
	parsed, _, err := v.parser.ParseUnverified(token, jwt.MapClaims{})
	if err != nil {
		return UnusableKey{}, false
	}
	kid, _ := parsed.Header["kid"].(string)
	for _, k := range *odd {
		if kid != "" && k.kid == kid {
			return k, true
		}
	}
	return UnusableKey{}, false
}
