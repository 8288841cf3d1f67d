// Package harness runs the program for end-to-end tests: as a call in the
// process of the test ([Machine.Run], [Target.Serve], [Target.Assistant]),
// with a clock and a terminal of the test's own, or in a process of its own
// ([Target.Spawn], [Machine.Converse]).
//
// A [Machine] is a user with an empty home. A [Target] has an exchange
// besides, which tells what reached it; a [Client] speaks MCP to either.
package harness

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"didops/cmd/didops/app"
	"didops/internal/testing/pgtest"
)

// Main runs the tests of a package, and makes the test binary the program
// when it is called by its name: what is tested in a process of its own has
// the race detector, counts as covered, and is built once. It does not return.
func Main(m *testing.M) {
	testscript.Main(pgtest.Main(m), map[string]func(){"didops": func() { app.Main("", "") }})
}
