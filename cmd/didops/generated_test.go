package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/config"
	"didops/internal/render"
)

// root is the folder of the repository.
const root = "../.."

// TestGenerated holds the files that are made from definitions: the example
// configuration, and the parts of the README between markers. With -update
// it writes them.
//
// It is done before the parallel tests, which read them.
func TestGenerated(t *testing.T) {
	compareWith(t, "config.example.toml", func([]byte) ([]byte, error) { return config.Example(), nil })
	compareWith(t, "README.md", func(readme []byte) ([]byte, error) {
		table, err := operations()
		if err != nil {
			return nil, err
		}
		if readme, err = between(readme, "operations", table); err != nil {
			return nil, err
		}
		return between(readme, "config", []byte(config.Table()))
	})
}

// compareWith fails unless a file is what make makes of it.
func compareWith(t *testing.T, name string, make func(old []byte) ([]byte, error)) {
	t.Helper()
	path := filepath.Join(root, name)
	got, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	want, err := make(got)
	switch {
	case err != nil:
		t.Errorf("%s: %v", name, err)
	case bytes.Equal(got, want):
	case updating():
		if err := os.WriteFile(path, want, 0o644); err != nil { // a file for everybody to read
			t.Fatal(err)
		}
	default:
		t.Errorf("%s differs (-want +got; go test ./cmd/didops -run Generated -update writes it):\n%s", name, cmp.Diff(string(want), string(got)))
	}
}

// updating reports whether the test was run with -update, a flag of package
// golden.
func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

// between replaces what stands between the markers of a part.
func between(text []byte, part string, with []byte) ([]byte, error) {
	begin, end := fmt.Sprintf("<!-- %s:begin -->\n", part), fmt.Sprintf("<!-- %s:end -->", part)
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed || strings.Contains(after, begin) {
		return nil, fmt.Errorf("the lines %q and %q must be there once each", strings.TrimSpace(begin), end)
	}
	return []byte(before + begin + "\n" + strings.TrimSpace(string(with)) + "\n\n" + end + after), nil
}

// operations returns the table of operations for the README.
func operations() ([]byte, error) {
	catalog, err := described()
	if err != nil {
		return nil, err
	}
	doc := toolsDoc(catalog)
	doc.Title = "" // the README has a heading of its own
	return []byte(render.Markdown(doc)), nil
}

func TestBetween(t *testing.T) {
	t.Parallel()
	const text = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n"
	got, err := between([]byte(text), "x", []byte("new\n"))
	if want := "a\n<!-- x:begin -->\n\nnew\n\n<!-- x:end -->\nb\n"; err != nil || string(got) != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
	again, err := between(got, "x", []byte("new"))
	if err != nil || !bytes.Equal(again, got) {
		t.Errorf("got %q (%v) the second time, want the same", again, err)
	}
	for _, bad := range []string{"", "<!-- x:begin -->\n", "<!-- x:end -->", text + text} {
		if got, err := between([]byte(bad), "x", nil); err == nil {
			t.Errorf("got %q of %q, want an error", got, bad)
		}
	}
}
