package deadline_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/deadline"
)

// TestWriterLeavesAnUnreadPipe holds that a bounded writer goes on though nobody
// reads, waits once and not for every line, and writes again when somebody does.
func TestWriterLeavesAnUnreadPipe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, pipe := io.Pipe()
		w := deadline.NewWriter(pipe)
		w.Bound(time.Second)
		began := time.Now()
		for _, line := range []string{"one\n", "two\n", "three\n"} {
			if n, err := io.WriteString(w, line); n != len(line) || err != nil {
				t.Errorf("%q: got %d, %v, want as if it had been written", line, n, err)
			}
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("three lines took %s, want the bound once", took)
		}
		read := make(chan string)
		go func() {
			text, err := io.ReadAll(r)
			if err != nil {
				t.Error(err)
			}
			read <- string(text)
		}()
		synctest.Wait() // the first line is out
		if _, err := io.WriteString(w, "four\n"); err != nil {
			t.Error(err)
		}
		if err := pipe.Close(); err != nil {
			t.Error(err)
		}
		if got := <-read; got != "one\nfour\n" {
			t.Errorf("got %q, want what was left behind and what came later", got)
		}
		if _, err := io.WriteString(w, "five\n"); err == nil {
			t.Error("got no error of a closed pipe")
		}
	})
}

// TestOutputThatNobodyReads holds that a write which is under way when the bound
// comes is bounded too, and that of an output neither it nor anything after it
// counts as written.
func TestOutputThatNobodyReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, pipe := io.Pipe()
		w := deadline.NewOutput(pipe)
		time.AfterFunc(time.Hour, func() { w.Bound(time.Second) })
		began := time.Now()
		n, err := io.WriteString(w, "one\n")
		if took := time.Since(began); n != 0 || !errors.Is(err, deadline.ErrUnread) || took != time.Hour+time.Second || !w.Lost() {
			t.Errorf("got %d, %v after %s, lost %v, want it thrown away a second after the bound", n, err, took, w.Lost())
		}
		read := make(chan string)
		go func() {
			text, _ := io.ReadAll(r)
			read <- string(text)
		}()
		synctest.Wait() // the first line is out, late
		if n, err := io.WriteString(w, "two\n"); n != 0 || !errors.Is(err, deadline.ErrUnread) {
			t.Errorf("behind a hole: got %d, %v, want an error", n, err)
		}
		if err := pipe.Close(); err != nil {
			t.Error(err)
		}
		if got := <-read; got != "one\n" {
			t.Errorf("got %q, want nothing behind what was thrown away", got)
		}
	})
}

// TestOutputToASlowReader holds that who reads slowly gets everything, after the
// bound too as long as something is read within it.
func TestOutputToASlowReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, pipe := io.Pipe()
		w := deadline.NewOutput(pipe)
		var want strings.Builder
		go func() {
			for n := range 100 {
				if n == 50 {
					w.Bound(time.Second)
				}
				if _, err := fmt.Fprintln(io.MultiWriter(w, &want), "line", n); err != nil {
					t.Error(err)
				}
			}
			_ = pipe.Close()
		}()
		var got strings.Builder
		for piece := make([]byte, 64); ; {
			n, err := r.Read(piece)
			got.Write(piece[:n])
			if err != nil {
				break
			}
			time.Sleep(time.Second / 2)
		}
		if got.String() != want.String() || w.Lost() {
			t.Errorf("got %q, lost %v, want all of it", got.String(), w.Lost())
		}
	})
}

func TestWriterIsNotBoundedByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, pipe := io.Pipe()
		w := deadline.NewWriter(pipe)
		go func() {
			time.Sleep(time.Hour)
			if _, err := io.CopyN(io.Discard, r, 5); err != nil {
				t.Error(err)
			}
		}()
		began := time.Now()
		if n, err := io.Copy(w, strings.NewReader("hello")); n != 5 || err != nil || time.Since(began) != time.Hour {
			t.Errorf("got %d, %v after %s, want a patient write", n, err, time.Since(began))
		}
	})
}
