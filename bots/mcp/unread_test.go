package mcp_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
)

// unread is an output that nobody reads, until the channel is closed. It tells
// of the first write.
type unread struct{ begun, closed chan struct{} }

func (u unread) Write([]byte) (int, error) {
	select {
	case u.begun <- struct{}{}:
	default:
	}
	<-u.closed
	return 0, io.ErrClosedPipe
}

// TestStdioUnreadOutput holds that a client which does not read what it asked
// for keeps the process neither after the end of its input nor after a signal,
// whatever is about to be written.
func TestStdioUnreadOutput(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string]string{
		"an answer":       initialize + "\n",
		"a refusal":       "no JSON\n",
		"several of them": initialize + "\n" + old("2", "tools/list", "") + "\n" + "no JSON\n",
	} {
		for how, signal := range map[string]bool{"the input ends": false, "a signal": true} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					out := unread{make(chan struct{}, 1), make(chan struct{})}
					defer close(out.closed)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					in, w := io.Pipe()
					defer w.Close() //nolint:errcheck // a pipe's Close can't fail
					done := make(chan error)
					go func() { done <- newHarness(t).server(t, zerolog.Nop()).Stdio(ctx, in, out, alice()) }()
					go func() {
						_, _ = io.WriteString(w, lines)
						if !signal {
							_ = w.Close()
						}
					}()
					<-out.begun
					began := time.Now()
					if signal {
						cancel()
					}
					if err, took := <-done, time.Since(began); err == nil || took > 6*time.Second {
						t.Errorf("got %v after %s, want an error of an answer that was not read within six seconds", err, took)
					}
				})
			})
		}
	}
}
