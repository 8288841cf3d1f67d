package csvout

import (
	"io"
	"iter"
	"strings"
	"time"

	"didops/internal/money"
	"didops/internal/spreadsheet"
	"didops/tools"
)

// Workbook writes what [Write] writes as a workbook, each table of the result on
// a sheet of its own: phone numbers as digits that stay text, amounts as numbers,
// times as dates. Sheets of the sandbox say so. An error is one of out.
func Workbook(out io.Writer, t *tools.Tool, r tools.Result) error {
	mark := ""
	if r.Doc.Sandbox {
		mark = "SANDBOX "
	}
	if t.HoldsOrders() {
		return spreadsheet.Write(out, receipt(r.Orders).table(mark+"orders"))
	}
	var list []spreadsheet.Table
	for _, rows := range t.Tables() {
		list = append(list, tables([]tools.Rows{rows}, r).table(mark+rows.Field))
	}
	return spreadsheet.Write(out, list...)
}

func (s sheet) table(name string) spreadsheet.Table {
	return spreadsheet.Table{Name: name, Columns: s.columns, Rows: s.values()}
}

// values are the rows with what spreadsheets tell apart.
func (s sheet) values() iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		cells := make([]any, len(s.columns))
		_ = s.each(func(r row) error { // there is no other error than this one
			for i, c := range s.columns {
				cells[i] = value(r(c))
			}
			if !yield(cells) {
				return io.EOF
			}
			return nil
		})
	}
}

// value returns what a cell of a workbook holds.
func value(v any) any {
	switch v := v.(type) {
	case nil, bool, int, money.Amount, time.Time:
		return v
	case string:
		return Digits(v)
	case []string:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = Digits(item)
		}
		return strings.Join(parts, " ")
	}
	return strings.TrimPrefix(cell(v), "'")
}
