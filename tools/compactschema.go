package tools

import (
	"encoding/json"
	"reflect"

	"github.com/invopop/jsonschema"
)

// compactSchema returns the schema of a result in its short form, open for
// more fields and without descriptions: hosts give models the names, and the
// whole is paid for on every request. A brief one names no columns, and of an
// order the key fields.
func compactSchema(out any, brief bool) (json.RawMessage, error) {
	s := reflector(true).Reflect(out)
	shorten(s, reflect.TypeOf(out).Elem(), brief)
	if words, ok := s.Properties.Get("quoted_fields"); ok {
		words.Items = nil // that they are texts goes without saying, and is paid for on every request
	}
	if brief {
		s.Properties.Delete("quoted_fields")
	}
	undescribed(s)
	return publish(s)
}

// undescribed takes the descriptions out of a schema.
func undescribed(s *jsonschema.Schema) {
	if s.Description = ""; s.Items != nil {
		undescribed(s.Items)
	}
	if s.Properties == nil {
		return
	}
	for _, prop := range s.Properties.FromOldest() {
		undescribed(prop)
	}
}

// shorten makes of the schema of a struct that of its short form.
func shorten(s *jsonschema.Schema, t reflect.Type, brief bool) {
	full := s.Properties
	s.Properties, s.Required = jsonschema.NewProperties(), nil
	several, begun := len(tableFields(t)) > 1, false
	for _, f := range compactFields(t) {
		prop, _ := full.Get(f.full)
		of := t.FieldByIndex(f.index).Type
		switch {
		case isTable(of):
			if !begun {
				s.Properties.Set("shared", &jsonschema.Schema{Type: "object"})
				s.Properties.Set("columns", columnSchema(of.Elem(), brief))
			}
			if begun = true; several {
				s.Properties.Set(f.name, &jsonschema.Schema{Type: "array"})
			} else {
				s.Properties.Set("rows", &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "array"}})
			}
			continue
		case stoodFor(of, "Compact") != nil:
			short := stoodFor(of, "Compact")
			prop = reflector(true).ReflectFromType(short)
			shorten(prop, short, brief)
			if prop.Version = ""; brief {
				keyFields(prop)
			}
		}
		if prop != nil { // what is told without being published has none
			s.Properties.Set(f.name, prop)
		}
	}
}

// columnSchema is the schema of the names of columns.
func columnSchema(row reflect.Type, brief bool) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "array"}
	if brief {
		return s
	}
	if short := stoodFor(row, "CompactRow"); short != nil {
		row = short
	}
	s.Items = &jsonschema.Schema{}
	for _, f := range compactFields(row) {
		s.Items.Enum = append(s.Items.Enum, f.name)
	}
	return s
}

// stoodFor returns the type of what the named method of a type returns; nil
// where it has none.
func stoodFor(t reflect.Type, method string) reflect.Type {
	if _, ok := t.MethodByName(method); !ok {
		return nil
	}
	return compacted(reflect.Zero(t), method).Type()
}
