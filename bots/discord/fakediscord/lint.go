package fakediscord

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// lint finds what Discord does not take though its document says nothing of
// it.
func lint(r Request, v any) []string {
	path := r.Route[strings.Index(r.Route, " ")+1:]
	m, _ := v.(map[string]any)
	switch {
	case strings.HasSuffix(path, "/commands"):
		list, _ := v.([]any)
		return lintCommands(list)
	case strings.HasSuffix(path, "/callback"):
		return lintCallback(m, r.Files)
	case strings.HasPrefix(path, "/channels/"), strings.HasPrefix(path, "/webhooks/"):
		return append(lintMessage(m), lintEmpty(m, r.Files, strings.HasPrefix(r.Route, "PATCH"))...)
	}
	return nil
}

func lintCallback(m map[string]any, files []File) []string {
	data, _ := m["data"].(map[string]any)
	switch fmt.Sprint(m["type"]) {
	case "4":
		return append(lintMessage(data), lintEmpty(data, files, false)...)
	case "7":
		return lintMessage(data)
	case "9":
		return lintIDs(components(data))
	}
	return nil
}

// lintMessage checks what a message says of itself.
func lintMessage(m map[string]any) []string {
	var out []string
	list := components(m)
	v2 := flag(m)&flagV2 != 0
	if v2 && (m["content"] != nil && m["content"] != "" || !silent(m["embeds"])) {
		out = append(out, "content or embeds stand together with the flag of components v2")
	}
	if v2 && len(list) > 40 {
		out = append(out, fmt.Sprintf("there are %d components with those that are nested, at most 40 may be", len(list)))
	}
	out = append(out, lintIDs(list)...)
	for _, c := range list {
		out = append(out, lintComponent(c)...)
	}
	out = append(out, lintEmbeds(m)...)
	return append(out, lintMentions(m)...)
}

func lintMentions(m map[string]any) []string {
	allowed, ok := m["allowed_mentions"].(map[string]any)
	if !ok {
		return []string{"allowed_mentions is missing"}
	}
	if parse, ok := allowed["parse"].([]any); !ok || len(parse) > 0 {
		return []string{fmt.Sprintf("allowed_mentions parses %v, want []", allowed["parse"])}
	}
	return nil
}

func lintEmpty(m map[string]any, files []File, edit bool) []string {
	names := []string{"content", "embeds", "components", "poll", "sticker_ids"}
	if edit && !slices.ContainsFunc(names, func(n string) bool { _, ok := m[n]; return ok }) && len(files) == 0 {
		return []string{"the edit changes nothing"}
	}
	if !edit && !slices.ContainsFunc(names, func(n string) bool { return !silent(m[n]) }) && len(files) == 0 {
		return []string{"the message is empty"}
	}
	return nil
}

func lintEmbeds(m map[string]any) []string {
	var out []string
	sum := 0
	list, _ := m["embeds"].([]any)
	for n, one := range list {
		e, _ := one.(map[string]any)
		author, _ := e["author"].(map[string]any)
		footer, _ := e["footer"].(map[string]any)
		size := 0
		for _, v := range []any{e["title"], e["description"], author["name"], footer["text"]} {
			size += utf8.RuneCountInString(text(v))
		}
		fields, _ := e["fields"].([]any)
		for k, f := range fields {
			field, _ := f.(map[string]any)
			if strings.TrimSpace(text(field["name"])) == "" || strings.TrimSpace(text(field["value"])) == "" {
				out = append(out, fmt.Sprintf("field %d of embed %d has no name or no value", k, n))
			}
			size += utf8.RuneCountInString(text(field["name"]) + text(field["value"]))
		}
		if size == 0 && e["image"] == nil && e["thumbnail"] == nil {
			out = append(out, fmt.Sprintf("embed %d is empty", n))
		}
		sum += size
	}
	if sum > 6000 {
		out = append(out, fmt.Sprintf("the embeds have %d characters, at most 6000 may be", sum))
	}
	return out
}

// components lists the components of a message or modal, at all depths.
func components(m map[string]any) []map[string]any {
	var out []map[string]any
	var add func(any)
	add = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, inner := range v {
				add(inner)
			}
		case map[string]any:
			out = append(out, v)
			add(v["components"])
			add(v["accessory"])
			add(v["component"])
		}
	}
	add(m["components"])
	return out
}

func flag(m map[string]any) int64 {
	n, _ := m["flags"].(json.Number)
	f, _ := n.Int64()
	return f
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

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
