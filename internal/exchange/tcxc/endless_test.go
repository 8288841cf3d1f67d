package tcxc_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/deadline"
	"didops/internal/exchange"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

// deaf is a connection that takes everything, answers nothing, and whose
// reader does not even notice that it is closed, until release.
type deaf struct {
	net.Conn
	release chan struct{}
}

func (d deaf) Write(b []byte) (int, error)      { return len(b), nil }
func (d deaf) SetDeadline(time.Time) error      { return nil }
func (d deaf) SetReadDeadline(time.Time) error  { return nil }
func (d deaf) SetWriteDeadline(time.Time) error { return nil }

func (d deaf) Read([]byte) (int, error) {
	<-d.release
	return 0, net.ErrClosed
}

// deafClient returns a client of an exchange that is deaf, within a bubble.
func deafClient(t *testing.T) *tcxc.Client {
	t.Helper()
	ours, theirs := net.Pipe()
	release := make(chan struct{})
	c, err := tcxc.New(tcxc.Options{
		URL: "http://127.0.0.1", Login: testLogin, Key: testKey, Timeout: time.Second, ReadDeadline: 5 * time.Second,
		Dial: func(context.Context, string, string) (net.Conn, error) { return deaf{ours, release}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(release)
		_, _ = ours.Close(), theirs.Close()
		c.Close()
	})
	return c
}

func TestReadEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := deafClient(t)
		began := time.Now()
		_, _, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{})
		if took := time.Since(began); fault.CodeOf(err) != fault.Unavailable || took > 5*time.Second+2*deadline.Grace {
			t.Errorf("got %v after %s, want unavailable after five seconds", err, took)
		}
	})
}

func TestWriteEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := deafClient(t)
		began := time.Now()
		err := c.Writer().Unsubscribe(t.Context(), "60")
		if took := time.Since(began); fault.CodeOf(err) != fault.UnknownOutcome || took > time.Second+2*deadline.Grace {
			t.Errorf("got %v after %s, want an unknown outcome after a second", err, took)
		}
	})
}

// TestInformationalAnswersAreNone holds that an exchange which only ever
// informs has not answered: a read says so, and of a write nothing is known.
func TestInformationalAnswersAreNone(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 50 {
			w.WriteHeader(http.StatusEarlyHints)
		}
	}))
	defer s.Close()
	isNoAnswer(t, s.URL)
}

// TestGarbageIsNoAnswer holds the same of bytes that are no HTTP: the exchange
// was reached.
func TestGarbageIsNoAnswer(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"noise": "\x8f\x00\xff\n" + strings.Repeat("\x17\xc3noise", 512), "a banner": "220 mail.example.net ready\r\n",
		"chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n" + strings.Repeat("nothing", 512),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				c, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(c, text)
				_ = c.Close()
			}))
			defer s.Close()
			isNoAnswer(t, s.URL)
		})
	}
}

// isNoAnswer holds that a read of an exchange says that it got no answer, and
// that of a write nothing is known.
func isNoAnswer(t *testing.T, url string) {
	t.Helper()
	c, err := tcxc.New(tcxc.Options{URL: url, Login: testLogin, Key: testKey, Rand: func() float64 { return 1 }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _, err = numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{})
	if f, ok := fault.As(err); !ok || f.Code != fault.Unavailable || !strings.Contains(f.Message, "no answer") {
		t.Errorf("a read: got %v, want that it is no answer", err)
	}
	err = c.Writer().Unsubscribe(t.Context(), "60")
	if fault.CodeOf(err) != fault.UnknownOutcome || errors.Is(err, fault.ErrNothingDone) {
		t.Errorf("a write: got %v, want an unknown outcome", err)
	}
}
