package app

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"didops/internal/config"
	"didops/internal/notify"
	"didops/internal/phone"
	"didops/internal/render"
	"didops/internal/testing/capture"
	"didops/internal/testing/golden"
)

// root is the folder of the repository.
const root = "../../.."

// TestGenerated holds the files that are made from definitions: the example
// configuration, and the parts of the README between markers. With -update
// it writes them.
//
// It is done before the parallel tests, which read them.
func TestGenerated(t *testing.T) {
	golden.Made(t, filepath.Join(root, "config.example.toml"), func([]byte) ([]byte, error) { return config.Example(), nil })
	golden.Made(t, filepath.Join(root, "README.md"), func(readme []byte) ([]byte, error) {
		table, err := operations()
		if err != nil {
			return nil, err
		}
		return golden.Between(readme, "operations", table)
	})
	golden.Made(t, filepath.Join(root, "docs/use.md"), func(page []byte) ([]byte, error) {
		return golden.Between(page, "purchase", []byte("```text\n"+purchaseAsSeen(t, false)+"```"))
	})
	golden.Made(t, filepath.Join(root, "docs/use.md"), func(page []byte) ([]byte, error) { return golden.Between(page, "regions", regionTable()) })
	golden.Made(t, filepath.Join(root, "docs/monitoring.md"), func(page []byte) ([]byte, error) { return golden.Between(page, "metrics", metricsTable(t)) })
	golden.Made(t, filepath.Join(root, "docs/webhooks.md"), func(page []byte) ([]byte, error) {
		return golden.Between(page, "events", []byte(notify.Table()))
	})
	golden.Made(t, filepath.Join(root, "docs/configuration.md"), func(page []byte) ([]byte, error) {
		return golden.Between(page, "config", []byte(config.Table()))
	})
}

// regionTable lists the regions that country takes, with their members.
func regionTable() []byte {
	var b strings.Builder
	b.WriteString("| Region | Countries |\n|---|---|\n")
	for _, r := range phone.Regions() {
		names := make([]string, 0, len(r.Members))
		for _, c := range r.Members {
			names = append(names, c.Name)
		}
		fmt.Fprintf(&b, "| %s | %d: %s |\n", r.Name, len(names), strings.Join(names, ", "))
	}
	return []byte(b.String())
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
	var screen capture.Output
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
	screen *capture.Output
}

// Discard implements [shell.Terminal].
func (*typist) Discard() error { return nil }

// ReadLine implements [shell.Terminal].
func (p *typist) ReadLine(context.Context) (string, error) {
	_, err := p.screen.Write([]byte(p.line + "\n")) // a terminal shows what is typed
	return p.line, err
}

// operations returns the table of operations for the README.
func operations() ([]byte, error) {
	catalog, err := described()
	if err != nil {
		return nil, err
	}
	picked, err := catalog.Picked(nil)
	if err != nil {
		return nil, err
	}
	doc := toolsDoc(catalog, picked)
	doc.Title = "" // the README has a heading of its own
	return []byte(render.Markdown(doc)), nil
}
