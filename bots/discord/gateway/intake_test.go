package gateway_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

// byHTTP serves a bot that takes interactions by HTTP. It has no token.
func byHTTP(t *testing.T, h gateway.Handler, change func(*fakediscord.Fake, *gateway.Config)) (*harness, *running, string) {
	t.Helper()
	w := newHarness(t, func(f *fakediscord.Fake, c *gateway.Config) {
		c.Token, c.PublicKey = "", f.PublicKey()
		if change != nil {
			change(f, c)
		}
	}, fakediscord.Lenient)
	server := httptest.NewServer(w.l.Handler(h))
	t.Cleanup(server.Close)
	url := server.URL + "/discord/interactions"
	w.f.DeliverTo(url)
	return w, run(t, w.l, nil), url
}

func TestIntake(t *testing.T) {
	t.Parallel()
	var w *harness
	proceed := make(chan struct{})
	w, r, _ := byHTTP(t, func(ctx context.Context, i *discordgo.Interaction, reply gateway.Reply) {
		if i.Type == discordgo.InteractionApplicationCommandAutocomplete {
			_ = reply.Ack(ctx, &discordgo.InteractionResponse{Type: 8})
			return
		}
		if err := reply.Ack(ctx, deferred()); err != nil {
			t.Error(err)
		}
		<-proceed
		if err := reply.Edit(ctx, edit("done")); err != nil {
			t.Error(err)
		}
		if _, err := reply.Followup(ctx, &discordgo.WebhookParams{Content: "more"}); err != nil {
			t.Error(err)
		}
	}, nil)
	i := w.f.Slash(t, alice(), "did search", nil)
	if got := i.Ack(t); got.Type != 5 || got.Flags != 64 {
		t.Errorf("got %+v, want the deferral", got)
	}
	r.stop() // what has begun goes on
	close(proceed)
	if got := i.Message(t).Content; got != "done" {
		t.Errorf("got %q, want done", got)
	}
	i.Followup(t, 1)
	check(t, w.f, r.end(t), nil)
	if got := w.f.Slash(t, alice(), "did search", nil).Status(t); got != http.StatusServiceUnavailable {
		t.Errorf("got %d after the end, want 503", got)
	}
	if got := w.f.Count("POST /interactions/"); got != 0 {
		t.Errorf("got %d callbacks, want the answers by HTTP only", got)
	}
}

func TestIntakeOfChoices(t *testing.T) {
	t.Parallel()
	w, _, _ := byHTTP(t, func(ctx context.Context, _ *discordgo.Interaction, reply gateway.Reply) {
		if err := reply.Ack(ctx, &discordgo.InteractionResponse{Type: 8, Data: &discordgo.InteractionResponseData{Choices: []*discordgo.ApplicationCommandOptionChoice{{Name: "UAE", Value: "AE"}}}}); err != nil {
			t.Error(err)
		}
	}, nil)
	if got := w.f.Autocomplete(t, alice(), "did search", "country", "u", nil).Choices(t); len(got) != 1 || got[0].Value != "AE" {
		t.Errorf("got %v, want AE", got)
	}
	for w.l.Ready() != nil { // notices a moment after the first interactions may come
		w.f.Autocomplete(t, alice(), "did search", "country", "u", nil).Choices(t)
	}
}

func TestIntakeRefuses(t *testing.T) {
	t.Parallel()
	const body = `{"id":"7","application_id":"1","token":"interaction-token-7","type":2,"data":{"name":"did"}}`
	const ping = `{"id":"8","application_id":"1","token":"interaction-token-8","type":1}`
	clock := newClock()
	w, _, url := byHTTP(t, greeter(t), func(_ *fakediscord.Fake, c *gateway.Config) { c.Now = clock.now })
	signed := func(body string, age time.Duration) *http.Request {
		return w.f.Signed(t, url, []byte(body), clock.now().Add(-age))
	}
	with := func(r *http.Request, change func(*http.Request)) *http.Request { change(r); return r }
	bodied := func(text string) func(*http.Request) {
		return func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		}
	}
	get, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		r    *http.Request
		want int
	}{
		{"ping", signed(ping, 0), 200},
		{"good", signed(body, 0), 200},
		{"the same again", signed(body, 0), 401},
		{"the same again, signed later", signed(body, -2*time.Second), 401},
		{"other body", with(signed(body, 0), bodied(strings.Replace(body, "did", "foo", 1))), 401},
		{"no signature", with(signed(ping, 0), func(r *http.Request) { r.Header.Del("X-Signature-Ed25519") }), 401},
		{"signature that is none", with(signed(ping, 0), func(r *http.Request) { r.Header.Set("X-Signature-Ed25519", "zz") }), 401},
		{"signature of another", with(signed(ping, 0), func(r *http.Request) { r.Header.Set("X-Signature-Ed25519", strings.Repeat("00", 64)) }), 401},
		{"no timestamp", with(signed(ping, 0), func(r *http.Request) { r.Header.Del("X-Signature-Timestamp") }), 401},
		{"other timestamp", with(signed(ping, 0), func(r *http.Request) { r.Header.Set("X-Signature-Timestamp", "1") }), 401},
		{"old", signed(ping, 7*time.Second), 401},
		{"of 2001", signed(ping, 25*365*24*time.Hour), 401},
		{"from the future", signed(ping, -7*time.Second), 401},
		{"4 s old", signed(ping, 4*time.Second), 200},
		{"no JSON", signed("x", 0), 400},
		{"no interaction", signed(`{"id":"9","type":2}`, 0), 400},
		{"too long", signed(`"`+strings.Repeat("x", 1<<20)+`"`, 0), 413},
		{"GET", get, 405},
	}
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	for _, tt := range tests {
		resp, err := client.Do(tt.r)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		got, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != tt.want {
			t.Errorf("%s: got %d %s, %v, want %d", tt.name, resp.StatusCode, got, err, tt.want)
		}
		if tt.name == "ping" && !bytes.Contains(got, []byte(`"type":1`)) {
			t.Errorf("got %s, want a pong", got)
		}
	}
}

func TestIntakeWithoutKeyRefusesEverything(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil)
	rec := httptest.NewRecorder()
	w.l.Handler(greeter(t)).ServeHTTP(rec, w.f.Signed(t, "http://bot.example/discord/interactions", []byte(`{"type":1}`), time.Now()))
	if rec.Code != http.StatusUnauthorized {
		t.Errorf("got %d, want 401", rec.Code)
	}
}

func TestIntakeWithoutResponse(t *testing.T) {
	t.Parallel()
	acked := make(chan error, 1)
	proceed := make(chan struct{})
	w, _, _ := byHTTP(t, func(ctx context.Context, i *discordgo.Interaction, reply gateway.Reply) {
		switch i.ApplicationCommandData().Name {
		case "late":
			<-proceed
			acked <- reply.Ack(ctx, deferred())
		case "panic":
			panic("x")
		}
	}, func(_ *fakediscord.Fake, c *gateway.Config) { c.Times.Ack = 100 * time.Millisecond })
	if got := w.f.Slash(t, alice(), "late", nil).Status(t); got != http.StatusServiceUnavailable {
		t.Errorf("got %d, want 503", got)
	}
	close(proceed)
	check(t, w.f, <-acked, gateway.ErrGone)
	for _, command := range []string{"panic", "silent"} {
		if got := w.f.Slash(t, alice(), command, nil).Status(t); got != http.StatusInternalServerError {
			t.Errorf("%s: got %d, want 500", command, got)
		}
	}
}

// TestIntakeEditsBeforeDiscordKnows has an edit that is faster than Discord.
func TestIntakeEditsBeforeDiscordKnows(t *testing.T) {
	t.Parallel()
	done := make(chan error, 1)
	w, _, _ := byHTTP(t, func(ctx context.Context, _ *discordgo.Interaction, reply gateway.Reply) {
		_ = reply.Ack(ctx, deferred())
		done <- reply.Edit(ctx, edit("done"))
	}, nil)
	w.f.Inject(fakediscord.Fault{Route: "PATCH /webhooks/", Status: 404, Code: 10015, Times: 3})
	i := w.f.Slash(t, alice(), "did search", nil)
	check(t, w.f, <-done, nil)
	i.Message(t)
}
