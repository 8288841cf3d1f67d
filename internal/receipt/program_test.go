package receipt_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestVerifierIsAProgram holds that the verifier of the documentation says
// something under whatever name it was saved.
func TestVerifierIsAProgram(t *testing.T) {
	t.Parallel()
	program := node(t)
	w := newWorld(t, 13)
	dir := t.TempDir()
	text, err := os.ReadFile("../../docs/verify.mjs")
	if err != nil {
		t.Fatal(err)
	}
	good, bad := filepath.Join(dir, "good.json"), filepath.Join(dir, "bad.json")
	for path, content := range map[string][]byte{
		good: file(t, w.receipt(w.order())), bad: []byte("{}\n"),
		filepath.Join(dir, "verify (1).mjs"): text, filepath.Join(dir, "prüfer.mjs"): text,
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("verify (1).mjs", filepath.Join(dir, "check.mjs")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"verify (1).mjs", "prüfer.mjs", "check.mjs"} {
		out, err := exec.CommandContext(t.Context(), program, "--no-warnings", filepath.Join(dir, name), good).Output()
		if err != nil || !strings.Contains(string(out), `"order": "o-000000"`) {
			t.Errorf("%s: got %q %v, want what it proves", name, out, err)
		}
		out, err = exec.CommandContext(t.Context(), program, "--no-warnings", filepath.Join(dir, name), bad).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "NOT verified") {
			t.Errorf("%s: got %q %v, want it refused", name, out, err)
		}
	}
}
