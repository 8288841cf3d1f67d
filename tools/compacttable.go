package tools

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// table is the lists of objects of one object in the short form.
type table struct {
	several bool
	columns []string
	lists   []rowList
	more    ordered
	err     error
}

type rowList struct {
	name string
	rows []map[string]json.RawMessage
}

// add takes a list of objects over.
func (t *table) add(c *compactor, f compactField, v reflect.Value) {
	list := rowList{name: f.name}
	for i := range v.Len() {
		if f.first > 0 && i == f.first {
			t.more = append(t.more, member{f.name, v.Len() - i})
			break
		}
		list.rows = append(list.rows, t.row(c, f, compacted(v.Index(i), "CompactRow")))
	}
	t.lists = append(t.lists, list)
}

// row returns the cells of an object that hold something, by column.
func (t *table) row(c *compactor, of compactField, v reflect.Value) map[string]json.RawMessage {
	row := map[string]json.RawMessage{}
	for n, f := range compactFields(v.Type()) {
		if !slices.Contains(t.columns, f.name) {
			t.columns = slices.Insert(t.columns, min(n, len(t.columns)), f.name)
		}
		value, err := v.FieldByIndexErr(f.index)
		if err != nil {
			continue
		}
		value, ok := c.told(f, value)
		if !ok {
			continue
		}
		cell := value.Interface()
		if words, ok := cell.([]string); ok {
			cell = strings.Join(words, " ")
		}
		data, err := plainJSON(cell)
		if err != nil {
			t.err = err
			continue
		}
		row[f.name] = data
		switch {
		case f.quoted == "true":
			c.quoted[f.name] = true
		case of.quoted == f.name:
			c.quoted[of.name+"."+f.name] = true
		}
	}
	return row
}

// members returns the lists as members of their object, which lies so deep in
// the result.
func (t *table) members(depth int) (ordered, error) {
	all := []map[string]json.RawMessage{}
	for _, l := range t.lists {
		all = append(all, l.rows...)
	}
	t.columns = slices.DeleteFunc(t.columns, func(column string) bool {
		return !slices.ContainsFunc(all, func(row map[string]json.RawMessage) bool { return row[column] != nil })
	})
	if len(all) == 1 && depth > 0 {
		return ordered{{t.lists[0].name, []ordered{t.cells(all[0])}}}, t.err
	}
	var m ordered
	if s := t.shared(all); len(s) > 0 {
		m = append(m, member{"shared", s})
	}
	if len(t.columns) > 0 {
		m = append(m, member{"columns", t.columns})
	}
	for _, l := range t.lists {
		rows := make([][]any, 0, len(l.rows))
		for _, row := range l.rows {
			var cells []any
			for _, column := range t.columns {
				if row[column] == nil {
					cells = append(cells, "")
					continue
				}
				cells = append(cells, row[column])
			}
			rows = append(rows, cells)
		}
		name := l.name
		if !t.several {
			name = "rows"
		}
		m = append(m, member{name, rows})
	}
	if len(t.more) > 0 {
		m = append(m, member{"more", t.more})
	}
	return m, t.err
}

// shared takes the columns out that have the same in all of several rows, but
// for the first, which tells rows apart.
func (t *table) shared(all []map[string]json.RawMessage) ordered {
	var same ordered
	if len(all) < 2 {
		return nil
	}
	for i, column := range slices.Clone(t.columns) {
		value := all[0][column]
		if i == 0 || value == nil || slices.ContainsFunc(all, func(row map[string]json.RawMessage) bool { return string(row[column]) != string(value) }) {
			continue
		}
		same = append(same, member{column, value})
		t.columns = slices.DeleteFunc(t.columns, func(c string) bool { return c == column })
	}
	return same
}

// cells returns a row as an object.
func (t *table) cells(row map[string]json.RawMessage) ordered {
	var m ordered
	for _, column := range t.columns {
		m = append(m, member{column, row[column]})
	}
	return m
}
