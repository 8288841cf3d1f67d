package crash_test

import (
	"runtime"
	"testing"

	"didops/internal/order"
	"didops/internal/testing/pgtest"
	"didops/internal/testing/wide"
)

// TestCrashMatrixOnPostgres is TestCrashMatrix with a database for each cell.
// Fewer places are enough: what differs is the store, whose places are the
// same in every scenario.
func TestCrashMatrixOnPostgres(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no SIGKILL here")
	}
	if testing.Short() {
		t.Skip("takes a minute")
	}
	made := madeDatabase(t)
	m := newMatrix(t, crashing(t), func(t *testing.T) string { t.Helper(); return pgtest.Copy(t, made) })
	m.every = wide.Pick(24, 4)
	m.run(t, crashScenarios())
}

// madeDatabase returns the url of a database that is a store without orders.
func madeDatabase(t *testing.T) string {
	t.Helper()
	url := pgtest.Database(t)
	s := openStore(t, url)
	defer func() { _ = s.Close() }()
	if err := s.Orders().Write(t.Context(), func(order.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return url
}
