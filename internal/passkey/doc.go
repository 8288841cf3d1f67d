// Package passkey knows the passkeys of people: it enrols them, signs people in
// by them, and verifies that one of them signed a decision. It is a relying
// party of WebAuthn (https://www.w3.org/TR/webauthn-3/), on the library of
// github.com/go-webauthn/webauthn.
//
// A [Credential] counts because the key of the log certifies it, and not because
// it is in the store: whoever can write there can neither add one nor give one to
// another person. One that was removed is told from the trail, as far as this
// program has ever seen it: see [Ledger].
package passkey
