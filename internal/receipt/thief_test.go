package receipt_test

import (
	"crypto/x509"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/audit"
	"didops/internal/proof"
	"didops/internal/receipt"
)

// burgled is a log whose first key was stolen, and followed by another one.
type burgled struct {
	*world
	old     *proof.Signer
	keys    proof.Keys // as didops audit keys prints them
	ended   int64      // entries of which the old key speaks
	mallory person
}

func newBurgled(tb testing.TB, seed uint64) *burgled {
	tb.Helper()
	b := &burgled{world: newWorld(tb, seed)}
	b.old, b.ended = b.signer, int64(len(b.texts))
	b.rotate()
	b.keys = b.signer.Keys()
	b.mallory = b.people[1]
	b.mallory.name = "Mallory"
	b.append(audit.Entry{Event: "watch hit"})
	return b
}

// change is a change of keys that somebody signed who has the older one.
func (b *burgled) change(by *proof.Signer, next string, entries int64) string {
	b.tb.Helper()
	note, err := by.Sign(proof.KeyChange(by.Verifier(), next, entries))
	if err != nil {
		b.tb.Fatal(err)
	}
	return note
}

// key is another key of the same log.
func (b *burgled) key() *proof.Signer {
	b.tb.Helper()
	s, _, err := proof.NewSigner(b.old.Origin())
	if err != nil {
		b.tb.Fatal(err)
	}
	return s
}

// signedBy is the receipt of an order that a passkey approved which a key certifies so.
func (b *burgled) signedBy(by *proof.Signer, c proof.Credential, changes ...string) receipt.Receipt {
	b.tb.Helper()
	der, err := x509.MarshalPKIXPublicKey(b.mallory.key.Public())
	if err != nil {
		b.tb.Fatal(err)
	}
	c.Key, c.Alg, c.RPID, c.Origins = proof.Base64(der), -8, domain, []string{page}
	p := person{name: c.Person, key: b.mallory.key, public: c}
	present := b.signer
	b.signer = by
	p.note = b.certify(c)
	b.signer = present
	o := b.ask()
	b.decide(o, p, true, "executing", nil)
	r := b.receipt(o)
	if len(changes) > 0 {
		r.Keys = changes
	}
	return r
}

// TestThiefOfAnOlderKey holds who finds out what the thief of an older key signs: who
// knows all keys, unless it is a passkey with an entry of before, and who has the
// trail, always. Nobody can put a key of his own before the first.
func TestThiefOfAnOlderKey(t *testing.T) {
	t.Parallel()
	b := newBurgled(t, 31)
	now, between, before := b.signer.Verifier(), b.key(), b.key()
	changes := b.signer.Changes()
	mallory := func(entry int64) proof.Credential {
		return proof.Credential{ID: proof.Base64([]byte("of Mallory")), Person: "Mallory", Entry: entry}
	}
	late := int64(len(b.texts))
	alice, bob := b.people[0].public, b.people[1].public
	const (
		nobody = "the receipt is refused"
		keys   = "whoever knows the keys refuses it"
		trail  = "whoever has the trail refuses it"
		all    = "all accept it"
	)
	var files [][]byte
	var names, byOne, byAll []string // of all, and of those that are to be refused
	for _, tt := range []struct {
		name string
		r    receipt.Receipt
		want string
	}{
		{"enrolled, by the key of then", b.signedBy(b.old, bob), all},
		{"a longer bound", b.signedBy(b.old, mallory(late), b.change(b.old, now, 1e9)), keys},
		{"a bound of one more", b.signedBy(b.old, mallory(b.ended+1), b.change(b.old, now, b.ended+1)), keys},
		{"a shorter bound", b.signedBy(b.old, bob, b.change(b.old, now, b.ended-1)), keys},
		{"a key between", b.signedBy(between, mallory(late), b.change(b.old, between.Verifier(), b.ended), b.change(between, now, 1e9)), keys},
		{"a key before", b.signedBy(before, mallory(late), append([]string{b.change(before, b.old.Verifier(), 1)}, changes...)...), nobody},
		{"a key before the present one", b.signedBy(before, mallory(late), b.change(before, now, 1e9)), nobody},
		{"an entry of before, of another passkey", b.signedBy(b.old, mallory(alice.Entry)), trail},
		{"his own key for another's passkey", b.signedBy(b.old, proof.Credential{ID: alice.ID, Person: alice.Person, Entry: alice.Entry}), trail},
		{"another's passkey for him", b.signedBy(b.old, proof.Credential{ID: bob.ID, Person: "Mallory", Entry: bob.Entry}), trail},
		{"another passkey for his", b.signedBy(b.old, proof.Credential{ID: mallory(0).ID, Person: bob.Person, Entry: bob.Entry}), trail},
		{"another entry", b.signedBy(b.old, proof.Credential{ID: bob.ID, Person: bob.Person, Entry: bob.Entry - 1}), trail},
	} {
		f := file(t, tt.r)
		found, err := receipt.Verify(f)
		if (err == nil) != (tt.want != nobody) {
			t.Errorf("%s: got %v, want: %s", tt.name, err, tt.want)
		}
		if err == nil {
			if err := found.Keys.Agree(b.keys); (err == nil) == (tt.want == keys) {
				t.Errorf("%s, by all keys: got %v, want: %s", tt.name, err, tt.want)
			}
			if _, err := found.Against(strings.NewReader(b.export())); (err == nil) != (tt.want == all) {
				t.Errorf("%s, by the trail: got %v, want: %s", tt.name, err, tt.want)
			}
		}
		files = append(files, f)
		if tt.want == nobody {
			byOne = append(byOne, tt.name)
		}
		if tt.want == nobody || tt.want == keys {
			byAll = append(byAll, tt.name)
		}
		names = append(names, tt.name)
	}
	if err := (proof.Keys{{Verifier: b.old.Verifier(), Last: math.MaxInt64}, b.keys[1]}).Agree(b.keys); err == nil {
		t.Error("a bound that is none: got it accepted")
	}
	for known, want := range map[string][]string{now: byOne, b.signer.Public(): byAll} {
		var got []string
		for _, refused := range judgeBy(t, files, nil, known).Refused {
			got = append(got, names[int(refused[0].(float64))])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in JavaScript by %q, refused (-want +got):\n%s", known, diff)
		}
	}
}

// TestChangesInTheTrail holds that a key ends by the first entry that says so, which
// is one before the head.
func TestChangesInTheTrail(t *testing.T) {
	t.Parallel()
	longer := func(b *burgled) string { return b.change(b.old, b.signer.Verifier(), 1e9) }
	for _, tt := range []struct {
		name   string
		forge  bool                      // whether the receipt names the longer bound
		before func(b *burgled) []string // changes that stand in the place of the true one
		says   string
	}{
		{"the true one", false, func(b *burgled) []string { return b.signer.Changes() }, ""},
		{"a longer one after it", false, func(b *burgled) []string { return append(b.signer.Changes(), longer(b)) }, ""},
		{"a longer one after it, that the receipt names", true, func(b *burgled) []string { return append(b.signer.Changes(), longer(b)) }, "otherwise than the receipt says"},
		{"a longer one alone", true, func(b *burgled) []string { return []string{longer(b)} }, "otherwise than the receipt says"},
		{"none", false, func(*burgled) []string { return nil }, "does not tell of a change"},
	} {
		b := newBurgled(t, 32)
		at := slices.IndexFunc(b.entries, func(e audit.Entry) bool { return e.Event == audit.KeyChanged })
		b.entries, b.texts = b.entries[:at], b.texts[:at]
		for _, c := range tt.before(b) {
			b.append(audit.Entry{Event: audit.KeyChanged, Key: c})
		}
		r := b.receipt(b.ask())
		if tt.forge {
			r.Keys = []string{longer(b)}
		}
		found, err := receipt.Verify(file(t, r))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		b.append(audit.Entry{Event: audit.KeyChanged, Key: b.signer.Changes()[0]}) // after the head
		_, err = found.Against(strings.NewReader(b.export()))
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.says)
		}
	}
}
