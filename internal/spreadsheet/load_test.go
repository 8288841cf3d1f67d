package spreadsheet_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"didops/internal/fault"
	"didops/internal/spreadsheet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source tells whether it was closed.
type source struct {
	io.Reader
	closed bool
}

func (s *source) Close() error {
	s.closed = true
	return nil
}

func (s *source) open() (io.ReadCloser, error) { return s, nil }

// zeros is a device that never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestLoad(t *testing.T) {
	t.Parallel()
	from := &source{Reader: strings.NewReader("971501")}
	if got, err := spreadsheet.Load(t.Context(), from.open); string(got) != "971501" || err != nil || !from.closed {
		t.Errorf("got %q, %v, closed: %v", got, err, from.closed)
	}
	from = &source{Reader: io.LimitReader(zeros{}, spreadsheet.MaxBytes)}
	if got, err := spreadsheet.Load(t.Context(), from.open); len(got) != spreadsheet.MaxBytes || err != nil {
		t.Errorf("the largest file: got %d bytes, %v", len(got), err)
	}
	from = &source{Reader: zeros{}}
	if _, err := spreadsheet.Load(t.Context(), from.open); fault.CodeOf(err) != fault.Invalid || !from.closed {
		t.Errorf("a device without an end: got %v, closed: %v", err, from.closed)
	}
	if _, err := spreadsheet.Load(t.Context(), func() (io.ReadCloser, error) { return nil, fs.ErrNotExist }); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
}

// TestLoadEnds holds that a pipe nobody writes to, or closes, is not waited
// for, and that who interrupts it gets his terminal back.
func TestLoadEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pipe, writer := io.Pipe()
		began := time.Now()
		_, err := spreadsheet.Load(t.Context(), func() (io.ReadCloser, error) { return pipe, nil })
		if took := time.Since(began); fault.CodeOf(err) != fault.Invalid || took < time.Minute || took > 3*time.Minute {
			t.Errorf("got %v after %s, want it to be refused after two minutes", err, took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		release := make(chan struct{})
		time.AfterFunc(time.Second, cancel)
		_, err = spreadsheet.Load(ctx, func() (io.ReadCloser, error) {
			<-release // a named pipe opens with its writer
			return pipe, nil
		})
		if fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("interrupted: got %v", err)
		}
		close(release)
		_ = writer.Close()
	})
}
