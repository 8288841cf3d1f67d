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
