package spreadsheet_test

import (
	"strings"
	"testing"
	"unicode"

	"didops/internal/fault"
	"didops/internal/spreadsheet"
	"didops/internal/testing/workbook"
)

// FuzzRead holds that whatever is handed over ends in a table within its
// bounds, or in a fault that says what is wrong with it.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"number;note\n+971 50 123 4567;\"a\"\"b\"\r\n", "\xff\xfe1\x002\x00", "sep=|\na|b", "=\"971501\"", "a,b\n\"x", "\x00", "PK\x03\x04",
	} {
		f.Add([]byte(seed))
	}
	f.Add(workbook.Book{Shared: []string{"x"}, Formats: []string{`"a"0`}, Sheets: []workbook.Sheet{
		{Name: "a", Rows: `<row r="2"><c r="B2" s="1"><v>971501234567</v></c><c t="s"><v>0</v></c></row>`},
	}}.Bytes(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := spreadsheet.Read(data, "")
		if err != nil {
			if e, ok := fault.As(err); !ok || e.Code != fault.Invalid || e.Message == "" {
				t.Fatalf("got %v, want a fault", err)
			}
			return
		}
		before := 0
		for _, r := range got.Rows {
			if r.At <= before || len(r.Cells) == 0 {
				t.Fatalf("got row %d with %d cells behind row %d", r.At, len(r.Cells), before)
			}
			before = r.At
			column := -1
			for _, c := range r.Cells {
				if c.Column <= column || c.Text == "" && c.Problem == "" || strings.TrimFunc(c.Text, unicode.IsSpace) != c.Text {
					t.Fatalf("got %+v behind column %d", c, column)
				}
				column = c.Column
			}
		}
	})
}
