package gateway_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

// backWithin is how soon a gateway is back where no identify is spent.
const backWithin = 10 * time.Second

// lossy is a bot with the waits that it has in earnest, in the time of the
// test, on a Discord that holds to its limits.
type lossy struct {
	*fakediscord.Fake
	link *gateway.Link
	back int // how often it was there
}

// losing runs a test on a bot that is connected.
func losing(t *testing.T, test func(t *testing.T, w *lossy)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &lossy{Fake: fakediscord.New(t, fakediscord.InMemory, fakediscord.Limited, fakediscord.Lenient, fakediscord.Patience(time.Hour))}
		transport := w.Transport()
		t.Cleanup(transport.CloseIdleConnections)
		var err error
		w.link, err = gateway.New(gateway.Config{Token: w.Token, RESTURL: w.URL, Now: time.Now, Transport: transport, Log: zerolog.Nop()})
		if err != nil {
			t.Fatal(err)
		}
		run(t, w.link, greeter(t))
		w.returns(t)
		test(t, w)
	})
}

// returns waits for the gateway, and returns how long that took.
func (w *lossy) returns(t *testing.T) time.Duration {
	t.Helper()
	begun := time.Now()
	w.back++
	w.Connected(t, w.back)
	took := time.Since(begun)
	if got := w.Slash(t, alice(), "did search", nil).Message(t).Content; got != "hello" {
		t.Errorf("got %q, want hello", got)
	}
	synctest.Wait()
	check(t, w.Fake, w.link.Ready(), nil)
	return took
}

// TestGatewayResumes loses the connection in every way that leaves the session
// alone: it is back soon, and no identify is spent.
func TestGatewayResumes(t *testing.T) {
	t.Parallel()
	refused := errors.New("tls: handshake failure")
	away := func(long time.Duration) func(*lossy) {
		return func(w *lossy) {
			plug := w.Unplug(refused)
			w.Drop()
			time.Sleep(long)
			plug()
		}
	}
	silent := func(s fakediscord.Script) func(*lossy) {
		return func(w *lossy) {
			w.Script(s)
			w.Drop()
			time.Sleep(time.Minute)
			w.Script(fakediscord.Script{})
		}
	}
	for name, lose := range map[string]func(*lossy){
		"dropped":          func(w *lossy) { w.Drop() },
		"op 7":             func(w *lossy) { w.Reconnect() },
		"op 9, resumable":  func(w *lossy) { w.InvalidSession(true) },
		"close 1001":       func(w *lossy) { w.CloseGateway(1001) },
		"close 4000":       func(w *lossy) { w.CloseGateway(4000) },
		"refused":          away(time.Second),
		"refused for long": away(20 * time.Minute),
		"no greeting":      silent(fakediscord.Script{NoHello: true}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			losing(t, func(t *testing.T, w *lossy) { //nolint:thelper // the test itself
				for n := range 5 {
					lose(w)
					if took := w.returns(t); took > backWithin {
						t.Errorf("loss %d: got it back after %s, want %s at most", n+1, took, backWithin)
					}
				}
				if got := w.Identifies(); got != 1 {
					t.Errorf("got %d identifies, want the first only", got)
				}
			})
		})
	}
}

// TestGatewayMissesNothing holds that what happens while nobody listens comes
// when the session is resumed.
func TestGatewayMissesNothing(t *testing.T) {
	t.Parallel()
	losing(t, func(t *testing.T, w *lossy) { //nolint:thelper // the test itself
		w.Drop()
		i := w.Slash(t, alice(), "did search", nil) // on a connection that is dead already, or the next
		if got := i.Message(t).Content; got != "hello" {
			t.Errorf("got %q, want hello", got)
		}
	})
}

// TestGatewayIdentifiesAnew loses sessions for good: identifies stay as far
// apart as Discord wants them, which it judges, and are not spent on one that
// is refused over and over.
func TestGatewayIdentifiesAnew(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*lossy){
		"op 9":       func(w *lossy) { w.InvalidSession(false) },
		"close 4009": func(w *lossy) { w.CloseGateway(4009) },
		"close 4007": func(w *lossy) { w.CloseGateway(4007) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			losing(t, func(t *testing.T, w *lossy) { //nolint:thelper // the test itself
				lose(w)
				if took := w.returns(t); took > backWithin {
					t.Errorf("got it back after %s, want %s at most", took, backWithin)
				}
				for range 9 {
					lose(w)
					w.returns(t)
				}
				if got := w.Identifies(); got != 11 {
					t.Errorf("got %d identifies, want one for each session", got)
				}
			})
		})
	}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		losing(t, func(t *testing.T, w *lossy) { //nolint:thelper // the test itself
			w.Script(fakediscord.Script{Invalid: 1 << 30})
			w.InvalidSession(false)
			time.Sleep(24 * time.Hour)
			if got := w.Identifies(); got > 400 {
				t.Errorf("got %d identifies in a day, want few of the thousand that Discord allows", got)
			}
		})
	})
}
