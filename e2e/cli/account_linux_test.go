package cli_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"didops/e2e/harness"
	"didops/tools"
)

// TestAHomeIsThatOfTheAccount runs the program without HOME: where the system
// names no home of the user either, there is no place for anything.
func TestAHomeIsThatOfTheAccount(t *testing.T) {
	t.Parallel()
	harness.RequireNoSystemConfig(t)
	cmd := exec.CommandContext(t.Context(), "didops", "did", "search", "--json")
	cmd.Env = []string{"GORACE=atexit_sleep_ms=0"}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 54321, HostID: os.Getuid(), Size: 1}},
	}
	out, err := cmd.Output()
	exit := (*exec.ExitError)(nil)
	if err != nil && !errors.As(err, &exit) {
		t.Skip("there are no user namespaces here: ", err)
	}
	var got struct {
		Error struct {
			Code string `json:"code"`
			Hint string `json:"hint"`
		} `json:"error"`
	}
	if err := json.Unmarshal(out, &got); err != nil || exit == nil || exit.ExitCode() != 2 || got.Error.Code != "invalid" || got.Error.Hint != "set HOME or XDG_STATE_HOME" {
		t.Errorf("got %s (%v), want that there is no place", out, err)
	}
}

// TestAccountIsNotTakenFromTheEnvironment runs the program as a user that the
// system has no name for: whatever the user claims to be called, who asks is
// the same.
func TestAccountIsNotTakenFromTheEnvironment(t *testing.T) {
	t.Parallel()
	harness.RequireNoSystemConfig(t)
	home := t.TempDir()
	for _, claim := range []string{"alice", "bob", ""} {
		cmd := exec.CommandContext(t.Context(), "didops", "did", "purchase", "+971520545433", "--json")
		cmd.Env = []string{"HOME=" + home, "USER=" + claim, "USERNAME=" + claim, "LOGNAME=" + claim, "GORACE=atexit_sleep_ms=0"}
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 54321, HostID: os.Getuid(), Size: 1}},
		}
		out, err := cmd.Output()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Skip("there are no user namespaces here: ", err)
		}
		var got tools.OrderResult
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("got %q (%v), want an order", out, err)
		}
		if by := got.Order.RequestedBy; by.Realm != "os" || by.Name != "uid-54321" {
			t.Errorf("USER=%s: got an order asked for by %s:%s, want os:uid-54321", claim, by.Realm, by.Name)
		}
	}
}
