package gateway_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/bwmarrin/discordgo"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

// TestMessagesOfAChannel reads on page by page, whoever wrote what.
func TestMessagesOfAChannel(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil)
	post := func(foot string) string {
		id, err := w.l.Post(t.Context(), "7", &discordgo.MessageSend{Embeds: []*discordgo.MessageEmbed{
			{Description: "a card", Footer: &discordgo.MessageEmbedFooter{Text: foot}},
		}}, foot)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := post("one")
	w.f.Chatter("7", 120)
	last := post("two")
	page, err := w.l.Messages(t.Context(), "7", "0")
	if err != nil || len(page) != 100 || page[0] != (gateway.Entry{ID: first, Mine: true, Foot: "one"}) || page[1].Mine {
		t.Fatalf("got %d messages, %v, want a page that begins with the first", len(page), err)
	}
	page, err = w.l.Messages(t.Context(), "7", page[99].ID)
	if err != nil || len(page) != 22 || page[21] != (gateway.Entry{ID: last, Mine: true, Foot: "two"}) {
		t.Errorf("got %d messages, %v, want the rest", len(page), err)
	}
	if page, err = w.l.Messages(t.Context(), "7", ""); err != nil || len(page) != 100 || page[99].ID != last {
		t.Errorf("got %d messages, %v, want the newest", len(page), err)
	}
	w.f.SetPlace("7", fakediscord.Place{Denied: fakediscord.ReadHistory})
	if page, err = w.l.Messages(t.Context(), "7", ""); err != nil || len(page) != 0 {
		t.Errorf("got %d messages, %v, want none without the permission", len(page), err)
	}
}

// TestMessageThatIsNotThere holds that only Discord's own word counts.
func TestMessageThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil)
	if err := w.l.Exists(t.Context(), "7", "1"); !errors.Is(err, gateway.ErrGone) {
		t.Errorf("got %v, want it gone", err)
	}
	lift := w.f.Inject(fakediscord.Fault{Route: "GET /channels/", Status: 404})
	if err := w.l.Exists(t.Context(), "7", "1"); err == nil || errors.Is(err, gateway.ErrGone) {
		t.Errorf("got %v of something that knows no such path, want it not known", err)
	}
	if _, err := w.l.Access(t.Context(), "7"); err == nil || errors.Is(err, gateway.ErrGone) {
		t.Errorf("got %v of something that knows no such path, want it not known", err)
	}
	lift()
}

// TestAccess computes what the bot may do in a channel.
func TestAccess(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil)
	const needed = fakediscord.ViewChannel | fakediscord.Send | fakediscord.EmbedLinks | fakediscord.AttachFiles | fakediscord.ReadHistory
	for n, tt := range []struct {
		place fakediscord.Place
		lacks int64
		err   error
	}{
		{fakediscord.Place{}, 0, nil},
		{fakediscord.Place{Kind: fakediscord.KindForum}, 0, nil},
		{fakediscord.Place{Kind: fakediscord.KindThread}, 0, nil},
		{fakediscord.Place{Denied: fakediscord.Send}, fakediscord.Send, nil},
		{fakediscord.Place{Denied: fakediscord.EmbedLinks | fakediscord.ReadHistory}, fakediscord.EmbedLinks | fakediscord.ReadHistory, nil},
		{fakediscord.Place{Denied: fakediscord.ViewChannel}, 0, gateway.ErrForbidden},
		{fakediscord.Place{Gone: true}, 0, gateway.ErrGone},
	} {
		channel := fmt.Sprint(100 + n)
		w.f.SetPlace(channel, tt.place)
		a, err := w.l.Access(t.Context(), channel)
		if !errors.Is(err, tt.err) || err == nil && (needed&^a.Permissions != tt.lacks || int(a.Kind) != tt.place.Kind || a.Guild != w.f.Guild) {
			t.Errorf("%+v: got %+v, %v", tt.place, a, err)
		}
	}
}

// TestPlaceThatTakesNoMessages holds what is made of a forum.
func TestPlaceThatTakesNoMessages(t *testing.T) {
	t.Parallel()
	w := newHarness(t, nil)
	for _, p := range []fakediscord.Place{{Kind: fakediscord.KindForum}, {Kind: fakediscord.KindCategory}, {Denied: fakediscord.Send}, {Denied: fakediscord.ViewChannel}} {
		w.f.SetPlace("7", p)
		if _, err := w.l.Post(t.Context(), "7", &discordgo.MessageSend{Content: "x"}, "n"); !errors.Is(err, gateway.ErrForbidden) {
			t.Errorf("%+v: got %v, want it forbidden", p, err)
		}
	}
}
