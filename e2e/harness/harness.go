// Package harness runs the program for end-to-end tests: as a call in the
// process of the test ([Machine.Run], [Target.Serve], [Target.Assistant]),
// with a clock and a terminal of the test's own, or in a process of its own
// ([Target.Spawn], [Machine.Converse]).
//
// A [Machine] is a user with an empty home. A [Target] has an exchange
// besides, which tells what reached it; a [Client] speaks MCP to either.
package harness

import (
	"flag"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"didops/cmd/didops/app"
	"didops/internal/testing/pgtest"
)

// Patience ends only a wait for what does not come any more.
const Patience = 5 * time.Minute

// hostPatience is how long the program waits for itself and its store, where it
// would do without them after seconds: nothing tells a test how fast its machine is.
const hostPatience = time.Minute

// atOnce is how many tests of a package run at a time: they wait more than
// they compute, for processes, deadlines and the disk.
const atOnce = 8

// Main runs the tests of a package, and makes the test binary the program
// when it is called by its name: what is tested in a process of its own has
// the race detector, counts as covered, and is built once. It does not return.
//
// More tests run at a time than there are processors, unless -parallel says
// how many.
func Main(m *testing.M) {
	testscript.Main(pgtest.Main(crowd{m}), map[string]func(){"didops": func() { app.PatientMain(hostPatience) }})
}

// crowd runs tests many at a time.
type crowd struct{ *testing.M }

// Run implements [pgtest.Runner].
func (c crowd) Run() int {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		_ = flag.Set("test.parallel", strconv.Itoa(max(atOnce, runtime.GOMAXPROCS(0))))
	}
	return c.M.Run()
}
