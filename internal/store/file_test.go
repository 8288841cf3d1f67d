package store_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/store"
)

// names returns what is in a folder.
func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// put makes a file.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// nothing checks that there is no store to read.
func nothing(t *testing.T, s *store.Store) {
	t.Helper()
	err := s.Orders().Read(t.Context(), func(order.Tx) error {
		t.Error("read: got a call, want none")
		return nil
	})
	if !errors.Is(err, order.ErrNone) {
		t.Errorf("read: got %v, want %v", err, order.ErrNone)
	}
	if head, err := s.Audit().Head(t.Context()); head != 0 || err != nil {
		t.Errorf("head: got %d, %v, want 0", head, err)
	}
	if _, err := s.Check(t.Context()); err != nil {
		t.Errorf("check: %v", err)
	}
}

func TestReadingMakesNoStore(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	nothing(t, at(t, filepath.Join(folder, "a", "b", "orders.db")))
	equal(t, "folder", names(t, folder), []string{})
	path := filepath.Join(folder, "empty.db")
	put(t, path, "")
	s := at(t, path)
	nothing(t, s)
	equal(t, "folder with an empty file", names(t, folder), []string{"empty.db"})
	trail(t, s, "first")
	if head, err := s.Audit().Head(t.Context()); head != 1 || err != nil {
		t.Errorf("written to an empty file: got head %d, %v, want 1", head, err)
	}
}

func TestAnyNameWillDo(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b.db", "a?mode=memory.db", "a#b.db", "100%41.db", "été'\".db", "a&_pragma=x;.db", ":memory:"} {
		folder := filepath.Join(t.TempDir(), name)
		if runtime.GOOS == "windows" && strings.ContainsAny(name, `?":`) {
			continue
		}
		path := filepath.Join(folder, name)
		trail(t, at(t, path), "first")
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: got %v, want a file", name, err)
		}
		if head, err := at(t, path).Audit().Head(t.Context()); head != 1 || err != nil {
			t.Errorf("%s: got head %d, %v, want 1", name, head, err)
		}
	}
}

func TestOnlyTheUserCanReadTheStore(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps no such modes")
	}
	path := place(t)
	s := at(t, path)
	trail(t, s, "first")
	modes := func(want fs.FileMode, files ...string) {
		t.Helper()
		for _, name := range files {
			info, err := os.Stat(filepath.Join(filepath.Dir(path), name))
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: got %v, %v, want %v", name, info.Mode(), err, want)
			}
		}
	}
	modes(0o700, ".")
	modes(0o600, "orders.db", "orders.db-wal", "orders.db-shm", "orders.db.lock", "orders.db.turn")

	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	other := at(t, path)
	if _, err := other.Check(t.Context()); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("check: got %v, want %s", err, fault.Unavailable)
	}
	modes(0o644, "orders.db") // a check changes nothing
	if head, err := other.Audit().Head(t.Context()); head != 1 || err != nil {
		t.Errorf("head: got %d, %v, want 1", head, err)
	}
	modes(0o600, "orders.db", "orders.db-wal", "orders.db-shm")
}

func TestAnUnusableStoreSaysSo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		make  func(t *testing.T, path string)
		code  fault.Code
		words string
	}{
		{"newer", func(t *testing.T, path string) {
			t.Helper()
			trail(t, at(t, path), "first")
			alter(t, path, `INSERT INTO didops_versions (version_id, is_applied) VALUES (99, 1)`)
		}, fault.Unavailable, "newer didops"},
		{"of another program", func(t *testing.T, path string) {
			t.Helper()
			put(t, path, "")
			alter(t, path, `CREATE TABLE orders (id INTEGER)`)
		}, fault.Unavailable, "another program"},
		{"garbage", func(t *testing.T, path string) {
			t.Helper()
			put(t, path, strings.Repeat("no database ", 1000))
		}, fault.Unavailable, "damaged, or no store"},
		{"folder", func(t *testing.T, path string) {
			t.Helper()
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, fault.Unavailable, "can't be used"},
		{"below a file", func(t *testing.T, path string) {
			t.Helper()
			put(t, filepath.Dir(path), "a file")
		}, fault.Unavailable, "can't be used"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := place(t)
			c.make(t, path)
			before, _ := os.ReadFile(path)
			mode := open(t, path)
			s := at(t, path)
			_, head := s.Audit().Head(t.Context())
			_, check := s.Check(t.Context())
			never := func(order.Tx) error {
				t.Error("got a transaction, want none")
				return nil
			}
			for what, err := range map[string]error{
				"head": head, "read": s.Orders().Read(t.Context(), never), "write": s.Orders().Write(t.Context(), never), "check": check,
			} {
				f, ok := fault.As(err)
				if !ok || f.Code != c.code || !strings.Contains(f.Error(), c.words) || !strings.Contains(f.Message, filepath.Dir(path)) || f.Hint == "" {
					t.Errorf("%s: got %v, want %s with %q, the folder and a hint", what, err, c.code, c.words)
				}
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			if info, err := os.Stat(path); err == nil && info.Mode() != mode {
				t.Errorf("got mode %v, want %v as before", info.Mode(), mode)
			}
		})
	}
}

// open lets others read a file, and returns its mode then; that of a folder is
// left alone, and 0 stands for no file.
func open(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	if info.Mode().IsRegular() && runtime.GOOS != "windows" {
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if info, err = os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

// alter changes the file of a store behind its back.
func alter(t *testing.T, path, statement string) {
	t.Helper()
	db := raw(t, path)
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAStoreUpdatedMeanwhileIsNotWritten(t *testing.T) {
	t.Parallel()
	path := place(t)
	s := at(t, path)
	trail(t, s, "first")
	alter(t, path, `INSERT INTO didops_versions (version_id, is_applied) VALUES (99, 1)`)
	err := s.Orders().Write(t.Context(), func(order.Tx) error {
		t.Error("got a transaction, want none")
		return nil
	})
	if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "newer") {
		t.Errorf("got %v, want a newer store", err)
	}
}

func TestAStoreThatGoesAwayIsNoticed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows moves no open file")
	}
	path := place(t)
	s := at(t, path)
	trail(t, s, "first", "second")
	err := s.Orders().Write(t.Context(), func(tx order.Tx) error {
		if err := os.Rename(filepath.Dir(path), filepath.Dir(path)+".old"); err != nil {
			return err
		}
		return tx.Insert(pending("o-1", 0, "1"))
	})
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a commit to nowhere: got %v, want %s", err, fault.Unavailable)
	}
	isGone(t, s, "is gone")
	if _, err := os.Stat(filepath.Dir(path)); err == nil {
		t.Error("a folder was made for an empty store")
	}
	trail(t, at(t, path), "new first") // another process
	isGone(t, s, "is another")
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Dir(path)+".old", filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	trail(t, s, "third")
	if head, err := s.Audit().Head(t.Context()); head != 3 || err != nil {
		t.Errorf("back in its place: got head %d, %v, want 3", head, err)
	}
}

// isGone holds that a store which was there once is an error to whoever reads
// or writes, and that none is made in its place.
func isGone(t *testing.T, s *store.Store, words string) {
	t.Helper()
	unused := func(order.Tx) error {
		t.Error("got a transaction, want none")
		return nil
	}
	_, head := s.Audit().Head(t.Context())
	for what, err := range map[string]error{
		"head": head, "read": s.Orders().Read(t.Context(), unused), "write": s.Orders().Write(t.Context(), unused), "prepare": s.Prepare(t.Context()),
	} {
		if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: got %v, want that the store %s", what, err, words)
		}
	}
}

func TestAStoreThatWasNotFinishedIsMadeAnew(t *testing.T) {
	t.Parallel()
	path := place(t)
	for _, end := range []string{"", "-wal", "-shm", "-journal"} {
		put(t, path+".new"+end, "half a store")
	}
	s := at(t, path)
	nothing(t, s)
	trail(t, s, "first")
	equal(t, "files", names(t, filepath.Dir(path)), []string{"orders.db", "orders.db-shm", "orders.db-wal", "orders.db.lock", "orders.db.turn"})
}

func TestWhoWaitsForAStoreToBeMadeGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	path := place(t)
	put(t, path+".lock", "")
	lock, err := lockedfile.OpenFile(path+".lock", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := at(t, path)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	waiting := make(chan error)
	for range 2 { // one waits for the file, one for the other
		go func() {
			waiting <- s.Orders().Write(ctx, func(order.Tx) error { return errors.New("got a transaction, want none") })
		}()
	}
	for range 2 {
		if err := <-waiting; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
		}
	}
	nothing(t, s)
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	trail(t, s, "first")
}

func TestCheckOfAGoodStore(t *testing.T) {
	t.Parallel()
	path := place(t)
	s := at(t, path)
	trail(t, s, "first")
	if _, err := s.Check(t.Context()); err != nil {
		t.Errorf("idle: %v", err)
	}
	trail(t, s, "second")
	if head, err := at(t, path).Audit().Head(t.Context()); head != 2 || err != nil {
		t.Errorf("got head %d, %v, want 2", head, err)
	}
	equal(t, "files", names(t, filepath.Dir(path)), []string{"orders.db", "orders.db-shm", "orders.db-wal", "orders.db.lock", "orders.db.turn"})
}

func TestMigrationsAreCounted(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		if n := len(names(t, filepath.Join("migrations", engine))); n != store.Version {
			t.Errorf("%s: got %d migrations for version %d", engine, n, store.Version)
		}
	}
}

func TestOpenNeedsAPathAndAClock(t *testing.T) {
	t.Parallel()
	for _, c := range []store.Config{{}, {Path: "orders.db"}} {
		if _, err := store.Open(c); err == nil {
			t.Errorf("%+v: got no error, want one", c)
		}
	}
}
