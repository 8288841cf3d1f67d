package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"didops/internal/store/pgtest"
)

// TestMain makes the test binary the program when it is called by its name,
// so that what is tested in a process of its own has the race detector and
// counts as covered. As exchange it serves a sandbox to measure with.
func TestMain(m *testing.M) {
	testscript.Main(pgtest.Main(m), map[string]func(){"didops": main, "exchange": exchange})
}
