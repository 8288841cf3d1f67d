package proof

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// certifies is the first line of a certified credential.
const certifies = "didops credential v1\n"

// Credential is a passkey that counts as a person's. It is certified by the
// log: a signed note over [Credential.Text].
type Credential struct {
	ID      string   `json:"credential"` // base64url without padding
	Person  string   `json:"person"`
	Key     string   `json:"key"` // SubjectPublicKeyInfo in DER, base64url without padding
	Alg     int      `json:"alg"` // of COSE: -7 ES256, -8 EdDSA, -257 RS256
	RPID    string   `json:"rp"`
	Origins []string `json:"origins"` // of pages whose assertions count
	Entry   int64    `json:"entry"`   // of the log, by which it was enrolled
}

// Text returns what the log signs: a line that says what it is, and the
// credential as canonical JSON on a line of its own.
func (c Credential) Text() (string, error) {
	text, err := Canonical(c)
	return certifies + string(text) + "\n", err
}

// ParseCredential returns the credential that a text certifies, which must be
// written as [Credential.Text] writes it.
func ParseCredential(text string) (Credential, error) {
	body, ok := strings.CutPrefix(text, certifies)
	if !ok {
		return Credential{}, errors.New("it certifies no credential")
	}
	var c Credential
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		return Credential{}, fmt.Errorf("read a credential: %w", err)
	}
	if again, err := c.Text(); err != nil || again != text {
		return Credential{}, errors.New("the credential is not written as credentials are")
	}
	return c, nil
}
