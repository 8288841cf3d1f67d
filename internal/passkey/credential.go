package passkey

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"

	"didops/internal/audit"
	"didops/internal/proof"
)

// Bytes are bytes that JSON has as base64url without padding, as WebAuthn does.
type Bytes []byte

// String returns the bytes as base64url.
func (b Bytes) String() string { return base64.RawURLEncoding.EncodeToString(b) }

// MarshalText implements [encoding.TextMarshaler].
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (b *Bytes) UnmarshalText(text []byte) error {
	decoded, err := base64.RawURLEncoding.DecodeString(string(text))
	*b = decoded
	return err
}

// Assertion is a passkey's signature, with all that it is verified by but the
// public key. ClientData, Authenticator and Signature are what the browser gave.
type Assertion struct {
	Credential    Bytes `json:"credential"`    // id
	ClientData    Bytes `json:"client_data"`   // JSON, which holds the challenge and the origin
	Authenticator Bytes `json:"authenticator"` // the authenticator's data: relying party, flags, counter
	Signature     Bytes `json:"signature"`
	Nonce         Bytes `json:"nonce"`     // of one use, which the challenge was made of
	Challenge     Bytes `json:"challenge"` // that was signed
}

// Credential is a passkey of a person. It counts because of its certificate,
// which holds all that must not be altered.
type Credential struct {
	ID          Bytes
	Person      string // name of [[people]]
	PublicKey   Bytes  // COSE
	Origin      string // of the page that it was made for
	Entry       int64  // of the trail, by which it was enrolled
	Certificate string // a note signed by the key of the log; see [proof.Credential]
	Enrolled    time.Time

	Counter    uint32
	Flags      uint8 // of the authenticator's data of its last use
	AAGUID     Bytes
	Transports []string
	Used       time.Time // zero: never since it was enrolled
	Removed    time.Time // zero: it was not; else it is kept for who checks later what it signed
}

// Ceremony is what a browser is asked with, as the JSON that
// PublicKeyCredential.parseCreationOptionsFromJSON or parseRequestOptionsFromJSON
// takes, and what the page brings back with the answer.
type Ceremony struct {
	Handle  string // of a sign-in; "" of an enrolment, where the token is that
	Person  string // who is enrolled; "" of a sign-in
	Options json.RawMessage
	Until   time.Time
}

// authenticator is what an authenticator says beside its signature.
type authenticator = protocol.AuthenticatorData

// certified reports that no key of the log, by which notes are opened, says of a
// credential what that says of itself; nil: by does. One that was followed by another key certifies what was
// enrolled before.
func (p page) certified(c Credential, open func(note string) (string, proof.Key, error)) (by proof.Key, err error) {
	text, by, err := open(c.Certificate)
	if err == nil {
		err = by.Allows(c.Entry)
	}
	if err != nil {
		return by, err
	}
	said, err := proof.ParseCredential(text)
	if err != nil {
		return by, err
	}
	is, err := p.certificate(c)
	if err != nil {
		return by, err
	}
	// The address of the page is compared apart, for its own words.
	if is.RPID, is.Origins = said.RPID, said.Origins; !reflect.DeepEqual(is, said) || !slices.Equal(said.Origins, []string{c.Origin}) {
		return by, errors.New("the certificate is that of another")
	}
	return by, nil
}

// certificate returns what is certified of a credential.
func (p page) certificate(c Credential) (proof.Credential, error) {
	key, alg, err := publicKey(c.PublicKey)
	return proof.Credential{
		ID: c.ID.String(), Person: c.Person, Key: Bytes(key).String(), Alg: alg, RPID: p.domain, Origins: []string{p.origin}, Entry: c.Entry,
	}, err
}

// proof is what the trail says of a credential.
func (c Credential) proof() *audit.Passkey {
	return &audit.Passkey{Credential: c.ID.String(), Person: c.Person, PublicKey: c.PublicKey.String()}
}

// Synced reports whether it may be copied to other devices of the person.
func (c Credential) Synced() bool { return protocol.AuthenticatorFlags(c.Flags).HasBackupEligible() }

// used returns the credential after a use.
func (c Credential) used(data authenticator, at time.Time) Credential {
	c.Counter, c.Flags, c.Used = data.Counter, uint8(data.Flags), at
	return c
}

// odd says what of a use is no reason to refuse it, and worth a look. Passkeys
// that are synchronised between devices count nothing.
func (c Credential) odd(data authenticator) string {
	switch was := protocol.AuthenticatorFlags(c.Flags); {
	case (c.Counter > 0 || data.Counter > 0) && data.Counter <= c.Counter:
		return fmt.Sprintf("its counter went from %d to %d: there may be a copy of it", c.Counter, data.Counter)
	case was.HasBackupEligible() != data.Flags.HasBackupEligible():
		return fmt.Sprintf("whether it may be copied to other devices was %t, and is %t", was.HasBackupEligible(), data.Flags.HasBackupEligible())
	}
	return ""
}
