package passkey

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"didops/internal/fault"
)

// within is how long a browser may take to ask somebody.
const within = 5 * time.Minute

// maxResponse is the most bytes of a browser's answer that are read.
const maxResponse = 64 << 10

// page is the relying party: one origin, and the domain of it.
type page struct{ origin, domain string }

// pageOf returns the relying party of a page with that address.
func pageOf(address string) (page, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return page{}, fmt.Errorf("passkeys: %q is no address of a page", address)
	}
	return page{u.Scheme + "://" + u.Host, u.Hostname()}, nil
}

// algorithms are what every browser can make keys of, those that are best liked
// first.
func algorithms() []protocol.CredentialParameter {
	var list []protocol.CredentialParameter
	for _, alg := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256} {
		list = append(list, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: alg})
	}
	return list
}

func descriptors(list []Credential) []protocol.CredentialDescriptor {
	var all []protocol.CredentialDescriptor
	for _, c := range list {
		d := protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: protocol.URLEncodedBase64(c.ID)}
		for _, t := range c.Transports {
			d.Transport = append(d.Transport, protocol.AuthenticatorTransport(t))
		}
		all = append(all, d)
	}
	return all
}

// userOf is the handle by which authenticators keep a person's passkeys. It
// tells nothing by itself.
func userOf(person string) []byte {
	sum := sha256.Sum256([]byte("didops person\n" + person))
	return sum[:]
}

// creation returns what a browser is asked with for a new passkey that needs no
// name typed to sign in, and that verifies who holds it.
func (p page) creation(person string, challenge []byte, have []Credential) (json.RawMessage, error) {
	resident := true
	return json.Marshal(protocol.PublicKeyCredentialCreationOptions{
		RelyingParty: protocol.RelyingPartyEntity{CredentialEntity: protocol.CredentialEntity{Name: "didops"}, ID: p.domain},
		User: protocol.UserEntity{
			CredentialEntity: protocol.CredentialEntity{Name: person}, DisplayName: person, ID: protocol.URLEncodedBase64(userOf(person)),
		},
		Challenge: challenge, Parameters: algorithms(), Timeout: int(within.Milliseconds()), CredentialExcludeList: descriptors(have),
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &resident, UserVerification: protocol.VerificationRequired,
		},
		Attestation: protocol.PreferNoAttestation,
	})
}

// request returns what a browser is asked with for an assertion; of any passkey
// that it has for the page where none is listed.
func (p page) request(challenge []byte, allowed []Credential) (json.RawMessage, error) {
	return json.Marshal(protocol.PublicKeyCredentialRequestOptions{
		Challenge: challenge, Timeout: int(within.Milliseconds()), RelyingPartyID: p.domain,
		AllowedCredentials: descriptors(allowed), UserVerification: protocol.VerificationRequired,
	})
}

// created verifies a browser's answer to creation, and returns what of a
// credential it tells.
func (p page) created(challenge []byte, response []byte) (Credential, error) {
	got, err := protocol.ParseCredentialCreationResponseBytes(capped(response))
	if err != nil {
		return Credential{}, refused("what the browser made is no passkey", err)
	}
	_, err = got.Verify(Bytes(challenge).String(), p.domain, []string{p.origin}, nil, nil, protocol.TopOriginExplicitVerificationMode,
		false, true, true, nil, algorithms(), protocol.AttestationPolicy{}, protocol.SignaturePolicy{})
	if err != nil {
		return Credential{}, refused("the new passkey is not what was asked for", err)
	}
	data := got.Response.AttestationObject.AuthData
	c := Credential{
		ID: bytes.Clone(data.AttData.CredentialID), PublicKey: bytes.Clone(data.AttData.CredentialPublicKey), Origin: p.origin,
		Counter: data.Counter, Flags: uint8(data.Flags), AAGUID: bytes.Clone(data.AttData.AAGUID),
	}
	for _, t := range got.Response.Transports {
		c.Transports = append(c.Transports, string(t))
	}
	return c, nil
}

// asserted verifies an assertion over a challenge by a public key, and returns
// what the authenticator said besides.
func (p page) asserted(challenge []byte, a Assertion, key []byte) (protocol.AuthenticatorData, error) {
	raw := protocol.CredentialAssertionResponse{
		PublicKeyCredential: protocol.PublicKeyCredential{
			Credential: protocol.Credential{ID: a.Credential.String(), Type: string(protocol.PublicKeyCredentialType)}, RawID: protocol.URLEncodedBase64(a.Credential),
		},
		AssertionResponse: protocol.AuthenticatorAssertionResponse{
			AuthenticatorResponse: protocol.AuthenticatorResponse{ClientDataJSON: protocol.URLEncodedBase64(a.ClientData)},
			AuthenticatorData:     protocol.URLEncodedBase64(a.Authenticator), Signature: protocol.URLEncodedBase64(a.Signature),
		},
	}
	got, err := raw.Parse()
	if err == nil {
		err = got.Verify(Bytes(challenge).String(), p.domain, "", []string{p.origin}, nil, nil, protocol.TopOriginExplicitVerificationMode,
			false, true, true, key, protocol.SignaturePolicy{})
	}
	if err != nil {
		return protocol.AuthenticatorData{}, refused("the passkey's signature does not hold", err)
	}
	return got.Response.AuthenticatorData, nil
}

// ParseAssertion reads a browser's answer to a request, the JSON of its
// PublicKeyCredential, with the nonce that its challenge was made of; "" of a
// sign-in. What is none is Invalid.
func ParseAssertion(nonce string, response []byte) (*Assertion, error) {
	a := &Assertion{}
	got, err := protocol.ParseCredentialRequestResponseBytes(capped(response))
	if err == nil {
		err = a.Nonce.UnmarshalText([]byte(nonce))
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "what the browser brought is no signature of a passkey").WithCause(err)
	}
	raw := got.Raw.AssertionResponse
	a.Credential, a.ClientData = Bytes(got.RawID), Bytes(raw.ClientDataJSON)
	a.Authenticator, a.Signature = Bytes(raw.AuthenticatorData), Bytes(raw.Signature)
	err = a.Challenge.UnmarshalText([]byte(got.Response.CollectedClientData.Challenge))
	if err != nil {
		return nil, fault.New(fault.Invalid, "what the browser brought is no signature of a passkey").WithCause(err)
	}
	return a, nil
}

// capped cuts what is too long to be an answer, so that it is none.
func capped(response []byte) []byte { return response[:min(len(response), maxResponse)] }

// refused says that something does not hold, with the library's word for logs.
func refused(why string, err error) error {
	cause := err
	if e, ok := err.(*protocol.Error); ok { //nolint:errorlint // what the library returns itself
		cause = fmt.Errorf("%w: %s: %s", err, e.Details, e.DevInfo)
	}
	return fault.New(fault.Forbidden, "%s", why).WithCause(cause)
}

// publicKey returns a key of COSE as SubjectPublicKeyInfo in DER, and the number of
// its algorithm.
func publicKey(cose []byte) (der []byte, alg int, err error) {
	parsed, err := webauthncose.ParsePublicKey(cose)
	if err != nil {
		return nil, 0, err
	}
	var key any
	switch k := parsed.(type) {
	case webauthncose.EC2PublicKeyData:
		alg = int(k.Algorithm)
		key, err = k.ToECDSA()
	case webauthncose.OKPPublicKeyData:
		alg, key = int(k.Algorithm), ed25519.PublicKey(k.XCoord)
	case webauthncose.RSAPublicKeyData:
		public := &rsa.PublicKey{N: new(big.Int).SetBytes(k.Modulus)}
		public.E, err = webauthncose.ParseRSAPublicKeyDataExponent(&k)
		alg, key = int(k.Algorithm), public
	default:
		err = fmt.Errorf("a key of the kind %T", parsed)
	}
	if err != nil {
		return nil, 0, err
	}
	der, err = x509.MarshalPKIXPublicKey(key)
	return der, alg, err
}
