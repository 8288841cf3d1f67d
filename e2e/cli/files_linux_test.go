package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"didops/e2e/harness"
)

// TestApproveAFile buys what a file lists, as a person does at a terminal, and
// holds that the terminal itself is no list.
func TestApproveAFile(t *testing.T) {
	t.Parallel()
	m := harness.NewMachine(t)
	numbers := forSale(t, m, 2)
	if err := os.WriteFile(filepath.Join(m.Env["HOME"], "list.csv"), []byte("\ufeffNumber;Owner\r\n"+numbers[0]+";Desk\r\n"+numbers[1]+";Sales\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := m.Converse(t, "", "did", "purchase", "@list.csv", "--json")
	c.Await(question)
	c.Types("y\n")
	code, out := c.End()
	if _, state := orderIn(t, out); code != 0 || state != "done" || !strings.Contains(c.Seen.String(), "Read from list.csv, column 1, “Number”: 2 numbers.") {
		t.Errorf("got exit %d and %s, want both bought:\n%s", code, state, c.Seen.String())
	}
	if got := owned(t, m); !strings.Contains(got, numbers[0][1:]) || !strings.Contains(got, numbers[1][1:]) {
		t.Errorf("got %s, want both numbers", got)
	}
	c = m.Converse(t, "", "did", "unsubscribe", "-")
	if code, out = c.End(); code != 2 || out != "" || !strings.Contains(c.Seen.String(), "standard input is the terminal, and no list") {
		t.Errorf("the terminal for a list: got exit %d and %q, want 2 and why:\n%s", code, out, c.Seen.String())
	}
}
