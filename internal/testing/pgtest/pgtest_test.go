package pgtest_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"didops/internal/testing/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.Main(m)) }

// query runs a statement and returns what it says.
func query(t *testing.T, url, statement string) string {
	t.Helper()
	return strings.TrimSpace(string(pgtest.Run(t, "psql", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-Atc", statement, url)))
}

func TestDatabasesAreApart(t *testing.T) {
	t.Parallel()
	one, other := pgtest.Database(t), pgtest.Database(t)
	query(t, one, "CREATE TABLE a AS SELECT 7 AS b")
	copied := pgtest.Copy(t, one)
	query(t, one, "UPDATE a SET b = 8")
	if got := query(t, copied, "SELECT b FROM a"); got != "7" {
		t.Errorf("the copy holds %q, want 7", got)
	}
	if got := query(t, other, "SELECT count(*) FROM pg_tables WHERE tablename = 'a'"); got != "0" {
		t.Errorf("another database has %s such tables, want none", got)
	}
}

// TestAKilledServerKeepsWhatWasCommitted kills one and starts it again.
func TestAKilledServerKeepsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	s := pgtest.Start(t)
	url := s.Database(t)
	query(t, url, "CREATE TABLE a AS SELECT 7 AS b")
	s.Kill()
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if got := query(t, url, "SELECT b FROM a"); got != "7" {
		t.Errorf("after the crash it holds %q, want 7", got)
	}
}
