// Package sheet writes results as CSV, for people who go on in a spreadsheet:
// the rows of a search or of a list, an order as a receipt. All front ends
// write the same file of the same result.
package csvout

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"didops/internal/sanitize"
	"didops/tools"
)

// record is a row: values by their columns.
type record = map[string]json.RawMessage

// sheet is what CSV is written of: columns, and rows that are called for one
// at a time, because a whole market has many.
type sheet struct {
	columns []string
	each    func(take func(record) error) error
}

// Has reports whether an operation's results have rows and columns.
func Has(t *tools.Tool) bool { return len(t.Tables()) > 0 || ordered(t) }

// Write writes the rows of a result of the operation with a line of heads.
// Columns are those of the operation, whatever the rows hold; phone numbers
// are digits without their +. An error is one of out, or says that data is no
// result of the operation.
func Write(out io.Writer, t *tools.Tool, data json.RawMessage) error {
	s, err := sheetOf(t, data)
	if err != nil {
		return err
	}
	return s.write(out)
}

func sheetOf(t *tools.Tool, data json.RawMessage) (sheet, error) {
	if ordered(t) {
		return receipt(data)
	}
	return tables(t.Tables(), data)
}

// tables returns the tables of a result one below the other. Columns are the
// fields of the schema, in its order; with several tables the first column
// names the table.
func tables(list []tools.Rows, data json.RawMessage) (sheet, error) {
	var held record
	if err := json.Unmarshal(data, &held); err != nil {
		return sheet{}, fmt.Errorf("read result: %w", err)
	}
	columns := heads(list)
	if len(list) > 1 {
		columns = append([]string{"table"}, columns...)
	}
	return sheet{columns, func(take func(record) error) error {
		for _, t := range list {
			err := rows(held[t.Field], func(row record) error {
				if len(list) > 1 {
					row["table"] = quoted(t.Field)
				}
				return take(row)
			})
			if err != nil {
				return err
			}
		}
		return nil
	}}, nil
}

func (s sheet) write(out io.Writer) error {
	w := csv.NewWriter(out)
	if err := w.Write(s.columns); err != nil {
		return err //nolint:wrapcheck // the caller knows what it writes to
	}
	cells := make([]string, len(s.columns))
	err := s.each(func(row record) error {
		for i, c := range s.columns {
			cells[i] = cell(row[c])
		}
		return w.Write(cells) //nolint:wrapcheck // the caller knows what it writes to
	})
	if err != nil {
		return err
	}
	w.Flush()
	return w.Error() //nolint:wrapcheck // the caller knows what it writes to
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

// rows calls take with each object of a list, one at a time.
func rows(list json.RawMessage, take func(record) error) error {
	if len(list) == 0 || string(list) == "null" {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(list))
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	for dec.More() {
		var row record
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
	text := sanitize.Clean(text(raw), math.MaxInt)
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
		return Digits(s)
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

// Digits returns a phone number (+ and 5 to 15 digits) without its +, any
// other text as it is.
func Digits(s string) string {
	number, ok := strings.CutPrefix(s, "+")
	if !ok || len(number) < 5 || len(number) > 15 || strings.Trim(number, "0123456789") != "" {
		return s
	}
	return number
}

func quoted(s string) json.RawMessage {
	raw, _ := json.Marshal(s) //nolint:errchkjson // a string can always be written
	return raw
}
