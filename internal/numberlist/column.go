package numberlist

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"didops/internal/fault"
	"didops/internal/phone"
	"didops/internal/sanitize"
	"didops/internal/spreadsheet"
)

// headings is how many rows from the top may be titles and the heading.
const headings = 10

// column is where the numbers of a table stand.
type column struct {
	index int
	first int    // the row of the table with which they begin
	name  string // in the heading; "" = there is none
	sheet string // "" = of a text file
}

// String says in words which column it is.
func (c column) String() string {
	text := "column " + spreadsheet.Letters(c.index)
	if c.sheet == "" {
		text = fmt.Sprintf("column %d", c.index+1)
	}
	if c.name != "" {
		text += ", “" + sanitize.Clean(c.name, shownChars) + "”"
	}
	return text
}

// place says in words where the column's cell of a row is.
func (c column) place(row spreadsheet.Row) string {
	if c.sheet == "" {
		return fmt.Sprintf("line %d", row.At)
	}
	return fmt.Sprintf("%s!%s%d", sanitize.Clean(c.sheet, shownChars), spreadsheet.Letters(c.index), row.At)
}

// names are what a column of numbers is called, in small letters and without
// anything but letters and digits.
func names() []string {
	return []string{
		"number", "numbers", "did", "dids", "didnumber", "didnumbers", "ddi", "ddinumber", "phone", "phones", "phonenumber", "phonenumbers", "phoneno",
		"telephone", "telephonenumber", "telephonenumbers", "telephoneno", "tel", "telno", "telnumber", "tn", "tns", "msisdn", "msisdns",
		"e164", "e164number", "directnumber", "callingnumber",
		"nummer", "rufnummer", "rufnummern", "telefon", "telefonnummer", "telefonnummern", "numero", "numéro", "numéros", "numérodetéléphone", "téléphone",
		"número", "números", "númerodeteléfono", "teléfono", "telefone", "númerodetelefone", "numeroditelefono", "telefono", "telefoonnummer",
		"номер", "номера", "телефон", "номертелефона", "رقم", "الرقم", "رقمالهاتف", "الهاتف", "号码", "电话", "电话号码", "電話番号", "番号",
	}
}

func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// find returns the column of the numbers: the one that is named for them, or
// the only one that holds any.
func find(table spreadsheet.Sheet) (column, error) {
	at, named := heading(table.Rows)
	if len(named) > 1 {
		return column{}, ambiguous("has several columns that are named like numbers", table, named)
	}
	if len(named) == 1 {
		c := named[0]
		return column{index: c.Column, first: at + 1, name: c.Text, sheet: table.Name}, nil
	}
	first := 0
	if !slices.ContainsFunc(table.Rows[0].Cells, func(c spreadsheet.Cell) bool { return strings.ContainsFunc(c.Text, unicode.IsDigit) || c.Problem != "" }) {
		first = 1
	}
	held := map[int]spreadsheet.Cell{} // an example for each column with numbers
	used := map[int]spreadsheet.Cell{}
	for _, row := range table.Rows[first:] {
		for _, c := range row.Cells {
			used[c.Column] = c
			if like(c) {
				held[c.Column] = c
			}
		}
	}
	if len(held) == 0 && len(used) == 1 {
		held = used // every row of which says what is wrong with it
	}
	switch len(held) {
	case 0:
		return column{}, fault.New(fault.Invalid, "has no column with telephone numbers").WithHint("%s", oneColumn)
	case 1:
		for index := range held {
			name, _ := table.Rows[0].Cell(index)
			if first == 0 {
				name.Text = ""
			}
			return column{index: index, first: first, name: name.Text, sheet: table.Name}, nil
		}
	}
	var list []spreadsheet.Cell
	for index, c := range held {
		list = append(list, spreadsheet.Cell{Column: index, Text: c.Text})
	}
	slices.SortFunc(list, func(a, b spreadsheet.Cell) int { return a.Column - b.Column })
	return column{}, ambiguous("has several columns that could hold the numbers", table, list)
}

const oneColumn = "write one number to a row, and number above their column"

func ambiguous(what string, table spreadsheet.Sheet, list []spreadsheet.Cell) error {
	var parts []string
	for _, c := range list[:min(len(list), 5)] {
		parts = append(parts, column{index: c.Column, name: c.Text, sheet: table.Name}.String())
	}
	return fault.New(fault.Invalid, "%s: %s", what, strings.Join(parts, "; ")).WithHint("%s, and above no other", oneColumn)
}

// heading returns the row that names a column of numbers, and the cells that
// do. A number above it is none that anybody would overlook.
func heading(rows []spreadsheet.Row) (at int, named []spreadsheet.Cell) {
	for i, row := range rows[:min(len(rows), headings)] {
		for _, c := range row.Cells {
			if slices.Contains(names(), fold(c.Text)) {
				named = append(named, c)
			}
		}
		if len(named) > 0 || slices.ContainsFunc(row.Cells, like) {
			return i, named
		}
	}
	return 0, nil
}

// like reports whether a cell holds a number, or what is left of one.
func like(c spreadsheet.Cell) bool {
	if c.Problem != "" {
		return false
	}
	digits, problem := read(c.Text)
	return problem == "" && len(digits) >= fewest || scientific(c.Text)
}

// scientific reports the short form of a long number.
func scientific(text string) bool {
	return phone.SpreadsheetForm(text) != "" && strings.ContainsAny(text, "eE")
}
