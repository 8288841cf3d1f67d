// Package replicas_test runs several programs on one store.
package replicas_test

import (
	"testing"

	"didops/internal/testing/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
