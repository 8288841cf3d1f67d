// Package csvout writes results as CSV, for people who go on in a spreadsheet:
// the rows of a search or of a list, an order as a receipt. All front ends
// write the same file of the same result.
package csvout

import (
	"encoding"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"didops/internal/sanitize"
	"didops/tools"
)

// row returns the value of a column, nil for what is not known.
type row func(column string) any

// sheet is what CSV is written of: columns, and rows one at a time, because a
// whole market has many.
type sheet struct {
	columns []string
	each    func(take func(row) error) error
}

// Has reports whether an operation's results have rows and columns.
func Has(t *tools.Tool) bool { return len(t.Tables()) > 0 || t.HoldsOrders() }

// Write writes the rows of a result of the operation with a line of heads.
// Columns are those of the operation, whatever the rows hold; phone numbers
// are digits without their +. An error is one of out.
func Write(out io.Writer, t *tools.Tool, r tools.Result) error {
	s := tables(t.Tables(), r)
	if t.HoldsOrders() {
		s = receipt(r.Orders)
	}
	return s.write(out)
}

// tables returns the tables of a result one below the other. Columns are the
// fields of the schema, in its order; with several tables the first column
// names the table.
func tables(list []tools.Rows, r tools.Result) sheet {
	columns := heads(list)
	if len(list) > 1 {
		columns = append([]string{"table"}, columns...)
	}
	return sheet{columns, func(take func(row) error) error {
		for _, t := range list {
			for values := range r.Rows(t.Field) {
				err := take(func(column string) any {
					if column == "table" && len(list) > 1 {
						return t.Field
					}
					value := values.Value(column)
					if text, ok := value.(string); ok && values.Words(column) {
						return words(text)
					}
					return value
				})
				if err != nil {
					return err
				}
			}
		}
		return nil
	}}
}

func (s sheet) write(out io.Writer) error {
	w := csv.NewWriter(out)
	if err := w.Write(s.columns); err != nil {
		return err
	}
	cells := make([]string, len(s.columns))
	err := s.each(func(r row) error {
		for i, c := range s.columns {
			cells[i] = cell(r(c))
		}
		return w.Write(cells)
	})
	if err != nil {
		return err
	}
	w.Flush()
	return w.Error()
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

// cell returns a value as a spreadsheet may read it: one line, a list's values
// between spaces, nothing for what is not known, and no text that begins a
// formula.
func cell(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case words:
		return harmless(string(v))
	case string:
		return harmless(Digits(v))
	case []string:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = Digits(item)
		}
		return harmless(strings.Join(parts, " "))
	case encoding.TextMarshaler:
		text, err := v.MarshalText()
		if err != nil {
			return ""
		}
		return harmless(string(text))
	}
	return fmt.Sprint(value)
}

// words are of another party: what looks like a phone number there may be
// anything.
type words string

// harmless puts the mark of a text before what a spreadsheet would calculate,
// and before what would be taken for marks when it is read again: a text that
// begins with one, or stands in quotation marks.
func harmless(s string) string {
	s = sanitize.Clean(s, math.MaxInt)
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@＝＋－＠'\"", first) {
		return "'" + s
	}
	return s
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
