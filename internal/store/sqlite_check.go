package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	codes "modernc.org/sqlite/lib"
)

// check implements engine.
func (s *sqlite) check(ctx context.Context) (Report, error) {
	report := Report{Place: s.where()}
	info, err := os.Stat(s.path)
	switch {
	case missing(info, err):
		if err := s.absent(ctx); err != nil {
			return report, err
		}
		return report, writable(s.path)
	case err != nil:
		return report, unreachable(s.path, err)
	case !info.Mode().IsRegular():
		return report, unreachable(s.path, errors.New("not a file"))
	}
	if err := writable(s.path); err != nil { // the log is kept beside the file
		return report, err
	}
	err = s.try(ctx, &report)
	if err == nil && exposed(info) { // of a file that is no store it does not matter
		return report, others(s.path, fs.ErrPermission)
	}
	return report, s.failure(ctx, "check the store", err)
}

// try opens the file as the store would, looks at it, and asks to be its
// writer.
func (s *sqlite) try(ctx context.Context, report *Report) (err error) {
	reader, err := connect(s.path, forReading)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	have, err := s.stored(ctx, reader)
	if err != nil {
		return err
	}
	if have > version {
		return tooNew(s.where(), have)
	}
	if err := report.look(ctx, reader, s.clock()); err != nil {
		return err
	}
	return s.writes(ctx)
}

// writes asks to be the writer of the file.
func (s *sqlite) writes(ctx context.Context) (err error) {
	writer, err := connect(s.path, forWriting)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	t, err := writer.BeginTx(ctx, nil)
	if code(err) == codes.SQLITE_BUSY {
		return nil // another process could
	} else if err != nil {
		return err
	}
	return t.Rollback()
}

// writable reports whether the folder of a path can be written, or made.
func writable(path string) error {
	folder := filepath.Dir(path)
	for {
		info, err := os.Stat(folder)
		if errors.Is(err, fs.ErrNotExist) && filepath.Dir(folder) != folder {
			folder = filepath.Dir(folder)
			continue
		}
		if err == nil && !info.IsDir() {
			err = errors.New(folder + " is not a folder")
		}
		if err != nil {
			return unreachable(path, err)
		}
		break
	}
	f, err := os.CreateTemp(folder, ".didops-*")
	if err != nil {
		return unreachable(path, err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return unreachable(path, err)
	}
	return nil
}
