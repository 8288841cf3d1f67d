#!/usr/bin/env bash
# Go github.com/bwmarrin/discordgo v0.29.0
#
# Expected: a call with WithContext returns when the context ends.
# Seen: the waits of the rate limiter don't know the context. With a deadline
# of 1 s and a 429 that asks for 3 s, the call sleeps the 3 s first and
# only then fails with "context deadline exceeded".
# For whom: a first answer has to reach Discord within 3 s; a deadline meant
# to leave time for another way does not. WithRetryOnRatelimit(false) returns
# the 429 at once, and the wait can be done by oneself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }

cat > main.go <<'END'
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/bwmarrin/discordgo"
)

// to sends every request to one host.
type to string

func (host to) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", string(host)
	return http.DefaultTransport.RoundTrip(r)
}

func main() {
	seen := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		seen++
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"message":"You are being rate limited.","retry_after":3,"global":false}`)
	}))
	defer srv.Close()
	for _, retry := range []bool{true, false} {
		s, err := discordgo.New("Bot example")
		if err != nil {
			panic(err)
		}
		s.Client = &http.Client{Transport: to(srv.Listener.Addr().String())}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		start := time.Now()
		_, err = s.ChannelMessageSend("1", "hello", discordgo.WithContext(ctx), discordgo.WithRetryOnRatelimit(retry))
		late := time.Since(start) > 2500*time.Millisecond
		cancel()
		var limit *discordgo.RateLimitError
		fmt.Printf("deadline 1 s, retry %v: back after more than 2.5 s: %v, deadline error %v, limit error %v, requests %d\n",
			retry, late, errors.Is(err, context.DeadlineExceeded), errors.As(err, &limit), seen)
		seen = 0
	}
}
END
quiet go mod init finding
quiet go get github.com/bwmarrin/discordgo@v0.29.0

got=$(go run . 2> log) || { cat log; exit 1; }
want='deadline 1 s, retry true: back after more than 2.5 s: true, deadline error true, limit error false, requests 1
deadline 1 s, retry false: back after more than 2.5 s: false, deadline error false, limit error true, requests 1'
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
