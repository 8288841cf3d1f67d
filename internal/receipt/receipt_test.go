package receipt_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/audit"
	"didops/internal/proof"
	"didops/internal/receipt"
	"didops/internal/testing/wide"
)

// receipts are some of random orders of one log, before and after its key was
// changed.
func receipts(t *testing.T, seed uint64, n int) [][]byte {
	t.Helper()
	w := newWorld(t, seed)
	var files [][]byte
	for i := range n {
		if i == n/2 {
			w.rotate()
		}
		files = append(files, file(t, w.receipt(w.order())))
	}
	return files
}

func (w *world) rotate() {
	w.tb.Helper()
	next, _, change, err := w.signer.Next(int64(len(w.texts)))
	if err != nil {
		w.tb.Fatal(err)
	}
	w.append(audit.Entry{Event: audit.KeyChanged, Key: change})
	w.signer = next
}

// TestBothVerifiersAgree holds that both verifiers accept receipts, and find the
// same in them.
func TestBothVerifiersAgree(t *testing.T) {
	t.Parallel()
	files := receipts(t, 40, wide.Pick(80, 800))
	var want []proven
	for _, f := range files {
		found, err := receipt.Verify(f)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		p := proven{found.Order, found.State, found.Sent, found.Head.Size, found.Entries, []string{}, len(found.Warnings)}
		for _, d := range found.Decisions {
			p.People = append(p.People, d.Person)
		}
		want = append(want, p)
	}
	got := judge(t, files, nil)
	if diff := cmp.Diff(want, got.Found); diff != "" || len(got.Refused) > 0 {
		t.Errorf("refused %v, -Go +JavaScript\n%s", got.Refused, diff)
	}
}

// TestForgeries holds what a receipt must not prove, made by who has the key of
// the log or can choose what goes in.
func TestForgeries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 7)
	done, other := w.ask(), w.ask()
	alice, bob := w.people[0], w.people[1]
	w.decide(done, alice, true, "executing", nil)
	w.note(done, audit.Entry{Event: "sent", State: "executing"})
	w.note(done, audit.Entry{Event: "done", State: "done"})
	w.decide(other, bob, false, "rejected", nil)
	stranger, _, err := proof.NewSigner("")
	if err != nil {
		t.Fatal(err)
	}
	var files [][]byte
	for _, tt := range []struct {
		name string
		do   func(r *receipt.Receipt)
		says string
	}{
		{"an entry left out", func(r *receipt.Receipt) { r.Entries = slices.Delete(r.Entries, 2, 3) }, "missing"},
		{"the request left out", func(r *receipt.Receipt) { r.Entries = r.Entries[1:] }, "missing"},
		{"no entries", func(r *receipt.Receipt) { r.Entries = []receipt.Entry{} }, "begin with the request"},
		{"an entry of another order", func(r *receipt.Receipt) { r.Entries[1] = w.receipt(other).Entries[1] }, "missing"},
		{"terms of another order", func(r *receipt.Receipt) { r.Terms = other.terms }, "terms"},
		{"terms and salt of another order", func(r *receipt.Receipt) { r.Terms, r.Salt = other.terms, proof.Base64(other.salt) }, "terms"},
		{"the credential left out", func(r *receipt.Receipt) { r.Credentials = []string{} }, "not in the receipt"},
		{"another's credential", func(r *receipt.Receipt) { r.Credentials = []string{bob.note} }, "not in the receipt"},
		{"a credential too many", func(r *receipt.Receipt) { r.Credentials = append(r.Credentials, bob.note) }, "signed nothing"},
		{"a credential twice", func(r *receipt.Receipt) { r.Credentials = append(r.Credentials, alice.note) }, "twice"},
		{"a head of another log", func(r *receipt.Receipt) { r.Key, r.Origin = stranger.Verifier(), stranger.Origin() }, "head"},
		{"a head of before", func(r *receipt.Receipt) {
			root, err := w.tree().Root(4)
			if err == nil {
				r.Head, err = w.signer.SignHead(4, root)
			}
			if err != nil {
				t.Error(err)
			}
		}, "entry"},
	} {
		r := w.receipt(done)
		tt.do(&r)
		f := file(t, r)
		if found, err := receipt.Verify(f); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %+v %v, want %q", tt.name, found, err, tt.says)
		}
		files = append(files, f)
	}
	if got := judge(t, files, nil); len(got.Found) > 0 {
		t.Errorf("accepted in JavaScript: %+v", got.Found)
	}
}

// TestSignaturesOfPasskeys holds what of an assertion makes it none, in both
// verifiers.
func TestSignaturesOfPasskeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8)
	var files [][]byte
	for name, spoil := range map[string]func(*proof.Challenge, *client, []byte){
		"another order":       func(c *proof.Challenge, _ *client, _ []byte) { c.Order += "x" },
		"another decision":    func(c *proof.Challenge, _ *client, _ []byte) { c.Decision = "reject" },
		"other terms":         func(c *proof.Challenge, _ *client, _ []byte) { c.Terms = strings.Repeat("0", 64) },
		"another person":      func(c *proof.Challenge, _ *client, _ []byte) { c.Person = "Mallory" },
		"another end":         func(c *proof.Challenge, _ *client, _ []byte) { c.Expires = "2030-01-01T00:00:00Z" },
		"another nonce":       func(c *proof.Challenge, _ *client, _ []byte) { c.Nonce = "AAAA" },
		"another challenge":   func(_ *proof.Challenge, said *client, _ []byte) { said.Challenge = "AAAA" },
		"an enrolment":        func(_ *proof.Challenge, said *client, _ []byte) { said.Type = "webauthn.create" },
		"another page":        func(_ *proof.Challenge, said *client, _ []byte) { said.Origin = "https://approvals.example.net" },
		"within another page": func(_ *proof.Challenge, said *client, _ []byte) { said.CrossOrigin = true },
		"another domain":      func(_ *proof.Challenge, _ *client, data []byte) { data[3] ^= 1 },
		"nobody there":        func(_ *proof.Challenge, _ *client, data []byte) { data[32] = 4 },
		"nobody verified":     func(_ *proof.Challenge, _ *client, data []byte) { data[32] = 1 },
	} {
		for _, p := range w.people {
			o := w.ask()
			w.decide(o, p, true, "executing", spoil)
			f := file(t, w.receipt(o))
			if found, err := receipt.Verify(f); err == nil || !strings.Contains(err.Error(), "signature of the passkey") {
				t.Errorf("%s by %s: got %+v %v, want it refused", name, p.name, found, err)
			}
			files = append(files, f)
		}
	}
	thief := w.people[0]
	thief.key = w.people[1].key
	o := w.ask()
	w.decide(o, thief, true, "executing", nil)
	f := file(t, w.receipt(o))
	if found, err := receipt.Verify(f); err == nil {
		t.Errorf("another key: got %+v, want it refused", found)
	}
	if got := judge(t, append(files, f), nil); len(got.Found) > 0 {
		t.Errorf("accepted in JavaScript: %+v", got.Found)
	}
}

// TestDecidedAsSigned holds that who decides on the page is who signed it, in both
// verifiers.
func TestDecidedAsSigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 15)
	alice, bob := w.people[0], w.people[1]
	var files [][]byte
	for _, decided := range []person{alice, bob} {
		o := w.ask()
		w.decide(o, alice, true, "executing", nil)
		last := &w.texts[len(w.texts)-1]
		*last = strings.Replace(*last, `"surface":"web","id":"Alice"`, `"surface":"web","id":"`+decided.name+`"`, 1)
		f := file(t, w.receipt(o))
		_, err := receipt.Verify(f)
		if decided.name != alice.name && (err == nil || !strings.Contains(err.Error(), "another person decided")) || decided.name == alice.name && err != nil {
			t.Errorf("by %s: got %v", decided.name, err)
		}
		files = append(files, f)
	}
	if got := judge(t, files, nil); len(got.Found) != 1 || got.Refused[0][0] != float64(1) {
		t.Errorf("in JavaScript: got %+v, want only the second refused", got)
	}
}
