package oauth_test

import (
	"io"
	"maps"
	"strings"
	"testing"

	"didops/internal/fault"
	"didops/internal/testing/fakeissuer"
)

// oddKeys are entries of a key set with a fault each, all of a key of their
// own, and what is said about them.
func oddKeys(t *testing.T) map[string]struct {
	entry any
	why   string
} {
	t.Helper()
	key, other := fakeissuer.NewKey(t, "odd", "ES256"), fakeissuer.NewKey(t, "other", "ES256")
	x5c, _ := key.Certificate(t)
	of, thumb := other.Certificate(t)
	with := func(list map[string]any) map[string]any {
		jwk := key.JWK()
		maps.Copy(jwk, list)
		return jwk
	}
	return map[string]struct {
		entry any
		why   string
	}{
		"thumbprint of another":  {with(map[string]any{"x5c": []string{x5c}, "x5t": thumb}), "x5t"},
		"certificate of another": {with(map[string]any{"x5c": []string{of}}), "x5c"},
		"both of another":        {with(map[string]any{"x5c": []string{of}, "x5t": thumb}), "x5c"},
		"certificate as text":    {with(map[string]any{"x5c": x5c}), "x5c"},
		"unknown use":            {with(map[string]any{"use": "signing"}), "use"},
		"point off the curve":    {with(map[string]any{"y": "AAAA"}), "can't be read"},
		"unknown kind":           {map[string]any{"kid": "odd", "kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"}, "can't be read"},
		"no object":              {"odd", "no JSON object"},
	}
}

func TestOddKeyLeavesOnlyItselfOut(t *testing.T) {
	t.Parallel()
	for name, tt := range oddKeys(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := fakeissuer.New(t)
			i.AddToKeys(tt.entry)
			found, err := verifier(t, i, io.Discard).Probe(t.Context())
			if err != nil || found.Usable != 1 || len(found.Unusable) != 1 || !strings.Contains(found.Unusable[0].String(), tt.why) {
				t.Fatalf("got %+v, %v, want one key and one that is left out for %s", found, err, tt.why)
			}
			log := make(lines, 16)
			v := verifier(t, i, log)
			run(t, v)
			log.await(t, "was reached, and one of its keys is unusable")
			log.await(t, "can be checked")
			if name, _, err := v.Check(t.Context(), i.Token(t, "alice", "")); err != nil || name != "alice" {
				t.Errorf("by the good key: got %q, %v, want alice", name, err)
			}
			_, _, err = v.Check(t.Context(), i.Token(t, "alice", "", fakeissuer.Header("kid", "odd")))
			if f, ok := fault.As(err); !ok || f.Code != fault.Unauthorized || name != "no object" && !strings.Contains(f.Message, "the key odd of its issuer, which is unusable here: ") {
				t.Errorf("by the odd key: got %v, want unauthorized, and which key", err)
			}
		})
	}
}

func TestAllKeysOdd(t *testing.T) {
	t.Parallel()
	for name, tt := range oddKeys(t) {
		i := fakeissuer.New(t)
		i.Rotate()
		i.AddToKeys(tt.entry)
		_, err := verifier(t, i, io.Discard).Probe(t.Context())
		f, ok := fault.As(err)
		if !ok || f.Code != fault.Unavailable || !strings.Contains(f.Message, "was reached, key ") || !strings.Contains(f.Message, "unusable: i") {
			t.Errorf("%s: got %v, want unavailable: it was reached, key … unusable", name, err)
		}
	}
}

// Whoever asks is told that the issuer was reached, and what is wrong with it.
func TestAllKeysOddIsSaid(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	token := i.Token(t, "alice", "did:read")
	i.Rotate()
	i.AddToKeys(oddKeys(t)["certificate of another"].entry)
	log := make(lines, 16)
	v := verifier(t, i, log)
	run(t, v)
	log.await(t, "the keys of the issuer of access tokens can't be read")
	const want = "was reached, key odd unusable: its x5c"
	if err := v.Ready(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("ready: got %v, want %q", err, want)
	}
	if _, _, err := v.Check(t.Context(), token); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), want) {
		t.Errorf("a token: got %v, want unavailable, %q", err, want)
	}
	i.Rotate(fakeissuer.NewKey(t, "key-2", "ES256"))
	log.await(t, "can be checked")
	if name, _, err := v.Check(t.Context(), i.Token(t, "alice", "")); err != nil || name != "alice" || v.Ready() != nil {
		t.Errorf("with a key: got %q, %v, %v, want alice", name, err, v.Ready())
	}
}

func TestKeySetOfAnotherShape(t *testing.T) {
	t.Parallel()
	for _, keys := range []string{`[]`, `{}`, `{"keys":7}`, `<html>`} {
		i := fakeissuer.New(t)
		i.Keys = keys
		_, err := verifier(t, i, io.Discard).Probe(t.Context())
		if f, ok := fault.As(err); !ok || f.Code != fault.Unavailable || !strings.Contains(f.Message, "was reached") {
			t.Errorf("%s: got %v, want unavailable, and that it was reached", keys, err)
		}
	}
}
