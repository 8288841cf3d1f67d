package store_test

import (
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/order"
)

// TestAFullDiskStopsNoReading has a process that may let no file grow, as on a
// full disk, read what another has left, with a log and without one.
func TestAFullDiskStopsNoReading(t *testing.T) {
	t.Parallel()
	for _, unfinished := range []bool{false, true} {
		path := place(t)
		s := at(t, path)
		trail(t, s, "first", "second")
		if unfinished { // its log holds what is not in the file, and a crash has taken the shared memory away
			for _, end := range []string{"", "-wal"} {
				text, err := os.ReadFile(path + end)
				if err != nil {
					t.Fatal(err)
				}
				put(t, path+".copy"+end, string(text))
			}
			path += ".copy"
		} else if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if said := together(t, 1, "cramped", path); !strings.Contains(said, "PASS") {
			t.Errorf("unfinished %t: got %s", unfinished, said)
		}
		if unfinished {
			continue
		}
		again := at(t, path)
		trail(t, again, "third")
		checkTrail(t, again)
	}
}

// cramped is a process on a full disk.
func cramped(t *testing.T, path string) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{}); err != nil {
		t.Fatal(err)
	}
	s := at(t, path)
	for range 2 {
		if head, err := s.Audit().Head(t.Context()); head != 2 || err != nil {
			t.Errorf("head: got %d, %v, want 2", head, err)
		}
		var list []audit.Kept
		read(t, s.Audit(), func(tx audit.Tx) (err error) {
			list, err = tx.Since(0, 10)
			return err
		})
		if len(list) != 2 {
			t.Errorf("got %d entries, want 2", len(list))
		}
		err := s.Orders().Write(t.Context(), func(tx order.Tx) error {
			_, _, err := tx.Append(audit.Entry{Event: "none"})
			return err
		})
		if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "no room") {
			t.Errorf("a write: got %v, want that there is no room", err)
		}
	}
}
