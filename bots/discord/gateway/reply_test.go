package gateway_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

// replies runs a bot whose handler is the test itself.
func replies(t *testing.T, w *harness) func(*fakediscord.Interaction) gateway.Reply {
	t.Helper()
	var mu sync.Mutex
	all := map[string]chan gateway.Reply{}
	of := func(id string) chan gateway.Reply {
		mu.Lock()
		defer mu.Unlock()
		if all[id] == nil {
			all[id] = make(chan gateway.Reply, 1)
		}
		return all[id]
	}
	end := make(chan struct{})
	run(t, w.l, func(ctx context.Context, i *discordgo.Interaction, reply gateway.Reply) {
		of(i.ID) <- reply
		<-end
	})
	t.Cleanup(func() { close(end) })
	return func(i *fakediscord.Interaction) gateway.Reply { return <-of(i.ID) }
}

func TestReply(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil, fakediscord.Lenient)
	reply := replies(t, w)

	i := w.f.Slash(t, alice(), "did search", fakediscord.Options{"country": "UAE", "limit": 5, "sms": true})
	r := reply(i)
	check(t, w.f, r.Ack(t.Context(), deferred()), nil)
	check(t, w.f, r.Ack(t.Context(), deferred()), gateway.ErrAcknowledged)
	check(t, w.f, r.Edit(t.Context(), edit("first")), nil)
	check(t, w.f, r.Edit(t.Context(), edit("second")), nil)
	check(t, w.f, further(t, r, &discordgo.WebhookParams{Content: "more", Files: []*discordgo.File{{Name: "a.csv", Reader: strings.NewReader("1")}}}), nil)
	if m := i.Message(t); m.Content != "second" || !m.Ephemeral() || m.Edits != 2 {
		t.Errorf("got %+v, want the second edit", m)
	}
	if m := i.Followup(t, 1); m.Content != "more" || len(m.Files) != 1 {
		t.Errorf("got %+v, want more with a file", m)
	}

	i = w.f.Slash(t, alice(), "did search", nil)
	buttons := []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{
		discordgo.Button{Label: "Next", CustomID: "v1:next"}, discordgo.Button{Label: "Give up", CustomID: "v1:up", Style: discordgo.DangerButton},
	}}}
	check(t, w.f, reply(i).Ack(t.Context(), &discordgo.InteractionResponse{Type: 4, Data: &discordgo.InteractionResponseData{Content: "page 1", Components: buttons}}), nil)
	page := i.Message(t)

	i = w.f.Press(t, alice(), page, "v1:next")
	check(t, w.f, reply(i).Ack(t.Context(), &discordgo.InteractionResponse{Type: 7, Data: &discordgo.InteractionResponseData{Content: "page 2", Components: buttons}}), nil)
	if m := i.Message(t); m.ID != page.ID || m.Content != "page 2" {
		t.Errorf("got %+v, want page 2 in place of page 1", m)
	}

	i = w.f.Press(t, alice(), page, "Next")
	r = reply(i)
	check(t, w.f, r.Ack(t.Context(), &discordgo.InteractionResponse{Type: 6}), nil)
	check(t, w.f, r.Edit(t.Context(), edit("page 3")), nil)
	if m := i.Message(t); m.ID != page.ID || m.Content != "page 3" || len(m.Buttons()) != 2 {
		t.Errorf("got %+v, want page 3 with its buttons", m)
	}

	i = w.f.Press(t, alice(), page, "Give up")
	check(t, w.f, reply(i).Ack(t.Context(), &discordgo.InteractionResponse{Type: 9, Data: &discordgo.InteractionResponseData{CustomID: "v1:m", Title: "Give up", Components: []discordgo.MessageComponent{
		discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.TextInput{CustomID: "digits", Label: "Last four digits", Style: discordgo.TextInputShort, MinLength: 4, MaxLength: 4}}},
	}}}), nil)
	i = w.f.Submit(t, alice(), i.Modal(t), map[string]string{"digits": "4567"})
	check(t, w.f, reply(i).Ack(t.Context(), message("given up")), nil)

	i = w.f.Autocomplete(t, alice(), "did search", "country", "u", nil)
	check(t, w.f, reply(i).Ack(t.Context(), &discordgo.InteractionResponse{Type: 8, Data: &discordgo.InteractionResponseData{}}), nil)
	if got := i.Choices(t); got == nil || len(got) != 0 {
		t.Errorf("got %v, want an empty list", got)
	}
}

func TestEditSetsTheFlagOfComponentsV2(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil, fakediscord.Lenient)
	reply := replies(t, w)
	i := w.f.Slash(t, alice(), "did search", nil)
	r := reply(i)
	check(t, w.f, r.Ack(t.Context(), deferred()), nil)
	check(t, w.f, r.Edit(t.Context(), &discordgo.WebhookEdit{Components: &[]discordgo.MessageComponent{
		discordgo.Container{Components: []discordgo.MessageComponent{discordgo.TextDisplay{Content: "# Order"}}},
	}}), nil)
	if m := i.Message(t); m.Text() != "# Order" || m.Flags != 1<<15|1<<6 {
		t.Errorf("got %q with flags %d, want components v2", m.Text(), m.Flags)
	}
}

// TestMessagesOfComponentsV2 holds that every way to send one has the flag and
// nothing that such a message can't have, and that an older message becomes
// one.
func TestMessagesOfComponentsV2(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil, fakediscord.Lenient)
	box := []discordgo.MessageComponent{discordgo.Container{Components: []discordgo.MessageComponent{
		discordgo.TextDisplay{Content: "# Order"}, discordgo.TextDisplay{Content: "-# o-1"},
	}}}
	id, err := w.l.Post(t.Context(), channel, &discordgo.MessageSend{
		Content: "old", Embeds: []*discordgo.MessageEmbed{{Title: "old", Footer: &discordgo.MessageEmbedFooter{Text: "o-1"}}},
	}, "one")
	check(t, w.f, err, nil)
	check(t, w.f, w.l.Edit(t.Context(), channel, id, &discordgo.MessageEdit{Components: &box}), nil)
	_, err = w.l.Post(t.Context(), channel, &discordgo.MessageSend{Components: box}, "two")
	check(t, w.f, err, nil)
	reply := replies(t, w)
	r := reply(w.f.Slash(t, alice(), "did search", nil))
	check(t, w.f, r.Ack(t.Context(), &discordgo.InteractionResponse{
		Type: discordgo.InteractionResponseChannelMessageWithSource, Data: &discordgo.InteractionResponseData{Components: box},
	}), nil)
	check(t, w.f, further(t, r, &discordgo.WebhookParams{Components: box}), nil)
	list := w.f.Messages(channel)
	if len(list) < 2 {
		t.Fatalf("got %d messages, want 2", len(list))
	}
	for n, m := range list {
		if m.Flags != 1<<15 || m.Text() != "# Order\n-# o-1" {
			t.Errorf("message %d: got %q with flags %d", n, m.Text(), m.Flags)
		}
	}
	page, err := w.l.Messages(t.Context(), channel, "")
	if err != nil || len(page) < 2 || page[0].Foot != "-# o-1" || page[1].Foot != "-# o-1" {
		t.Errorf("got %+v, %v, want the last text of each", page, err)
	}
}

func TestReplyFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault fakediscord.Fault
		ack   error
	}{
		{"429", fakediscord.Fault{Status: 429, RetryAfter: 10 * time.Millisecond, Times: 2}, nil},
		{"429 in HTML", fakediscord.Fault{Status: 429, HTML: true, Times: 2}, nil},
		{"429 for longer than there is time", fakediscord.Fault{Status: 429, RetryAfter: time.Minute, Times: 1}, gateway.ErrBusy},
		{"502", fakediscord.Fault{Status: 502, HTML: true, Times: 2}, nil},
		{"502 though it was done", fakediscord.Fault{Status: 502, After: true, Times: 1}, nil},
		{"cut though it was done", fakediscord.Fault{Cut: true, After: true, Times: 1}, nil},
		{"answered by another", fakediscord.Fault{Status: 400, Code: 40060, Times: 1}, gateway.ErrAcknowledged},
		{"too late", fakediscord.Fault{Status: 404, Code: 10062, Times: 1}, gateway.ErrGone},
		{"refused", fakediscord.Fault{Status: 400, Code: 50035, Times: 1}, gateway.ErrInvalid},
		{"401 is not the bot's", fakediscord.Fault{Status: 401, Times: 1}, gateway.ErrGone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newHarness(t, nil, fakediscord.Lenient)
			reply := replies(t, w)
			tt.fault.Route = "POST /interactions/"
			i := w.f.Slash(t, alice(), "did search", nil)
			tt.fault.Text = "about " + i.Token
			w.f.Inject(tt.fault)
			check(t, w.f, reply(i).Ack(t.Context(), message("hello")), tt.ack)
			if tt.ack == nil {
				i.Message(t)
			}
		})
	}
}

// TestAckIsInTime has a first try that hangs.
func TestAckIsInTime(t *testing.T) {
	t.Parallel()
	w := newHarness(t, func(_ *fakediscord.Fake, c *gateway.Config) {
		c.Times.Ack, c.Times.Attempt = 3*time.Second, time.Second
	}, fakediscord.Lenient)
	reply := replies(t, w)
	hold := make(chan struct{})
	defer close(hold)
	w.f.Inject(fakediscord.Fault{Route: "POST /interactions/", Hold: hold, Times: 1})
	i := w.f.Slash(t, alice(), "did search", nil)
	check(t, w.f, reply(i).Ack(t.Context(), message("hello")), nil)

	w.f.Inject(fakediscord.Fault{Route: "POST /interactions/", Hold: hold})
	i = w.f.Slash(t, alice(), "did search", nil)
	begun := time.Now()
	check(t, w.f, reply(i).Ack(t.Context(), message("hello")), gateway.ErrUnavailable)
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("gave up after %s, want about three seconds", took)
	}
}

// TestAckInDoubtIsResolved holds that a first response of which no answer came in
// time is gone on from where Discord has it, and is not where it has none.
func TestAckInDoubtIsResolved(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	for _, tt := range []struct {
		name   string
		faults []fakediscord.Fault
		want   error
	}{
		{"it arrived", []fakediscord.Fault{{Hold: hold, After: true, Status: 502, Times: 1}}, nil},
		{"it did not, and is not too late", []fakediscord.Fault{{Hold: hold, Status: 502, Times: 1}}, nil},
		{"it did not, and is too late", []fakediscord.Fault{{Hold: hold, Status: 502, Times: 1}, {Status: 404, Code: 10062}}, gateway.ErrGone},
		{"nobody knows", []fakediscord.Fault{{Hold: hold, After: true, Status: 502, Times: 1}, {Status: 502}}, gateway.ErrUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newHarness(t, func(_ *fakediscord.Fake, c *gateway.Config) {
				c.Times.Ack, c.Times.Retry = 5*time.Second, time.Minute // there is no time for a second try
			}, fakediscord.Lenient)
			reply := replies(t, w)
			for _, f := range tt.faults {
				f.Route = "POST /interactions/"
				w.f.Inject(f)
			}
			i := w.f.Slash(t, alice(), "did search", nil)
			check(t, w.f, reply(i).Ack(t.Context(), message("hello")), tt.want)
			if tt.want == nil {
				i.Message(t)
			}
		})
	}
}

func TestEditFaults(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil, fakediscord.Lenient)
	reply := replies(t, w)
	i := w.f.Slash(t, alice(), "did search", nil)
	r := reply(i)
	check(t, w.f, r.Edit(t.Context(), edit("x")), gateway.ErrGone) // nothing to edit yet
	check(t, w.f, r.Ack(t.Context(), deferred()), nil)
	for _, fault := range []fakediscord.Fault{
		{Status: 429, HTML: true, Times: 2}, {Status: 429, RetryAfter: 10 * time.Millisecond, Times: 2}, {Status: 503, Times: 2}, {Cut: true, Times: 2},
	} {
		w.f.Inject(fault)
		check(t, w.f, r.Edit(t.Context(), edit("x")), nil)
	}
	w.f.Inject(fakediscord.Fault{Status: 502, After: true, Times: 1})
	check(t, w.f, further(t, r, &discordgo.WebhookParams{Content: "once"}), gateway.ErrUnavailable)
	if got := w.f.Count("POST /webhooks/"); got != 1 {
		t.Errorf("got %d followups, want 1: it may have arrived", got)
	}
	i.Expire()
	check(t, w.f, r.Edit(t.Context(), edit("late")), gateway.ErrGone)
	check(t, w.f, further(t, r, &discordgo.WebhookParams{Content: "late"}), gateway.ErrGone)
}

func TestReplyIsOverAfterFifteenMinutes(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newHarness(t, func(_ *fakediscord.Fake, c *gateway.Config) { c.Now = clock.now }, fakediscord.Lenient)
	reply := replies(t, w)
	i := w.f.Slash(t, alice(), "did search", nil)
	r := reply(i)
	check(t, w.f, r.Ack(t.Context(), deferred()), nil)
	clock.add(14 * time.Minute)
	check(t, w.f, r.Edit(t.Context(), edit("in time")), nil)
	clock.add(31 * time.Second)
	check(t, w.f, r.Edit(t.Context(), edit("late")), gateway.ErrGone)
	if got := w.f.Count("PATCH /webhooks/"); got != 1 {
		t.Errorf("got %d edits, want that the second is not sent", got)
	}
}

// clock is a clock that the test sets.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// TestEditsDoNotQueue holds six edits at once: one that waited for another
// would never get to the server.
func TestEditsDoNotQueue(t *testing.T) {
	t.Parallel()
	const parallel = 6
	w := newHarness(t, nil, fakediscord.Lenient)
	reply := replies(t, w)
	hold := make(chan struct{})
	w.f.Inject(fakediscord.Fault{Route: "PATCH /webhooks/", Hold: hold})
	var asked []*fakediscord.Interaction
	done := make(chan error, parallel)
	for range parallel {
		i := w.f.Slash(t, alice(), "did search", nil)
		r := reply(i)
		check(t, w.f, r.Ack(t.Context(), deferred()), nil)
		asked = append(asked, i)
		go func() { done <- r.Edit(t.Context(), edit("done")) }()
	}
	w.f.Request(t, "PATCH /webhooks/", parallel)
	close(hold)
	for range parallel {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for _, i := range asked {
		i.Message(t)
	}
}

func TestReplyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil, fakediscord.Lenient)
	reply := replies(t, w)
	i := w.f.Slash(t, alice(), "did search", nil)
	r := reply(i)
	check(t, w.f, r.Ack(t.Context(), deferred()), nil)
	w.f.Inject(fakediscord.Fault{Route: "PATCH /webhooks/", Status: 429, RetryAfter: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Edit(ctx, edit("x")) }()
	w.f.Request(t, "PATCH /webhooks/", 1)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the wait ends with its context", err)
	}
}
