// Package replicas_test runs several programs on one store.
package replicas_test

import (
	"testing"

	"didops/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
