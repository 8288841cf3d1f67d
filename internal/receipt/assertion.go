package receipt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"

	strict "github.com/go-json-experiment/json"

	"didops/internal/audit"
	"didops/internal/proof"
)

// Flags in the data of an authenticator.
const (
	userPresent  = 1 << 0
	userVerified = 1 << 2
	flagsAt      = 32 // behind the hash of the page's domain
	leastData    = 37
)

// The algorithms of COSE that passkeys have.
const (
	es256 = -7
	eddsa = -8
	rs256 = -257
)

// verifyAssertion reports what an authenticator returned that is no signature of
// a challenge by a credential, of a person whom it verified, on the page that the
// credential is for (Web Authentication, section 7.2).
func verifyAssertion(c proof.Credential, challenge []byte, p audit.DecisionProof) error {
	client, err1 := proof.Unbase64(p.ClientData)
	data, err2 := proof.Unbase64(p.Authenticator)
	signature, err3 := proof.Unbase64(p.Signature)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	var said struct {
		Type        string `json:"type"`
		Challenge   string `json:"challenge"`
		Origin      string `json:"origin"`
		CrossOrigin bool   `json:"crossOrigin"`
	}
	if err := strict.Unmarshal(client, &said); err != nil {
		return errors.New("what the browser says can't be read")
	}
	domain := sha256.Sum256([]byte(c.RPID))
	switch {
	case said.Type != "webauthn.get" || said.CrossOrigin:
		return errors.New("it is for something else")
	case said.Challenge != proof.Base64(challenge):
		return errors.New("it signs something else")
	case !slices.Contains(c.Origins, said.Origin):
		return errors.New("it was made on another page")
	case len(data) < leastData || !bytes.Equal(data[:flagsAt], domain[:]):
		return errors.New("it was made for another page")
	case data[flagsAt]&userPresent == 0 || data[flagsAt]&userVerified == 0:
		return errors.New("the person was not verified")
	}
	hash := sha256.Sum256(client)
	return verifySignature(c, append(data, hash[:]...), signature)
}

func verifySignature(c proof.Credential, message, signature []byte) error {
	der, err := proof.Unbase64(c.Key)
	if err != nil {
		return err
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return errors.New("the key of the credential can't be read")
	}
	sum := sha256.Sum256(message)
	ok := false
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		ok = c.Alg == es256 && key.Curve == elliptic.P256() && ecdsa.VerifyASN1(key, sum[:], signature)
	case ed25519.PublicKey:
		ok = c.Alg == eddsa && ed25519.Verify(key, message, signature)
	case *rsa.PublicKey:
		ok = c.Alg == rs256 && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	}
	if !ok {
		return errors.New("it is not by the credential")
	}
	return nil
}
