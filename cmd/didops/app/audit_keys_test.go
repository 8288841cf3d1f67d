package app

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"didops/internal/proof"
	"didops/internal/receipt"
	"didops/internal/testing/capture"
)

// state is the folder with the store and the key of the machine.
func (m *machine) state() string { return filepath.Join(m.env["HOME"], ".local", "state", "didops") }

// keyFile is the file with the key of the machine's sandbox.
func (m *machine) keyFile() string { return filepath.Join(m.state(), "sandbox-orders-audit.key") }

// says runs a command that must end so, and say that.
func (m *machine) says(t *testing.T, code int, words string, args ...string) {
	t.Helper()
	got := m.run(t, args...)
	if text := m.out.String() + m.err.String(); got != code || !strings.Contains(text, words) {
		t.Errorf("%q: got exit %d, %s; want %d and %q", args, got, text, code, words)
	}
}

// attended puts a person at the machine's terminal.
func (m *machine) attended() {
	var screen capture.Output
	m.terminal, m.tty = &typist{line: "n", screen: &screen}, true
}

// TestReadingMakesNothing holds that commands which read make neither key nor store.
func TestReadingMakesNothing(t *testing.T) {
	t.Parallel()
	for _, page := range []bool{false, true} {
		m := newMachine(t)
		if page {
			m = withPage(t)
		}
		for _, tt := range []struct {
			args string
			code int
		}{
			{"doctor", 0},
			{"audit head", 1},
			{"audit keys", 1},
			{"audit prove 1", 1},
			{"audit witness " + filepath.Join(t.TempDir(), "head.txt"), 1},
			{"audit rotate", 1},
			{"audit verify", 0},
			{"audit export", 0},
			{"receipt show sb-none", 1},
			{"order list", 0},
			{"passkeys list", map[bool]int{false: 2, true: 0}[page]},
		} {
			code := m.run(t, strings.Fields(tt.args)...)
			if code != tt.code {
				t.Errorf("page %t: %s: got exit %d, %s%s; want %d", page, tt.args, code, m.out.String(), m.err.String(), tt.code)
			}
			_ = filepath.WalkDir(m.env["HOME"], func(path string, d fs.DirEntry, _ error) error {
				if d != nil && !d.IsDir() && (strings.Contains(path, "key") || strings.HasSuffix(path, ".db")) {
					t.Fatalf("page %t: %s: it made %s", page, tt.args, path)
				}
				return nil
			})
		}
		m.says(t, 1, "no signed head of the trail yet", "audit", "head")
	}
}

// TestAnotherKeyDoesNotSign holds that a store signs by the key that it knows, that
// what is in the way says what to do, and what is left where a key is lost.
func TestAnotherKeyDoesNotSign(t *testing.T) {
	t.Parallel()
	m, other := newMachine(t), newMachine(t)
	for _, is := range []*machine{m, other} {
		is.asks(t)
		is.says(t, 0, "didops/", "audit", "head")
	}
	first := read(t, m.keyFile())
	m.says(t, 0, "from now on", "audit", "rotate")
	present := read(t, m.keyFile())
	stranger, private, err := proof.NewSigner("")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, key, says string
	}{
		{"no key", "", "Put the key file back in its place"},
		{"the key of before", first, "was followed by another one"},
		{"another store's", read(t, other.keyFile()), "that of another store"},
		{"another key", private + "\n", "is not the one that signed for this store before"},
		{"no key at all", "hello\n", "holds no key"},
	} {
		_ = os.Remove(m.keyFile())
		if tt.key != "" {
			write(t, m.keyFile(), tt.key)
		}
		for _, args := range []string{"audit head", "audit prove 1", "audit keys", "doctor"} {
			if m.run(t, strings.Fields(args)...) == 0 || !strings.Contains(m.out.String()+m.err.String(), tt.says) {
				t.Errorf("%s: %s: got %s%s, want %q", tt.name, args, m.out.String(), m.err.String(), tt.says)
			}
		}
		if got, err := os.ReadFile(m.keyFile()); string(got) != tt.key || err != nil && tt.key != "" {
			t.Errorf("%s: got the file as %q %v, want it left alone", tt.name, got, err)
		}
	}
	write(t, m.keyFile(), present)
	m.says(t, 0, "didops/", "audit", "head")

	// A lost key is given up by a person, at a terminal, and where it is not there.
	m.says(t, 1, "needs a person at a terminal", "audit", "rotate", "--lost")
	m.attended()
	m.says(t, 1, "holds a key", "audit", "rotate", "--lost")
	if err := os.Remove(m.keyFile()); err != nil {
		t.Fatal(err)
	}
	m.says(t, 0, "A new log is begun", "audit", "rotate", "--lost")
	m.says(t, 0, "didops/", "audit", "head")
	if strings.Contains(m.out.String(), stranger.Origin()) || strings.Contains(present, strings.SplitN(m.out.String(), "+", 2)[0]) {
		t.Errorf("got %s, want a log of another name", m.out.String())
	}
	m.says(t, 0, "the key was lost", "audit", "export")
	m.says(t, 0, "whole", "audit", "verify")
}

// TestOneKeyFileForTwoStores holds that a key is of one store.
func TestOneKeyFileForTwoStores(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var machines []*machine
	for range 2 {
		m := newMachine(t)
		m.env["DIDOPS_CONFIG"] = filepath.Join(t.TempDir(), "didops.toml")
		write(t, m.env["DIDOPS_CONFIG"], "[audit]\nkey_file = \""+filepath.ToSlash(filepath.Join(dir, "shared.key"))+"\"\n")
		m.asks(t)
		machines = append(machines, m)
	}
	machines[0].says(t, 0, "didops/", "audit", "head")
	machines[1].says(t, 1, "that of another store", "audit", "head")
	machines[0].says(t, 0, "didops/", "audit", "head")
}

// TestKeyFileBesideTheConfiguration holds that relative names are those beside the
// configuration, wherever the program is started.
func TestKeyFileBesideTheConfiguration(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	dir := t.TempDir()
	m.env["DIDOPS_CONFIG"] = filepath.Join(dir, "didops.toml")
	write(t, m.env["DIDOPS_CONFIG"], "[audit]\nkey_file = \"keys/log.key\"\n")
	m.asks(t)
	m.says(t, 0, "didops/", "audit", "head")
	if _, err := proof.ReadSigner(filepath.Join(dir, "keys", "log.key")); err != nil {
		t.Error(err)
	}
}

// TestOlderKeysEnd holds that what an older key signs for a longer log is not believed
// by who knows of its end.
func TestOlderKeysEnd(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.asks(t)
	m.says(t, 0, "didops/", "audit", "head")
	dir := t.TempDir()
	before, keys, forged := filepath.Join(dir, "before.txt"), filepath.Join(dir, "keys.txt"), filepath.Join(dir, "forged.txt")
	write(t, before, m.out.String())
	old, err := proof.ReadSigner(m.keyFile())
	if err != nil {
		t.Fatal(err)
	}
	m.says(t, 0, "from now on", "audit", "rotate")
	m.says(t, 0, "didops key v2", "audit", "keys")
	write(t, keys, m.out.String())
	note, err := old.SignHead(2, proof.Leaf("forged"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, forged, old.Verifier()+"\n"+note)
	m.says(t, 0, "The head is signed", "audit", "check", before, "--key", keys)
	m.says(t, 1, "was followed by another one", "audit", "check", forged, "--key", keys)
	m.says(t, 1, "another key", "audit", "check", forged, "--key", strings.SplitN(read(t, keys), "\n", 2)[0])
	m.says(t, 2, "was followed by another one", "audit", "verify", "--head", forged)
	m.says(t, 0, "whole", "audit", "verify", "--head", before)
	m.says(t, 2, "holds no keys", "audit", "check", forged, "--key", forged)

	// That the old key speaks for longer only it says.
	m.says(t, 0, "didops-entry/1", "audit", "prove", "1", "--json")
	var single receipt.Single
	if err := json.Unmarshal([]byte(m.out.String()), &single); err != nil {
		t.Fatal(err)
	}
	write(t, before, m.out.String())
	longer, err := old.Sign(proof.KeyChange(old.Verifier(), single.Key, 1e9))
	if err != nil {
		t.Fatal(err)
	}
	single.Keys = []string{longer}
	text, err := single.MarshalFile()
	if err != nil {
		t.Fatal(err)
	}
	write(t, forged, string(text))
	m.says(t, 0, "Entry 1", "audit", "check", before, "--key", keys)
	m.says(t, 0, "Entry 1", "audit", "check", forged, "--key", single.Key)
	m.says(t, 1, "ended at another entry", "audit", "check", forged, "--key", keys)
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestKnownKeys holds whose log is believed by which keys that are known.
func TestKnownKeys(t *testing.T) {
	t.Parallel()
	first, _, err1 := proof.NewSigner("")
	second, _, _, err2 := first.Next(5)
	third, _, _, err3 := second.Next(9)
	stranger, _, err4 := proof.NewSigner("")
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			t.Fatal(err)
		}
	}
	ended := func(keys proof.Keys, i int, last int64) proof.Keys {
		keys[i].Last = last
		return keys
	}
	one := func(s *proof.Signer) proof.Keys { return proof.Keys{{Verifier: s.Verifier(), Last: proof.Unbounded}} }
	for _, tt := range []struct {
		name      string
		known, by proof.Keys
		size      int64
		want      bool
	}{
		{"nothing known", nil, one(stranger), 99, true},
		{"the same", one(first), one(first), 99, true},
		{"one that follows", one(first), third.Keys(), 99, true},
		{"one of before", one(third), one(first), 1, false},
		{"one of before, of all", third.Keys(), one(first), 5, true},
		{"one of before, too far", third.Keys(), one(first), 6, false},
		{"the second, too far", third.Keys(), second.Keys(), 10, false},
		{"the second", third.Keys(), second.Keys(), 9, true},
		{"one that follows all", second.Keys(), third.Keys(), 99, true},
		{"the first for longer", third.Keys(), ended(third.Keys(), 0, 1e9), 99, false},
		{"the first without an end", third.Keys(), ended(third.Keys(), 0, proof.Unbounded), 99, false},
		{"the second for longer", third.Keys(), ended(third.Keys(), 1, 10), 99, false},
		{"the first for longer, of fewer", third.Keys(), ended(second.Keys(), 0, 6), 7, false},
		{"the first for longer, of more", second.Keys(), ended(third.Keys(), 0, 6), 99, false},
		{"the first for longer, by the present one alone", one(third), ended(third.Keys(), 0, 6), 99, true},
		{"a key between", third.Keys(), append(first.Keys(), append(one(stranger), one(third)...)...), 99, false},
		{"a stranger's", third.Keys(), one(stranger), 1, false},
	} {
		if err := expect(tt.known, tt.by, tt.size); (err == nil) != tt.want {
			t.Errorf("%s: got %v, want %t", tt.name, err, tt.want)
		}
	}
}
