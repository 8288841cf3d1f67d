package gateway_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/rs/zerolog"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

const channel = "3001"

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		c    gateway.Config
		ok   bool
	}{
		{"no clock", gateway.Config{}, false},
		{"Discord's own", gateway.Config{Now: time.Now}, true},
		{"https", gateway.Config{Now: time.Now, RESTURL: "https://proxy.example.net"}, true},
		{"loopback", gateway.Config{Now: time.Now, RESTURL: "http://[::1]:8080"}, true},
		{"localhost", gateway.Config{Now: time.Now, RESTURL: "http://localhost"}, true},
		{"plain http", gateway.Config{Now: time.Now, RESTURL: "http://proxy.example.net"}, false},
		{"no host", gateway.Config{Now: time.Now, RESTURL: "https://"}, false},
		{"with a password", gateway.Config{Now: time.Now, RESTURL: "https://a:b@proxy.example.net"}, false},
		{"short key", gateway.Config{Now: time.Now, PublicKey: "abcd"}, false},
		{"key that is none", gateway.Config{Now: time.Now, PublicKey: strings.Repeat("x", 64)}, false},
		{"key", gateway.Config{Now: time.Now, PublicKey: strings.Repeat("0a", 32)}, true},
	}
	for _, tt := range tests {
		if _, err := gateway.New(tt.c); (err == nil) != tt.ok {
			t.Errorf("%s: got %v, want ok %v", tt.name, err, tt.ok)
		}
	}
}

func TestREST(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil)
	app, err := w.l.Application(t.Context())
	if err != nil || app != w.f.AppID {
		t.Errorf("got %q, %v, want %q", app, err, w.f.AppID)
	}
	list := []*discordgo.ApplicationCommand{{Name: "did", Description: "Numbers", Options: []*discordgo.ApplicationCommandOption{
		{Type: discordgo.ApplicationCommandOptionSubCommand, Name: "search", Description: "Search", Options: []*discordgo.ApplicationCommandOption{
			{Type: discordgo.ApplicationCommandOptionString, Name: "country", Description: "Country", Autocomplete: true},
		}},
	}}}
	check(t, w.f, w.l.PutCommands(t.Context(), w.f.Guild, list), nil)
	back, err := w.l.Commands(t.Context(), w.f.Guild)
	if err != nil || len(back) != 1 || back[0].Options[0].Options[0].Name != "country" {
		t.Errorf("got %v, %v, want the commands", back, err)
	}
	id, err := w.l.Post(t.Context(), channel, &discordgo.MessageSend{Content: "@everyone", Files: []*discordgo.File{{Name: "a.csv", ContentType: "text/csv", Reader: strings.NewReader("1")}}}, "n")
	check(t, w.f, err, nil)
	m := w.f.Posted(t, channel, 1)
	if m.ID != id || m.Content != "@everyone" || len(m.Files) != 1 || string(m.Files[0].Data) != "1" {
		t.Errorf("got %+v, want the message %s with its file", m, id)
	}
	text := "edited"
	check(t, w.f, w.l.Edit(t.Context(), channel, id, &discordgo.MessageEdit{ID: "x", Channel: "y", Content: &text}), nil)
	if got := w.f.Posted(t, channel, 1).Content; got != text {
		t.Errorf("got %q, want %q", got, text)
	}
	check(t, w.f, w.l.PutCommands(t.Context(), w.f.Guild, nil), nil)
	if got := w.f.Count("GET /applications/@me"); got != 1 {
		t.Errorf("the application was asked for %d times, want once", got)
	}
}

func TestRESTErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault fakediscord.Fault
		want  error
	}{
		{"unknown message", fakediscord.Fault{Status: 404, Code: 10008}, gateway.ErrGone},
		{"unknown channel", fakediscord.Fault{Status: 404, Code: 10003}, gateway.ErrGone},
		{"404 of who knows no such path", fakediscord.Fault{Status: 404}, gateway.ErrUnavailable},
		{"404 of a proxy", fakediscord.Fault{Status: 404, HTML: true}, gateway.ErrUnavailable},
		{"something else is unknown", fakediscord.Fault{Status: 404, Code: 10004}, gateway.ErrUnavailable},
		{"an unknown webhook", fakediscord.Fault{Status: 404, Code: 10015}, gateway.ErrUnavailable},
		{"missing access", fakediscord.Fault{Status: 403, Code: 50001}, gateway.ErrForbidden},
		{"missing permission", fakediscord.Fault{Status: 403, Code: 50013}, gateway.ErrForbidden},
		{"403 of a proxy", fakediscord.Fault{Status: 403, HTML: true}, gateway.ErrForbidden},
		{"invalid form", fakediscord.Fault{Status: 400, Code: 50035}, gateway.ErrInvalid},
		{"too large", fakediscord.Fault{Status: 413}, gateway.ErrInvalid},
		{"old message", fakediscord.Fault{Status: 400, Code: 30046}, gateway.ErrBusy},
		{"401", fakediscord.Fault{Status: 401}, gateway.ErrUnauthorized},
		{"500 for good", fakediscord.Fault{Status: 500}, gateway.ErrUnavailable},
		{"cut for good", fakediscord.Fault{Cut: true}, gateway.ErrUnavailable},
		{"redirection", fakediscord.Fault{Status: 302}, gateway.ErrUnavailable},
		{"busy for long", fakediscord.Fault{Status: 429, RetryAfter: time.Hour}, gateway.ErrBusy},
		{"busy for long in HTML", fakediscord.Fault{Status: 429, HTML: true, RetryAfter: time.Hour}, gateway.ErrBusy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newHarness(t, func(_ *fakediscord.Fake, c *gateway.Config) { c.Times.Retry = time.Millisecond })
			tt.fault.Text = "about " + w.f.Token
			w.f.Inject(tt.fault)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			text := "x"
			check(t, w.f, w.l.Edit(ctx, channel, "1", &discordgo.MessageEdit{Content: &text}), tt.want)
		})
	}
}

func TestRESTTriesAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault fakediscord.Fault
	}{
		{"429", fakediscord.Fault{Status: 429, RetryAfter: 20 * time.Millisecond, Times: 3}},
		{"429 of the global limit", fakediscord.Fault{Status: 429, RetryAfter: 20 * time.Millisecond, Times: 1, Global: true}},
		{"429 in HTML", fakediscord.Fault{Status: 429, HTML: true, RetryAfter: 0, Times: 2}},
		{"502", fakediscord.Fault{Status: 502, HTML: true, Times: 3}},
		{"500", fakediscord.Fault{Status: 500, Times: 3}},
		{"cut", fakediscord.Fault{Cut: true, Times: 2}},
		{"cut after it was done", fakediscord.Fault{Cut: true, After: true, Times: 1}},
		{"502 after it was done", fakediscord.Fault{Status: 502, After: true, Times: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newHarness(t, nil)
			w.f.Inject(tt.fault)
			id, err := w.l.Post(t.Context(), channel, &discordgo.MessageSend{Content: "once"}, "a-nonce-that-is-longer-than-25-characters")
			check(t, w.f, err, nil)
			if m := w.f.Messages(channel); len(m) != 1 || m[0].ID != id {
				t.Errorf("got %d messages, want the one with id %s", len(m), id)
			}
			if got, want := w.f.Count("POST /channels/"), tt.fault.Times+1; got != want {
				t.Errorf("got %d requests, want %d", got, want)
			}
		})
	}
}

func TestPostWithoutNonceIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil)
	w.f.Inject(fakediscord.Fault{Status: 502, After: true})
	_, err := w.l.Post(t.Context(), channel, &discordgo.MessageSend{Content: "once"}, "")
	check(t, w.f, err, gateway.ErrUnavailable)
	if got := len(w.f.Messages(channel)); got != 1 {
		t.Errorf("got %d messages, want 1", got)
	}
}

func TestRESTEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil)
	hold := make(chan struct{})
	w.f.Inject(fakediscord.Fault{Route: "GET /applications", Hold: hold})
	defer close(hold)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := w.l.Application(ctx)
		done <- err
	}()
	w.f.Request(t, "GET /applications/@me", 1)
	cancel()
	check(t, w.f, <-done, context.Canceled)
}

// wire answers requests in the place of a network, so that time can be the
// test's.
type wire struct {
	mu     sync.Mutex
	at     []time.Time
	answer func(n int, r *http.Request) (*http.Response, error)
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.at = append(w.at, time.Now())
	n := len(w.at)
	w.mu.Unlock()
	return w.answer(n, r)
}

func respond(r *http.Request, status int, header map[string]string, body string) *http.Response {
	h := http.Header{}
	for k, v := range header {
		h.Set(k, v)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}

func onWire(t *testing.T, answer func(n int, r *http.Request) (*http.Response, error)) (*gateway.Link, *wire) {
	t.Helper()
	w := &wire{answer: answer}
	l, err := gateway.New(gateway.Config{Token: "t", Now: time.Now, Transport: w, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	return l, w
}

func TestRESTHonoursTheWaitThatIsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, w := onWire(t, func(n int, r *http.Request) (*http.Response, error) {
			switch n {
			case 1:
				return respond(r, 429, nil, `{"retry_after":1.5,"global":false}`), nil
			case 2:
				return respond(r, 429, map[string]string{"Retry-After": "7"}, "<html>"), nil
			case 3:
				return respond(r, 503, map[string]string{"Retry-After": "3"}, ""), nil
			}
			return respond(r, 200, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "4.25"}, `{"id":"1"}`), nil
		})
		begun := time.Now()
		for range 2 {
			if _, err := l.Post(t.Context(), channel, &discordgo.MessageSend{Content: "x"}, "n"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := l.Application(t.Context()); err != nil { // another route
			t.Fatal(err)
		}
		want := []time.Duration{0, 1500 * time.Millisecond, 8500 * time.Millisecond, 11500 * time.Millisecond, 15750 * time.Millisecond, 15750 * time.Millisecond}
		for n, at := range w.at {
			if got := at.Sub(begun); got != want[n] {
				t.Errorf("request %d: got %s, want %s", n+1, got, want[n])
			}
		}
		if len(w.at) != len(want) {
			t.Errorf("got %d requests, want %d", len(w.at), len(want))
		}
	})
}

func TestRESTGlobalLimitHoldsForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, w := onWire(t, func(n int, r *http.Request) (*http.Response, error) {
			if n == 1 {
				return respond(r, 429, map[string]string{"X-RateLimit-Global": "true"}, `{"retry_after":10,"global":true}`), nil
			}
			return respond(r, 200, nil, `{"id":"1"}`), nil
		})
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.Post(short, channel, &discordgo.MessageSend{Content: "x"}, "n"); !errors.Is(err, gateway.ErrBusy) {
			t.Errorf("got %v, want ErrBusy at once", err)
		}
		if _, err := l.Application(short); !errors.Is(err, gateway.ErrBusy) {
			t.Errorf("got %v, want ErrBusy for another route", err)
		}
		begun := time.Now()
		if _, err := l.Application(t.Context()); err != nil || time.Since(begun) != 10*time.Second {
			t.Errorf("got %v after %s, want success after 10 s", err, time.Since(begun))
		}
		if len(w.at) != 2 {
			t.Errorf("got %d requests, want 2", len(w.at))
		}
	})
}

func TestRESTGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, w := onWire(t, func(_ int, r *http.Request) (*http.Response, error) { return respond(r, 500, nil, ""), nil })
		_, err := l.Application(t.Context())
		if !errors.Is(err, gateway.ErrUnavailable) || len(w.at) != 10 {
			t.Errorf("got %v after %d tries, want ErrUnavailable after 10", err, len(w.at))
		}
	})
}

// TestPostCallsWhomItNames holds that a post notifies those whom it names one
// by one, whatever else its text mentions, and that nothing else notifies
// anybody, whatever it is told.
func TestPostCallsWhomItNames(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil)
	everybody := &discordgo.MessageAllowedMentions{
		Parse: []discordgo.AllowedMentionType{discordgo.AllowedMentionTypeEveryone, discordgo.AllowedMentionTypeUsers},
		Users: []string{"5"}, Roles: []string{"6"}, RepliedUser: true,
	}
	m := &discordgo.MessageSend{Content: "<@5> <@&6> <@7> @everyone", AllowedMentions: everybody}
	id, err := w.l.Post(t.Context(), channel, m, "n")
	check(t, w.f, err, nil)
	if got := w.f.Posted(t, channel, 1).Called; len(got) != 2 || got[0] != "5" || got[1] != "6" {
		t.Errorf("got %v called, want the two that are named", got)
	}
	body := func(route string) string { return string(w.f.Request(t, route, 1).Payload) }
	const own = `"allowed_mentions":{"parse":[],"roles":["6"],"users":["5"],"replied_user":false}`
	if said := body("POST /channels/"); !strings.Contains(said, own) {
		t.Errorf("got %s, want %s", said, own)
	}
	check(t, w.f, w.l.Edit(t.Context(), channel, id, &discordgo.MessageEdit{Content: &m.Content, AllowedMentions: everybody}), nil)
	if said := body("PATCH /channels/"); !strings.Contains(said, `"allowed_mentions":{"parse":[]}`) {
		t.Errorf("got %s, want nobody called by an edit", said)
	}
}

// TestDirect holds that a channel of direct messages is the same at every call,
// and that a user who takes none is no closed channel but forbidden.
func TestDirect(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil)
	place, err := w.l.Direct(t.Context(), "5")
	check(t, w.f, err, nil)
	if again, err := w.l.Direct(t.Context(), "5"); err != nil || again != place || place != w.f.Direct("5", true) {
		t.Errorf("got %s, %v, want %s again", again, err, place)
	}
	_, err = w.l.Post(t.Context(), place, &discordgo.MessageSend{Content: "x"}, "n")
	check(t, w.f, err, gateway.ErrForbidden)
}
