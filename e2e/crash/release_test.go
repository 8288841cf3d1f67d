package crash_test

import (
	"bytes"
	"context"
	"fmt"
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
	if _, err := build(t.Context(), "-ldflags", "-s -w", "-o", path, "didops/cmd/didops"); err != nil {
		t.Fatal(err)
	}
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
	out, err := build(t.Context(), "-gcflags", "didops/internal/failpoint=-m", "didops/internal/failpoint")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Here", "Dial", "Clock", "Skew"} {
		if !strings.Contains(out, "can inline "+name) {
			t.Errorf("got %q, want %s inlined", out, name)
		}
	}
}

// build builds a program as it is released but for the C library, which is
// the choice of the machine: so the compiled packages of the tests can be used.
// It returns what the compiler says.
func build(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build %v: %w\n%s", args, err, out)
	}
	return string(out), nil
}
