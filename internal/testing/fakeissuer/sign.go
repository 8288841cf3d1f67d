package fakeissuer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"testing"
)

func encode(tb testing.TB, v any) string {
	tb.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return b64(text)
}

func decode(tb testing.TB, part string) map[string]any {
	tb.Helper()
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		tb.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		tb.Fatal(err)
	}
	return m
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Certificate is the public key in a certificate of its own, as x5c has it, and
// its thumbprint, as x5t has it.
func (k Key) Certificate(tb testing.TB) (x5c, x5t string) {
	tb.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.signer.Public(), k.signer)
	if err != nil {
		tb.Fatal(err)
	}
	sum := sha1.Sum(der) // RFC 7517, section 4.8
	return base64.StdEncoding.EncodeToString(der), b64(sum[:])
}

// JWK is the public key as an issuer's key set has it (RFC 7517).
func (k Key) JWK() map[string]any {
	jwk := map[string]any{"kid": k.ID, "alg": k.Alg, "use": "sig"}
	switch key := k.signer.Public().(type) {
	case *rsa.PublicKey:
		jwk["kty"], jwk["n"], jwk["e"] = "RSA", b64(key.N.Bytes()), b64(big.NewInt(int64(key.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := key.Bytes() // 4, x and y
		if err != nil {
			panic(err) // a key that was made here has a point
		}
		jwk["kty"], jwk["crv"], jwk["x"], jwk["y"] = "EC", "P-256", b64(point[1:33]), b64(point[33:])
	case ed25519.PublicKey:
		jwk["kty"], jwk["crv"], jwk["x"] = "OKP", "Ed25519", b64(key)
	}
	return jwk
}

// sign returns the third part of the token whose first two are text.
func (t *Token) sign(text string) (string, error) {
	sum := sha256.Sum256([]byte(text))
	var signature []byte
	var err error
	switch t.Key.Alg {
	case "none":
	case "HS256":
		var der []byte
		if der, err = x509.MarshalPKIXPublicKey(t.Key.signer.Public()); err == nil {
			mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
			mac.Write([]byte(text))
			signature = mac.Sum(nil)
		}
	case "RS256":
		signature, err = t.Key.signer.Sign(rand.Reader, sum[:], crypto.SHA256)
	case "PS256":
		signature, err = t.Key.signer.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	case "ES256":
		key, ok := t.Key.signer.(*ecdsa.PrivateKey)
		if !ok {
			return "", fmt.Errorf("%s needs an EC key", t.Key.Alg)
		}
		var r, s *big.Int
		if r, s, err = ecdsa.Sign(rand.Reader, key, sum[:]); err == nil {
			signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}
	case "EdDSA":
		signature, err = t.Key.signer.Sign(nil, []byte(text), crypto.Hash(0))
	}
	return b64(signature), err
}
