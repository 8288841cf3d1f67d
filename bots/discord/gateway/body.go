package gateway

import (
	"encoding/json"
	"fmt"

	"github.com/bwmarrin/discordgo"
)

// fields are the members of a JSON object.
type fields map[string]json.RawMessage

// body makes the body of a request that carries a message, and its content
// type. Every message leaves through here: unless it says otherwise, nobody is
// mentioned by it.
func body(what string, message any, files []*discordgo.File, mend ...func(fields)) ([]byte, string, error) {
	m, err := open(message)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w: the message can't be written as JSON", what, ErrInvalid)
	}
	for _, f := range mend {
		f(m)
	}
	m.quiet()
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

// edit takes out the two members that discordgo leaves in by accident.
func (m fields) edit() {
	delete(m, "ID")
	delete(m, "Channel")
}

// layout sets the flag of components v2, which discordgo has no field for in
// an edit, where a component needs it.
func (m fields) layout() {
	var list []struct {
		Type discordgo.ComponentType `json:"type"`
	}
	if json.Unmarshal(m["components"], &list) != nil {
		return
	}
	for _, c := range list {
		if c.Type >= discordgo.SectionComponent {
			m["flags"], _ = json.Marshal(discordgo.MessageFlagsIsComponentsV2) // a number
			return
		}
	}
}
