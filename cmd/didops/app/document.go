package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"didops/internal/fault"
	"didops/internal/sanitize"
	"didops/internal/spreadsheet"
	"didops/tools"
)

// document reads a file that a person names in place of a list, "-" being
// standard input. Behind a # may stand the name of a sheet, unless the whole is
// the name of a file.
func (a *app) document(ctx context.Context, name string) (tools.Document, error) {
	d := tools.Document{Name: name}
	open := func() (io.ReadCloser, error) { return os.Open(name) }
	switch _, err := os.Stat(name); {
	case name == "-" && a.Terminal != nil:
		return d, fault.New(fault.Invalid, "standard input is the terminal, and no list").
			WithHint("name a file (@list.csv), write into a pipe, or type the numbers behind the command")
	case name == "-":
		d.Name = "standard input"
		open = func() (io.ReadCloser, error) { return io.NopCloser(a.In), nil }
	case errors.Is(err, fs.ErrNotExist):
		if at := strings.LastIndexByte(name, '#'); at > 0 {
			d.Name, d.Sheet = name[:at], name[at+1:]
			open = func() (io.ReadCloser, error) { return os.Open(d.Name) }
		}
	}
	data, err := spreadsheet.Load(ctx, open)
	if err != nil {
		return d, unreadable(sanitize.Clean(d.Name, 80), err)
	}
	d.Data = data
	return d, nil
}

// unreadable returns why a file was not read, with its name before it.
func unreadable(name string, err error) error {
	var in *fs.PathError
	switch f, ok := fault.As(err); {
	case ok:
		c := *f
		c.Message = name + " " + f.Message
		return &c
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.Invalid, "there is no file %s", name).WithCause(err)
	case errors.As(err, &in):
		return fault.New(fault.Invalid, "%s can't be read: %s", name, in.Err).WithCause(err)
	}
	return fault.New(fault.Invalid, "%s can't be read", name).WithCause(err)
}

// save writes a file that a person names for a result, in place of one that is
// there.
func save(name string, data []byte) error {
	err := os.WriteFile(name, data, 0o644) //nolint:gosec // a chart, which is for others, too
	if err == nil {
		return nil
	}
	why := err
	if in := (*fs.PathError)(nil); errors.As(err, &in) {
		why = in.Err
	}
	return fault.New(fault.Invalid, "%s can't be written: %s", sanitize.Clean(name, 80), why).WithCause(err)
}
