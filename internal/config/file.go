package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"didops/internal/fault"
	"didops/internal/sanitize"
)

var (
	errTooBig  = errors.New("too big")
	errFolder  = errors.New("a folder")
	errNotFile = errors.New("a pipe or a device")
)

// ReadFile returns the contents of a file that a setting names, of at most
// 1 MiB. An error is Invalid and names the setting and the file. What is no
// file is refused before it is opened: to open a pipe is to wait for a writer.
func ReadFile(setting, name string) ([]byte, error) {
	data, _, err := Source{}.contents(name, mostFile)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s: %s", sanitize.Clean(name, 200), why(err, mostFile)).WithField(setting).
			WithCause(fmt.Errorf("read the file of %s: %w", setting, err))
	}
	return data, nil
}

// contents returns what is in a file of at most so many bytes.
func (s Source) contents(name string, most int64) ([]byte, fs.FileInfo, error) {
	f, err := s.open(name)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if err := readable(name, info); err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = errTooBig
	}
	return data, info, err
}

func (s Source) open(name string) (fs.File, error) {
	if s.Open != nil {
		return s.Open(name)
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if err := readable(name, info); err != nil {
		return nil, err
	}
	return os.Open(name)
}

// readable refuses what has no end or may be waited for. The null device is an
// empty file to whoever wants none.
func readable(name string, info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return errFolder
	case mode.IsRegular(), name == os.DevNull:
		return nil
	}
	return errNotFile
}

// why says in words of our own why a file can't be read.
func why(err error, most int) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "this user may not read the file"
	case errors.Is(err, errFolder):
		return "this is a folder"
	case errors.Is(err, errNotFile):
		return "this is a pipe or a device: write what comes out of it to a file, and name that"
	case errors.Is(err, errTooBig):
		return fmt.Sprintf("the file has more than %d bytes", most)
	}
	return "the file can't be read"
}
