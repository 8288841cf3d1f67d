// Package spreadsheet reads the rows of a table that somebody hands over: CSV
// in the separators, encodings and line ends that programs write, and
// workbooks in Office Open XML (.xlsx, ECMA-376).
//
// What a cell holds is what its author put there, never what a program would
// show of it: a number of a workbook keeps all its digits, whatever its format.
// Where what is shown would read as something else (a date, digits that are
// part of the format, a row that is hidden), the cell says so in Problem
// instead of being read in one of two ways.
//
// Files come from strangers. All that is read of one is bounded: bytes, rows,
// and what an archive unpacks to; see [Load] for where it comes from.
package spreadsheet

import (
	"bytes"

	"didops/internal/fault"
)

// The bounds of a file.
const (
	MaxBytes    = 4 << 20  // of the file itself
	maxRows     = 100_000  // that hold something
	maxPart     = 8 << 20  // bytes of one part of a workbook, unpacked
	maxUnpacked = 16 << 20 // bytes of all parts that are read
	maxParts    = 2_000    // in a workbook
	maxCell     = 1_000    // characters of a cell that are kept
	columns     = 16_384   // of a sheet, as the format has them
)

// Sheet is a table.
type Sheet struct {
	Name string // of the sheet in a workbook; "" in a text file
	Rows []Row  // that hold something, from the top
}

// Row is a row of a table.
type Row struct {
	At     int    // its row in a sheet, or the line on which it begins, from 1
	Hidden bool   // in the workbook
	Cells  []Cell // that hold something, from the left

	width int // cells of a line, empty ones too
}

// Cell is a cell of a table that holds something.
type Cell struct {
	Column  int    // from 0
	Text    string // without spaces around it; of a number of a workbook its digits
	Problem string // why it can't be taken at its word, as the rest of a sentence; "" = it can
}

// Cell returns the row's cell in a column, and whether it holds anything.
func (r Row) Cell(column int) (Cell, bool) {
	for _, c := range r.Cells {
		if c.Column == column {
			return c, true
		}
	}
	return Cell{}, false
}

// Letters returns a column as spreadsheets call it: A, B, …, AA.
func Letters(column int) string {
	var name []byte
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = append([]byte{byte('A' + (n-1)%26)}, name...)
	}
	return string(name)
}

// Read returns the table in a file: that of the sheet of the given name or,
// where name is "", of the only sheet that is not hidden and holds anything.
// The kind of file is told by its content. What can't be read is an Invalid
// fault.
func Read(data []byte, name string) (Sheet, error) {
	for _, k := range foreign() {
		if bytes.HasPrefix(data, []byte(k.begins)) {
			return Sheet{}, invalid("is %s", k.is).WithHint("%s", saveAs)
		}
	}
	var s Sheet
	var err error
	switch {
	case len(data) > MaxBytes:
		return Sheet{}, tooLarge()
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("PK\x05\x06")):
		s, err = readWorkbook(data, name)
	case name != "":
		return Sheet{}, invalid("is a text file, which has no sheet %q", clipped(name))
	default:
		s, err = readText(data)
	}
	if err == nil && len(s.Rows) == 0 {
		err = invalid("holds nothing")
	}
	return s, err
}

// saveAs is what to do about a file of another kind.
const saveAs = "save it as .xlsx, without a password, or as CSV"

// kind is a kind of file that is not read.
type kind struct{ begins, is string }

func foreign() []kind {
	return []kind{
		{"\xd0\xcf\x11\xe0", "an .xls file of the old kind, or has a password"},
		{"%PDF", "a PDF"},
		{"{\\rtf", "a document of a word processor"},
		{"\x1f\x8b", "compressed"},
		{"<!DOCTYPE html", "a web page"},
		{"<html", "a web page"},
	}
}

func tooLarge() *fault.Error {
	return invalid("has more than %d MB", MaxBytes>>20).WithHint("leave only the column of the numbers in it")
}

func tooLong() *fault.Error { return invalid("has more than %d rows", maxRows) }

// invalid is about the file, whose name the caller puts before it.
func invalid(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...)
}
