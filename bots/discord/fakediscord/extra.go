package fakediscord

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// extra finds members that Discord's document does not know, at any depth,
// unless they say nothing: null, false, 0, "" and [].
func (s *spec) extra(schema, v any) []string { return s.unknown([]any{schema}, v, "") }

func (s *spec) unknown(schemas []any, v any, at string) []string {
	leaves := s.resolve(schemas, v)
	var out []string
	switch v := v.(type) {
	case []any:
		var items []any
		for _, l := range leaves {
			items = append(items, l["items"])
		}
		for n, item := range v {
			out = append(out, s.unknown(items, item, fmt.Sprintf("%s/%d", at, n))...)
		}
	case map[string]any:
		for name, inner := range v {
			below, open := members(leaves, name)
			switch {
			case len(below) > 0:
				out = append(out, s.unknown(below, inner, at+"/"+name)...)
			case !open && !silent(inner):
				out = append(out, fmt.Sprintf("%s/%s: Discord knows no such member", at, name))
			}
		}
		slices.Sort(out)
	}
	return out
}

// members are the schemas of a member, and whether members may have any name.
func members(leaves []map[string]any, name string) (below []any, open bool) {
	described := false
	for _, l := range leaves {
		properties, _ := l["properties"].(map[string]any)
		described = described || properties != nil
		if p, ok := properties[name]; ok {
			below = append(below, p)
		}
		if p, ok := l["additionalProperties"]; ok {
			below = append(below, p)
		}
	}
	return below, !described
}

// resolve follows references and unions down to plain schemas, and keeps of
// several those that are for the type that the value says it is.
func (s *spec) resolve(schemas []any, v any) []map[string]any {
	var out []map[string]any
	for _, schema := range schemas {
		m, ok := schema.(map[string]any)
		if !ok {
			continue
		}
		if ref, ok := m["$ref"].(string); ok {
			all, _ := s.raw["components"].(map[string]any)
			named, _ := all["schemas"].(map[string]any)
			out = append(out, s.resolve([]any{named[strings.TrimPrefix(ref, "#/components/schemas/")]}, v)...)
			continue
		}
		out = append(out, m)
		for _, union := range []string{"oneOf", "anyOf", "allOf"} {
			if list, ok := m[union].([]any); ok {
				out = append(out, s.resolve(list, v)...)
			}
		}
	}
	object, ok := v.(map[string]any)
	if !ok {
		return out
	}
	suits := func(l map[string]any) bool {
		return slices.ContainsFunc(kinds(l), func(k any) bool { return fmt.Sprint(k) == fmt.Sprint(object["type"]) })
	}
	if slices.ContainsFunc(out, suits) {
		return slices.DeleteFunc(out, func(l map[string]any) bool { return !suits(l) })
	}
	return out
}

// kinds are the values that a schema allows as type of an object.
func kinds(schema map[string]any) []any {
	properties, _ := schema["properties"].(map[string]any)
	kind, _ := properties["type"].(map[string]any)
	list, _ := kind["enum"].([]any)
	return list
}

func silent(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case json.Number:
		return v == "0"
	case []any:
		return len(v) == 0
	}
	return false
}
