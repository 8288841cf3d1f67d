// Package numberlist reads the telephone numbers in a file that somebody hands
// over: one to a row, in the column that is named for them or in the only one
// that holds any.
//
// It is all or nothing. A row that can't be taken at its word is refused with
// its place and the reason, all such rows at once, and then nothing of the file
// is used; nothing is repaired and nothing guessed. The rules of a single number
// are those of package phone, and one thing is added: a number of a file has at
// least seven digits, so that a date, a count or half a number is none.
package numberlist

import (
	"fmt"
	"strings"
	"unicode"

	"didops/internal/fault"
	"didops/internal/phone"
	"didops/internal/sanitize"
	"didops/internal/spreadsheet"
)

const (
	fewest     = 7  // digits of a number
	told       = 20 // rows that a refusal names
	shownChars = 40 // of a cell
	field      = "numbers"
)

// List is what stands in a file.
type List struct {
	Numbers []string // in E.164 with a +, in the order of the rows, each once
	From    string   // the column, in words
}

// Read returns the numbers in a file; sheet names one of a workbook, as for
// [spreadsheet.Read], and name is what the file is called in errors. More than
// most of them are refused, 0 being as many as are there. Errors are Invalid
// faults for the field "numbers"; a message has a line for each refused row,
// and another for how many there are besides.
func Read(data []byte, name, sheet string, most int) (List, error) {
	name = sanitize.Clean(name, 2*shownChars)
	table, err := spreadsheet.Read(data, sheet)
	if err != nil {
		return List{}, of(name, err)
	}
	c, err := find(table)
	if err != nil {
		return List{}, of(name, err)
	}
	r := reading{column: c, seen: map[string]string{}}
	for _, row := range table.Rows[c.first:] {
		r.take(row)
	}
	if err := r.verdict(name, most); err != nil {
		return List{}, err
	}
	return List{Numbers: r.numbers, From: c.String()}, nil
}

// of puts the name of the file before a message about it.
func of(name string, err error) error {
	f, ok := fault.As(err)
	if !ok {
		return err
	}
	c := *f
	c.Message, c.Field = name+" "+f.Message, field
	return &c
}

// reading is a file in the middle of being read.
type reading struct {
	column  column
	numbers []string
	refused []string          // a line each
	seen    map[string]string // number: where it stood first
	short   bool              // numbers may have fewer digits: what they stand for is looked up
}

func (r *reading) take(row spreadsheet.Row) {
	place := r.column.place(row)
	number, problem := r.number(row)
	if before := r.seen[number]; problem == "" && before != "" {
		problem = number + " stands in " + before + " already"
	}
	if problem != "" {
		r.refused = append(r.refused, place+": "+problem)
		return
	}
	r.seen[number] = place
	r.numbers = append(r.numbers, number)
}

// number returns the number of a row, or what is wrong with it.
func (r *reading) number(row spreadsheet.Row) (number, problem string) {
	cell, ok := row.Cell(r.column.index)
	switch {
	case row.Hidden:
		return "", "the row is hidden: show it or delete it"
	case !ok:
		return "", "there is no number in it"
	case cell.Problem != "":
		return "", strings.TrimSpace(shown(cell.Text) + " " + cell.Problem)
	}
	digits, problem := read(cell.Text)
	if problem == "" && !r.short && len(digits) < fewest {
		problem = few(cell.Text)
	}
	if problem != "" {
		return "", problem
	}
	return phone.Format(digits), ""
}

func few(cell string) string { return shown(cell) + fmt.Sprintf(" has fewer than %d digits", fewest) }

// read returns the digits of the one number in a cell.
func read(cell string) (digits, problem string) {
	if strings.ContainsFunc(cell, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029' }) {
		return "", "there are several lines in it: write one number to a row"
	}
	if words := phone.SpreadsheetForm(cell); words != "" {
		return "", shown(cell) + " " + words
	}
	list, err := phone.Split(cell)
	switch {
	case err != nil:
		return "", because(cell, err)
	case len(list) > 1:
		return "", fmt.Sprintf("there are %d numbers in it: write one to a row", len(list))
	}
	return list[0], ""
}

// because returns the reason of an error of package phone. What a cell holds
// that is mostly no number may be anything, and is not repeated.
func because(cell string, err error) string {
	f, ok := fault.As(err)
	if !ok || !numeric(cell) {
		return "there is no telephone number in it"
	}
	return f.Message
}

// numeric reports whether at least half of a text is digits.
func numeric(text string) bool {
	digits, all := 0, 0
	for _, r := range text {
		if all++; unicode.IsDigit(r) {
			digits++
		}
	}
	return 2*digits >= all
}

// shown returns a cell as an error repeats it.
func shown(cell string) string {
	if cell == "" || !numeric(cell) {
		return "it"
	}
	return fmt.Sprintf("%q", sanitize.Clean(cell, shownChars))
}

// verdict refuses the whole of a file of which a part can't be used.
func (r *reading) verdict(name string, most int) error {
	rows := len(r.numbers) + len(r.refused)
	refuse := func(format string, args ...any) *fault.Error {
		return fault.New(fault.Invalid, "%s", name+" "+fmt.Sprintf(format, args...)).WithField(field)
	}
	switch {
	case rows == 0:
		return refuse("holds no numbers, only a heading").WithHint("%s", oneColumn)
	case most > 0 && rows > most:
		return refuse("has %d rows of numbers, and an order takes at most %d numbers", rows, most).
			WithHint("split it into several; [limits] max_numbers_per_order says how many an order takes")
	case len(r.refused) > 0:
		lines := []string{fmt.Sprintf("is not used: %d of its %d rows are refused (%s)", len(r.refused), rows, r.column)}
		lines = append(lines, r.refused[:min(told, len(r.refused))]...)
		if more := len(r.refused) - told; more > 0 {
			lines = append(lines, fmt.Sprintf("and %d more", more))
		}
		return refuse("%s", strings.Join(lines, "\n")).WithHint("correct or delete these rows; nothing was done about the others")
	case r.rounded():
		return of(name, lostDigits())
	}
	return nil
}

func lostDigits() *fault.Error {
	return fault.New(fault.Invalid, "is not used: all of its numbers end in five zeros or more, as those do that have lost digits in a spreadsheet").
		WithHint("format the column as text and fill it in again, or name the numbers one by one if they are right")
}

// rounded reports what is left of numbers that were shown with an exponent,
// saved and read again.
func (r *reading) rounded() bool {
	for _, n := range r.numbers {
		if !strings.HasSuffix(n, "00000") {
			return false
		}
	}
	return len(r.numbers) > 1
}
