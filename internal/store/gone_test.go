package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"didops/internal/fault"
	"didops/internal/store"
)

// TestAStoreThatIsGoneIsNotBegun holds that who finds no store where one was
// gets an error, whatever is left of it, until a person removes what is left or
// puts a backup in its place.
func TestAStoreThatIsGoneIsNotBegun(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(path string) error{
		"removed": func(path string) error {
			return errors.Join(os.Remove(path), absent(os.Remove(path+"-wal")), absent(os.Remove(path+"-shm")))
		},
		"emptied":         func(path string) error { return os.Truncate(path, 0) },
		"all but the log": func(path string) error { return errors.Join(os.Remove(path), os.Remove(path+".lock")) },
		"a link to nowhere": func(path string) error {
			return errors.Join(os.Rename(path, path+".moved"), os.Symlink(path+".none", path))
		},
		"all but the rest": func(path string) error { return os.Remove(path) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := place(t)
			begun := at(t, path)
			trail(t, begun, "first")
			trail(t, begun, "second") // it stays open, so there is a log
			if err := lose(path); err != nil {
				t.Fatal(err)
			}
			left := names(t, filepath.Dir(path))
			isGone(t, at(t, path), "is gone")
			if r, err := at(t, path).Check(t.Context()); !errors.Is(err, store.ErrGone) {
				t.Errorf("check: got %+v, %v, want an error", r, err)
			}
			equal(t, "folder", names(t, filepath.Dir(path)), left)

			f, _ := fault.As(at(t, path).Prepare(t.Context()))
			for _, end := range []string{".lock", "-wal", "-shm"} {
				if info, err := os.Stat(path + end); err == nil && info.Size() > 0 && !strings.Contains(f.Hint, filepath.Base(path)+end) {
					t.Errorf("got the hint %q, want it to name what to remove: %s", f.Hint, end)
				}
			}
			for _, end := range []string{"", ".lock", "-wal", "-shm"} {
				if err := absent(os.Remove(path + end)); err != nil {
					t.Fatal(err)
				}
			}
			s := at(t, path)
			nothing(t, s)
			trail(t, s, "new first")
			if head, err := s.Audit().Head(t.Context()); head != 1 || err != nil {
				t.Errorf("begun anew: got head %d, %v, want 1", head, err)
			}
		})
	}
}

// absent is err, unless that says that there is no such file.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// TestABackupInPlaceOfAStoreThatIsGone holds that it is used at once, also where
// the lock went as well, and is missed when it goes in turn.
func TestABackupInPlaceOfAStoreThatIsGone(t *testing.T) {
	t.Parallel()
	path := place(t)
	trail(t, at(t, path), "first")
	backup := filepath.Join(t.TempDir(), "backup.db")
	alter(t, path, `VACUUM INTO '`+backup+`'`)
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, string(body))
	s := at(t, path)
	if head, err := s.Audit().Head(t.Context()); head != 1 || err != nil {
		t.Errorf("got head %d, %v, want 1", head, err)
	}
	if err := errors.Join(s.Close(), os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	isGone(t, at(t, path), "is gone")
	put(t, path, string(body))
	trail(t, at(t, path), "second")
}

// TestALockAloneIsNoStore holds that a process which was killed while it made
// the first store keeps nobody from making it, nor from seeing that there is
// none.
func TestALockAloneIsNoStore(t *testing.T) {
	t.Parallel()
	for name, left := range map[string]map[string]string{
		"before it was begun":     {".lock": ""},
		"before it was moved":     {".lock": "marked", ".new": "a store"},
		"an empty file was there": {".lock": "", "": ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := place(t)
			for end, text := range left {
				put(t, path+end, text)
			}
			s := at(t, path)
			nothing(t, s)
			trail(t, s, "first")
		})
	}
}
