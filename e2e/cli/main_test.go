// Package cli_test drives the program as people and scripts do, at a terminal
// and without one.
package cli_test

import (
	"testing"

	"didops/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
