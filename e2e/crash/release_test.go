package crash_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReleaseHasNoFailPoints holds that nobody's environment can kill a
// released program: what is built without the tag has no trace of it.
func TestReleaseHasNoFailPoints(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program")
	}
	path := filepath.Join(t.TempDir(), "didops")
	build(t, "-ldflags", "-s -w", "-o", path, "didops/cmd/didops")
	holds(t, path, false)
}

// holds checks whether a program knows the switches of fail points.
func holds(t *testing.T, path string, want bool) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range crashSwitches() {
		if bytes.Contains(text, []byte(name)) != want {
			t.Errorf("%s: got %s in it = %v, want %v", filepath.Base(path), name, !want, want)
		}
	}
}

// TestFailPointsCostNothing holds that the compiler leaves nothing of them.
func TestFailPointsCostNothing(t *testing.T) {
	t.Parallel()
	out := build(t, "-gcflags", "didops/internal/failpoint=-m", "didops/internal/failpoint")
	for _, name := range []string{"Here", "Dial", "Clock", "Skew"} {
		if !strings.Contains(out, "can inline "+name) {
			t.Errorf("got %q, want %s inlined", out, name)
		}
	}
}

// build builds in the way of a release and returns what the compiler says.
func build(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"build"}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go build %v: %v\n%s", args, err, out)
	}
	return string(out)
}
