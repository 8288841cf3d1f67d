package cli_test

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"didops/internal/testing/fakeissuer"
)

// issuersKey is where a script keeps its issuers of access tokens, by name.
type issuersKey struct{}

func issuers(ts *testscript.TestScript) map[string]*fakeissuer.Issuer {
	return ts.Value(issuersKey{}).(map[string]*fakeissuer.Issuer) // TestScripts has set it
}

// scriptTB is what of a test the fake issuer needs.
type scriptTB struct {
	testing.TB // nil: nothing else is used
	ts         *testscript.TestScript
}

func (s scriptTB) Helper()           {}
func (s scriptTB) Cleanup(f func())  { s.ts.Defer(f) }
func (s scriptTB) Fatal(args ...any) { s.ts.Check(args[0].(error)) } // it gives nothing else

// scriptIssuer starts an issuer of access tokens and sets the environment
// variable to its address; down makes it answer nothing, and up ends that; odd
// adds a key with the certificate of another to its keys, and twin two of one name:
//
//	issuer ISSUER
//	issuer ISSUER down
func scriptIssuer(ts *testscript.TestScript, neg bool, args []string) {
	switch {
	case !neg && len(args) == 1:
		i := fakeissuer.New(scriptTB{ts: ts})
		issuers(ts)[args[0]] = i
		ts.Setenv(args[0], i.URL)
	case !neg && len(args) == 2 && (args[1] == "up" || args[1] == "down"):
		issuers(ts)[args[0]].Down(args[1] == "down")
	case !neg && len(args) == 2 && args[1] == "twin":
		for range 2 {
			issuers(ts)[args[0]].AddToKeys(fakeissuer.NewKey(scriptTB{ts: ts}, "twin", "ES256").JWK())
		}
	case !neg && len(args) == 2 && args[1] == "odd":
		tb := scriptTB{ts: ts}
		jwk := fakeissuer.NewKey(tb, "odd", "ES256").JWK()
		x5c, _ := fakeissuer.NewKey(tb, "other", "ES256").Certificate(tb)
		jwk["x5c"] = []string{x5c}
		issuers(ts)[args[0]].AddToKeys(jwk)
	default:
		ts.Fatalf("usage: issuer NAME [up|down|odd|twin]")
	}
}

// scriptToken sets an environment variable to an access token of an issuer
// for a caller, with scopes:
//
//	token TOKEN ISSUER alice did:read did:order
func scriptToken(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: token NAME ISSUER caller [scope...]")
	}
	ts.Setenv(args[0], issuers(ts)[args[1]].Token(scriptTB{ts: ts}, args[2], strings.Join(args[3:], " ")))
}
