package numberlist

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"didops/internal/fault"
	"didops/internal/phone"
	"didops/internal/sanitize"
	"didops/internal/spreadsheet"
)

// Wanted is a column of a table that is read besides the numbers.
type Wanted struct {
	Key   string
	Names []string // headings, in any case, with anything between their letters
}

// Table is a file that says of each number more than that it is there.
type Table struct {
	From    string   // the column of the numbers, in words
	Columns []string // keys of the columns that the file has, in its order
	Ignored []string // headings of the others, cleaned
	Rows    []Record // in the order of the file
}

// Record is a row of a table. Either it has a number, or a problem.
type Record struct {
	Place   string // where it stands: line 7
	Number  string // E.164 with a +
	Problem string // why it can't be taken at its word
	Cells   map[string]string
}

// ReadTable returns the table in a file, whatever is wrong with single rows. The
// columns that are wanted are found by their headings. Errors are Invalid faults
// for the field "numbers", of the file as a whole: that it can't be read, has
// no column of numbers or a wanted one twice, or that all of its numbers lost
// digits.
func ReadTable(data []byte, name, sheet string, wanted []Wanted) (Table, error) {
	name = sanitize.Clean(name, 2*shownChars)
	found, err := spreadsheet.Read(data, sheet)
	if err != nil {
		return Table{}, of(name, err)
	}
	c, err := find(found)
	if err != nil {
		return Table{}, of(name, err)
	}
	t := Table{From: c.String()}
	at := map[int]string{} // keys by column
	if c.first > 0 {
		if at, err = t.headings(found.Rows[c.first-1], c, wanted); err != nil {
			return Table{}, of(name, err)
		}
	}
	r := reading{column: c, short: c.name != "", seen: map[string]string{}}
	for _, row := range found.Rows[c.first:] {
		t.Rows = append(t.Rows, r.record(row, at))
	}
	switch {
	case len(t.Rows) == 0:
		return Table{}, of(name, fault.New(fault.Invalid, "holds no numbers, only a heading").WithHint("%s", oneColumn))
	case r.rounded():
		return Table{}, of(name, lostDigits())
	}
	return t, nil
}

// headings finds the wanted columns.
func (t *Table) headings(row spreadsheet.Row, numbers column, wanted []Wanted) (map[int]string, error) {
	at := map[int]string{}
	for _, cell := range row.Cells {
		i := slices.IndexFunc(wanted, func(w Wanted) bool {
			return slices.ContainsFunc(w.Names, func(n string) bool { return fold(n) == fold(cell.Text) })
		})
		switch {
		case cell.Column == numbers.index:
		case i < 0:
			t.Ignored = append(t.Ignored, sanitize.Clean(cell.Text, shownChars))
		case slices.Contains(t.Columns, wanted[i].Key):
			return nil, fault.New(fault.Invalid, "has several columns for %s", wanted[i].Key).WithHint("leave one of them")
		default:
			t.Columns = append(t.Columns, wanted[i].Key)
			at[cell.Column] = wanted[i].Key
		}
	}
	return at, nil
}

// record reads a row.
func (r *reading) record(row spreadsheet.Row, at map[int]string) Record {
	record := Record{Place: r.column.place(row), Cells: make(map[string]string, len(at))}
	refused := len(r.refused)
	if r.take(row); len(r.refused) > refused {
		record.Problem = strings.TrimPrefix(r.refused[refused], record.Place+": ")
	} else {
		record.Number = r.numbers[len(r.numbers)-1]
	}
	for _, cell := range row.Cells {
		key, ok := at[cell.Column]
		if !ok {
			continue
		}
		if problem := spoiled(cell); problem != "" && record.Problem == "" {
			record.Number, record.Problem = "", key+": "+strings.TrimSpace(sanitize.Clean(cell.Text, shownChars)+" "+problem)
			continue
		}
		record.Cells[key] = cell.Text
	}
	return record
}

var (
	// formulaError is what spreadsheets write in the place of a value.
	formulaError = regexp.MustCompile(`^#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|SPILL!|CALC!|FIELD!|#+)$`)
	// shortForm is a long number after a spreadsheet, in any locale.
	shortForm = regexp.MustCompile(`^\d[.,]?\d*[eE]\+?\d+$`)
)

// spoiled says what a spreadsheet did to the text of a cell; "" for nothing that
// could be seen.
func spoiled(cell spreadsheet.Cell) string {
	switch {
	case cell.Problem != "":
		return cell.Problem
	}
	return Spoiled(cell.Text)
}

// Spoiled says what a spreadsheet did to a text that is no number; "" for nothing
// that could be seen. What is kept has no such text, so that a table of it can be
// read again.
func Spoiled(text string) string {
	switch {
	case formulaError.MatchString(strings.ToUpper(text)):
		return "is the error of a formula"
	case shortForm.MatchString(text) && phone.SpreadsheetForm(text) != "":
		return "is a spreadsheet's short form of a number, which has lost digits: format the cells as text"
	case strings.ContainsRune(text, utf8.RuneError):
		return "holds characters that were lost: save the file as UTF-8"
	}
	return ""
}
