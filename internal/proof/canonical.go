package proof

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// Canonical returns a value as canonical JSON (RFC 8785): keys in order, no
// blanks, one way to write each text. Strings must be UTF-8; what is not is
// written as the replacement character.
func Canonical(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write canonical JSON: %w", err)
	}
	value := jsontext.Value(text)
	if err := value.Canonicalize(); err != nil {
		return nil, fmt.Errorf("write canonical JSON: %w", err)
	}
	return value, nil
}

// TermsHash returns the commitment to public terms, hexadecimal: SHA-256 of
// "didops terms v1\n", the salt and the terms as canonical JSON.
func TermsHash(salt, terms []byte) string {
	h := sha256.New()
	h.Write([]byte("didops terms v1\n"))
	h.Write(salt)
	h.Write(terms)
	return hex.EncodeToString(h.Sum(nil))
}

// Challenge is what a decision by passkey signs. All of it is text, so that
// whoever checks it later rebuilds the same bytes.
type Challenge struct {
	Order    string `json:"order"`
	Terms    string `json:"terms_hash"` // see [TermsHash]
	Decision string `json:"decision"`   // approve or reject
	Person   string `json:"person"`
	Expires  string `json:"expires"` // RFC 3339, in UTC
	Nonce    string `json:"nonce"`   // base64url without padding
}

// Sum returns the challenge that the authenticator is handed: SHA-256 of
// "didops decision v1\n" and the challenge as canonical JSON.
func (c Challenge) Sum() ([sha256.Size]byte, error) {
	text, err := Canonical(c)
	return sha256.Sum256(append([]byte("didops decision v1\n"), text...)), err
}
