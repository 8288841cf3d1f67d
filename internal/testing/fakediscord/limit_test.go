package fakediscord_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/testing/fakediscord"
)

// limited is a bot on a Fake that holds to its limits, in the time of the test.
func limited(t *testing.T) *bot {
	t.Helper()
	b := &bot{t: t, f: fakediscord.New(t, fakediscord.Limited, fakediscord.InMemory)}
	transport := b.f.Transport()
	b.client = &http.Client{Transport: transport}
	t.Cleanup(transport.CloseIdleConnections)
	return b
}

// TestLimits sends more than Discord takes: each channel and each kind of
// request has a bucket of its own, which is full again after its window.
func TestLimits(t *testing.T) {
	t.Parallel()
	const text = `{"content":"x","allowed_mentions":{"parse":[]}}`
	synctest.Test(t, func(t *testing.T) {
		b := limited(t)
		for range 5 {
			b.want("POST", "/channels/5/messages", text, true, 200, "x")
		}
		time.Sleep(2 * time.Second)
		b.want("POST", "/channels/5/messages", text, true, 429, `"retry_after":3`)
		b.want("POST", "/channels/6/messages", text, true, 200, "x")
		for _, m := range b.f.Messages("5") {
			b.want("PATCH", "/channels/5/messages/"+m.ID, text, true, 200, "x")
		}
		b.want("PATCH", "/channels/5/messages/"+b.f.Messages("5")[0].ID, text, true, 429, `"global":false`)
		time.Sleep(3 * time.Second)
		b.want("POST", "/channels/5/messages", text, true, 200, "x")
		if got := b.f.Refused(); got != 2 {
			t.Errorf("got %d requests refused, want 2", got)
		}
		time.Sleep(time.Second)
		for range 50 {
			b.want("GET", "/users/@me", "", true, 200, "")
		}
		if status, said := b.call("GET", "/users/@me", "", true); status != 429 || !strings.Contains(said, `"global":true`) {
			t.Errorf("got %d %s, want the limit of all", status, said)
		}
	})
}
