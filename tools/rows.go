package tools

import (
	"iter"
	"reflect"
	"strings"
)

// Row is one object of a list in a result, by the names that its fields have
// in JSON. It is a view of the typed value: nothing is written or read for it.
type Row struct {
	value  reflect.Value
	fields map[string]rowField
}

type rowField struct {
	index  []int
	omit   bool   // absent where it is zero
	words  bool   // of another party
	quotes string // of a list: the field of its objects that holds such
}

// Words reports whether a field holds words of another party, which may be
// anything.
func (r Row) Words(field string) bool { return r.fields[field].words }

// Value returns a field: a string, a bool, an int, a list of strings, or what
// writes itself as text, such as an amount or a time. It is nil for what is
// absent or not known, and for a field that there is not.
func (r Row) Value(field string) any {
	f, ok := r.fields[field]
	if !ok {
		return nil
	}
	v, err := r.value.FieldByIndexErr(f.index)
	if err != nil || f.omit && empty(v) {
		return nil
	}
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	return v.Interface()
}

// Text returns a field that is a string, "" for any other.
func (r Row) Text(field string) string {
	s, _ := r.Value(field).(string)
	return s
}

// empty reports what encoding/json leaves out for omitempty and omitzero.
func empty(v reflect.Value) bool {
	if z, ok := reflect.TypeAssert[interface{ IsZero() bool }](v); ok {
		return z.IsZero()
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	default:
		return v.IsZero()
	}
}

// Rows returns the rows of a list of objects in the result, by the field that
// holds it (see [Tool.Tables]), in their order.
func (r Result) Rows(field string) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		if r.out == nil {
			return
		}
		out := reflect.ValueOf(r.out)
		f, ok := fieldsOf(out.Type())[field]
		if !ok {
			return
		}
		list, err := out.FieldByIndexErr(f.index)
		if err != nil || list.Kind() != reflect.Slice || list.Type().Elem().Kind() != reflect.Struct {
			return
		}
		fields := fieldsOf(list.Type().Elem())
		if named, ok := fields[f.quotes]; ok {
			named.words = true
			fields[f.quotes] = named
		}
		for i := range list.Len() {
			if !yield(Row{list.Index(i), fields}) {
				return
			}
		}
	}
}

// fieldsOf returns the fields of a struct by their names in JSON.
func fieldsOf(t reflect.Type) map[string]rowField {
	fields := map[string]rowField{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || name == "" || name == "-" {
			continue
		}
		quoted := f.Tag.Get("quoted")
		fields[name] = rowField{f.Index, strings.Contains(options, "omit"), quoted == "true", quoted}
	}
	return fields
}
