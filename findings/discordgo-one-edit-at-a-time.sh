#!/usr/bin/env bash
# Go github.com/bwmarrin/discordgo v0.29.0
#
# Expected: answers to different interactions don't wait for each other, as
# Discord counts each interaction's token by itself.
# Seen: every InteractionResponseEdit and InteractionResponse of a process
# shares one lock that is held during the request: five slow edits go out one
# after another, while first answers and followups go out together. Those in
# turn leave an entry each in the limiter's table, which nothing removes: two
# for an interaction.
# For whom: bots that answer "thinking" first and edit later, so most of them:
# one slow edit holds all users up. A session of its own for each interaction
# (New("") needs no token there) has neither fault. Upstream, in part: bwmarrin/discordgo#1384.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }

cat > main.go <<'END'
package main

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
)

// discord answers a request once five are there, or after a second.
type discord struct {
	mu        sync.Mutex
	now, most int
}

func (d *discord) RoundTrip(r *http.Request) (*http.Response, error) {
	d.mu.Lock()
	d.now++
	d.most = max(d.most, d.now)
	d.mu.Unlock()
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		d.mu.Lock()
		all := d.most == 5
		d.mu.Unlock()
		if all {
			break
		}
	}
	d.mu.Lock()
	d.now--
	d.mu.Unlock()
	body := io.NopCloser(strings.NewReader(`{"id":"1"}`))
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body, Request: r}, nil
}

func main() {
	s, err := discordgo.New("Bot example")
	if err != nil {
		panic(err)
	}
	text := "done"
	for _, do := range []struct {
		name string
		call func(*discordgo.Interaction) error
	}{
		{"InteractionRespond", func(i *discordgo.Interaction) error {
			return s.InteractionRespond(i, &discordgo.InteractionResponse{
				Type: discordgo.InteractionResponseDeferredChannelMessageWithSource})
		}},
		{"FollowupMessageCreate", func(i *discordgo.Interaction) error {
			_, err := s.FollowupMessageCreate(i, true, &discordgo.WebhookParams{Content: text})
			return err
		}},
		{"InteractionResponseEdit", func(i *discordgo.Interaction) error {
			_, err := s.InteractionResponseEdit(i, &discordgo.WebhookEdit{Content: &text})
			return err
		}},
		{"InteractionResponse", func(i *discordgo.Interaction) error {
			_, err := s.InteractionResponse(i)
			return err
		}},
	} {
		d := &discord{}
		s.Client = &http.Client{Transport: d}
		var all sync.WaitGroup
		for n := range 5 {
			all.Go(func() {
				id := fmt.Sprint(n)
				if err := do.call(&discordgo.Interaction{ID: id, AppID: "1", Token: "token" + id}); err != nil {
					panic(err)
				}
			})
		}
		all.Wait()
		table := reflect.ValueOf(s.Ratelimiter).Elem().FieldByName("buckets").Len()
		fmt.Printf("%s of 5 interactions: %d at once, table %d\n", do.name, d.most, table)
	}
}
END
quiet go mod init finding
quiet go get github.com/bwmarrin/discordgo@v0.29.0

got=$(go run . 2> log) || { cat log; exit 1; }
want='InteractionRespond of 5 interactions: 5 at once, table 5
FollowupMessageCreate of 5 interactions: 5 at once, table 10
InteractionResponseEdit of 5 interactions: 1 at once, table 11
InteractionResponse of 5 interactions: 1 at once, table 11'
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
