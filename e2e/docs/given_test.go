package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"didops/e2e/harness"
	"didops/internal/testing/workbook"
)

// proofs are files by which an order is proven, and what stands for the key of the
// log and the number of an entry.
var proofs = regexp.MustCompile(`\b(?:receipt\.json|head\.txt|entry\.json|trail\.jsonl|KEY|SEQ)\b`)

// signs are the commands that want a key of the log, and so a trail.
var signs = regexp.MustCompile(`^didops audit (?:head|keys|rotate)$`)

// proven returns a line with such files of an order that was bought, and the key.
func proven(t *testing.T, m *harness.Machine, line string) string {
	t.Helper()
	acquire(t, m)
	id := regexp.MustCompile(`\bsb-\w+`).FindString(m.Out.String() + m.Err.String())
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	key := ""
	for _, args := range [][]string{
		{"audit", "witness", file("head.txt")},
		{"receipt", "show", id, "--out", file("receipt.json")},
		{"audit", "prove", "2"},
		{"audit", "export"},
		{"audit", "head"},
	} {
		if code := m.Run(t, args...); code != 0 {
			t.Fatalf("%s: got exit %d: %s", args, code, m.Err.String())
		}
		name := map[string]string{"prove": "entry.json", "export": "trail.jsonl", "head": "printed.txt"}[args[1]]
		if name == "" {
			continue
		}
		if err := os.WriteFile(file(name), []byte(m.Out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		key, _, _ = strings.Cut(m.Out.String(), "\n")
	}
	return proofs.ReplaceAllStringFunc(line, func(s string) string {
		switch s {
		case "KEY":
			return key
		case "SEQ":
			return "2"
		}
		return file(s)
	})
}

// authorised returns a line with the number and the mandate that docs/mandates.md
// names in place of what stands for them, and puts that mandate in force.
func authorised(t *testing.T, m *harness.Machine, line string) string {
	t.Helper()
	page := filepath.Join(repository, "docs", "mandates.md")
	commands, _ := commandsOf(t, page)
	i := slices.IndexFunc(commands, func(c string) bool { return strings.HasPrefix(c, "didops mandate add ") })
	k := slices.IndexFunc(commands, func(c string) bool { return strings.HasPrefix(c, "didops did purchase ") })
	if i < 0 || k < 0 {
		t.Fatal("docs/mandates.md gives no mandate, or uses none")
	}
	add, _, _ := strings.Cut(commands[i], " # ")
	m.Answers("y")
	if code := m.Run(t, words(add)[1:]...); code != 0 {
		t.Fatalf("%s: got exit %d: %s%s", add, code, m.Out.String(), m.Err.String())
	}
	m.Answers("n")
	return strings.NewReplacer("…", words(commands[k])[3], "NAME", words(add)[3]).Replace(line)
}

// layOut writes the list of numbers that docs/use.md shows, as the files that
// it names.
func layOut(t *testing.T, dir string) {
	t.Helper()
	_, blocks := blocksOf(t, filepath.Join(repository, "docs", "use.md"))
	i := slices.IndexFunc(blocks, func(b block) bool { return b.language == "csv" })
	if i < 0 {
		t.Fatal("docs/use.md shows no list")
	}
	var cells []string
	for line := range strings.Lines(blocks[i].text) {
		_, number, _ := strings.Cut(strings.TrimSpace(line), ";")
		cells = append(cells, number)
	}
	book := workbook.Book{Sheets: []workbook.Sheet{workbook.Texts("January", "x"), workbook.Texts("March", cells...)}}
	for name, data := range map[string][]byte{"list.csv": []byte(blocks[i].text), "list.xlsx": book.Bytes(t)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// layOutRules writes the configuration and the cases that docs/approvals.md
// shows, as the files that it names.
func layOutRules(t *testing.T, dir string) {
	t.Helper()
	_, blocks := blocksOf(t, filepath.Join(repository, "docs", "approvals.md"))
	for _, b := range blocks {
		name := "new.toml"
		if strings.HasPrefix(b.text, "[[case]]") {
			name = "cases.toml"
		}
		if strings.Contains(b.text, "[[limits.caps]]") {
			name = "caps.toml"
		}
		text := strings.ReplaceAll(b.text, "/etc/didops", filepath.ToSlash(dir))
		if b.language != "toml" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "discord_token"), []byte("token"), 0o600); err != nil {
		t.Fatal(err)
	}
}
