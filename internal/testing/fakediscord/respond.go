package fakediscord

import (
	"encoding/json"
	"net/http"
	"slices"
)

// problem is what Discord answers instead of doing what was asked.
type problem struct {
	status, code int
	text         string
}

func unknownInteraction() *problem {
	return &problem{http.StatusNotFound, 10062, "Unknown interaction"}
}
func unknownWebhook() *problem { return &problem{http.StatusNotFound, 10015, "Unknown Webhook"} }
func unknownMessage() *problem { return &problem{http.StatusNotFound, 10008, "Unknown Message"} }
func invalidForm() *problem    { return &problem{http.StatusBadRequest, 50035, "Invalid Form Body"} }

// answers says which types of response suit which kind of interaction.
func answers(i *Interaction, kind int) bool {
	switch i.kind {
	case kindCommand:
		return slices.Contains([]int{4, 5, 9}, kind)
	case kindComponent:
		return slices.Contains([]int{4, 5, 6, 7, 9}, kind)
	case kindAutocomplete:
		return kind == 8
	case kindModal:
		return kind == 4 || kind == 5 || i.source != "" && (kind == 6 || kind == 7)
	}
	return false
}

// respond takes the first response to an interaction. The lock is held.
func (f *Fake) respond(i *Interaction, fields map[string]json.RawMessage, files []File) *problem {
	if i == nil || i.expired {
		return unknownInteraction()
	}
	if i.response != nil {
		return &problem{http.StatusBadRequest, 40060, "Interaction has already been acknowledged."}
	}
	r := &Response{Data: fields["data"], After: f.now().Sub(i.sent)}
	_ = json.Unmarshal(fields["type"], &r.Type)
	var data map[string]json.RawMessage
	_ = json.Unmarshal(r.Data, &data)
	_ = json.Unmarshal(data["flags"], &r.Flags)
	if !answers(i, r.Type) {
		f.blame("a response of type %d does not suit an interaction of type %d", r.Type, i.kind)
		return invalidForm()
	}
	source := f.in(i.channel).byID[i.source]
	if source == nil {
		source = &Message{ID: f.nextID(), Channel: i.channel}
	}
	switch r.Type {
	case 4:
		i.answer = f.answer(i, data, files)
	case 5:
		if r.Flags&^flagEphemeral != 0 {
			f.blame("a deferred response carries the flags %d, want EPHEMERAL at most", r.Flags)
		}
		flags, _ := json.Marshal(r.Flags | flagLoading)
		i.answer = f.answer(i, map[string]json.RawMessage{"flags": flags}, nil)
	case 6:
		i.answer = i.source
	case 7:
		i.answer = i.source
		f.edit(i, source, data, files)
	}
	i.response = r
	close(i.acked)
	f.touch()
	return nil
}

// answer makes a new message that answers an interaction. The lock is held.
func (f *Fake) answer(i *Interaction, data map[string]json.RawMessage, files []File) string {
	m := (&Message{ID: f.nextID(), Channel: i.channel, Original: i.ID}).change(data, files)
	f.judge(m)
	m.touchedBy = i.ID
	f.keep(m)
	return m.ID
}

// edit changes a message by way of an interaction. The lock is held.
func (f *Fake) edit(i *Interaction, m *Message, data map[string]json.RawMessage, files []File) *Message {
	n := m.change(data, files)
	n.Edits++
	n.touchedBy = i.ID
	f.judge(n)
	f.keep(n)
	return n
}

// editAnswer changes a message of an interaction: "@original" or a followup.
// The lock is held.
func (f *Fake) editAnswer(i *Interaction, id string, data map[string]json.RawMessage, files []File) (*Message, *problem) {
	if p := usable(i); p != nil {
		return nil, p
	}
	if id == "@original" {
		id = i.answer
	}
	m := f.in(i.channel).byID[id]
	if m == nil {
		return nil, unknownMessage()
	}
	return f.edit(i, m, data, files), nil
}

// follow sends a further message. The lock is held.
func (f *Fake) follow(i *Interaction, data map[string]json.RawMessage, files []File) (*Message, *problem) {
	if p := usable(i); p != nil {
		return nil, p
	}
	if m := f.in(i.channel).byID[i.answer]; m != nil && m.Flags&flagLoading != 0 {
		f.blame("a followup right after a deferral takes the place of the original response: edit that first")
		return f.edit(i, m, data, files), nil
	}
	id := f.answer(i, data, files)
	i.followups = append(i.followups, id)
	f.touch()
	return f.in(i.channel).byID[id], nil
}

// usable reports what is wrong with using the token of an interaction for
// more than the first response.
func usable(i *Interaction) *problem {
	switch {
	case i == nil || i.response == nil:
		return unknownWebhook()
	case i.expired:
		return &problem{http.StatusUnauthorized, 50027, "Invalid Webhook Token"}
	}
	return nil
}
