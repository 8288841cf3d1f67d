package deadline_test

import (
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
