package shell_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"didops/bots/shell"
)

// openTerminal returns both ends of a pseudo-terminal: what the person has,
// and what the program has.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no pseudo-terminals here: ", err)
	}
	fd := int(person.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = person.Close(), program.Close() })
	return person, program
}

// until reads what the terminal shows until it has shown the text.
func until(t *testing.T, person *os.File, text string) string {
	t.Helper()
	var seen strings.Builder
	chunk := make([]byte, 1024)
	for !strings.Contains(seen.String(), text) {
		n, err := person.Read(chunk)
		if err != nil {
			t.Errorf("got %v after %q, want %q", err, seen.String(), text)
			break
		}
		seen.Write(chunk[:n])
	}
	return seen.String()
}

func keys(t *testing.T, person *os.File, typed string) {
	t.Helper()
	if _, err := io.WriteString(person, typed); err != nil {
		t.Error(err)
	}
}

// typeAhead types before the program listens, and returns when the terminal has
// shown it all: a discard from then on finds it in the queue.
func typeAhead(t *testing.T, person *os.File, typed string) {
	t.Helper()
	keys(t, person, typed)
	until(t, person, strings.ReplaceAll(typed, "\n", "\r\n"))
}

// TestAtATerminal asks on a real terminal, whose queue holds what was typed
// before the question.
func TestAtATerminal(t *testing.T) {
	t.Parallel()
	const yes, last = "[y/N] ", "last four digits of +971501234567: "
	tests := []struct {
		name          string
		verb          string
		before, after string
		question      string
		approved      bool
	}{
		{"yes", "buy", "", "y\n", yes, true},
		{"digits", "drop", "", "4567\n", last, true},
		{"corrected with the backspace", "buy", "", "n\x7fy\n", yes, true},
		{"end of input", "buy", "", "\x04", yes, false},
		{"end of input after a letter", "buy", "", "y\x04\x04", yes, false},
		{"a line that is too long", "buy", "", "y" + strings.Repeat(" ", 600) + "no\n", yes, false},
		{"typed ahead", "buy", "y\n", "\n", yes, false},
		{"several lines typed ahead", "buy", "y\nyes\ny\n", "\x04", yes, false},
		{"a letter typed ahead", "buy", "y", "\n", yes, false},
		{"digits typed ahead", "drop", "4567\n", "\n", last, false},
		{"some of the digits typed ahead", "drop", "45", "67\n", last, false},
		{"typed ahead and again", "buy", "n\n", "y\n", yes, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			person, program := openTerminal(t)
			typeAhead(t, person, tt.before)
			d := newOrders()
			h := newOrderHarness(t, d, nil)
			h.In, h.Err = shell.TerminalOf(program), program
			shown := make(chan string, 1)
			go func() {
				text := until(t, person, tt.question)
				keys(t, person, tt.after)
				shown <- text
			}()
			code := h.run(t, "line", tt.verb, "+971501234567")
			if text := <-shown; !strings.Contains(text, "Order o-7k3f") {
				t.Errorf("got %q, want the card before the question", text)
			}
			if want := map[bool]int{true: 0, false: 8}[tt.approved]; code != want {
				t.Errorf("got exit %d, want %d", code, want)
			}
			if got := len(d.Decisions()) == 1; got != tt.approved {
				t.Errorf("got the decisions %+v, want an approval: %t", d.Decisions(), tt.approved)
			}
		})
	}
}

// TestInterruptAtATerminal proves that a read of a terminal, which can't be
// called back, holds nobody up.
func TestInterruptAtATerminal(t *testing.T) {
	t.Parallel()
	person, program := openTerminal(t)
	ctx, interrupt := context.WithCancel(t.Context())
	d := newOrders()
	h := newOrderHarness(t, d, nil)
	h.In, h.Err = shell.TerminalOf(program), program
	go func() {
		until(t, person, "[y/N] ")
		interrupt()
	}()
	code := shell.Report(h.Config, nil, h.program([]string{"line", "buy", "+971501234567"}).ExecuteContext(ctx))
	if code != 8 || len(d.Decisions()) > 0 {
		t.Errorf("got exit %d and %+v, want 8 and no decision", code, d.Decisions())
	}
	until(t, person, "Nothing was decided: o-7k3f waits until 14:32:05 UTC.\r\n\r\n")
}

func TestWhatIsNoTerminal(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "answers"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if got := shell.TerminalOf(file); got != nil {
		t.Errorf("got %v for a file, want nil", got)
	}
}
