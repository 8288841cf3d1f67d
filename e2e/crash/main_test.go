// Package crash_test kills the program at every place that it passes and looks
// at what it does about it when it is started again.
package crash_test

import (
	"testing"

	"didops/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
