package tools

import (
	"reflect"
	"strings"
)

//nolint:gochecknoglobals // what is known of a type never changes, and every result asks
var wordsTypes perType[[]wordsField]

// quotedFields returns the fields of a result that hold words of other
// parties, as readers of the JSON find them: numbers[].vendor. They are those
// with the tag quoted, which is "true" for the field itself, else names a
// field of the objects in its list, and of them those that are not empty.
func quotedFields(out any) []string {
	var found []string
	for _, f := range wordsTypes.of(reflect.TypeOf(out), func(t reflect.Type) []wordsField { return wordsOf(t, "") }) {
		if f.in(reflect.ValueOf(out)) {
			found = append(found, f.name)
		}
	}
	return found
}

// wordsField is a field that may hold words of another party: the way there,
// through lists where there are any, and its name.
type wordsField struct {
	name string
	path [][]int // indexes of a struct's field; between two of them lies a list or a struct
}

// in reports whether the field is anywhere in a value, and not empty.
func (w wordsField) in(v reflect.Value) bool {
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			if w.in(v.Index(i)) {
				return true
			}
		}
		return false
	}
	if len(w.path) == 0 {
		return !empty(v)
	}
	return wordsField{path: w.path[1:]}.in(v.FieldByIndex(w.path[0]))
}

// wordsOf finds such fields in a struct type.
func wordsOf(t reflect.Type, before string) []wordsField {
	var list []wordsField
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || name == "" || name == "-" {
			continue
		}
		name = before + name
		kind := f.Type
		if kind.Kind() == reflect.Slice {
			kind, name = kind.Elem(), name+"[]"
		}
		var below []wordsField
		switch tag := f.Tag.Get("quoted"); {
		case tag == "true":
			below = []wordsField{{name: strings.TrimSuffix(name, "[]")}}
		case tag != "":
			if named, ok := fieldsOf(kind)[tag]; ok {
				below = []wordsField{{name: name + "." + tag, path: [][]int{named.index}}}
			}
		case kind.Kind() == reflect.Struct:
			below = wordsOf(kind, name+".")
		}
		for _, b := range below {
			b.path = append([][]int{f.Index}, b.path...)
			list = append(list, b)
		}
	}
	return list
}
