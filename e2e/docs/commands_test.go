package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"didops/e2e/harness"
)

// Where commands stand on a page: in a block, which a list may indent, and
// within a sentence or a cell of a table.
var (
	shellBlock = regexp.MustCompile("(?ms)^[ \t]*```(?:sh|bash|console)\n(.*?)^[ \t]*```$")
	anyBlock   = regexp.MustCompile("(?ms)^[ \t]*```.*?^[ \t]*```$")
	inSentence = regexp.MustCompile("`(didops [^`]+)`")
)

// elsewhere are how lines begin that no test of this folder can type, or that
// another one does.
func elsewhere() []string {
	return []string{
		"sudo install ", "sudo apt ", "sudo systemctl ", "docker ", "install -d ", "umask ", "cd ", // root, containers
		"sqlite3 ", "createuser ", "createdb ", "pg_dump ", "pg_restore ", // a database server
		"password=", "token=", "TOKEN=", "printf ", "sed ", "echo ", "sha256sum ", "tar ", "unzip ", "(cd ", // of the system
		"claude mcp add --transport ", "gemini mcp add ", "codex mcp add didops --url ", "opencode mcp add ", // .ci/hosts does
		"copilot mcp add ", "cline mcp add ", // likewise
		"node ",                                                          // TestBothVerifiersAgree of internal/receipt
		"claude plugin ",                                                 // .ci/packages does
		"go ", "git ", ".ci/", "DIDOPS_TEST_WIDE=", "GITHUB_REPOSITORY=", // for developers
		"code --add-mcp ", "mkdir ", "didops completion ", "didops serve", "didops sandbox --", // TestInstallSnippets, TestReadmeCommands
	}
}

// command returns a line without what starts the program as somebody else or
// hands it to an assistant.
func command(line string) string {
	line = strings.TrimSpace(line)
	for _, before := range []string{"sudo -u didops ", "claude mcp add didops -- ", "codex mcp add didops -- "} {
		line = strings.TrimPrefix(line, before)
	}
	if rest, ok := strings.CutPrefix(line, "go run ./cmd/didops "); ok {
		return "didops " + rest
	}
	return line
}

// commandsOf returns every command of this program on a page, and the lines of
// its shell blocks that are none and nobody has named.
func commandsOf(t *testing.T, page string) (commands, unnamed []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[1]) {
			line = command(line)
			named := slices.ContainsFunc(elsewhere(), func(begin string) bool { return strings.HasPrefix(line, begin) })
			switch {
			case line == "", strings.HasPrefix(line, "#"), named:
			case strings.HasPrefix(line, "didops "):
				commands = append(commands, line)
			default:
				unnamed = append(unnamed, line)
			}
		}
	}
	prose := anyBlock.ReplaceAllString(string(text), "")
	for _, span := range inSentence.FindAllStringSubmatch(prose, -1) {
		commands = append(commands, strings.Join(strings.Fields(span[1]), " "))
	}
	return commands, unnamed
}

// TestDocsCommands types every command of every page, on a machine where the
// order and the numbers are that it speaks of, and answers no question with
// yes.
func TestDocsCommands(t *testing.T) {
	t.Parallel()
	harness.RequireNoSystemConfig(t)
	tried := map[string]bool{}
	for _, page := range pages(t) {
		commands, unnamed := commandsOf(t, page)
		for _, line := range unnamed {
			t.Errorf("%s: nobody tries %q, and nobody says why not", page, line)
		}
		for _, line := range commands {
			if tried[line] {
				continue
			}
			tried[line] = true
			t.Run(line, func(t *testing.T) {
				t.Parallel()
				typeCommand(t, line)
			})
		}
	}
	for _, must := range []string{
		"didops did update +971520545433 --contact sip:desk@sip.example.net", "didops did unsubscribe +971520545433", "didops order approve sb-…",
		"didops doctor --json", "didops audit verify --head HASH", "didops mcp",
		"didops did purchase '@list.xlsx#March'   # exit 8",
	} {
		if !tried[must] {
			t.Errorf("no page has %q any more, or it was not found", must)
		}
	}
}

// typeCommand runs one command as a person would who then says no.
func typeCommand(t *testing.T, line string) {
	t.Helper()
	m := harness.NewMachine(t)
	line, comment, _ := strings.Cut(line, " # ")
	for _, number := range owned(line) {
		m.Answers("y")
		if code := m.Run(t, "did", "purchase", number); code != 0 {
			t.Fatalf("got exit %d: %s", code, m.Err.String())
		}
	}
	m.Answers("n")
	line = completed(t, m, line)
	for before, rest, piped := strings.Cut(line, " | "); piped; before, rest, piped = strings.Cut(line, " | ") {
		if code := m.Run(t, words(before)[1:]...); code != 0 {
			t.Fatalf("%s: got exit %d: %s", before, code, m.Err.String())
		}
		m.Piped(m.Out.String())
		line = rest
	}
	args := words(line)[1:]
	if line == "didops serve" || line == "didops sandbox" { // runs until it is stopped: TestReadmeCommands does both
		args = append(args, "--help")
	}
	code := m.Run(t, args...)
	want := []int{0, 8} // 8: it waits for a yes
	if strings.HasPrefix(line, "didops order cancel ") {
		want = []int{3} // it is cancelled now
	}
	if comment != "" {
		want = []int{expected("# " + strings.TrimSpace(comment))}
	}
	if code == 2 && comment == "" && named(t, m, args) {
		return
	}
	if !slices.Contains(want, code) {
		t.Errorf("%s: got exit %d\n%s%s", line, code, m.Out.String(), m.Err.String())
	}
}

// owned returns the numbers that a command takes to be one's own.
func owned(line string) []string {
	verbs := []string{"did update ", "did unsubscribe ", "did label ", "did show "}
	if !slices.ContainsFunc(verbs, func(verb string) bool { return strings.Contains(line, verb) }) {
		return nil
	}
	return regexp.MustCompile(`\+\d{8,}`).FindAllString(line, -1)
}

// orderID is how pages write the id of some order.
var orderID = regexp.MustCompile(`\b(?:sb|o)-(?:…|7k3f2m|7k3f)`)

// presumes are commands about own numbers, an order, a mandate, a page, files or
// a receiver of somebody's.
var presumes = regexp.MustCompile(`^didops (?:did show \+|did update --(?:where-route|restore) |did label @|did purchase \+\d+ --mandate |webhook test |` +
	`order (?:comment|edit) sb-|mandate revoke |passkeys |policy |config check --config |audit (?:head|witness|rotate|verify --head|check)\b|receipt )`)

// ruled are the files of docs/approvals.md, and mandated are commands that take
// a mandate to be in force.
var (
	ruled    = regexp.MustCompile(`\b(?:new|cases|caps)\.toml\b`)
	mandated = regexp.MustCompile(`--mandate |^didops mandate revoke `)
)

// routed is the host that own numbers are chosen by, and restored an order that
// is undone.
var (
	routed   = regexp.MustCompile(`--where-route (\S+)`)
	restored = regexp.MustCompile(`--restore sb-\w+`)
)

// written is a file that a command writes.
var written = regexp.MustCompile(`--(?:png|svg|xlsx|ics) [\w.]+`)

// completed returns a line with an order that waits, and the head of a trail,
// in place of what stands for one.
func completed(t *testing.T, m *harness.Machine, line string) string {
	t.Helper()
	if orderID.MatchString(line) {
		m.Run(t, "did", "purchase", ownNumber)
		id := regexp.MustCompile(`\bsb-\w+`).FindString(m.Out.String() + m.Err.String())
		if id == "" {
			t.Fatalf("got no order in %s%s", m.Out.String(), m.Err.String())
		}
		line = orderID.ReplaceAllString(line, id)
		line = strings.Replace(line, "--wait-seconds 50", "--wait-seconds 0", 1) // nobody will decide it
	}
	if strings.Contains(line, "@list.") {
		dir := t.TempDir()
		layOut(t, dir)
		line = strings.ReplaceAll(line, "@list.", "@"+filepath.Join(dir, "list."))
	}
	if written.MatchString(line) {
		dir := t.TempDir()
		line = written.ReplaceAllStringFunc(line, func(s string) string {
			flag, name, _ := strings.Cut(s, " ")
			return flag + " " + filepath.Join(dir, name)
		})
	}
	if ruled.MatchString(line) {
		dir := t.TempDir()
		layOutRules(t, dir)
		line = ruled.ReplaceAllStringFunc(line, func(name string) string { return filepath.Join(dir, name) })
	}
	if mandated.MatchString(line) {
		line = authorised(t, m, line)
	}
	if strings.Contains(line, "@labels.csv") {
		acquire(t, m)
		table := filepath.Join(t.TempDir(), "labels.csv")
		if err := os.WriteFile(table, []byte("number;owner;tags\n"+ownNumber+";Support;+pool\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		line = strings.ReplaceAll(line, "@labels.csv", "@"+table)
	}
	if host := routed.FindStringSubmatch(line); host != nil {
		acquire(t, m, "--contact", "sip:{number}@"+host[1])
	}
	if restored.MatchString(line) {
		acquire(t, m)
		m.Answers("y")
		m.Run(t, "did", "update", ownNumber, "--contact", "sip:desk@sip.example.com", "--json")
		id := regexp.MustCompile(`\bsb-\w+`).FindString(m.Out.String())
		if id == "" {
			t.Fatalf("got no order in %s%s", m.Out.String(), m.Err.String())
		}
		m.Answers("n")
		line = restored.ReplaceAllString(line, "--restore "+id)
	}
	if proofs.MatchString(line) {
		line = proven(t, m, line)
	}
	if signs.MatchString(line) {
		acquire(t, m)
		m.Run(t, "audit", "head")
	}
	if strings.HasPrefix(line, "didops passkeys ") {
		line = enrolled(t, m, line)
	}
	if strings.Contains(line, "HASH") {
		m.Run(t, "did", "purchase", ownNumber)
		m.Run(t, "audit", "verify", "--json")
		head := regexp.MustCompile(`[0-9a-f]{64}`).FindString(m.Out.String())
		line = strings.Replace(line, "HASH", head, 1)
	}
	return line
}

// ownNumber is what is bought where a command needs some number.
const ownNumber = "+971565518312"

// acquire buys it, and answers what is asked next with no.
func acquire(t *testing.T, m *harness.Machine, args ...string) {
	t.Helper()
	m.Answers("y")
	if code := m.Run(t, append([]string{"did", "purchase", ownNumber}, args...)...); code != 0 {
		t.Fatalf("got exit %d: %s", code, m.Err.String())
	}
	m.Answers("n")
}

// words splits a line as a shell does, as far as pages need it.
func words(line string) []string {
	var list []string
	for _, w := range regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`).FindAllString(line, -1) {
		list = append(list, strings.Trim(w, `"'`))
	}
	return list
}

// named reports whether what was refused only names a command, or a flag of
// it, without what it needs: then there must be help on it that knows the flag.
func named(t *testing.T, m *harness.Machine, args []string) bool {
	t.Helper()
	i := slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, "-") })
	flag := ""
	if i >= 0 {
		if i != len(args)-1 {
			return false
		}
		args, flag = args[:i], args[i]
	}
	plain := regexp.MustCompile(`^[a-z]+$`)
	if slices.ContainsFunc(args, func(a string) bool { return !plain.MatchString(a) }) {
		return false
	}
	return m.Run(t, append(slices.Clone(args), "--help")...) == 0 && strings.Contains(m.Out.String(), flag)
}
