package crash_test

import (
	"os"
	"runtime"
	"testing"

	"didops/internal/order"
	"didops/internal/testing/pgtest"
)

// crashSample is how many places there are for one at which a program that
// uses PostgreSQL is killed, unless all are asked for.
const crashSample = 12

// TestCrashMatrixOnPostgres is TestCrashMatrix with a database for each cell.
// It kills at a part of the places; at all of them by
//
//	DIDOPS_TEST_CRASHES=all go test ./e2e/crash -run TestCrashMatrixOnPostgres -v
func TestCrashMatrixOnPostgres(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no SIGKILL here")
	}
	if testing.Short() {
		t.Skip("takes a minute")
	}
	made := madeDatabase(t)
	m := newMatrix(t, buildCrashing(t), func(t *testing.T) string { t.Helper(); return pgtest.Copy(t, made) })
	if os.Getenv("DIDOPS_TEST_CRASHES") != "all" {
		m.every = crashSample
	}
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
