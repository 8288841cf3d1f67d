package shell

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/term"
)

// Terminal is the keyboard of the person who may be asked.
type Terminal interface {
	// Discard drops what was typed and not read yet.
	Discard() error
	// ReadLine returns the next line that is typed, without its end. The error
	// is io.EOF where the input ends before the line does, and that of ctx
	// where ctx ends first; a line that is typed after that may be lost.
	ReadLine(ctx context.Context) (string, error)
}

// TerminalOf returns the terminal that a file is, nil where it is none. It
// reads nothing before it is asked for a line.
func TerminalOf(f *os.File) Terminal {
	is := false
	c := console{f}
	err := c.control(func(fd uintptr) error {
		is = term.IsTerminal(int(fd))
		return nil
	})
	if err != nil || !is {
		return nil
	}
	return c
}

type console struct{ file *os.File }

// Discard implements [Terminal].
func (c console) Discard() error { return c.control(discard) }

// control lends the descriptor. Unlike [os.File.Fd] that leaves a file which
// is no terminal as it is: others may read it in their own way.
func (c console) control(do func(fd uintptr) error) error {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return err
	}
	var done error
	err = raw.Control(func(fd uintptr) { done = do(fd) })
	return errors.Join(err, done)
}

// ReadLine implements [Terminal]. No system lets go of a read of a terminal
// once it has begun: after the end of ctx it is left behind, for a program
// that ends.
func (c console) ReadLine(ctx context.Context) (string, error) {
	type answer struct {
		line string
		err  error
	}
	came := make(chan answer, 1)
	go func() {
		line, err := readLine(c.file)
		came <- answer{line, err}
	}()
	select {
	case a := <-came:
		return a.line, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// readLine reads up to the end of a line. A terminal gives a line at a time,
// and what one without line editing gives beyond it is dropped.
func readLine(r io.Reader) (string, error) {
	var line []byte
	var chunk [256]byte
	for {
		n, err := r.Read(chunk[:])
		if end := bytes.IndexAny(chunk[:n], "\r\n"); end >= 0 {
			return string(append(line, chunk[:end]...)), nil
		}
		line = append(line, chunk[:n]...)
		if err != nil {
			return "", err
		}
		if n == 0 {
			return "", io.EOF
		}
	}
}
