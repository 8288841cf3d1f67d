package fakediscord

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// deliver hands an interaction to the bot: to all sessions that are READY, or
// as a signed POST.
func (f *Fake) deliver(tb testing.TB, a Actor, kind int, source string, data map[string]any) *Interaction {
	tb.Helper()
	f.mu.Lock()
	target := f.deliverTo
	f.mu.Unlock()
	guild, channel := f.place(a)
	f.mu.Lock()
	i := &Interaction{ID: f.nextID(), f: f, kind: kind, actor: a, channel: channel, source: source, sent: f.now(), acked: make(chan struct{})}
	i.Token = "interaction-token-" + i.ID + "-" + strconv.FormatUint(f.id*2654435761, 36)
	f.interactions[i.Token] = i
	m := f.event(i, guild, data)
	f.mu.Unlock()
	if target == "" {
		for {
			wait(tb, f, "a session that takes an interaction", func() (struct{}, bool) { return struct{}{}, len(f.live()) > 0 })
			if f.dispatch("INTERACTION_CREATE", m) {
				return i
			}
		}
	}
	body, err := json.Marshal(m)
	if err != nil {
		tb.Fatalf("discord: %v", err)
	}
	r := f.Signed(tb, target, body, f.now())
	f.posting.Go(func() { f.postTo(i, r) })
	return i
}

// event is an interaction as Discord sends it. The lock is held.
func (f *Fake) event(i *Interaction, guild string, data map[string]any) map[string]any {
	a := i.actor
	user := map[string]any{"id": a.ID, "username": a.Name, "global_name": a.Name, "discriminator": "0", "avatar": nil, "bot": a.Bot}
	out := map[string]any{
		"id": i.ID, "application_id": f.AppID, "type": i.kind, "token": i.Token, "version": 1, "data": data,
		"channel_id": i.channel, "channel": map[string]any{"id": i.channel, "type": 0, "name": "ops"},
		"app_permissions": "562949953421311", "locale": "en-GB", "entitlements": []any{}, "attachment_size_limit": 10485760,
		"authorizing_integration_owners": map[string]any{"0": guild},
	}
	if guild == "" {
		out["user"], out["context"] = user, 1
	} else {
		roles := a.Roles
		if roles == nil {
			roles = []string{}
		}
		out["guild_id"], out["guild_locale"], out["context"] = guild, "en-US", 0
		out["guild"] = map[string]any{"id": guild, "locale": "en-US", "features": []any{}}
		out["member"] = map[string]any{
			"user": user, "roles": roles, "permissions": strconv.FormatInt(a.Permissions, 10),
			"joined_at": "2026-01-01T00:00:00+00:00", "deaf": false, "mute": false, "pending": false, "nick": nil, "flags": 0,
		}
	}
	if m := f.in(i.channel).byID[i.source]; m != nil {
		out["message"] = m.wire(f)
	} else if i.source != "" {
		out["message"] = (&Message{ID: i.source, Channel: i.channel}).wire(f)
	}
	return out
}

// Signed is a POST of an interaction as Discord sends it, signed for a moment.
func (f *Fake) Signed(tb testing.TB, url string, body []byte, at time.Time) *http.Request {
	tb.Helper()
	r, err := http.NewRequestWithContext(f.ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		tb.Fatalf("discord: %v", err)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Discord-Interactions/1.0 (+https://discord.com)")
	r.Header.Set("X-Signature-Timestamp", stamp)
	r.Header.Set("X-Signature-Ed25519", hex.EncodeToString(ed25519.Sign(f.key, append([]byte(stamp), body...))))
	return r
}

// postTo posts an interaction and takes the answer as its first response.
func (f *Fake) postTo(i *Interaction, r *http.Request) {
	status := -1
	var body []byte
	contentType := ""
	if resp, err := f.client.Do(r); err == nil {
		body, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err == nil {
			status, contentType = resp.StatusCode, resp.Header.Get("Content-Type")
		}
	}
	c := Request{Route: "POST /interactions/{interaction_id}/{interaction_token}/callback", Method: http.MethodPost, Path: "/interactions/" + i.ID + "/token/callback", Header: http.Header{"Content-Type": {contentType}}, Body: body}
	c.Payload, c.Files = payload(contentType, body)
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(c.Payload, &fields)
	var found []string
	if !f.lean && status == http.StatusOK {
		found = f.spec.Check(c.judged())
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	i.status = status
	defer f.touch()
	if status != http.StatusOK {
		return
	}
	for _, v := range found {
		f.blame("the answer by HTTP: %s", v)
	}
	if p := f.respond(i, fields, c.Files); p != nil {
		f.blame("the answer by HTTP: %s", p.text)
	}
}
