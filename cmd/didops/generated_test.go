package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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
		return between(readme, "operations", table)
	})
	compareWith(t, "docs/use.md", func(page []byte) ([]byte, error) {
		return between(page, "purchase", []byte("```text\n"+purchaseAsSeen(t, false)+"```"))
	})
	compareWith(t, "docs/monitoring.md", func(page []byte) ([]byte, error) { return between(page, "metrics", metricsTable(t)) })
	compareWith(t, "docs/configuration.md", func(page []byte) ([]byte, error) {
		return between(page, "config", []byte(config.Table()))
	})
}

// purchaseAsSeen is what a person at a terminal sees of a purchase, with the
// answer, with the emphasis of the terminal where color is set. What is
// another at every run is replaced.
func purchaseAsSeen(t *testing.T, color bool) string {
	t.Helper()
	m := newMachine(t)
	m.tty, m.width = true, 80
	if !color {
		m.env["NO_COLOR"] = "1"
	}
	var screen transcript
	m.terminal = &typist{line: "y", screen: &screen}
	m.screen = &screen
	if code := m.run(t, "did", "purchase", "+971520545433", "--reason", "line for the Dubai desk"); code != 0 {
		t.Fatalf("got exit %d:\n%s", code, screen.String())
	}
	seen := screen.String()
	const space = `(?: |\x1b\[0m)+` // behind a label
	who := regexp.MustCompile(`(by|Asked by` + space + `|approved by )\S+( \(on this machine\))`)
	for pattern, with := range map[string]string{
		`sb-[a-z0-9]{6}`:                     "sb-7k3f2m",
		`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`: "2026-11-25 09:30:00 UTC",
		`(Quote` + space + `)[0-9a-f]{16}`:   "${1}8c1d0707a3e94b52",
	} {
		seen = regexp.MustCompile(pattern).ReplaceAllString(seen, with)
	}
	seen = who.ReplaceAllString(seen, "${1}alice$2")
	seen = regexp.MustCompile(`(Decision until`+space+`2026-11-25 09):30`).ReplaceAllString(seen, "$1:45")
	record := regexp.MustCompile(`\n\n(?:\x1b\[2m)?Quoted `).FindStringIndex(seen) // from there on what is known: who asked, who decided
	if record == nil {
		t.Fatalf("got no receipt:\n%s", seen)
	}
	return seen[:record[0]+1] + "…\n"
}

// typist is a person at a terminal who answers every question alike.
type typist struct {
	line   string
	screen *transcript
}

// Discard implements [shell.Terminal].
func (*typist) Discard() error { return nil }

// ReadLine implements [shell.Terminal].
func (p *typist) ReadLine(context.Context) (string, error) {
	_, err := p.screen.Write([]byte(p.line + "\n")) // a terminal shows what is typed
	return p.line, err
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
