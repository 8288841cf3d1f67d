package fakediscord

import (
	"encoding/json"
	"slices"
)

// judge checks a message as it is after a request: what only the whole of it
// shows. The lock is held.
func (f *Fake) judge(m *Message) {
	var top []Component
	_ = json.Unmarshal(m.fields["components"], &top)
	layout := slices.ContainsFunc(top, func(c Component) bool { return c.Type > 8 })
	v2 := m.Flags&flagV2 != 0
	switch {
	case m.Flags&flagLoading != 0:
	case layout && !v2:
		f.blame("a message has components v2 without their flag")
	case v2 && (m.Content != "" || len(m.Embeds) > 0):
		f.blame("a message with components v2 has content or embeds")
	case !v2 && len(top) > 5:
		f.blame("a message has %d rows, at most 5 may be", len(top))
	case m.Text() == "" && len(m.Files) == 0 && m.Original != "" && len(m.Embeds) == 0:
		f.blame("a message is empty")
	}
}
