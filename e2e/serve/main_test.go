// Package serve_test drives "didops serve": Discord, metrics, log and many
// connections.
package serve_test

import (
	"testing"

	"didops/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
