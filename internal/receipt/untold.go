package receipt

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"didops/internal/audit"
	"didops/internal/proof"
)

// untold is what a receipt says of the log by a signature alone, and a trail has not
// told of yet. An older key of the log may have been stolen, and sign it anew.
type untold struct {
	size     int64    // entries of the receipt's head
	changes  []string // of keys, in their order
	passkeys []proof.Credential
}

func (f Found) untold() untold {
	return untold{f.Head.Size, slices.Clone(f.changes), slices.Clone(f.passkeys)}
}

// take holds an entry of the trail against it.
func (u *untold) take(e audit.Entry) error {
	switch {
	case e.Seq > u.size:
	case e.Event == audit.KeyChanged && e.Key != "":
		return u.change(e)
	case e.Event == "passkey enrolled" && e.Passkey != nil:
		u.passkeys = slices.DeleteFunc(u.passkeys, func(c proof.Credential) bool { return c.Entry == e.Seq && enrolled(c, *e.Passkey) })
	}
	return nil
}

// change takes a change of keys. A key ends once, by the first entry that says so,
// and speaks of no entry from that one on.
func (u *untold) change(e audit.Entry) error {
	before, _, entries, err := proof.OpenKeyChange(e.Key)
	if err != nil {
		return nil //nolint:nilerr // what is none changes nothing
	}
	i := slices.IndexFunc(u.changes, func(c string) bool {
		of, _, _, err := proof.OpenKeyChange(c)
		return err == nil && of == before
	})
	switch {
	case i < 0:
		return nil
	case u.changes[i] != e.Key || entries >= e.Seq:
		return fmt.Errorf("entry %d of the trail ends a key of the log otherwise than the receipt says", e.Seq)
	}
	u.changes = slices.Delete(u.changes, i, i+1)
	return nil
}

// left reports what a whole trail did not tell of.
func (u *untold) left() error {
	if len(u.changes) > 0 {
		return errors.New("the trail does not tell of a change of keys that the receipt names")
	}
	if len(u.passkeys) > 0 {
		c := u.passkeys[0]
		return fmt.Errorf("entry %d of the trail does not enrol the passkey of %q that signed", c.Entry, c.Person)
	}
	return nil
}

// enrolled reports whether a certificate is of a passkey that an entry enrolled.
func enrolled(c proof.Credential, p audit.Passkey) bool {
	der, err := proof.Unbase64(c.Key)
	if err != nil {
		return false
	}
	public, err := x509.ParsePKIXPublicKey(der)
	return err == nil && c.ID == p.Credential && c.Person == p.Person && p.PublicKey != "" && proof.Base64(cose(public)) == p.PublicKey
}

// cose returns a public key as authenticators write it (RFC 9053, in the one
// encoding of CTAP2), and entries of the trail keep it; nil for a kind that no passkey
// has.
func cose(public any) []byte {
	switch key := public.(type) {
	case *ecdsa.PublicKey: // kty EC2, alg ES256, crv P-256, x, y
		point, err := key.Bytes()
		if err != nil || len(point) != 65 { // 4, x, y
			return nil
		}
		return slices.Concat([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21}, cborBytes(point[1:33]), []byte{0x22}, cborBytes(point[33:]))
	case ed25519.PublicKey: // kty OKP, alg EdDSA, crv Ed25519, x
		return slices.Concat([]byte{0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21}, cborBytes(key))
	case *rsa.PublicKey: // kty RSA, alg RS256, n, e
		return slices.Concat([]byte{0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20}, cborBytes(key.N.Bytes()), []byte{0x21}, cborBytes(big.NewInt(int64(key.E)).Bytes()))
	}
	return nil
}

// cborBytes writes a string of bytes, of at most 65535, in CBOR.
func cborBytes(b []byte) []byte {
	head := []byte{0x40 | byte(len(b))} //nolint:gosec // what is longer is below
	switch {
	case len(b) > 255:
		head = binary.BigEndian.AppendUint16([]byte{0x59}, uint16(len(b))) //nolint:gosec // keys are shorter
	case len(b) > 23:
		head = []byte{0x58, byte(len(b))} //nolint:gosec // at most 255
	}
	return append(head, b...)
}
