package shell

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"didops/internal/render"
	"didops/tools"
	"didops/tools/view"
)

// writeCSV writes the rows of a result with a line of heads. What a person
// must know besides, the mark of the sandbox and why the result is not
// complete, goes to Err.
func (s *shell) writeCSV(tables []tools.Rows, r tools.Result) error {
	if err := writeRows(s.Out, tables, r.Data); err != nil {
		return err
	}
	aside := view.Doc{Sandbox: r.Doc.Sandbox}
	for _, b := range r.Doc.Blocks {
		switch b := b.(type) {
		case view.Notice, view.More, view.Text:
			aside.Blocks = append(aside.Blocks, b)
		case view.Table, view.Fields:
		}
	}
	return written(render.Plain(s.Err, aside, render.PlainOptions{}))
}

// writeRows writes the tables of a result one below the other. Columns are
// the fields of the schema, in its order; with several tables the first
// column names the table.
func writeRows(out io.Writer, tables []tools.Rows, data json.RawMessage) error {
	var lists map[string]json.RawMessage
	if err := json.Unmarshal(data, &lists); err != nil {
		return fmt.Errorf("read result: %w", err)
	}
	w := csv.NewWriter(out)
	columns := heads(tables)
	record := columns
	if len(tables) > 1 {
		record = append([]string{"table"}, columns...)
	}
	if err := w.Write(record); err != nil {
		return written(err)
	}
	for _, t := range tables {
		err := rows(lists[t.Field], func(row map[string]json.RawMessage) error {
			record = record[:0:0]
			if len(tables) > 1 {
				record = append(record, t.Field)
			}
			for _, c := range columns {
				record = append(record, cell(row[c]))
			}
			return written(w.Write(record))
		})
		if err != nil {
			return err
		}
	}
	w.Flush()
	return written(w.Error())
}

// heads returns the columns of all tables, each once.
func heads(tables []tools.Rows) []string {
	var list []string
	for _, t := range tables {
		for _, c := range t.Columns {
			if !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	return list
}

// rows calls take with each object of a list, one at a time: a whole market
// has many.
func rows(list json.RawMessage, take func(map[string]json.RawMessage) error) error {
	if len(list) == 0 || string(list) == "null" {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(list))
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	for dec.More() {
		var row map[string]json.RawMessage
		if err := dec.Decode(&row); err != nil {
			return fmt.Errorf("read row: %w", err)
		}
		if err := take(row); err != nil {
			return err
		}
	}
	return nil
}

// cell returns a value as a spreadsheet may read it: one line, a list's values
// between spaces, nothing for what is not known, and no text that begins a
// formula.
func cell(raw json.RawMessage) string {
	text := line(text(raw))
	if len(raw) > 0 && raw[0] != '"' && raw[0] != '[' {
		return text
	}
	if text != "" && strings.IndexByte("=+-@", text[0]) >= 0 {
		return "'" + text
	}
	return text
}

func text(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	switch raw[0] {
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return ""
		}
		return digits(s)
	case '[':
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return ""
		}
		parts := make([]string, len(list))
		for i, item := range list {
			parts[i] = text(item)
		}
		return strings.Join(parts, " ")
	}
	return string(raw)
}

// digits returns a phone number (+ and 5 to 15 digits) without its +, any
// other text as it is.
func digits(s string) string {
	number, ok := strings.CutPrefix(s, "+")
	if !ok || len(number) < 5 || len(number) > 15 || strings.Trim(number, "0123456789") != "" {
		return s
	}
	return number
}
