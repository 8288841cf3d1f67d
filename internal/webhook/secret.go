package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// The bounds of a secret, in bytes, and what its text begins with.
const (
	LeastSecret = 24
	MostSecret  = 64
	prefix      = "whsec_"
)

// errSecret is the rule that a text is held against; it never repeats the text.
var errSecret = errors.New("must be whsec_ and the base64 of 24 to 64 random bytes")

// Secret signs messages. It is never shown: String and GoString return "***".
type Secret struct{ key []byte }

// ParseSecret reads a secret as the specification writes it: "whsec_" and the
// base64 of 24 to 64 bytes. Its error says the rule, and nothing of the text.
func ParseSecret(text string) (Secret, error) {
	rest, ok := strings.CutPrefix(text, prefix)
	key, err := base64.StdEncoding.Strict().DecodeString(rest)
	if !ok || err != nil || len(key) < LeastSecret || len(key) > MostSecret || strings.ContainsAny(rest, "\r\n") {
		return Secret{}, errSecret
	}
	return Secret{key}, nil
}

// String returns "***".
func (Secret) String() string { return "***" }

// GoString returns "***".
func (Secret) GoString() string { return "***" }

// Same reports whether two secrets are the same.
func (s Secret) Same(o Secret) bool { return hmac.Equal(s.key, o.key) }

// Fingerprint returns what changes whenever the secret or one of the texts
// does, in hexadecimal, and tells nothing of the secret.
func (s Secret) Fingerprint(texts ...string) string {
	mac := hmac.New(sha256.New, s.key)
	for _, t := range texts {
		_, _ = mac.Write([]byte(strconv.Itoa(len(t)) + ":" + t)) // never fails
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// Sign returns the signature of a message as its header has it: "v1," and the
// base64 of an HMAC-SHA-256 over id, time in Unix seconds and body.
func (s Secret) Sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, s.key)
	_, _ = mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + ".")) // never fails
	_, _ = mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
