// Package attack_test attacks the program as those would who may not decide: by
// arguments, dialogs, processes, limits and words. Secrets stay in whatever the
// exchange and the callers do.
package attack_test

import (
	"testing"

	"didops/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// target is a user of the program whom the tests attack.
type target struct{ *harness.Target }

func newTarget(t *testing.T, settings string) *target {
	t.Helper()
	return &target{harness.NewTarget(t, settings)}
}

func newTargetBehind(t *testing.T, settings string, before harness.Front) *target {
	t.Helper()
	return &target{harness.NewTargetBehind(t, settings, before)}
}
