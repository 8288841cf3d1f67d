package gateway_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

// TestWhatIsGone holds that only the code of Discord's that names what a call
// is about says that it is not there any more.
func TestWhatIsGone(t *testing.T) {
	t.Parallel()
	text := "x"
	calls := map[string]func(ctx context.Context, l *gateway.Link) error{
		"edit": func(ctx context.Context, l *gateway.Link) error {
			return l.Edit(ctx, channel, "1", &discordgo.MessageEdit{Content: &text})
		},
		"post": func(ctx context.Context, l *gateway.Link) error {
			_, err := l.Post(ctx, channel, &discordgo.MessageSend{Content: text}, "n")
			return err
		},
		"messages": func(ctx context.Context, l *gateway.Link) error {
			_, err := l.Messages(ctx, channel, "")
			return err
		},
		"exists": func(ctx context.Context, l *gateway.Link) error { return l.Exists(ctx, channel, "1") },
		"access": func(ctx context.Context, l *gateway.Link) error {
			_, err := l.Access(ctx, channel)
			return err
		},
	}
	for code, gone := range map[int]map[string]error{
		0:     {},
		10003: {"edit": gateway.ErrNoChannel, "post": gateway.ErrNoChannel, "messages": gateway.ErrNoChannel, "access": gateway.ErrNoChannel},
		10004: {},
		10008: {"edit": gateway.ErrGone, "exists": gateway.ErrGone},
		10015: {},
	} {
		w := newHarness(t, nil)
		w.f.Inject(fakediscord.Fault{Route: "PATCH /channels/", Status: 404, Code: code})
		w.f.Inject(fakediscord.Fault{Route: "POST /channels/", Status: 404, Code: code})
		w.f.Inject(fakediscord.Fault{Route: "GET /channels/", Status: 404, Code: code})
		for name, call := range calls {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			err := call(ctx, w.l)
			cancel()
			want := gone[name]
			if want == nil {
				want = gateway.ErrUnavailable
			}
			check(t, w.f, err, want)
			if errors.Is(err, gateway.ErrGone) != (gone[name] != nil) || name == "edit" && code == 10008 && errors.Is(err, gateway.ErrNoChannel) {
				t.Errorf("%s, code %d: got %v", name, code, err)
			}
		}
	}
}

// TestAnswerThatIsGone is the same of the answers to an interaction.
func TestAnswerThatIsGone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status, code int
		want         error
	}{
		{404, 0, gateway.ErrUnavailable},
		{404, 10008, gateway.ErrGone},
		{404, 10015, gateway.ErrGone},
		{404, 10062, gateway.ErrGone},
		{401, 50027, gateway.ErrGone},
	} {
		w := newHarness(t, nil, fakediscord.Lenient)
		reply := replies(t, w)
		i := w.f.Slash(t, alice(), "did search", nil)
		r := reply(i)
		lift := w.f.Inject(fakediscord.Fault{Route: "POST /interactions/", Status: tt.status, Code: tt.code})
		check(t, w.f, r.Ack(t.Context(), deferred()), tt.want)
		lift()
		check(t, w.f, r.Ack(t.Context(), deferred()), nil)
		w.f.Inject(fakediscord.Fault{Route: "PATCH /webhooks/", Status: tt.status, Code: tt.code})
		w.f.Inject(fakediscord.Fault{Route: "POST /webhooks/", Status: tt.status, Code: tt.code})
		check(t, w.f, r.Edit(t.Context(), edit("x")), tt.want)
		check(t, w.f, further(t, r, &discordgo.WebhookParams{Content: "x"}), tt.want)
	}
}
