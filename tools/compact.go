package tools

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Compact returns the result as models are given it: the same JSON object as
// Data, each thing said once. It is derived from the typed result:
//
//   - a list of objects is a list of values, "rows", whose names are "columns".
//     What all rows have in common is said once, in "shared", and a column
//     that nothing is in is left out. Where a result has several lists they
//     have the same columns, and each its own name for its rows. One object in
//     an object stays as it is.
//   - what is empty is left out, and in a row the empty text.
//   - a field with the tag compact:"-" is left out, such as an id that no
//     operation takes. In the tag may stand another name, omitempty, and the
//     most rows that are told, as first=12; "more" says how many there are
//     besides. A field that is not in Data may have the tag too.
//   - a type that has a method Compact() any, or CompactRow() any for a row,
//     is what that returns.
//   - quoted_fields are the names that are left of those in Data.
//
// A result without a typed value has none.
func (r Result) Compact() (json.RawMessage, error) {
	c := &compactor{quoted: map[string]bool{}, summary: r.Doc.Summary}
	root, err := c.object(reflect.ValueOf(r.out), 0, "")
	if err != nil {
		return nil, fmt.Errorf("write the result in short: %w", err)
	}
	var quoted []string
	for name := range c.quoted {
		quoted = append(quoted, name)
	}
	slices.Sort(quoted)
	at := slices.IndexFunc(root, func(m member) bool { return m.name != "sandbox" && m.name != "summary" && m.name != "next" })
	if len(quoted) > 0 && at >= 0 {
		root = slices.Insert(root, at, member{"quoted_fields", quoted})
	}
	return json.Marshal(root)
}

// member is a name and a value of a JSON object.
type member struct {
	name  string
	value any
}

// ordered is a JSON object whose members have an order.
type ordered []member

// MarshalJSON implements [json.Marshaler].
func (m ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, one := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := plainJSON(one.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", one.name, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plainJSON writes a value without the escapes that only HTML needs.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// compactField is a field of the short form.
type compactField struct {
	name   string
	full   string // its name in Data; "" = it is not there
	index  []int
	omit   bool
	first  int    // rows that are told; 0 = all
	quoted string // the tag
}

//nolint:gochecknoglobals // what is known of a type never changes, and every row of every result asks
var compactTypes perType[[]compactField]

// compactFields returns the fields of a struct in the short form, in a list
// that all callers share.
func compactFields(t reflect.Type) []compactField { return compactTypes.of(t, readCompactFields) }

func readCompactFields(t reflect.Type) []compactField {
	var list []compactField
	for _, f := range reflect.VisibleFields(t) {
		full, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		tag := strings.Split(f.Tag.Get("compact"), ",")
		if full == "-" {
			full = ""
		}
		c := compactField{name: tag[0], full: full, index: f.Index, omit: strings.Contains(options, "omit"), quoted: f.Tag.Get("quoted")}
		if c.name == "" {
			c.name = full
		}
		if f.Anonymous || !f.IsExported() || c.name == "" || c.name == "-" {
			continue
		}
		for _, option := range tag[1:] {
			c.omit = c.omit || option == "omitempty"
			_, _ = fmt.Sscanf(option, "first=%d", &c.first)
		}
		list = append(list, c)
	}
	return list
}

// compactor writes one result, and notes which of its fields hold words of
// somebody else.
type compactor struct {
	quoted  map[string]bool
	summary string // which is not said again
}

// object returns the members of a struct, which lies so deep in the result and
// whose fields readers find behind a prefix.
func (c *compactor) object(v reflect.Value, depth int, prefix string) (ordered, error) {
	var m ordered
	var t table
	t.several = len(tableFields(v.Type())) > 1
	place := -1
	for _, f := range compactFields(v.Type()) {
		value, err := v.FieldByIndexErr(f.index)
		if err != nil {
			continue
		}
		if isTable(value.Type()) {
			if place < 0 {
				place = len(m)
			}
			t.add(c, f, value)
			continue
		}
		if value, ok := c.told(f, value); ok {
			if f.quoted == "true" {
				c.quoted[prefix+f.name] = true
			}
			inner := any(nil)
			if o := compacted(value, "Compact"); o.Kind() == reflect.Struct && !marshals(o.Type()) {
				if inner, err = c.object(o, depth+1, below(depth, prefix, f.name)); err != nil {
					return nil, err
				}
			} else {
				inner = value.Interface()
			}
			m = append(m, member{f.name, inner})
		}
	}
	if place < 0 {
		return m, nil
	}
	list, err := t.members(depth)
	return slices.Insert(m, place, list...), err
}

// below returns the prefix of the fields of a member: the one object that a
// result is about goes without saying.
func below(depth int, prefix, name string) string {
	if depth == 0 {
		return ""
	}
	return prefix + name + "."
}

// told returns the value of a field, which a pointer may lead to; not ok where
// the field is left out.
func (c *compactor) told(f compactField, v reflect.Value) (_ reflect.Value, ok bool) {
	switch {
	case f.name == "quoted_fields": // those of this form are its own
		return v, false
	case v.Kind() == reflect.Pointer:
		return v.Elem(), !v.IsNil()
	case v.Type() == reflect.TypeFor[[]string]():
		said := func(s string) bool { return s == c.summary }
		v = reflect.ValueOf(slices.DeleteFunc(slices.Clone(v.Interface().([]string)), said))
		return v, v.Len() > 0
	case v.Kind() == reflect.String, v.Kind() == reflect.Slice, v.Kind() == reflect.Map:
		return v, v.Len() > 0
	}
	return v, !f.omit || !empty(v)
}

// compacted returns what the named method of a value says is told instead.
func compacted(v reflect.Value, method string) reflect.Value {
	if m := v.MethodByName(method); m.IsValid() {
		return m.Call(nil)[0].Elem()
	}
	return v
}

// marshals reports whether values of a type write themselves as JSON.
func marshals(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// isTable reports whether a type is a list of objects.
func isTable(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && !marshals(t) && !marshals(t.Elem())
}

// tableFields returns the fields of a struct that are lists of objects.
func tableFields(t reflect.Type) []compactField {
	return slices.DeleteFunc(slices.Clone(compactFields(t)), func(f compactField) bool { return !isTable(t.FieldByIndex(f.index).Type) })
}
