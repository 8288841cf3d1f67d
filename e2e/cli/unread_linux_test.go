package cli_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"didops/e2e/harness"
)

// unreadable returns a pipe with the least room there can be, full but for that
// many bytes, for a command to write to.
func unreadable(t *testing.T, room int) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	size, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, 4096)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(bytes.Repeat([]byte("x"), size-room)); err != nil {
		t.Fatal(err)
	}
	return r, w
}

// begun starts the program with that standard output.
func begun(t *testing.T, out *os.File, args ...string) (cmd *exec.Cmd, said *bytes.Buffer) {
	t.Helper()
	said = &bytes.Buffer{}
	cmd = readable(t, args...)
	cmd.Stdout, cmd.Stderr = out, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = out.Close()
	return cmd, said
}

// readable is the program in an empty home.
func readable(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "didops", args...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "USER=alice", "PATH=" + os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0"}
	return cmd
}

// writing waits until the program has a thread in the write of a pipe.
func writing(t *testing.T, pid int) {
	t.Helper()
	for until := time.Now().Add(harness.Patience); ; time.Sleep(10 * time.Millisecond) {
		tasks, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range tasks {
			call, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + task.Name() + "/syscall")
			if err != nil {
				t.Skip("what threads wait for can't be read here")
			}
			if strings.HasPrefix(string(call), strconv.Itoa(unix.SYS_WRITE)+" 0x1 ") {
				return
			}
		}
		if time.Now().After(until) {
			t.Fatal("it does not write")
		}
	}
}

// TestAResultThatNobodyReads holds that a command whose standard output is full
// waits for its reader, ends when it is told to, and does not call that well
// done.
func TestAResultThatNobodyReads(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"rows": {"did", "search", "--country", "US", "--all", "--json"}, "table": {"did", "search", "--country", "US"},
		"a line": {"order", "list"}, "help": {"--help"}, "a check": {"doctor"}, "a trail": {"audit", "verify"},
	} {
		for signal, code := range map[syscall.Signal]string{syscall.SIGTERM: "SIGTERM", syscall.SIGINT: "SIGINT"} {
			t.Run(name+" "+code, func(t *testing.T) {
				t.Parallel()
				_, w := unreadable(t, 8)
				cmd, said := begun(t, w, args...)
				writing(t, cmd.Process.Pid)
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				var exit *exec.ExitError
				if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
					t.Errorf("got %v, want exit 1: %s", err, said)
				}
			})
		}
	}
}

// TestAResultThatIsReadLate holds that nothing is lost to who reads when it suits
// them, as long as nobody tells the program to end.
func TestAResultThatIsReadLate(t *testing.T) {
	t.Parallel()
	args := []string{"did", "search", "--country", "US", "--all", "--json"}
	r, w := unreadable(t, 4096)
	first := readable(t, args...)
	if err := first.Run(); err != nil { // so that both others are of one reading, from memory
		t.Fatal(err)
	}
	said := &bytes.Buffer{}
	cmd := exec.CommandContext(t.Context(), "didops", args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = first.Env, w, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	writing(t, cmd.Process.Pid)
	got, err := io.ReadAll(r)
	if err := errors.Join(err, cmd.Wait()); err != nil {
		t.Fatalf("got %v: %s", err, said)
	}
	again := exec.CommandContext(t.Context(), "didops", args...)
	again.Env = cmd.Env
	if want, err := again.Output(); err != nil || !bytes.Equal(got, want) || len(want) < 4096 {
		t.Errorf("got %d bytes, want the %d of who reads at once: %v", len(got), len(want), err)
	}
}
