package identity_test

import (
	"testing"

	"pgregory.net/rapid"

	"didops/internal/identity"
)

// TestSpellingsOfAnID holds that two ids have one key exactly where they are the
// same, and that a party is read as it is written.
func TestSpellingsOfAnID(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringOf(rapid.SampledFrom([]rune("aAkKéÉsSſßẞΣσςıİ:\u212a"))) // some fold to several
		a, b := id.Draw(t, "a"), id.Draw(t, "b")
		for _, r := range identity.Realms() {
			if got, want := r.Key(a) == r.Key(b), r.Same(a, b); got != want {
				t.Fatalf("%s: got the keys %q and %q of %q and %q, which are the same: %v", r.ID, r.Key(a), r.Key(b), a, b, want)
			}
			p, o := identity.Party{Realm: r.ID, ID: a}, identity.Party{Realm: r.ID, ID: b}
			if p.Is(o) != (p.Key() == o.Key()) || identity.ParseParty(p.String()) != p {
				t.Fatalf("got %+v of %q", identity.ParseParty(p.String()), p)
			}
		}
	})
}
