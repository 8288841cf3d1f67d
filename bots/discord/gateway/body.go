package gateway

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bwmarrin/discordgo"
)

// fields are the members of a JSON object.
type fields map[string]json.RawMessage

// body makes the body of a request that carries a message, and its content
// type. Every message leaves through here or by a first response: nobody is
// mentioned by it but whom a mend lets be.
func body(what string, message any, files []*discordgo.File, mend ...func(fields)) ([]byte, string, error) {
	m, err := open(message)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w: the message can't be written as JSON", what, ErrInvalid)
	}
	m.layout()
	m.quiet()
	for _, f := range mend {
		f(m)
	}
	return pack(what, m, files)
}

// responseBody makes the body of a first response.
func responseBody(r *discordgo.InteractionResponse) ([]byte, string, error) {
	const what = "answer the interaction"
	data := fields{}
	var files []*discordgo.File
	if r.Data != nil {
		var err error
		if data, err = open(r.Data); err != nil {
			return nil, "", fmt.Errorf("%s: %w: the response can't be written as JSON", what, ErrInvalid)
		}
	}
	switch r.Type {
	case discordgo.InteractionResponseChannelMessageWithSource, discordgo.InteractionResponseUpdateMessage:
		delete(data, "tts")
		data.layout()
		data.quiet()
		if r.Data != nil {
			files = r.Data.Files
		}
	case discordgo.InteractionApplicationCommandAutocompleteResult:
		data = data.only("choices")
		if data["choices"] == nil {
			data["choices"] = json.RawMessage("[]")
		}
	case discordgo.InteractionResponseModal:
		data = data.only("custom_id", "title", "components")
	case discordgo.InteractionResponseDeferredChannelMessageWithSource:
		data = data.only("flags")
	default:
		data = nil
	}
	out := map[string]any{"type": r.Type}
	if len(data) > 0 {
		out["data"] = data
	}
	return pack(what, out, files)
}

// pack writes JSON, as a form where files go with it.
func pack(what string, v any, files []*discordgo.File) ([]byte, string, error) {
	if len(files) > 0 {
		contentType, b, err := discordgo.MultipartBodyWithJSON(v, files)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w: a file can't be read", what, ErrInvalid)
		}
		return b, contentType, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w: it can't be written as JSON", what, ErrInvalid)
	}
	return b, "application/json", nil
}

// open takes a value of discordgo's apart.
func open(v any) (fields, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var m fields
	if err := json.Unmarshal(b, &m); err != nil || m == nil {
		return nil, fmt.Errorf("not an object: %w", err)
	}
	return m, nil
}

func (m fields) only(names ...string) fields {
	out := fields{}
	for _, name := range names {
		if v, ok := m[name]; ok {
			out[name] = v
		}
	}
	return out
}

// quiet turns mentions off, whatever the message says.
func (m fields) quiet() { m["allowed_mentions"] = json.RawMessage(`{"parse":[]}`) }

// call lets the users and roles be mentioned that a message names one by one,
// and nobody else.
func (m fields) call(named *discordgo.MessageAllowedMentions) {
	if named == nil || len(named.Users)+len(named.Roles) == 0 {
		return
	}
	m["allowed_mentions"], _ = json.Marshal(discordgo.MessageAllowedMentions{ // of texts only
		Parse: []discordgo.AllowedMentionType{}, Users: named.Users, Roles: named.Roles,
	})
}

// edit takes out the two members that discordgo leaves in by accident.
func (m fields) edit() {
	delete(m, "ID")
	delete(m, "Channel")
	m.relayout()
}

// layout makes a message one of components v2 where a component needs it: with
// their flag, for which discordgo has no field in an edit of an answer, and
// without what such a message can't have.
func (m fields) layout() {
	if !m.laidOut() {
		return
	}
	var flags discordgo.MessageFlags
	_ = json.Unmarshal(m["flags"], &flags) // absent: none
	m["flags"], _ = json.Marshal(flags | discordgo.MessageFlagsIsComponentsV2)
	delete(m, "content")
	delete(m, "embeds")
}

// relayout is the same for an edit: what the message had before is taken away,
// so that one of an older kind can become one of components v2. There is no
// way back.
func (m fields) relayout() {
	m.layout()
	if m.laidOut() {
		m["content"], m["embeds"] = json.RawMessage("null"), json.RawMessage("null")
	}
}

// laidOut reports whether a component needs components v2.
func (m fields) laidOut() bool {
	var list []piece
	_ = json.Unmarshal(m["components"], &list) // absent: none
	return slices.ContainsFunc(list, func(c piece) bool { return c.Type >= discordgo.SectionComponent })
}

// piece is a component as far as it is read here.
type piece struct {
	Type       discordgo.ComponentType `json:"type"`
	Content    string                  `json:"content"`
	Components []piece                 `json:"components"`
}

// lastText returns the last text of components, "" for none.
func lastText(list []piece) string {
	for _, c := range slices.Backward(list) {
		if c.Type == discordgo.TextDisplayComponent {
			return c.Content
		}
		if text := lastText(c.Components); text != "" {
			return text
		}
	}
	return ""
}
