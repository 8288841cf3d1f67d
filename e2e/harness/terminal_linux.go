package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"didops/internal/testing/capture"
)

// conversation is the program with a person at its terminal, which is its
// standard input and standard error. Results go elsewhere.
type conversation struct {
	t      *testing.T
	cmd    *exec.Cmd
	person *os.File
	Seen   *capture.Output // what the terminal has shown
	out    bytes.Buffer
	ended  chan struct{}
	free   context.CancelFunc
}

// Converse starts the program in the home of the machine. The keys were
// typed before it began.
func (m *Machine) Converse(t *testing.T, keys string, args ...string) *conversation {
	t.Helper()
	path, err := exec.LookPath("didops")
	if err != nil {
		t.Fatal(err)
	}
	person, terminal := OpenTerminal(t)
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	c := &conversation{t: t, person: person, Seen: capture.New(), ended: make(chan struct{}), free: cancel}
	c.cmd = exec.CommandContext(ctx, path, args...)
	c.cmd.Dir = m.Env["HOME"]
	c.cmd.Env = append(m.Environ(), "GORACE=atexit_sleep_ms=0", "TERM=dumb")
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = terminal, &c.out, terminal
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	c.Types(keys)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = terminal.Close() // the program has its own
	go func() {
		_, _ = io.Copy(c.Seen, person) // until the program has closed its end
		close(c.ended)
	}()
	return c
}

// OpenTerminal returns both ends of a pseudo-terminal of 80 columns.
func OpenTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no pseudo-terminals here: ", err)
	}
	fd := int(person.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	err = errors.Join(err, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0),
		unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}))
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

// Types types at the terminal.
func (c *conversation) Types(keys string) {
	c.t.Helper()
	if _, err := io.WriteString(c.person, keys); err != nil {
		c.t.Fatal(err)
	}
}

// Await waits until the terminal has shown the text.
func (c *conversation) Await(text string) {
	c.t.Helper()
	for !strings.Contains(c.Seen.String(), text) {
		select {
		case <-c.Seen.More:
		case <-c.ended:
			if !strings.Contains(c.Seen.String(), text) {
				c.t.Fatalf("the program ended, want %q shown before:\n%s", text, c.Seen.String())
			}
		}
	}
}

// End waits for the end of the program and returns its exit code, -1 where a
// signal ended it, and what it wrote to standard output.
func (c *conversation) End() (code int, out string) {
	c.t.Helper()
	defer c.free()
	<-c.ended
	return ExitCode(c.cmd.Wait()), c.out.String()
}
