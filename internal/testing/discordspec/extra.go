package discordspec

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// extra finds members that the document does not have. Discord reads over them
// in silence, so what they say is lost. Members that say nothing are let pass:
// discordgo writes many.
type extra struct {
	*report
	commands bool
}

// documented reports whether a member of commands is in Discord's
// documentation, although the document does not have it.
func documented(name string) bool { return name == "nsfw" || name == "file_types" }

// walk goes through a value with all schemas that may describe it.
func (x extra) walk(schemas []*jsonschema.Schema, v any, at place) {
	switch v := v.(type) {
	case []any:
		var items []*jsonschema.Schema
		for _, s := range spread(schemas, v) {
			if s.Items2020 != nil {
				items = append(items, s.Items2020)
			}
		}
		for i, inner := range v {
			x.walk(items, inner, at.at(i))
		}
	case map[string]any:
		x.members(spread(schemas, v), v, at)
	}
}

func (x extra) members(schemas []*jsonschema.Schema, v map[string]any, at place) {
	closed := false // there is a list of members
	for _, s := range schemas {
		if s.AdditionalProperties != nil || s.PatternProperties != nil {
			return
		}
		closed = closed || len(s.Properties) > 0
	}
	if !closed {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		var inner []*jsonschema.Schema
		for _, s := range schemas {
			if p := s.Properties[name]; p != nil {
				inner = append(inner, p)
			}
		}
		switch {
		case inner != nil:
			x.walk(inner, v[name], at.in(name))
		case !empty(v[name]) && v[name] != json.Number("0") && (!x.commands || !documented(name)):
			x.add(at.in(name), "Discord knows no such member here")
		}
	}
}

// spread lists the schemas that may describe a value: of alternatives those of
// its type, where they have types.
func spread(schemas []*jsonschema.Schema, v any) []*jsonschema.Schema {
	var out []*jsonschema.Schema
	for _, s := range schemas {
		s = resolve(s)
		out = append(out, s)
		out = append(out, spread(s.AllOf, v)...)
		for _, one := range slices.Concat(s.AnyOf, s.OneOf) {
			if one = resolve(one); !typed(one) || admits(one, v) {
				out = append(out, spread([]*jsonschema.Schema{one}, v)...)
			}
		}
	}
	return out
}
