package app

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary, by another name, an exchange to measure
// with.
func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"exchange": scriptedExchange}) }
