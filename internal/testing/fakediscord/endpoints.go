package fakediscord

import (
	"bytes"
	"encoding/json"
)

// What each path does. The lock is held in all of them.

func (f *Fake) gatewayURL(*call) (any, *problem) {
	return map[string]any{"url": "ws" + f.URL[len("http"):]}, nil
}

func (f *Fake) gatewayBot(c *call) (any, *problem) {
	answer, _ := f.gatewayURL(c)
	m := answer.(map[string]any)
	m["shards"] = 1
	remaining, reset := 1000, 0
	if f.script.Identifies != nil {
		remaining, reset = *f.script.Identifies, int(f.script.ResetAfter.Milliseconds())
	}
	m["session_start_limit"] = map[string]any{"total": 1000, "remaining": remaining, "reset_after": reset, "max_concurrency": 1}
	return m, nil
}

func (f *Fake) application(*call) (any, *problem) {
	return map[string]any{"id": f.AppID, "name": "bot", "verify_key": f.PublicKey()}, nil
}

func (f *Fake) getCommands(c *call) (any, *problem) {
	list := f.commands[c.path("guild_id")]
	if list == nil {
		return json.RawMessage("[]"), nil
	}
	return json.RawMessage(list), nil
}

func (f *Fake) putCommands(c *call) (any, *problem) {
	var list []map[string]any
	dec := json.NewDecoder(bytes.NewReader(c.Payload))
	dec.UseNumber()
	if err := dec.Decode(&list); err != nil {
		return nil, invalidForm()
	}
	for _, m := range list {
		m["id"], m["application_id"], m["guild_id"], m["version"] = f.nextID(), f.AppID, c.path("guild_id"), f.nextID()
		if m["type"] == nil {
			m["type"] = 1
		}
		trim(m)
	}
	out, err := json.Marshal(list)
	if err != nil {
		return nil, invalidForm()
	}
	f.commands[c.path("guild_id")] = out
	f.touch()
	return json.RawMessage(out), nil
}

// trim takes away what Discord does not send back: members that say nothing.
func trim(m map[string]any) {
	for name, v := range m {
		switch v := v.(type) {
		case nil:
			delete(m, name)
		case bool:
			if !v {
				delete(m, name)
			}
		case []any:
			for _, inner := range v {
				if o, ok := inner.(map[string]any); ok {
					trim(o)
				}
			}
		}
	}
}

func (f *Fake) post(c *call) (any, *problem) {
	if p := f.barred(c.path("channel_id"), Send|wants(c)); p != nil {
		return nil, p
	}
	var nonce string
	var enforce bool
	_ = json.Unmarshal(c.fields["nonce"], &nonce)
	_ = json.Unmarshal(c.fields["enforce_nonce"], &enforce)
	if m := f.nonces[nonce]; enforce && m != nil && f.in(m.Channel).byID[m.ID] != nil {
		return f.in(m.Channel).byID[m.ID].wire(f), nil // of the same author, in whatever channel
	}
	m := (&Message{ID: f.nextID(), Channel: c.path("channel_id")}).change(c.fields, c.Files)
	m.call(c.fields)
	f.judge(m)
	if nonce != "" {
		f.nonces[nonce] = m
	}
	f.keep(m)
	return m.wire(f), nil
}

func (f *Fake) getMessage(c *call) (any, *problem) {
	if p := f.barred(c.path("channel_id"), ReadHistory); p != nil {
		return nil, p
	}
	m := f.in(c.path("channel_id")).byID[c.path("message_id")]
	if m == nil {
		return nil, unknownMessage()
	}
	return m.wire(f), nil
}

func (f *Fake) patchMessage(c *call) (any, *problem) {
	if p := f.barred(c.path("channel_id"), wants(c)); p != nil {
		return nil, p
	}
	m := f.in(c.path("channel_id")).byID[c.path("message_id")]
	if m == nil {
		return nil, unknownMessage()
	}
	n := m.change(c.fields, c.Files)
	n.Edits++
	f.judge(n)
	f.keep(n)
	return n.wire(f), nil
}

func (f *Fake) callback(c *call) (any, *problem) {
	i := f.interactions[c.path("interaction_token")]
	if i != nil && i.ID != c.path("interaction_id") {
		i = nil
	}
	return nil, f.respond(i, c.fields, c.Files)
}

func (f *Fake) followup(c *call) (any, *problem) {
	m, p := f.follow(f.interactions[c.path("webhook_token")], c.fields, c.Files)
	return f.sent(c, m, p)
}

func (f *Fake) patchAnswer(c *call) (any, *problem) {
	id := c.path("message_id")
	if id == "" {
		id = "@original"
	}
	m, p := f.editAnswer(f.interactions[c.path("webhook_token")], id, c.fields, c.Files)
	return f.sent(c, m, p)
}

func (f *Fake) getAnswer(c *call) (any, *problem) {
	i := f.interactions[c.path("webhook_token")]
	if p := usable(i); p != nil {
		return nil, p
	}
	return f.sent(c, f.in(i.channel).byID[i.answer], nil)
}

func (f *Fake) deleteAnswer(c *call) (any, *problem) {
	i := f.interactions[c.path("webhook_token")]
	if p := usable(i); p != nil {
		return nil, p
	}
	id := c.path("message_id")
	if id == "@original" {
		id = i.answer
	}
	delete(f.in(i.channel).byID, id)
	return nil, nil
}

func (f *Fake) sent(c *call, m *Message, p *problem) (any, *problem) {
	if c.path("webhook_id") != f.AppID {
		f.blame("%s: the webhook is %s, want the application %s", c.Route, c.path("webhook_id"), f.AppID)
	}
	switch {
	case p != nil:
		return nil, p
	case m == nil:
		return nil, unknownMessage()
	}
	return m.wire(f), nil
}
