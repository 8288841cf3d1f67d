package fakediscord

import (
	"encoding/json"
	"slices"
	"strings"
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
	if v2 {
		f.judgeFiles(m)
	}
}

// judgeFiles wants every file of a message of components v2 to be named by one
// of them, without which nobody sees it, and the other way round.
func (f *Fake) judgeFiles(m *Message) {
	var named, sent []string
	for _, c := range ofType(m.Components, typeFile) {
		named = append(named, strings.TrimPrefix(c.File.URL, "attachment://"))
	}
	for name := range m.Pictures() {
		named = append(named, name)
	}
	for _, file := range m.Files {
		sent = append(sent, file.Name)
	}
	slices.Sort(named)
	slices.Sort(sent)
	if !slices.Equal(named, sent) {
		f.blame("a message with components v2 names the files %q and has %q", named, sent)
	}
}
