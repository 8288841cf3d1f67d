package store_test

import (
	"path/filepath"
	"strings"
	"testing"

	"didops/internal/testing/pgtest"
)

// TestABackupTakenMeanwhileIsWhole takes backups in the ways of docs/store.md
// while there is written, and looks at what they restore to.
func TestABackupTakenMeanwhileIsWhole(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		from := place(t)
		s := at(t, from)
		insert(t, s, pending("o-1", 0, "1"), pending("o-2", 0, "2"))
		began, enough, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for n := 1; ; n++ {
				work(t, s)
				if n == 5 {
					close(began)
				}
				select {
				case <-enough:
					return
				default:
				}
			}
		}()
		<-began
		before := worked(t, s)
		restored := restore(t, from, place(t))
		after := worked(t, s)
		close(enough)
		<-done
		if n := worked(t, at(t, restored)); n < before || n > after {
			t.Errorf("the backup has work done %d times, want from %d to %d", n, before, after)
		}
		work(t, at(t, restored))
	})
}

// restore takes a backup of a store and returns the place of one that is made
// of it.
func restore(t *testing.T, from, to string) string {
	t.Helper()
	if !strings.HasPrefix(from, "postgres:") {
		to = filepath.Join(t.TempDir(), "backup.db")
		alter(t, from, "VACUUM INTO '"+to+"'")
		return to
	}
	dump := filepath.Join(t.TempDir(), "orders.dump")
	pgtest.Run(t, "pg_dump", "--format=custom", "--file="+dump, from)
	pgtest.Run(t, "pg_restore", "--exit-on-error", "--no-owner", "--dbname="+to, dump)
	return to
}
