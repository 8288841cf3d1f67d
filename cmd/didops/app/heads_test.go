package app

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// asks makes an order that waits, so that there is a trail.
func (m *machine) asks(t *testing.T) {
	t.Helper()
	if code := m.run(t, "did", "purchase", "+971520545433"); code != 8 {
		t.Fatalf("got exit %d: %s%s", code, m.out.String(), m.err.String())
	}
}

// TestHeadsOfAFile holds that what heads_file collects is held against the trail,
// every head of it.
func TestHeadsOfAFile(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	path := filepath.Join(t.TempDir(), "heads.txt")
	must := func(args ...string) {
		if code := m.run(t, args...); code != 0 {
			t.Fatalf("%q: got exit %d: %s%s", args, code, m.out.String(), m.err.String())
		}
	}
	m.asks(t)
	sign := func(context.Context) (string, error) {
		must("audit", "head")
		return m.out.String(), nil
	}
	for _, then := range []string{"first", "second"} {
		if noted, err := noteHead(t.Context(), sign, path); err != nil || !noted {
			t.Fatal(err)
		}
		if then == "first" {
			must("audit", "rotate")
		}
	}
	must("audit", "verify", "--head", path)
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), "\n— ") != 2 {
		t.Fatalf("got %q %v, want two heads", text, err)
	}
	first, second, _ := strings.Cut(string(text), "\n\n"+"didops/")
	for name, tt := range map[string]struct {
		text string
		want int
	}{
		"as people copy it":    {strings.TrimRight(string(text), "\n"), 0},
		"one":                  {first, 0},
		"the second alone":     {"didops/" + second, 0},
		"the first is no head": {"x" + string(text), 2},
	} {
		write(t, path, tt.text)
		if got := m.run(t, "audit", "verify", "--head", path); got != tt.want {
			t.Errorf("%s: got exit %d, want %d: %s", name, got, tt.want, m.err.String())
		}
	}
}

// TestWitnessSaysWhatIsTrueOfTheKey holds that a witness speaks of a key that was
// given only where one was, and that it is held each time.
func TestWitnessSaysWhatIsTrueOfTheKey(t *testing.T) {
	t.Parallel()
	const given, noted, ask = "Signed by the key that was given", "Signed by the key of the head that was noted", "with --key"
	m := newMachine(t)
	path := filepath.Join(t.TempDir(), "head.txt")
	m.asks(t)
	if m.run(t, "audit", "head") != 0 {
		t.Fatal(m.err.String())
	}
	key, _, _ := strings.Cut(m.out.String(), "\n")
	for i, tt := range []struct {
		args []string
		says []string
		not  string
		code int
	}{
		{nil, []string{"Signed by didops/", ask}, given, 0},
		{nil, []string{noted, ask}, given, 0},
		{[]string{"--key", key}, []string{given}, ask, 0},
		{[]string{"--key", "didops/0000000000000000+00000000+AAAA"}, []string{"NOT proven", "another key than the one given"}, "continue", 1},
	} {
		code := m.run(t, append([]string{"audit", "witness", path}, tt.args...)...)
		text := m.out.String() + m.err.String()
		for _, words := range tt.says {
			if !strings.Contains(text, words) {
				t.Errorf("%d: got %q, want %q", i, text, words)
			}
		}
		if code != tt.code || strings.Contains(text, tt.not) {
			t.Errorf("%d: got exit %d %q, want %d, without %q", i, code, text, tt.code, tt.not)
		}
	}
}

// TestDoctorTellsOfAnOpenKey holds that doctor and serve warn of a key that others
// can read, and that rotating says what is left to do.
func TestDoctorTellsOfAnOpenKey(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("files have no such modes here")
	}
	m := newMachine(t)
	m.asks(t)
	if m.run(t, "audit", "head") != 0 || m.run(t, "audit", "rotate") != 0 {
		t.Fatal(m.err.String())
	}
	for _, words := range []string{"to every other machine that shares the store", "the older key signs nothing more"} {
		if !strings.Contains(m.out.String(), words) {
			t.Errorf("got %q, want %q", m.out.String(), words)
		}
	}
	if got := m.warnings(t, "proof"); got != "" {
		t.Errorf("as it is made: got %q", got)
	}
	path := filepath.Join(m.env["HOME"], ".local", "state", "didops", "sandbox-orders-audit.key")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if got := m.warnings(t, "proof"); !strings.Contains(got, "chmod 600") || !strings.Contains(got, path) {
		t.Errorf("for a group: got %q, want chmod 600", got)
	}
	m.env["DIDOPS_CONFIG"] = filepath.Join(t.TempDir(), "didops.toml")
	write(t, m.env["DIDOPS_CONFIG"], "[http]\nlisten = \"127.0.0.1:0\"\n")
	ctx, end := context.WithCancel(t.Context())
	end()
	m.err.Reset()
	Run(ctx, []string{"serve"}, Host{Getenv: func(name string) string { return m.env[name] }, Now: time.Now, In: strings.NewReader(""), Out: &m.out, Err: &m.err})
	if got := m.err.String(); strings.Count(got, "chmod 600") != 1 || strings.Contains(got, "not signed") {
		t.Errorf("serving: got %q, want chmod 600 once", got)
	}
}
