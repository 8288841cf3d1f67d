package fakediscord

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// Permissions that matter here.
const (
	ViewChannel = 1 << 10
	Send        = 1 << 11
	EmbedLinks  = 1 << 14
	AttachFiles = 1 << 15
	ReadHistory = 1 << 16
	everything  = 1<<53 - 1 - 1<<3 // but for the administrator's
)

// The kinds of channels that matter here.
const (
	KindText     = 0
	KindCategory = 4
	KindThread   = 11
	KindForum    = 15
)

// Place is what a channel is and what the bot may do there. The zero Place is
// a text channel of the Fake's guild where it may do everything.
type Place struct {
	Kind   int
	Guild  string // "" = the Fake's
	Denied int64  // permissions that the bot does not have
	Gone   bool   // it was deleted
	To     string // the user of a channel of direct messages; "" = it is none
	Deaf   bool   // who takes no direct messages
}

// SetPlace says what a channel is from now on.
func (f *Fake) SetPlace(channel string, p Place) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.in(channel).place = p
	f.touch()
}

// Direct returns the channel of direct messages to a user. Refused says whether
// the user takes any from now on.
func (f *Fake) Direct(user string, refused bool) (channel string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	channel = f.direct(user)
	f.in(channel).place.Deaf = refused
	return channel
}

// direct returns the channel of direct messages to a user. The lock is held.
func (f *Fake) direct(user string) string {
	for id, c := range f.channels {
		if c.place.To == user {
			return id
		}
	}
	id := f.nextID()
	f.in(id).place.To = user
	return id
}

func (f *Fake) openDirect(c *call) (any, *problem) {
	var user string
	_ = json.Unmarshal(c.fields["recipient_id"], &user)
	if user == "" {
		return nil, invalidForm()
	}
	return map[string]any{"id": f.direct(user), "type": 1, "recipients": []any{map[string]any{"id": user, "username": "somebody"}}}, nil
}

// ForgetNonces forgets the nonces of all messages, as Discord does after a few
// minutes.
func (f *Fake) ForgetNonces() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.nonces)
}

// Chatter lets others write messages into a channel.
func (f *Fake) Chatter(channel string, messages int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range messages {
		m := (&Message{ID: f.nextID(), Channel: channel, other: true}).change(map[string]json.RawMessage{"content": json.RawMessage(`"hello"`)}, nil)
		m.other = true
		f.keep(m)
	}
}

// barred returns why the bot can't do what takes a permission in a channel.
// The lock is held.
func (f *Fake) barred(channel string, wants int64) *problem {
	switch p := f.in(channel).place; {
	case p.Gone:
		return &problem{http.StatusNotFound, 10003, "Unknown Channel"}
	case p.To != "" && p.Deaf && wants&Send != 0:
		return &problem{http.StatusForbidden, 50007, "Cannot send messages to this user"}
	case p.Denied&ViewChannel != 0:
		return &problem{http.StatusForbidden, 50001, "Missing Access"}
	case wants&Send != 0 && (p.Kind == KindForum || p.Kind == KindCategory):
		return &problem{http.StatusBadRequest, 50008, "Cannot send messages in a non-text channel"}
	case p.Denied&wants != 0:
		return &problem{http.StatusForbidden, 50013, "Missing Permissions"}
	}
	return nil
}

// wants are the permissions that a message takes.
func wants(c *call) int64 {
	var takes int64
	if embeds := string(c.fields["embeds"]); embeds != "" && embeds != "null" && embeds != "[]" {
		takes |= EmbedLinks
	}
	if len(c.Files) > 0 {
		takes |= AttachFiles
	}
	return takes
}

func (f *Fake) user(*call) (any, *problem) {
	return map[string]any{"id": f.AppID, "username": "bot", "discriminator": "0", "avatar": nil, "bot": true}, nil
}

func (f *Fake) getChannel(c *call) (any, *problem) {
	id := c.path("channel_id")
	if p := f.barred(id, 0); p != nil {
		return nil, p
	}
	p := f.in(id).place
	guild := cmp.Or(p.Guild, f.Guild)
	return map[string]any{
		"id": id, "type": p.Kind, "guild_id": guild, "name": "ops", "parent_id": nil,
		"permission_overwrites": []any{
			map[string]any{"id": guild, "type": 0, "allow": "0", "deny": strconv.FormatInt(p.Denied, 10)},
			map[string]any{"id": "1200000000000000009", "type": 0, "allow": strconv.FormatInt(p.Denied, 10), "deny": "0"}, // of others
		},
	}, nil
}

func (f *Fake) getRoles(c *call) (any, *problem) {
	return []any{
		map[string]any{"id": c.path("guild_id"), "name": "@everyone", "permissions": strconv.FormatInt(everything, 10)},
		map[string]any{"id": "1200000000000000009", "name": "admins", "permissions": "8"},
	}, nil
}

func (f *Fake) getMember(c *call) (any, *problem) {
	user, _ := f.user(c)
	return map[string]any{"user": user, "roles": []string{}, "joined_at": "2026-01-01T00:00:00+00:00", "deaf": false, "mute": false, "flags": 0}, nil
}

// getMessages gives the messages after an id, newest first, as Discord does.
func (f *Fake) getMessages(c *call) (any, *problem) {
	id := c.path("channel_id")
	if p := f.barred(id, 0); p != nil {
		return nil, p
	}
	out := []any{}
	if f.in(id).place.Denied&ReadHistory != 0 {
		return out, nil
	}
	after, _ := strconv.ParseUint(c.query.Get("after"), 10, 64)
	limit, err := strconv.Atoi(c.query.Get("limit"))
	if err != nil || limit < 1 || limit > 100 {
		return nil, invalidForm()
	}
	list := f.in(id).seen()
	if !c.query.Has("after") {
		list = list[max(0, len(list)-limit):]
	}
	for _, m := range list {
		if n, _ := strconv.ParseUint(m.ID, 10, 64); n > after && len(out) < limit {
			out = append(out, m.wire(f))
		}
	}
	slices.Reverse(out)
	return out, nil
}
