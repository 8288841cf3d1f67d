package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

func TestGatewayComesBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		do         func(*fakediscord.Fake)
		identifies int
	}{
		{"op 7", (*fakediscord.Fake).Reconnect, 1},
		{"op 9", func(f *fakediscord.Fake) { f.InvalidSession(false) }, 3},
		{"op 9, resumable", func(f *fakediscord.Fake) { f.InvalidSession(true) }, 1},
		{"dropped", (*fakediscord.Fake).Drop, 1},
		{"close 1000", func(f *fakediscord.Fake) { f.CloseGateway(1000) }, 3},
		{"close 1001", func(f *fakediscord.Fake) { f.CloseGateway(1001) }, 1},
		{"close 1006 is no frame", func(f *fakediscord.Fake) { f.CloseGateway(1005) }, 1},
		{"close 4000", func(f *fakediscord.Fake) { f.CloseGateway(4000) }, 1},
		{"close 4007", func(f *fakediscord.Fake) { f.CloseGateway(4007) }, 3},
		{"close 4009", func(f *fakediscord.Fake) { f.CloseGateway(4009) }, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newHarness(t, nil, fakediscord.Lenient)
			check(t, w.f, w.l.Ready(), gateway.ErrUnavailable)
			r := run(t, w.l, greeter(t))
			for n := range 3 {
				w.f.Connected(t, n+1)
				if got := w.f.Slash(t, alice(), "did search", nil).Message(t).Content; got != "hello" {
					t.Errorf("got %q, want hello", got)
				}
				for w.l.Ready() != nil { // notices a moment after the first interactions may come
					w.f.Slash(t, alice(), "did search", nil).Message(t)
				}
				if n < 2 {
					tt.do(w.f)
				}
			}
			if got := w.f.Identifies(); got != tt.identifies {
				t.Errorf("got %d identifies, want %d", got, tt.identifies)
			}
			r.stop()
			check(t, w.f, r.end(t), nil)
			check(t, w.f, w.l.Ready(), gateway.ErrUnavailable)
			w.f.Disconnected(t)
		})
	}
}

// TestGatewayTakesWhatCameBeforeTheEnd has interactions that arrive in one
// piece with the frame that ends the session.
func TestGatewayTakesWhatCameBeforeTheEnd(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil, fakediscord.Lenient)
	run(t, w.l, greeter(t))
	for n := range 20 {
		w.f.Connected(t, n+1)
		i := w.f.Slash(t, alice(), "did search", nil)
		if n%2 == 0 {
			w.f.Reconnect()
		} else {
			w.f.CloseGateway(4000)
		}
		i.Message(t)
	}
}

func TestGatewayStopsWhereNothingHelps(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]error{4004: gateway.ErrUnauthorized, 4010: gateway.ErrInvalid, 4014: gateway.ErrInvalid} {
		for _, running := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d, running %v", code, running), func(t *testing.T) {
				t.Parallel()
				w := newHarness(t, nil)
				if !running {
					w.f.Script(fakediscord.Script{Refuse: code})
				}
				r := run(t, w.l, greeter(t))
				if running {
					w.f.Connected(t, 1)
					w.f.CloseGateway(code)
				}
				check(t, w.f, r.end(t), want)
				check(t, w.f, w.l.Ready(), gateway.ErrUnavailable)
				if got := w.f.Identifies(); got != 1 {
					t.Errorf("got %d identifies, want 1", got)
				}
			})
		}
	}
	t.Run("401", func(t *testing.T) {
		t.Parallel()
		w := newHarness(t, func(_ *fakediscord.Fake, c *gateway.Config) { c.Token = "Bot wrong-token" })
		r := run(t, w.l, greeter(t))
		err := r.end(t)
		check(t, w.f, err, gateway.ErrUnauthorized)
		if strings.Contains(err.Error()+w.log.String(), "wrong-token") {
			t.Errorf("the token is in %v or the log", err)
		}
		if got := w.f.Identifies(); got != 0 {
			t.Errorf("got %d identifies, want none", got)
		}
	})
	t.Run("no token", func(t *testing.T) {
		t.Parallel()
		w := newHarness(t, func(_ *fakediscord.Fake, c *gateway.Config) { c.Token = "" })
		check(t, w.f, run(t, w.l, greeter(t)).end(t), gateway.ErrUnauthorized)
	})
}

func TestGatewayAbandonsSessionsThatAreStuck(t *testing.T) {
	t.Parallel()
	never := make(chan struct{})
	tests := []struct {
		name   string
		script fakediscord.Script
		times  func(*gateway.Times)
	}{
		{"no hello", fakediscord.Script{NoHello: true}, nil},
		{"no READY", fakediscord.Script{NoReady: true}, nil},
		{"READY late", fakediscord.Script{Ready: never}, nil},
		{"op 7 instead of READY", fakediscord.Script{Reconnect: true}, nil},
		{"no sign of life", fakediscord.Script{NoAck: true}, func(t *gateway.Times) { t.Silence = 100 * time.Millisecond }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newHarness(t, func(_ *fakediscord.Fake, c *gateway.Config) {
				c.Times.Hello, c.Times.Open = 300*time.Millisecond, 300*time.Millisecond
				if tt.times != nil {
					tt.times(&c.Times)
				}
			}, fakediscord.Lenient)
			w.f.Script(tt.script)
			run(t, w.l, greeter(t))
			switch {
			case tt.script.NoHello:
				w.f.Request(t, "GET /gateway/bot", 2)
			case tt.script.NoAck:
				w.f.Resumed(t, 1)
			default:
				w.f.Identified(t, 2)
			}
			w.f.Script(fakediscord.Script{Heartbeat: 20 * time.Millisecond})
			for w.l.Ready() != nil { // notices a moment after the first interactions may come
				w.f.Slash(t, alice(), "did search", nil).Message(t)
			}
		})
	}
}

func TestGatewayIsSparingWithIdentifies(t *testing.T) {
	t.Parallel()
	w := newHarness(t, func(_ *fakediscord.Fake, c *gateway.Config) { c.Times.Open = time.Minute }, fakediscord.Lenient)
	none := 0
	w.f.Script(fakediscord.Script{Identifies: &none, ResetAfter: time.Hour})
	r := run(t, w.l, greeter(t))
	w.f.Request(t, "GET /gateway/bot", 1)
	for !strings.Contains(w.log.String(), "few identifies are left") {
		w.f.Request(t, "GET /gateway/bot", 1)
	}
	if err := w.l.Ready(); err == nil || !strings.Contains(err.Error(), "identifies") {
		t.Errorf("got %v, want that identifies are scarce", err)
	}
	r.stop()
	check(t, w.f, r.end(t), nil)
	if got := w.f.Identifies(); got != 0 {
		t.Errorf("got %d identifies, want none before the day is over", got)
	}
}

func TestGatewayIdentifiesAnewAfterAWait(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil, fakediscord.Lenient)
	w.f.Script(fakediscord.Script{Invalid: 2})
	run(t, w.l, greeter(t))
	w.f.Connected(t, 1)
	if got := w.f.Count("GET /gateway/bot"); got != 3 {
		t.Errorf("got %d connections, want 3: one for each identify", got)
	}
}

func TestGatewayLivesWithALeanProxy(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil, fakediscord.Lenient)
	w.f.Inject(fakediscord.Fault{Route: "GET /gateway/bot", Status: 404})
	w.f.Inject(fakediscord.Fault{Route: "GET /gateway", Status: 502, Times: 2})
	run(t, w.l, greeter(t))
	w.f.Connected(t, 1)
}

func TestGatewayIsNotReachedWithoutTLS(t *testing.T) {
	t.Parallel()
	w := newHarness(t, func(f *fakediscord.Fake, c *gateway.Config) {
		c.Transport = elsewhere(`{"url":"ws://192.0.2.1:1/"}`)
	})
	r := run(t, w.l, greeter(t))
	for !strings.Contains(w.log.String(), "without TLS") {
		select {
		case err := <-r.done:
			t.Fatal(err)
		case <-time.After(time.Millisecond):
		}
	}
}

// elsewhere answers every request with a body.
type elsewhere string

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	return respond(r, http.StatusOK, nil, string(e)), nil
}

func TestHandlerPanicIsContained(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil, fakediscord.Lenient)
	run(t, w.l, func(ctx context.Context, i *discordgo.Interaction, reply gateway.Reply) {
		if i.ApplicationCommandData().Name == "did" {
			panic("with " + i.Token + " and " + w.f.Token)
		}
		_ = reply.Ack(ctx, message("alive"))
	})
	bad := w.f.Slash(t, alice(), "did search", nil)
	w.f.Slash(t, alice(), "order list", nil).Message(t)
	for !strings.Contains(w.log.String(), bad.ID) {
		w.f.Slash(t, alice(), "order list", nil).Message(t)
	}
	if got := w.log.String(); !strings.Contains(got, "panicked") || !strings.Contains(got, "gateway_test.go") {
		t.Errorf("got %s, want the panic and where it was", got)
	}
	for w.l.Ready() != nil { // notices a moment after the first interactions may come
		w.f.Slash(t, alice(), "order list", nil).Message(t)
	}
}

func TestShutdownFinishesWhatHasBegun(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil, fakediscord.Lenient)
	begun, proceed := make(chan struct{}), make(chan struct{})
	r := run(t, w.l, func(ctx context.Context, _ *discordgo.Interaction, reply gateway.Reply) {
		check(t, w.f, reply.Ack(ctx, deferred()), nil)
		close(begun)
		<-proceed
		check(t, w.f, reply.Edit(ctx, edit("done")), nil)
	})
	i := w.f.Slash(t, alice(), "did search", nil)
	<-begun
	r.stop()
	w.f.Disconnected(t)
	select {
	case err := <-r.done:
		t.Fatalf("Run returned %v while a handler was at work", err)
	default:
	}
	close(proceed)
	if got := i.Message(t).Content; got != "done" {
		t.Errorf("got %q, want done", got)
	}
	check(t, w.f, r.end(t), nil)
}

func TestShutdownIsBounded(t *testing.T) {
	t.Parallel()
	w := newHarness(t, func(_ *fakediscord.Fake, c *gateway.Config) { c.Times.Drain = 50 * time.Millisecond }, fakediscord.Lenient)
	begun, told := make(chan struct{}), make(chan error, 1)
	r := run(t, w.l, func(ctx context.Context, _ *discordgo.Interaction, reply gateway.Reply) {
		close(begun)
		<-ctx.Done()
		told <- ctx.Err()
	})
	w.f.Slash(t, alice(), "did search", nil)
	<-begun
	r.stop()
	check(t, w.f, r.end(t), nil)
	if err := <-told; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the handler was told to stop", err)
	}
	if !strings.Contains(w.log.String(), "cut short") {
		t.Errorf("got %s, want a word on what was cut short", w.log)
	}
}

// TestChoicesOfAModalAreRead holds that what was chosen arrives as if it had been
// typed, and so does that nothing was.
func TestChoicesOfAModalAreRead(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil, fakediscord.Lenient)
	got := make(chan *discordgo.Interaction, 1)
	run(t, w.l, func(_ context.Context, i *discordgo.Interaction, _ gateway.Reply) { got <- i })
	w.f.Connected(t, 1)
	w.f.Dispatch("INTERACTION_CREATE", json.RawMessage(`{"id":"1","application_id":"2","token":"interaction-token-1","type":5,"guild_id":"3",
		"data":{"custom_id":"v1:filtered","components":[
		{"type":18,"component":{"type":3,"custom_id":"menu","values":["a","b"]}},{"type":18,"component":{"type":3,"custom_id":"none","values":[]}},
		{"type":18,"component":{"type":21,"custom_id":"radio","value":"x"}},{"type":18,"component":{"type":21,"custom_id":"left","value":null}},
		{"type":18,"component":{"type":22,"custom_id":"boxes","values":["c"]}},{"type":18,"component":{"type":23,"custom_id":"box","value":true}},
		{"type":18,"component":{"type":3,"custom_id":"broken","values":7}},{"type":18,"component":{"type":4,"custom_id":"text","value":"typed"}}]}}`))
	values := map[string]string{}
	for _, row := range (<-got).ModalSubmitData().Components {
		for _, c := range row.(*discordgo.ActionsRow).Components {
			if in, ok := c.(*discordgo.TextInput); ok {
				values[in.CustomID] = in.Value
			}
		}
	}
	want := map[string]string{"menu": "a,b", "none": "", "radio": "x", "left": "", "boxes": "c", "box": "true", "text": "typed"}
	if !maps.Equal(values, want) {
		t.Errorf("got %v, want %v", values, want)
	}
}

// TestUnknownComponentsAreRead sends a modal's answer that discordgo can't
// decode.
func TestUnknownComponentsAreRead(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil, fakediscord.Lenient)
	got := make(chan *discordgo.Interaction, 1)
	run(t, w.l, func(_ context.Context, i *discordgo.Interaction, _ gateway.Reply) { got <- i })
	w.f.Connected(t, 1)
	w.f.Dispatch("INTERACTION_CREATE", json.RawMessage(`{"id":"1","application_id":"2","token":"interaction-token-1","type":5,"guild_id":"3",
		"message":{"id":"9","components":[{"type":99}]},
		"data":{"custom_id":"v1:digits","components":[{"type":18,"id":1,"component":{"type":4,"id":2,"custom_id":"digits","value":"4567"}},
		{"type":18,"component":{"type":20,"custom_id":"odd"}},{"type":99},{"type":1,"components":[{"type":4,"custom_id":"more","value":"x"},{"type":98}]}]}}`))
	i := <-got
	data := i.ModalSubmitData()
	values := map[string]string{}
	for _, row := range data.Components {
		for _, c := range row.(*discordgo.ActionsRow).Components {
			in := c.(*discordgo.TextInput)
			values[in.CustomID] = in.Value
		}
	}
	if data.CustomID != "v1:digits" || len(values) != 2 || values["digits"] != "4567" || values["more"] != "x" {
		t.Errorf("got %q with %v, want both inputs", data.CustomID, values)
	}
	if i.Message == nil || i.Message.ID != "9" {
		t.Errorf("got the message %v, want its id", i.Message)
	}
	w.f.Dispatch("INTERACTION_CREATE", json.RawMessage(`{"id":"1","application_id":"2","token":"interaction-token-1","type":9}`))
	w.f.Dispatch("INTERACTION_CREATE", json.RawMessage(`{"id":{},"token":"interaction-token-1"}`))
	w.f.Slash(t, alice(), "did search", nil)
	if i := <-got; i.Type != discordgo.InteractionApplicationCommand {
		t.Errorf("got type %s, want that what can't be read is left out", i.Type)
	}
}
