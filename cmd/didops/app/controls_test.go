package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	controlsFolder = regexp.MustCompile("`((?:tools|internal|cmd|bots|e2e)[a-z/0-9]*)` ((?:Test[A-Za-z0-9]+(?:, )?)+)")
	controlsTest   = regexp.MustCompile(`\bTest[A-Z][A-Za-z0-9]*\b`)
)

// TestControlsAreHeld holds that every test that docs/controls.md names is
// there, in the folder that it names.
func TestControlsAreHeld(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/controls.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	named := 0
	for _, m := range controlsFolder.FindAllStringSubmatch(page, -1) {
		sources := sourcesOf(t, filepath.Join("../../..", m[1]))
		for _, name := range controlsTest.FindAllString(m[2], -1) {
			named++
			if !strings.Contains(sources, "func "+name+"(") {
				t.Errorf("there is no %s in %s", name, m[1])
			}
		}
	}
	if all := len(controlsTest.FindAllString(page, -1)); named < 40 || named != all {
		t.Errorf("got %d tests behind their folders, of %d that are named", named, all)
	}
}

func sourcesOf(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("got no tests in %s: %v", folder, err)
	}
	var all strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
