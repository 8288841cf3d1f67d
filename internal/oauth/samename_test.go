package oauth_test

import (
	"slices"
	"testing"

	"didops/internal/fault"
	"didops/internal/testing/fakeissuer"
)

// TestKeysOfOneName holds that every key of a kid is tried, whatever the others
// of that name are, up to a bound, and that no other key is.
func TestKeysOfOneName(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		algorithms []string       // of the keys that have one name
		written    map[int]string // another algorithm, as the set has it
		good, bad  []int
	}{
		"two of a kind":                     {[]string{"ES256", "ES256"}, nil, []int{0, 1}, nil},
		"two kinds":                         {[]string{"ES256", "EdDSA"}, nil, []int{0, 1}, nil},
		"the first for another algorithm":   {[]string{"RS256", "RS256"}, map[int]string{0: "PS256"}, []int{1}, []int{0}},
		"a third":                           {[]string{"EdDSA", "ES256", "EdDSA"}, nil, []int{0, 1, 2}, nil},
		"more than anybody has of one name": {[]string{"EdDSA", "EdDSA", "EdDSA", "EdDSA", "EdDSA"}, nil, []int{0, 3}, []int{4}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, keys := fakeissuer.New(t), []fakeissuer.Key{}
			other := fakeissuer.NewKey(t, "other", "ES256")
			i.Rotate(other)
			for n, algorithm := range tt.algorithms {
				k := fakeissuer.NewKey(t, "same", algorithm)
				keys = append(keys, k)
				jwk := k.JWK()
				if alg, other := tt.written[n]; other {
					jwk["alg"] = alg
				}
				i.AddToKeys(jwk)
			}
			log := make(lines, 16)
			v := verifier(t, i, log)
			run(t, v)
			log.await(t, "can be checked")
			check := func(k fakeissuer.Key) error {
				_, _, err := v.Check(t.Context(), i.Token(t, "alice", "", fakeissuer.Signed(k)))
				return err
			}
			for _, n := range tt.good {
				if err := check(keys[n]); err != nil {
					t.Errorf("signed with key %d: got %v", n, err)
				}
			}
			for _, n := range tt.bad {
				if err := check(keys[n]); fault.CodeOf(err) != fault.Unauthorized {
					t.Errorf("signed with key %d: got %v, want unauthorized", n, err)
				}
			}
			stranger := fakeissuer.NewKey(t, "same", "ES256")
			if err := check(stranger); fault.CodeOf(err) != fault.Unauthorized {
				t.Errorf("signed with a key that is not in the set: got %v, want unauthorized", err)
			}
			other.ID = "same"
			if err := check(other); fault.CodeOf(err) != fault.Unauthorized {
				t.Errorf("signed with a key of another name: got %v, want unauthorized", err)
			}
			found, err := v.Probe(t.Context())
			if err != nil || !slices.Equal(found.SameName, []string{"same"}) || found.Usable != 1+len(keys) {
				t.Errorf("got %+v, %v, want that name", found, err)
			}
		})
	}
}
