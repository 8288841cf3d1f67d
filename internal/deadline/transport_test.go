package deadline_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/deadline"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// endless is a body that nobody should read: it has no end but Close.
type endless struct{ closed chan struct{} }

func (e endless) Read([]byte) (int, error) {
	<-e.closed
	return 0, io.EOF
}

func (e endless) Close() error {
	close(e.closed)
	return nil
}

// TestNoAnswerIsNotRead holds that what is no final answer is refused at once,
// without reading what follows it.
func TestNoAnswerIsNotRead(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, http.StatusContinue, http.StatusSwitchingProtocols, 199} {
		body := endless{make(chan struct{})}
		client := &http.Client{Transport: deadline.Transport{Next: roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Body: body}, nil
		})}}
		_, err := client.Do(request(t.Context(), t)) //nolint:bodyclose // there is none
		if !errors.Is(err, deadline.ErrUnexpected) {
			t.Errorf("HTTP %d: got %v, want an unexpected answer", status, err)
		}
		<-body.closed
	}
}

func request(ctx context.Context, tb testing.TB) *http.Request {
	tb.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1/", nil)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// TestConnectionIsClosed holds that a request which does not mind its context
// loses its connection, before its answer and in its body.
func TestConnectionIsClosed(t *testing.T) {
	t.Parallel()
	for name, inBody := range map[string]bool{"before the answer": false, "in the body": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				defer func() { _ = theirs.Close() }()
				client := &http.Client{Transport: deadline.Transport{Next: roundTrip(func(r *http.Request) (*http.Response, error) {
					httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{Conn: ours})
					if inBody {
						return &http.Response{StatusCode: http.StatusOK, Body: ours}, nil
					}
					_, err := ours.Read(make([]byte, 1))
					return nil, err
				})}}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				began := time.Now()
				resp, err := client.Do(request(ctx, t))
				if err == nil {
					_, err = io.ReadAll(resp.Body)
					_ = resp.Body.Close()
				}
				if took := time.Since(began); err == nil || took != time.Minute+deadline.Grace {
					t.Errorf("got %v after %s, want an error after %s", err, took, time.Minute+deadline.Grace)
				}
			})
		})
	}
}

// TestConnectionIsKept holds that a context which ends after the answer was
// read takes nobody else's connection away.
func TestConnectionIsKept(t *testing.T) {
	t.Parallel()
	for name, finish := range map[string]func(io.ReadCloser) error{
		"read to its end": func(b io.ReadCloser) error {
			_, err := io.Copy(io.Discard, b)
			return err
		},
		"closed": func(b io.ReadCloser) error { return b.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				defer func() { _ = theirs.Close() }()
				client := &http.Client{Transport: deadline.Transport{Next: roundTrip(func(r *http.Request) (*http.Response, error) {
					httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{Conn: ours})
					return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("it"))}, nil
				})}}
				ctx, cancel := context.WithCancel(t.Context())
				resp, err := client.Do(request(ctx, t))
				if err != nil {
					t.Fatal(err)
				}
				if err := finish(resp.Body); err != nil {
					t.Fatal(err)
				}
				cancel()
				time.Sleep(time.Minute)
				if err := ours.SetDeadline(time.Now()); err != nil {
					t.Errorf("got %v, want a connection that is open", err)
				}
				_ = ours.Close()
				_ = resp.Body.Close()
			})
		})
	}
}

// TestInformationalAnswers holds that a few are passed over, as RFC 9110 wants,
// and many are no answer.
func TestInformationalAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		count int
		good  bool
	}{{0, true}, {1, true}, {8, true}, {9, false}, {500, false}} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for range tt.count {
				w.WriteHeader(http.StatusEarlyHints)
			}
		}))
		next := &http.Transport{}
		client := &http.Client{Transport: deadline.Transport{Next: next}}
		r := request(t.Context(), t)
		r.URL.Host = strings.TrimPrefix(s.URL, "http://")
		resp, err := client.Do(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		if (err == nil) != tt.good || err != nil && !errors.Is(err, deadline.ErrUnexpected) {
			t.Errorf("after %d informational answers: got %v", tt.count, err)
		}
		client.CloseIdleConnections()
		s.Close()
	}
}
