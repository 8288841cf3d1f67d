package docs_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"didops/e2e/harness"
	"didops/internal/testing/capture"
)

// block is a fenced block of the README.
type block struct {
	language string
	text     string
	config   string // the latest block of TOML above it
}

func readme(t *testing.T) (string, []block) {
	t.Helper()
	return blocksOf(t, filepath.Join(repository, "README.md"))
}

// blocksOf returns a page and its blocks.
func blocksOf(t *testing.T, path string) (string, []block) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	config := ""
	fence := regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")
	for _, m := range fence.FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, block{m[1], m[2], config})
		if m[1] == "toml" {
			config = m[2]
		}
	}
	return string(text), blocks
}

// needsAccount marks lines of the README that can't be tried without an
// account.
const needsAccount = "# needs an exchange account"

// runnable returns the lines of a block that can be tried on any machine,
// each as a person would type it with the program on the PATH.
func (b block) runnable() []string {
	var lines []string
	if b.language != "sh" {
		return nil
	}
	for line := range strings.Lines(b.text) {
		line = strings.TrimSpace(line)
		if strings.HasSuffix(line, needsAccount) {
			continue
		}
		if strings.HasPrefix(line, "claude mcp add ") {
			_, line, _ = strings.Cut(line, " -- ")
		}
		if rest, ok := strings.CutPrefix(line, "go run ./cmd/didops"); ok {
			line = "didops" + rest
		}
		if strings.HasPrefix(line, "didops ") || strings.HasPrefix(line, "mkdir ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// port is that of an address in the README, which may be taken here.
var port = regexp.MustCompile(`(127\.0\.0\.1):\d+`)

// TestReadmeCommands types every command of the README and of the pages of
// docs on a machine without any configuration, but for those that speak of what
// must be there first: TestDocsCommands types these where it is.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	harness.RequireNoSystemConfig(t)
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	tried := 0
	_, blocks := readme(t)
	pages, err := filepath.Glob(filepath.Join(repository, "docs", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("got pages %v (%v), want those of docs", pages, err)
	}
	for _, page := range pages {
		_, more := blocksOf(t, page)
		blocks = append(blocks, more...)
	}
	for _, b := range blocks {
		home := t.TempDir()
		layOut(t, home)
		env := append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "DIDOPS_CONFIG=", "GORACE=atexit_sleep_ms=0")
		for _, line := range b.runnable() {
			if presumes.MatchString(line) {
				continue
			}
			tried++
			line = port.ReplaceAllString(line, "$1:0")
			cmd := exec.CommandContext(t.Context(), shell, "-c", line)
			cmd.Env, cmd.Dir = env, home
			if strings.HasPrefix(line, "didops serve") || strings.HasPrefix(line, "didops sandbox --") {
				cmd.Args[2] = "exec " + line
				config := filepath.Join(home, "config.toml")
				if err := os.WriteFile(config, []byte(port.ReplaceAllString(b.config, "$1:0")), 0o600); err != nil {
					t.Fatal(err)
				}
				cmd.Env = append(env, "DIDOPS_CONFIG="+config)
				if err := servesUntilAsked(cmd); err != nil {
					t.Errorf("%s: %v", line, err)
				}
				continue
			}
			if out, err := cmd.CombinedOutput(); harness.ExitCode(err) != expected(line) {
				t.Errorf("%s: %v\n%s", line, err, out)
			}
		}
	}
	if tried < 5 {
		t.Errorf("got %d commands in the README, want all of them tried", tried)
	}
}

// expected is the exit code that a comment behind the command names.
func expected(line string) int {
	found := regexp.MustCompile(`# exit (\d+)$`).FindStringSubmatch(line)
	if found == nil {
		return 0
	}
	code, _ := strconv.Atoi(found[1])
	return code
}

// servesUntilAsked starts a server, waits until it serves, asks it to end,
// and returns what went wrong.
func servesUntilAsked(cmd *exec.Cmd) error {
	said := capture.New()
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for !harness.Serves.MatchString(said.String()) {
		select {
		case <-said.More:
		case err := <-ended:
			return errors.Join(errors.New("it ended by itself: "+said.String()), err)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return <-ended
}

// asOf says when the market was read, in what people are shown of it.
var asOf = regexp.MustCompile(`As of \d{4}-\d\d-\d\d\s\d\d:\d\d:\d\d UTC\.`)

// TestReadmeOutput compares what the README shows with what the program
// says: the answer to a command below it, up to the ellipsis.
func TestReadmeOutput(t *testing.T) {
	t.Parallel()
	_, blocks := readme(t)
	compared := 0
	for i, b := range blocks {
		if b.language != "text" || i == 0 || len(blocks[i-1].runnable()) != 1 {
			continue
		}
		compared++
		m := harness.NewMachine(t)
		m.Width = 80
		m.Run(t, strings.Fields(blocks[i-1].runnable()[0])[1:]...)
		want, _, _ := strings.Cut(b.text, "…")
		if got := asOf.ReplaceAllString(m.Out.String(), "As of 2026-03-14 09:30:00 UTC."); !strings.HasPrefix(got, want) {
			t.Errorf("%s: the README shows\n%s\nbut the answer is\n%s", blocks[i-1].text, want, got)
		}
	}
	if compared == 0 {
		t.Error("got no output in the README, want that of the first command")
	}
}
