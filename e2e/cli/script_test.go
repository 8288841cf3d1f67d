package cli_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"didops/e2e/harness"
	"didops/internal/testing/fakeissuer"
)

// TestScripts drives the program as people and other programs do. Every
// script has a home of its own, which is empty, and reaches nothing but
// loopback.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			harness.RequireNoSystemConfig(env.T())
			keepProcesses(env)
			env.Values[issuersKey{}] = map[string]*fakeissuer.Issuer{}
			home := filepath.Join(env.WorkDir, "home")
			env.Vars = append(env.Vars, "HOME="+home, "LocalAppData="+home, "AppData="+home, "USER=alice", "GORACE=atexit_sleep_ms=0")
			return os.Mkdir(home, 0o700)
		},
		Condition: func(name string) (bool, error) {
			return name == "permissions" && runtime.GOOS != "windows" && os.Geteuid() != 0, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      scriptExits,
			"start":      scriptStart,
			"end":        scriptEnd,
			"hangup":     scriptHangup,
			"http":       scriptHTTP,
			"issuer":     scriptIssuer,
			"token":      scriptToken,
			"converse":   scriptConverse,
			"empty":      scriptEmpty,
			"remembered": scriptRemembered,
			"expand":     scriptExpand,
			"keys":       scriptKeys,
			"is":         scriptIs,
			"says":       scriptSays,
			"sorted":     scriptSorted,
			"take":       scriptTake,
			"workbook":   scriptWorkbook(t),
		},
	})
}
