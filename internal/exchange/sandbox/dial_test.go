package sandbox_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/exchange/sandbox"
)

func dial(t *testing.T, s *sandbox.Server) net.Conn {
	t.Helper()
	c, err := s.Dial(t.Context(), "tcp", "sandbox:80")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestConnectionDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := sandbox.New(sandbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		c := dial(t, s)
		began := time.Now()
		for _, set := range []func(time.Time) error{c.SetReadDeadline, c.SetDeadline} {
			if err := set(time.Now().Add(3 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("read: got %v, want the deadline", err)
			}
		}
		if got := time.Since(began); got != 6*time.Second {
			t.Errorf("waited %v, want 6s", got)
		}
		synctest.Wait()
		if _, err := c.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write: got %v, want the deadline", err)
		}
		if err := c.SetDeadline(time.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read: got %v, want the deadline that is now", err)
		}
		if err := c.SetDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "GET /x HTTP/1.0\r\n\r\n"); err != nil {
			t.Fatalf("write without deadline: %v", err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil) //nolint:bodyclose // the connection is closed
		if err != nil || resp.StatusCode != http.StatusNotFound {
			t.Errorf("got %v %v, want a 404", resp, err)
		}
	})
}

func TestConnectionEnds(t *testing.T) {
	t.Parallel()
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, s)
	if got := fmt.Sprintf("%v %s", c.LocalAddr(), c.RemoteAddr().Network()); got != "sandbox memory" {
		t.Errorf("addresses: got %s", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("read after the server closed: got %v, want EOF", err)
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("write after the server closed: got %v, want a closed pipe", err)
	}
	_ = c.Close()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("read after closing: got %v, want a closed pipe", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Dial(gone, "tcp", "sandbox:80"); err == nil {
		t.Error("dial with a context that is done: got no error")
	}
}

// TestLargeTransfers sends more in both directions than is buffered.
func TestLargeTransfers(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{PageMost: 10_000})
	long := strings.Repeat("7", 900_000)
	a := r.post("/number/market", "searchform", "1", "padding", long)
	if got := a.decode(t).Dids; len(got) != 10_000 {
		t.Errorf("got %d rows, want 10000", len(got))
	}
	if got := r.Requests()[0].Form.Get("padding"); got != long {
		t.Errorf("the server got %d characters, want %d", len(got), len(long))
	}
	over := r.try("/number/market", "searchform", "1", "padding", long+long)
	if over.err == nil && over.code != http.StatusBadRequest {
		t.Errorf("a body of 1.8 MB: got %d, want 400", over.code)
	}
}
