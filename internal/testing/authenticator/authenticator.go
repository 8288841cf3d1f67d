// Package authenticator is a software authenticator of WebAuthn, with the browser
// in front of it: it makes passkeys and signs by them, as asked or as somebody
// would who wants to deceive.
package authenticator

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// Flags of an authenticator's data.
const (
	Present        = 1 << 0
	Verified       = 1 << 2
	BackupEligible = 1 << 3
	BackedUp       = 1 << 4
	attested       = 1 << 6
)

// Passkey is one passkey and what its browser says. Its fields may be changed
// between uses. It is not safe for concurrent use.
type Passkey struct {
	ID      []byte
	Domain  string // relying party
	Origin  string // of the page that the browser shows
	Flags   byte
	Counter uint32 // of the next use; does not grow by itself
	User    []byte // handle, as enrolled

	key crypto.Signer
}

// New makes a passkey that was not enrolled yet, of ES256, or of Ed25519.
func New(origin, domain string, edwards bool) (*Passkey, error) {
	p := &Passkey{ID: make([]byte, 16), Domain: domain, Origin: origin, Flags: Present | Verified}
	_, _ = rand.Read(p.ID) // never fails
	var err error
	if edwards {
		_, p.key, err = ed25519.GenerateKey(rand.Reader)
	} else {
		p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return p, err
}

// options is what of a request is looked at.
type options struct {
	Challenge string `json:"challenge"`
	User      struct {
		ID string `json:"id"`
	} `json:"user"`
}

// Create answers a request for a new passkey, as the JSON of a
// PublicKeyCredential.
func (p *Passkey) Create(request []byte) ([]byte, error) {
	var o options
	if err := json.Unmarshal(request, &o); err != nil {
		return nil, err
	}
	var err error
	if p.User, err = decode(o.User.ID); err != nil {
		return nil, err
	}
	cose, err := p.cose()
	if err != nil {
		return nil, err
	}
	data := p.data(attested)
	data = append(data, make([]byte, 16)...) // AAGUID
	data = binary.BigEndian.AppendUint16(data, uint16(len(p.ID)))
	data = append(append(data, p.ID...), cose...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"), binary.BigEndian.AppendUint16(nil, uint16(len(data)))...)
	return p.credential(map[string]any{
		"clientDataJSON": encode(p.clientData("webauthn.create", o.Challenge)), "attestationObject": encode(append(object, data...)),
		"transports": []string{"internal", "hybrid"},
	})
}

// Get answers a request for an assertion likewise.
func (p *Passkey) Get(request []byte) ([]byte, error) {
	var o options
	if err := json.Unmarshal(request, &o); err != nil {
		return nil, err
	}
	return p.Sign(o.Challenge)
}

// Sign signs a challenge, in base64url.
func (p *Passkey) Sign(challenge string) ([]byte, error) {
	client, data := p.clientData("webauthn.get", challenge), p.data(0)
	sum := sha256.Sum256(client)
	signed := append(append([]byte{}, data...), sum[:]...)
	var signature []byte
	var err error
	if _, ok := p.key.(ed25519.PrivateKey); ok {
		signature, err = p.key.Sign(rand.Reader, signed, crypto.Hash(0))
	} else {
		digest := sha256.Sum256(signed)
		signature, err = p.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	}
	if err != nil {
		return nil, err
	}
	return p.credential(map[string]any{
		"clientDataJSON": encode(client), "authenticatorData": encode(data), "signature": encode(signature), "userHandle": encode(p.User),
	})
}

func (p *Passkey) credential(response map[string]any) ([]byte, error) {
	return json.Marshal(map[string]any{
		"id": encode(p.ID), "rawId": encode(p.ID), "type": "public-key", "authenticatorAttachment": "platform",
		"clientExtensionResults": map[string]any{}, "response": response,
	})
}

func (p *Passkey) clientData(kind, challenge string) []byte {
	text, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": p.Origin, "crossOrigin": false}) // strings never fail
	return text
}

// data is the authenticator's data.
func (p *Passkey) data(more byte) []byte {
	sum := sha256.Sum256([]byte(p.Domain))
	return binary.BigEndian.AppendUint32(append(sum[:], p.Flags|more), p.Counter)
}

// cose is the public key.
func (p *Passkey) cose() ([]byte, error) {
	switch key := p.key.Public().(type) {
	case ed25519.PublicKey:
		return append([]byte{0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20}, key...), nil
	case *ecdsa.PublicKey:
		point, err := key.Bytes()
		if err != nil {
			return nil, err
		}
		cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, point[1:33]...)
		return append(append(cose, 0x22, 0x58, 0x20), point[33:]...), nil
	}
	return nil, fmt.Errorf("a key of the kind %T", p.key)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }
