package docs_test

import (
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"didops/e2e/harness"
	"didops/internal/audit"
	"didops/internal/order"
)

// repository is the folder of the repository.
const repository = "../.."

// pages are those at the top and every page below docs and packaging.
func pages(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, name := range []string{"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"} {
		list = append(list, filepath.Join(repository, name))
	}
	for _, dir := range []string{"docs", "packaging"} {
		err := filepath.WalkDir(filepath.Join(repository, dir), func(path string, _ fs.DirEntry, err error) error {
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
	crt, key := certificate(t)
	tried := 0
	for _, page := range pages(t) {
		_, blocks := blocksOf(t, page)
		for _, b := range blocks {
			if b.language != "toml" || strings.HasPrefix(b.text, "[mcp_servers.") || strings.HasPrefix(b.text, "[[case]]") {
				continue
			}
			dir := t.TempDir()
			path := filepath.Join(dir, "config.toml")
			text := strings.NewReplacer(`"…"`, `"`+strings.Repeat("a0", 32)+`"`, "/etc/didops", filepath.ToSlash(dir)).Replace(b.text)
			for name, content := range map[string]string{
				"config.toml": text, "api_key": "key", "discord_token": "token", "oidc": "secret", "smpp_contact": "smpp:login:password:{number}@smpp.example.net:2776",
				"store_url": "postgres://didops:password@db.example.net/didops", "tls.crt": crt, "tls.key": key,
				"webhook_secret": "whsec_" + strings.Repeat("QUFB", 10),
			} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			m := harness.NewMachine(t)
			if code := m.Run(t, "config", "check", "--config", path); code != 0 {
				t.Errorf("%s: got exit %d for\n%s\n%s", page, code, b.text, m.Err.String())
			}
			tried++
		}
	}
	if tried < 5 {
		t.Errorf("got %d configurations, want more", tried)
	}
}

// certificate returns a certificate and its key as PEM.
func certificate(t *testing.T) (crt, key string) {
	t.Helper()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	pair := s.TLS.Certificates[0]
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return block("CERTIFICATE", pair.Certificate[0]), block("PRIVATE KEY", der)
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

// TestDocsWords holds that the pages for people on call and for those who use
// it explain every word that they may meet, and no alert that is not there.
func TestDocsWords(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(repository, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	use, operate, rules := read("use.md"), read("operate.md"), read("monitoring/didops.rules.yml")
	for _, s := range order.States() {
		if !strings.Contains(use, "`"+string(s)+"`") {
			t.Errorf("use.md: the state %s is not explained", s)
		}
	}
	for _, event := range audit.EventKinds() {
		if !strings.Contains(operate, "`"+event+"`") {
			t.Errorf("operate.md: the event %q is not explained", event)
		}
	}
	for _, alert := range regexp.MustCompile(`Didops[A-Z]\w+`).FindAllString(operate, -1) {
		if !strings.Contains(rules, "alert: "+alert+"\n") {
			t.Errorf("operate.md: there is no alert %s", alert)
		}
	}
	m := harness.NewMachine(t)
	m.Run(t, "doctor", "--json")
	checks := regexp.MustCompile(`"name": ?"([^"]+)"`).FindAllStringSubmatch(m.Out.String(), -1)
	if len(checks) == 0 {
		t.Error("got no check of doctor, want all of them")
	}
	for _, check := range checks {
		if !regexp.MustCompile(`(?m)^\|[^|]*\b` + check[1] + `\b`).MatchString(operate) {
			t.Errorf("operate.md: the check %q of doctor is not explained", check[1])
		}
	}
}

// TestDocsChange holds that the files that the page for developers names are
// there, and that its test commands find tests.
func TestDocsChange(t *testing.T) {
	t.Parallel()
	text, _ := blocksOf(t, filepath.Join(repository, "docs", "change.md"))
	there, tests := map[string]bool{}, map[string]string{}
	err := filepath.WalkDir(repository, func(path string, _ fs.DirEntry, err error) error {
		there[filepath.Base(path)] = true
		if strings.HasSuffix(path, "_test.go") {
			source, err := os.ReadFile(path)
			tests[filepath.ToSlash(filepath.Dir(path))] += string(source)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	const example = "count" // is added by the reader
	for _, m := range regexp.MustCompile("`([\\w./-]+\\.(?:go|mjs))`").FindAllStringSubmatch(text, -1) {
		if strings.Contains(m[1], example) {
			continue
		}
		_, err := os.Stat(filepath.Join(repository, m[1]))
		if !there[filepath.Base(m[1])] || strings.Contains(m[1], "/") && err != nil {
			t.Errorf("change.md: there is no %s", m[1])
		}
	}
	tried := 0
	for _, m := range regexp.MustCompile(`(?m)^\s*go test (?:-race )?\./(\S+)(?: -run '?([\w|]+)'?)?`).FindAllStringSubmatch(text, -1) {
		tried++
		if m[1] != "..." && !regexp.MustCompile(`func Test\w*(`+m[2]+`)`).MatchString(tests[repository+"/"+m[1]]) {
			t.Errorf("change.md: %s finds no test", strings.TrimSpace(m[0]))
		}
	}
	if tried < 5 {
		t.Errorf("got %d test commands in change.md, want more", tried)
	}
}
