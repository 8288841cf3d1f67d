// Package docs_test holds that what the documents, the packages and the bundles
// say is so: it types their commands and reads their configurations.
package docs_test

import (
	"testing"

	"didops/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
