package proof_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"didops/internal/fault"
	"didops/internal/proof"
)

// Known keys and note of the specification of signed notes, as golang.org/x/mod
// tests them.
const (
	knownKey    = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
	knownPublic = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
	knownText   = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
	knownNote   = knownText + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

func TestKnownNote(t *testing.T) {
	t.Parallel()
	s, err := proof.ParseSigner(knownKey + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if s.Verifier() != knownPublic || s.Origin() != "PeterNeumann" {
		t.Errorf("got %s of %s, want %s", s.Verifier(), s.Origin(), knownPublic)
	}
	if signed, err := s.Sign(knownText); err != nil || signed != knownNote {
		t.Errorf("got %q %v, want %q", signed, err, knownNote)
	}
	if text, err := proof.Open(knownNote, knownPublic); err != nil || text != knownText {
		t.Errorf("got %q %v, want %q", text, err, knownText)
	}
}

// TestOneSpelling holds that no byte of a note or a key can be another.
func TestOneSpelling(t *testing.T) {
	t.Parallel()
	for i := range len(knownNote) {
		for _, b := range []byte{1, 2, 32, 128} {
			if text, err := proof.Open(changed(knownNote, i, b), knownPublic); err == nil {
				t.Fatalf("byte %d of the note: got %q, want it refused", i, text)
			}
		}
	}
	for i := range len(knownPublic) {
		for _, b := range []byte{1, 2, 32} {
			if text, err := proof.Open(knownNote, changed(knownPublic, i, b)); err == nil {
				t.Fatalf("byte %d of the key: got %q, want it refused", i, text)
			}
		}
	}
	s, _, err := proof.NewSigner("PeterNeumann")
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Sign(knownText)
	if err != nil {
		t.Fatal(err)
	}
	two := knownNote + strings.TrimPrefix(other, knownText+"\n")
	if text, err := proof.Open(two, knownPublic); err == nil {
		t.Errorf("two signatures: got %q, want it refused", text)
	}
}

func changed(s string, i int, by byte) string {
	b := []byte(s)
	b[i] ^= by
	return string(b)
}

func TestSignerFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "audit.key")
	var all sync.WaitGroup
	keys := make([]string, 8)
	for i := range keys {
		all.Go(func() {
			s, err := proof.FoundSigner(path, "")
			if err != nil {
				t.Error(err)
				return
			}
			keys[i] = s.Verifier()
		})
	}
	all.Wait()
	for _, key := range keys {
		if key == "" || key != keys[0] {
			t.Errorf("got %q, want %q for all", key, keys[0])
		}
	}
	s, err := proof.ReadSigner(path)
	if err != nil || s.Verifier() != keys[0] || !strings.HasPrefix(s.Verifier(), s.Origin()+"+") || !strings.HasPrefix(s.Origin(), "didops/") {
		t.Errorf("got %v %v, want the key of before", s, err)
	}
	if list, _ := os.ReadDir(filepath.Dir(path)); len(list) != 1 {
		t.Errorf("got %v, want the key alone", list)
	}
	next, _, err := proof.NewSigner(s.Origin())
	if err != nil || next.Origin() != s.Origin() || next.Verifier() == s.Verifier() {
		t.Errorf("got %v %v, want another key of %s", next, err, s.Origin())
	}
}

func TestSignerFileIsNoKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.key")
	for _, text := range []string{"", "\n", "hello", strings.Replace(knownKey, "Peter", "Petra", 1), strings.Repeat("x", 1<<20)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := proof.FoundSigner(path, ""); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%.20q: got %v %v, want %s", text, s, err, fault.Invalid)
		}
	}
	if s, err := proof.FoundSigner(filepath.Join(path, "below"), ""); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("below a file: got %v %v, want %s", s, err, fault.Unavailable)
	}
}

func TestCredential(t *testing.T) {
	t.Parallel()
	s, err := proof.ParseSigner(knownKey)
	if err != nil {
		t.Fatal(err)
	}
	want := proof.Credential{ID: "AQID", Person: "Alice", Key: "BAUG", Alg: -7, RPID: "localhost", Origins: []string{"http://localhost:8080"}, Entry: 7}
	text, err := want.Text()
	if lead := "didops credential v1\n" + `{"alg":-7,"credential":"AQID","entry":7,"key":"BAUG","origins":["http://localhost:8080"],"person":"Alice","rp":"localhost"}` + "\n"; err != nil || text != lead {
		t.Fatalf("got %q %v, want %q", text, err, lead)
	}
	for what, text := range map[string]string{
		"": text, "another lead": strings.Replace(text, "v1", "v2", 1), "a blank": strings.Replace(text, ",", ", ", 1),
		"a field": strings.Replace(text, `{`, `{"aaa":1,`, 1), "two": text + text,
	} {
		signed, err := s.Sign(text)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := proof.Open(signed, knownPublic)
		if err != nil {
			t.Fatal(err)
		}
		c, err := proof.ParseCredential(opened)
		if (err == nil) != (what == "") || err == nil && (c.ID != want.ID || c.Entry != want.Entry) {
			t.Errorf("%q: got %v %v", what, c, err)
		}
	}
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	c := proof.Challenge{Order: "o-1", Terms: "ab", Decision: "approve", Person: "Alice", Expires: "2026-11-30T12:00:00Z", Nonce: "AQID"}
	text, err := proof.Canonical(c)
	if want := `{"decision":"approve","expires":"2026-11-30T12:00:00Z","nonce":"AQID","order":"o-1","person":"Alice","terms_hash":"ab"}`; err != nil || string(text) != want {
		t.Errorf("got %s %v, want %s", text, err, want)
	}
	sum, err := c.Sum()
	if err != nil {
		t.Fatal(err)
	}
	c.Nonce = "AQIE"
	if other, _ := c.Sum(); other == sum {
		t.Error("got the same challenge for another nonce")
	}
}

// TestOpenToOthers holds which modes of a key file others can read it by.
func TestOpenToOthers(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("files have no such modes here")
	}
	path := filepath.Join(t.TempDir(), "audit.key")
	if proof.OpenToOthers(path) {
		t.Error("no file: got open")
	}
	if _, err := proof.FoundSigner(path, ""); err != nil {
		t.Fatal(err)
	}
	if proof.OpenToOthers(path) {
		t.Error("as it is made: got open")
	}
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true, 0o644: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if got := proof.OpenToOthers(path); got != want {
			t.Errorf("%v: got %t, want %t", mode, got, want)
		}
	}
}
