package discord_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/bots/chat"
	"didops/bots/discord"
	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

// portOn is Discord's port on a connection to a fake.
func portOn(t *testing.T) (chat.Port, *fakediscord.Fake) {
	t.Helper()
	f := fakediscord.New(t)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	l, err := gateway.New(gateway.Config{Token: f.Token, RESTURL: f.URL, Now: time.Now, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return discord.Port(l, f.Guild), f
}

func post(t *testing.T, p chat.Port, foot, nonce string) string {
	t.Helper()
	id, err := p.Post(t.Context(), approvals, chat.Message{Title: "a card", Foot: foot}, nonce)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestFindACard holds that a card is found by its order, whatever was written
// since, and even where the clocks differ.
func TestFindACard(t *testing.T) {
	t.Parallel()
	p, f := portOn(t)
	begun := time.Now()
	want := post(t, p, "sb-0001 · buy", "one")
	post(t, p, "sb-00012 · buy", "two")
	f.Chatter(approvals, 60)
	for what, since := range map[string]time.Time{"since then": begun, "by a clock that is ahead": begun.Add(time.Hour)} {
		if got, err := p.Find(t.Context(), approvals, since, "sb-0001 · buy"); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %s", what, got, err, want)
		}
	}
	f.Chatter(approvals, 250)
	if got, err := p.Find(t.Context(), approvals, begun, "sb-0001 · buy"); got != want || err != nil {
		t.Errorf("behind many others: got %q, %v, want %s", got, err, want)
	}
	if got, err := p.Find(t.Context(), approvals, begun, "sb-0003 · buy"); got != "" || err != nil {
		t.Errorf("got %q, %v, want none", got, err)
	}
}

// TestMissingCards holds that exactly what was deleted is missing, whatever
// the bot may read.
func TestMissingCards(t *testing.T) {
	t.Parallel()
	p, f := portOn(t)
	var ids []string
	for n := range 9 {
		ids = append(ids, post(t, p, fmt.Sprint("sb-", n), fmt.Sprint(n)))
		f.Chatter(approvals, 40)
	}
	gone := []string{ids[0], ids[4], ids[8]}
	for _, id := range gone {
		f.Delete(f.MessageWhere(t, approvals, func(m *fakediscord.Message) bool { return m.ID == id }))
	}
	slices.Reverse(ids)
	if got, err := p.Missing(t.Context(), approvals, ids); err != nil || !slices.Equal(got, gone) {
		t.Errorf("got %v, %v, want %v", got, err, gone)
	}
	if got, err := p.Missing(t.Context(), approvals, nil); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v, want none of none", got, err)
	}
	f.SetPlace(approvals, fakediscord.Place{Denied: fakediscord.ReadHistory})
	if got, err := p.Missing(t.Context(), approvals, ids); !errors.Is(err, chat.ErrForbidden) || len(got) != 0 {
		t.Errorf("got %v, %v, want nothing known without the permission", got, err)
	}
}

// TestCheckChannel holds what a person is told of a channel that can't be used.
func TestCheckChannel(t *testing.T) {
	t.Parallel()
	p, f := portOn(t)
	for want, place := range map[string]fakediscord.Place{
		"":                                 {},
		"a forum":                          {Kind: fakediscord.KindForum},
		"a category":                       {Kind: fakediscord.KindCategory},
		"permission Embed Links":           {Denied: fakediscord.EmbedLinks},
		"Send Messages, Attach Files":      {Denied: fakediscord.Send | fakediscord.AttachFiles},
		"can't see it":                     {Denied: fakediscord.ViewChannel},
		"no such channel":                  {Gone: true},
		"the server 1200000000000000077":   {Guild: "1200000000000000077"},
		"permission Send Messages in Thre": {Kind: fakediscord.KindThread, Denied: 1 << 38},
	} {
		f.SetPlace(approvals, place)
		err := p.Check(t.Context(), approvals)
		switch {
		case want == "" && err != nil:
			t.Errorf("got %v, want it fine", err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, chat.ErrForbidden) && !errors.Is(err, chat.ErrGone)):
			t.Errorf("%+v: got %v, want %q", place, err, want)
		}
	}
	f.SetPlace(approvals, fakediscord.Place{Denied: fakediscord.ReadHistory})
	if err := p.Check(t.Context(), approvals); err != nil {
		t.Errorf("got %v, want it fine: a card can be posted", err)
	}
	lift := f.Inject(fakediscord.Fault{Route: "GET /channels/", Status: 403, Code: 50001, Text: "Missing Access"})
	if err := p.Check(t.Context(), approvals); !errors.Is(err, chat.ErrForbidden) {
		t.Errorf("got %v, want it forbidden", err)
	}
	lift()
}
