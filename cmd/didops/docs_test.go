package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pages are the README and every page below docs and packaging.
func pages(t *testing.T) []string {
	t.Helper()
	list := []string{filepath.Join(root, "README.md"), filepath.Join(root, "CHANGELOG.md")}
	for _, dir := range []string{"docs", "packaging"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
			if filepath.Ext(path) == ".md" {
				list = append(list, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// TestDocsConfigurations reads every configuration that a page shows.
func TestDocsConfigurations(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, page := range pages(t) {
		_, blocks := blocksOf(t, page)
		for _, b := range blocks {
			if b.language != "toml" || strings.HasPrefix(b.text, "[mcp_servers.") {
				continue
			}
			dir := t.TempDir()
			path := filepath.Join(dir, "config.toml")
			text := strings.NewReplacer(`"…"`, `"`+strings.Repeat("a0", 32)+`"`, "/etc/didops", filepath.ToSlash(dir)).Replace(b.text)
			for name, content := range map[string]string{
				"config.toml": text, "api_key": "key", "smpp_contact": "smpp:login:password:{number}@smpp.example.net:2776",
				"store_url": "postgres://didops:password@db.example.net/didops",
			} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			m := newMachine(t)
			if code := m.run(t, "config", "check", "--config", path); code != 0 {
				t.Errorf("%s: got exit %d for\n%s\n%s", page, code, b.text, m.err.String())
			}
			tried++
		}
	}
	if tried < 5 {
		t.Errorf("got %d configurations, want more", tried)
	}
}

// TestDocsLinks follows every link between the pages.
func TestDocsLinks(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		text, _ := blocksOf(t, page)
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			to, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, ":") {
				continue
			}
			target := page
			if to != "" {
				target = filepath.Join(filepath.Dir(page), filepath.FromSlash(to))
			}
			there, err := os.ReadFile(target)
			if info, stat := os.Stat(target); stat == nil && info.IsDir() {
				err = nil
			}
			if err != nil {
				t.Errorf("%s: the link %s leads nowhere", page, m[1])
				continue
			}
			if anchor != "" && !anchors(string(there))[anchor] {
				t.Errorf("%s: there is no heading for %s", page, m[1])
			}
		}
	}
}

// anchors are the names under which the headings of a page can be linked to.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		found[strings.ReplaceAll(name, " ", "-")] = true
	}
	return found
}
