package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/rs/zerolog"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

// pacing runs a test on a Link to a Discord that holds to its limits, in the
// time of the test. Nothing may be turned away by it.
func pacing(t *testing.T, test func(t *testing.T, f *fakediscord.Fake, l *gateway.Link)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := fakediscord.New(t, fakediscord.InMemory, fakediscord.Limited)
		transport := f.Transport()
		t.Cleanup(transport.CloseIdleConnections)
		l, err := gateway.New(gateway.Config{Token: f.Token, RESTURL: f.URL, Now: time.Now, Transport: transport, Log: zerolog.Nop()})
		if err != nil {
			t.Fatal(err)
		}
		test(t, f, l)
		if got := f.Refused(); got != 0 {
			t.Errorf("got %d requests turned away, want that they wait here", got)
		}
	})
}

// TestManyPostsAtOnce posts and edits more than the buckets of a channel take:
// the rest goes as soon as it may, and other channels do not wait.
func TestManyPostsAtOnce(t *testing.T) {
	t.Parallel()
	pacing(t, func(t *testing.T, f *fakediscord.Fake, l *gateway.Link) { //nolint:thelper // the test itself
		begun := time.Now()
		var all sync.WaitGroup
		for n := range 12 {
			all.Go(func() {
				id, err := l.Post(t.Context(), "5001", &discordgo.MessageSend{Content: "x"}, fmt.Sprint("a", n))
				check(t, f, err, nil)
				text := "y"
				check(t, f, l.Edit(t.Context(), "5001", id, &discordgo.MessageEdit{Content: &text}), nil)
			})
		}
		synctest.Wait()
		_, err := l.Post(t.Context(), "5002", &discordgo.MessageSend{Content: "x"}, "b")
		check(t, f, err, nil)
		if took := time.Since(begun); took != 0 {
			t.Errorf("another channel waited %s", took)
		}
		all.Wait()
		if took := time.Since(begun); took != 10*time.Second {
			t.Errorf("got all done after %s, want 10s: five of each kind in five seconds", took)
		}
	})
}

// TestPostThatHasNoTime holds that a call which would not get its turn says so
// at once, also behind others that wait, and takes nobody's place.
func TestPostThatHasNoTime(t *testing.T) {
	t.Parallel()
	pacing(t, func(t *testing.T, f *fakediscord.Fake, l *gateway.Link) { //nolint:thelper // the test itself
		post := func(ctx context.Context, n int) error {
			_, err := l.Post(ctx, "5001", &discordgo.MessageSend{Content: "x"}, fmt.Sprint(n))
			return err
		}
		for n := range 5 {
			check(t, f, post(t.Context(), n), nil)
		}
		var all sync.WaitGroup
		for n := range 5 {
			all.Go(func() { check(t, f, post(t.Context(), 10+n), nil) })
		}
		synctest.Wait()
		begun := time.Now()
		for _, within := range []time.Duration{time.Second, 8 * time.Second} {
			ctx, cancel := context.WithTimeout(t.Context(), within)
			check(t, f, post(ctx, 20), gateway.ErrBusy)
			cancel()
		}
		gone, cancel := context.WithCancel(t.Context())
		all.Go(func() { check(t, f, post(gone, 30), context.Canceled) })
		synctest.Wait()
		if took := time.Since(begun); took != 0 {
			t.Errorf("got the refusals after %s, want them at once", took)
		}
		cancel()
		all.Wait()
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("got all done after %s, want 5s", took)
		}
	})
}

// TestBucketThatIsNotHeardOf holds that calls go on where answers are lost, and
// where whoever answers tells no limits.
func TestBucketThatIsNotHeardOf(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(n int, r *http.Request) (*http.Response, error){
		"lost": func(n int, r *http.Request) (*http.Response, error) {
			if n%2 == 0 {
				return nil, errors.New("connection reset")
			}
			return respond(r, 200, map[string]string{"X-RateLimit-Limit": "2", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "1"}, `{"id":"1"}`), nil
		},
		"no limits": func(n int, r *http.Request) (*http.Response, error) {
			if n == 1 {
				return respond(r, 429, nil, `{"retry_after":1}`), nil
			}
			return respond(r, 200, nil, `{"id":"1"}`), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l, _ := onWire(t, answer)
				var all sync.WaitGroup
				for n := range 20 {
					all.Go(func() {
						if _, err := l.Post(t.Context(), channel, &discordgo.MessageSend{Content: "x"}, fmt.Sprint(n)); err != nil {
							t.Errorf("post %d: %v", n, err)
						}
					})
				}
				begun := time.Now()
				all.Wait()
				if took := time.Since(begun); took > time.Minute {
					t.Errorf("got it done after %s", took)
				}
			})
		})
	}
}
