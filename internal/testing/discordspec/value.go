package discordspec

import (
	"encoding/json"
	"strings"
	"unicode/utf16"
)

// JSON as it is read here: nil, bool, string, json.Number, []any and
// map[string]any. What is not of the wanted kind is as good as absent: the
// document tells of wrong kinds.

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func array(v any) []any {
	l, _ := v.([]any)
	return l
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func truth(v any) bool {
	b, _ := v.(bool)
	return b
}

// number returns a whole number, and whether there is one.
func number(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}

// kindOf is the member "type", 0 where there is none.
func kindOf(m map[string]any) int64 {
	n, _ := number(m["type"])
	return n
}

// empty reports whether a value says nothing: absent, null, false, "", [] or
// {}.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// blank reports whether a text shows nothing.
func blank(v any) bool { return strings.TrimSpace(text(v)) == "" }

// size counts the characters of a text.
func size(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// short is a value in few characters.
func short(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "a value"
	}
	return brief(string(b))
}

// brief is a text in few characters.
func brief(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
