package spreadsheet_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/fault"
	"didops/internal/spreadsheet"
	"didops/internal/testing/workbook"
)

func TestReadWorkbook(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		book workbook.Book
		name string
		want string
	}{
		"kinds of cells": {
			workbook.Book{Shared: []string{"number", "+971 50 123"}, Sheets: []workbook.Sheet{{Name: "Sheet1", Rows: `
			<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>7</v></c></row>
			<row r="3"><c r="A3" t="s"><v>1</v></c><c r="B3" t="inlineStr"><is><r><t>971</t></r><rPh><t>x</t></rPh><r><t>501</t></r></is></c></row>
			<row r="4"><c r="A4"><v>971501234567</v></c><c r="B4" t="str"><f>A4</f><v>971501</v></c><c r="C4" t="e"><v>#DIV/0!</v></c></row>
			<row r="5"><c r="A5" t="b"><v>1</v></c><c r="B5" t="d"><v>2026-11-29</v></c><c r="C5"/><c r="D5"><v> </v></c></row>`}}},
			"", "1 A=number C=!names a text that the workbook does not hold\n3 A=+971 50 123 B=971501\n" +
				"4 A=971501234567 B=971501 C=!is the error of a formula, #DIV/0!\n5 A=!is true or false B=!is a date\n",
		},
		"no places": {
			workbook.Book{Sheets: []workbook.Sheet{{Name: "a", Rows: `<row><c><v>1</v></c><c><v>2</v></c></row><row r="7"><c r="D7"><v>3</v></c><c><v>4</v></c></row><row><c><v>5</v></c></row>`}}},
			"", "1 A=1 B=2\n7 D=3 E=4\n8 A=5\n",
		},
		"a cell twice": {
			workbook.Book{Sheets: []workbook.Sheet{{Name: "a", Rows: `<row r="1"><c r="B1"><v>1</v></c><c r="B1"><v>2</v></c><c r="A1"><v>3</v></c><c r="XFE1"><v>4</v></c></row>`}}},
			"", "1 B=1\n",
		},
		"numbers": {
			workbook.Book{Sheets: []workbook.Sheet{{Name: "a", Rows: `<row r="1"><c><v>9.71501234567E11</v></c><c><v>971501234567.0</v></c><c><v>971501234567.5</v></c><c><v>-5</v></c><c><v>1E999999999</v></c><c><v>1/3</v></c><c><v>0x10</v></c></row>`}}},
			"", "1 A=971501234567 B=971501234567 C=971501234567.5!has a fraction D=!is less than zero E=!is larger than any telephone number F=!is no number that a spreadsheet writes G=16\n",
		},
		"hidden": {workbook.Book{Sheets: []workbook.Sheet{
			{Name: "old", State: "hidden", Rows: `<row><c><v>1</v></c></row>`},
			{Name: "now", Head: `<cols><col min="2" max="3" hidden="1"/><col min="4" max="4"/></cols>`, Rows: `<row hidden="1"><c><v>1</v></c></row><row><c r="A2"><v>1</v></c><c r="C2"><v>2</v></c><c r="D2"><v>3</v></c></row>`},
			{Name: "older", State: "veryHidden", Rows: `<row><c><v>1</v></c></row>`},
		}}, "", "1 hidden A=1\n2 A=1 C=2!is in a hidden column: show it or delete it D=3\n"},
		"a sheet by its name": {workbook.Book{Sheets: []workbook.Sheet{workbook.Texts("a", "1"), workbook.Texts("b & c", "2")}}, "b & c", "1 A=2\n"},
		"an empty sheet":      {workbook.Book{Sheets: []workbook.Sheet{workbook.Texts("a"), workbook.Texts("b", "2")}}, "", "1 A=2\n"},
	} {
		got, err := spreadsheet.Read(tt.book.Bytes(t), tt.name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tt.want, drawn(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestFormats proves that a number is read as its digits whatever it is shown
// as, but where what is shown is another number, or none.
func TestFormats(t *testing.T) {
	t.Parallel()
	const adds, date, scales = "shows digits which the cell does not hold", "is a date or a time", "shows fewer digits than the cell holds"
	for code, want := range map[string]string{
		"General": "971501", "0": "971501", "0.00": "971501", "#,##0": "971501", "0.00E+00": "971501", `"+"0`: "971501", `\+0`: "971501",
		`+0" "000" "000`: "0971501", "@": "971501", "[Red]0": "971501", "[>=100]0;[<100]\"1\"0": "971501", `0;"-1"0`: "971501", `_-* #,##0_-`: "971501",
		"0000000000": "0000971501", "00000000": "00971501", `"tel "General`: "971501",
		`"+971"0`: adds, `\90`: adds, "+9710": adds, `"0"0`: adds,
		"yyyy-mm-dd": date, "[$-409]d/m/yy;@": date, "[h]:mm": date, "mm:ss.0": date,
		"0%": "is a percentage", "0,": scales, `#,##0.0,," M"`: scales,
	} {
		b := workbook.Book{Formats: []string{code}, Sheets: []workbook.Sheet{{Name: "a", Rows: `<row><c s="1"><v>971501</v></c></row>`}}}
		got, err := spreadsheet.Read(b.Bytes(t), "")
		if err != nil {
			t.Fatal(err)
		}
		c := got.Rows[0].Cells[0]
		if held := c.Problem == "" && c.Text == want || c.Problem != "" && strings.Contains(c.Problem, want); !held {
			t.Errorf("%s: got %q %q, want %q", code, c.Text, c.Problem, want)
		}
	}
}

func TestReadWorkbookRefuses(t *testing.T) {
	t.Parallel()
	two := workbook.Book{Sheets: []workbook.Sheet{workbook.Texts("a", "1"), workbook.Texts("b", "2")}}
	whole := two.Bytes(t)
	rel := [2]string{"_rels/.rels", `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`}
	binary := [2]string{"_rels/.rels", `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.bin"/></Relationships>`}
	for name, tt := range map[string]struct {
		data        []byte
		sheet, want string
	}{
		"several sheets":       {whole, "", "several sheets that hold something: “a”, “b”"},
		"no such sheet":        {whole, "c", "no sheet \"c\""},
		"cut off":              {whole[:len(whole)/2], "", "is damaged"},
		"an archive":           {workbook.Archive(t, [2]string{"a.txt", "971501"}), "", "no workbook"},
		"nothing in it":        {workbook.Archive(t), "", "no workbook"},
		"another program's":    {workbook.Archive(t, [2]string{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}), "", "another program"},
		"a binary workbook":    {workbook.Archive(t, binary), "", "no workbook of the usual kind"},
		"a part twice":         {workbook.Archive(t, rel, [2]string{"xl/workbook.xml", "<workbook/>"}, [2]string{"XL/workbook.xml", "<workbook/>"}), "", "twice"},
		"no XML":               {workbook.Archive(t, rel, [2]string{"xl/workbook.xml", "<workbook><"}), "", "is damaged"},
		"entities":             {workbook.Archive(t, rel, [2]string{"xl/workbook.xml", `<!DOCTYPE x [<!ENTITY a "aa">]><workbook>&a;</workbook>`}), "", "is damaged"},
		"without a sheet":      {workbook.Archive(t, rel, [2]string{"xl/workbook.xml", "<workbook/>"}), "", "holds nothing"},
		"a bomb in a part":     {workbook.Book{Sheets: []workbook.Sheet{{Name: "a", Rows: large(9 << 20)}}}.Bytes(t), "", "unpacks to more than is read"},
		"a bomb of many parts": {workbook.Book{Sheets: manySheets(5)}.Bytes(t), "", "unpacks to more than is read"},
		"too many rows":        {workbook.Book{Sheets: []workbook.Sheet{{Name: "a", Rows: strings.Repeat("<row><c><v>1</v></c></row>", 100_001)}}}.Bytes(t), "", "more than 100000 rows"},
	} {
		_, err := spreadsheet.Read(tt.data, tt.sheet)
		if f, ok := fault.As(err); !ok || f.Code != fault.Invalid || !strings.Contains(f.Message, tt.want) {
			t.Errorf("%s: got %v, want it to be refused: %s", name, err, tt.want)
		}
	}
}

// large is rows of so many bytes that hold nothing.
func large(bytes int) string {
	const row = 64 << 10
	return strings.Repeat(`<row x="`+strings.Repeat(" ", row)+`"/>`, bytes/row)
}

// manySheets are sheets of 4 MB that hold nothing.
func manySheets(n int) []workbook.Sheet {
	var list []workbook.Sheet
	for range n {
		list = append(list, workbook.Sheet{Name: strings.Repeat("a", len(list)+1), Rows: large(4 << 20)})
	}
	return list
}
