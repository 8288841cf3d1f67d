package fakediscord

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Message is a copy of a message as it was when it was handed out.
type Message struct {
	ID, Channel string
	Content     string
	Embeds      []Embed
	Components  []Component // of all nesting depths, in order
	Flags       int
	Files       []File
	Edits       int      // how often it was changed
	Original    string   // id of the interaction that it answers; "" = a message of the bot's own
	Raw         string   // its JSON
	Called      []string // whom it notified when it was posted: user and role ids
	ReplyTo     string   // the message that it is a reply to

	fields    map[string]json.RawMessage // content, embeds, components, flags
	other     bool                       // it is not of the bot
	touchedBy string                     // id of the interaction that changed it last
}

// The flags of a message that matter here.
const (
	flagEphemeral = 1 << 6
	flagLoading   = 1 << 7
	flagV2        = 1 << 15
)

// Ephemeral reports whether only the asker sees the message.
func (m *Message) Ephemeral() bool { return m.Flags&flagEphemeral != 0 }

// File is a file that came with a message.
type File struct {
	Name, ContentType string
	Data              []byte
}

// Embed is an embed of a message.
type Embed struct {
	Title       string       `json:"title"`
	Description string       `json:"description"`
	URL         string       `json:"url"`
	Color       int          `json:"color"`
	Timestamp   string       `json:"timestamp"`
	Fields      []EmbedField `json:"fields"`
	Author      struct {
		Name string `json:"name"`
	} `json:"author"`
	Footer struct {
		Text string `json:"text"`
	} `json:"footer"`
}

// EmbedField is a field of an embed.
type EmbedField struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Inline bool   `json:"inline"`
}

// Buttons lists the buttons of the message.
func (m *Message) Buttons() []Component { return ofType(m.Components, typeButton) }

// Live lists the buttons that can be pressed; of those, where beginnings are
// given, the ones whose custom id has one of them.
func (m *Message) Live(beginnings ...string) []Component {
	return slices.DeleteFunc(m.Buttons(), func(c Component) bool {
		begins := func(with string) bool { return strings.HasPrefix(c.CustomID, with) }
		return c.Disabled || c.URL != "" || len(beginnings) > 0 && !slices.ContainsFunc(beginnings, begins)
	})
}

// Pictures returns what the pictures in the message show, by the names of their
// files.
func (m *Message) Pictures() map[string]string {
	list := map[string]string{}
	for _, c := range ofType(m.Components, typeGallery) {
		for _, i := range c.Items {
			list[strings.TrimPrefix(i.Media.URL, "attachment://")] = i.Description
		}
	}
	return list
}

// Selects lists the select menus of the message.
func (m *Message) Selects() []Component { return ofType(m.Components, typeSelect, 5, 6, 7, 8) }

// Text is all that a person reads on the message, a line each: content,
// embeds, texts, options of menus, labels of buttons and names of files.
func (m *Message) Text() string {
	lines := []string{m.Content}
	for _, e := range m.Embeds {
		lines = append(lines, e.Author.Name, e.Title, e.Description)
		for _, f := range e.Fields {
			lines = append(lines, f.Name+": "+f.Value)
		}
		lines = append(lines, e.Footer.Text)
	}
	for _, c := range m.Components {
		lines = append(lines, c.Content, c.Placeholder)
		for _, o := range c.Options {
			lines = append(lines, strings.TrimSpace(o.Label+" "+o.Description))
		}
		if c.Label != "" {
			lines = append(lines, "["+c.Label+"]")
		}
	}
	for _, f := range m.Files {
		lines = append(lines, "<"+f.Name+">")
	}
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return l == "" }), "\n")
}

// change returns the message with the members of a request put in place of
// its own.
func (m *Message) change(fields map[string]json.RawMessage, files []File) *Message {
	n := &Message{ID: m.ID, Channel: m.Channel, Edits: m.Edits, Original: m.Original, Called: m.Called, ReplyTo: m.ReplyTo, Files: slices.Concat(m.Files, files)}
	n.fields = maps.Clone(m.fields)
	if n.fields == nil {
		n.fields = map[string]json.RawMessage{}
	}
	for _, name := range []string{"content", "embeds", "components"} {
		if v, ok := fields[name]; ok {
			n.fields[name] = v
		}
	}
	if v, ok := fields["attachments"]; ok {
		n.Files = files
		if string(v) == "null" || string(v) == "[]" {
			n.Files = nil
		}
	}
	flags := m.Flags &^ flagLoading
	var sent int
	_ = json.Unmarshal(fields["flags"], &sent)
	n.fields["flags"], _ = json.Marshal(flags&flagEphemeral | flags&flagV2 | sent)
	n.read()
	return n
}

// read fills the fields of the message from its JSON.
func (m *Message) read() {
	var tree []Component
	_ = json.Unmarshal(m.fields["content"], &m.Content)
	_ = json.Unmarshal(m.fields["embeds"], &m.Embeds)
	_ = json.Unmarshal(m.fields["components"], &tree)
	_ = json.Unmarshal(m.fields["flags"], &m.Flags)
	m.Components = flat(tree)
	raw, _ := json.Marshal(m.fields)
	m.Raw = string(raw)
}

// wire is the message as Discord sends it.
func (m *Message) wire(f *Fake) map[string]any {
	out := map[string]any{
		"id": m.ID, "channel_id": m.Channel, "type": 0, "tts": false, "pinned": false, "mention_everyone": false,
		"timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": nil, "mentions": []any{}, "mention_roles": []any{},
		"author": map[string]any{"id": f.AppID, "username": "bot", "bot": true}, "attachments": []any{}, "content": "", "embeds": []any{}, "components": []any{},
	}
	if m.other {
		out["author"] = map[string]any{"id": "1200000000000000099", "username": "somebody"}
	}
	for name, v := range m.fields {
		if string(v) != "null" {
			out[name] = v
		}
	}
	return out
}

// call notes whom a message that was just posted notifies, and to which it is
// a reply.
func (m *Message) call(fields map[string]json.RawMessage) {
	var allowed struct {
		Users []string `json:"users"`
		Roles []string `json:"roles"`
	}
	var reference struct {
		ID string `json:"message_id"`
	}
	_ = json.Unmarshal(fields["allowed_mentions"], &allowed)
	_ = json.Unmarshal(fields["message_reference"], &reference)
	m.Called, m.ReplyTo = append(allowed.Users, allowed.Roles...), reference.ID
}
