package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// harness is a Discord and a bot.
type harness struct {
	f   *fakediscord.Fake
	l   *gateway.Link
	log *lines
}

// lines collects the log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// quick are waits that a test has the time for.
func quick() gateway.Times {
	return gateway.Times{
		Retry: 5 * time.Millisecond, Reconnect: 5 * time.Millisecond, Away: 20 * time.Millisecond, Identify: 5 * time.Millisecond,
		Backoff: 10 * time.Millisecond, Hello: 30 * time.Second,
		Cap: 50 * time.Millisecond, Renew: 20 * time.Millisecond,
	}
}

// newHarness makes a bot that reaches a Discord of its own. At the end no log
// line may have had a token in it.
func newHarness(tb testing.TB, change func(*fakediscord.Fake, *gateway.Config), settings ...fakediscord.Setting) *harness {
	tb.Helper()
	w := &harness{f: fakediscord.New(tb, settings...), log: &lines{}}
	w.l = w.another(tb, change)
	tb.Cleanup(func() { noSecrets(tb, w.f, "the log", w.log.String()) })
	return w
}

// another makes a further bot on the same Discord.
func (w *harness) another(tb testing.TB, change func(*fakediscord.Fake, *gateway.Config)) *gateway.Link {
	tb.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	tb.Cleanup(transport.CloseIdleConnections)
	c := gateway.Config{
		Token: w.f.Token, RESTURL: w.f.URL, Now: time.Now, Transport: transport,
		Log: zerolog.New(w.log).Level(zerolog.TraceLevel), Times: quick(),
	}
	if change != nil {
		change(w.f, &c)
	}
	l, err := gateway.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// running is a link that runs.
type running struct {
	stop context.CancelFunc
	done chan error
}

// run runs a link until the end of the test, at the latest.
func run(tb testing.TB, l *gateway.Link, h gateway.Handler) *running {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{stop: cancel, done: make(chan error, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.done <- l.Run(ctx, h)
	}()
	tb.Cleanup(func() {
		cancel()
		<-ended
	})
	return r
}

// end waits for the end of Run.
func (r *running) end(tb testing.TB) error {
	tb.Helper()
	select {
	case err := <-r.done:
		return err
	case <-time.After(2 * time.Minute):
		tb.Fatal("Run did not return")
		return nil
	}
}

// noSecrets reports the tokens that are in a text.
func noSecrets(tb testing.TB, f *fakediscord.Fake, what, text string) {
	tb.Helper()
	for _, secret := range []string{f.Token, "interaction-token-"} {
		if strings.Contains(text, secret) {
			tb.Errorf("%s has %q in it:\n%s", what, secret, text)
		}
	}
}

// check compares an error with the sentinel it has to be, and looks for
// secrets in it.
func check(tb testing.TB, f *fakediscord.Fake, err, want error) {
	tb.Helper()
	if !errors.Is(err, want) || want == nil && err != nil {
		tb.Errorf("got %v, want %v", err, want)
	}
	if err != nil {
		noSecrets(tb, f, "the error", err.Error())
	}
}

func alice() fakediscord.Actor {
	return fakediscord.Actor{ID: "1001", Name: "alice", Roles: []string{"2001"}}
}

func message(text string) *discordgo.InteractionResponse {
	return &discordgo.InteractionResponse{
		Type: discordgo.InteractionResponseChannelMessageWithSource,
		Data: &discordgo.InteractionResponseData{Content: text},
	}
}

func deferred() *discordgo.InteractionResponse {
	return &discordgo.InteractionResponse{
		Type: discordgo.InteractionResponseDeferredChannelMessageWithSource,
		Data: &discordgo.InteractionResponseData{Flags: discordgo.MessageFlagsEphemeral},
	}
}

func edit(text string) *discordgo.WebhookEdit { return &discordgo.WebhookEdit{Content: &text} }

// greeter answers every interaction with a message.
func greeter(tb testing.TB) gateway.Handler {
	tb.Helper()
	return func(ctx context.Context, _ *discordgo.Interaction, reply gateway.Reply) {
		if err := reply.Ack(ctx, message("hello")); err != nil {
			tb.Errorf("answer: %v", err)
		}
	}
}

// further sends a further message, and wants its id where that was taken.
func further(t *testing.T, r gateway.Reply, p *discordgo.WebhookParams) error {
	t.Helper()
	id, err := r.Followup(t.Context(), p)
	if (id == "") != (err != nil) {
		t.Errorf("got the id %q and %v, want an id or an error", id, err)
	}
	return err
}
