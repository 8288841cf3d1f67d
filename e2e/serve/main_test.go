// Package serve_test drives "didops serve": Discord, metrics, log and many
// connections.
package serve_test

import (
	"testing"

	"didops/internal/testing/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
