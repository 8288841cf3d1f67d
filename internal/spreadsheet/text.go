package spreadsheet

import (
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"didops/internal/sanitize"
)

// readText reads a text file: rows are lines, and cells are parted by the
// separator that a first line "sep=;" names, or by the one that fits.
func readText(data []byte) (Sheet, error) {
	text, err := decode(data)
	if err != nil {
		return Sheet{}, err
	}
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	t := tableText{text: text}
	first, rest, _ := strings.Cut(text, "\n")
	if named, ok := strings.CutPrefix(strings.ToLower(strings.TrimRight(first, "\r")), "sep="); ok && len(named) == 1 && strings.Contains(separators, named) {
		t = tableText{text: rest, before: 1, sep: rune(named[0])}
	} else if err := t.choose(); err != nil {
		return Sheet{}, err
	}
	rows, goesOn, err := t.split()
	if err == nil && goesOn {
		err = t.closed()
	}
	return Sheet{Rows: rows}, err
}

// tableText is a text with what parts its cells.
type tableText struct {
	text   string
	sep    rune
	before int // lines before it
}

// decode returns a text in UTF-8. Without a byte order mark what is not UTF-8
// is in one of the sets of eight bits, which can't be told apart: digits are
// the same in all of them, and so is the space that does not break.
func decode(data []byte) (string, error) {
	var units binary.ByteOrder
	switch {
	case strings.HasPrefix(string(data), "\ufeff"):
		data = data[len("\ufeff"):]
	case len(data) > 1 && data[0] == 0xff && data[1] == 0xfe:
		units = binary.LittleEndian
	case len(data) > 1 && data[0] == 0xfe && data[1] == 0xff:
		units = binary.BigEndian
	}
	var text string
	switch {
	case units != nil:
		wide := make([]uint16, 0, len(data)/2)
		for i := 2; i+1 < len(data); i += 2 {
			wide = append(wide, units.Uint16(data[i:]))
		}
		text = string(utf16.Decode(wide))
	case utf8.Valid(data):
		text = string(data)
	default:
		narrow := make([]rune, 0, len(data))
		for _, b := range data {
			narrow = append(narrow, rune(b))
		}
		text = string(narrow)
	}
	if strings.ContainsRune(text, 0) {
		return "", invalid("is neither CSV nor a workbook").WithHint("%s", saveAs)
	}
	return text, nil
}

// separators are those that programs write. Of two that fit alike the earlier
// one is meant: where a comma marks decimals, it is the semicolon that parts.
const separators = ";\t|,"

// nowhere is a separator that no text has.
const nowhere = '\x1f'

// choose takes the separator under which all rows have the same number of cells
// and the most of them; failing that, the one under which most rows, and more
// than half of them, have several. A text that fits none is one column.
func (t *tableText) choose() error {
	var most fit
	best := nowhere
	for _, t.sep = range separators {
		rows, _, err := t.split()
		if err != nil {
			return err
		}
		if f := fitOf(rows); f.better(most) {
			best, most = t.sep, f
		}
	}
	t.sep = best
	return nil
}

// fit is how well a separator splits a text.
type fit struct {
	even    bool // all rows have as many cells
	cells   int  // of each row if they are even, else 2
	several int  // rows with several cells
}

func fitOf(rows []Row) fit {
	f := fit{even: true}
	for _, r := range rows {
		n := r.width
		f.even = f.even && (f.cells == 0 || f.cells == n)
		f.cells = n
		if n > 1 {
			f.several++
		}
	}
	if !f.even {
		f.cells = 2
	}
	if 2*f.several <= len(rows) {
		return fit{}
	}
	return f
}

func (f fit) better(than fit) bool {
	switch {
	case f.cells < 2:
		return false
	case f.even != than.even:
		return f.even
	case f.even:
		return f.cells > than.cells
	}
	return f.several > than.several
}

// reader reads the cells of a text; lazy lets quotation marks stand anywhere.
func (t *tableText) reader(lazy bool) *csv.Reader {
	r := csv.NewReader(strings.NewReader(t.text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = t.sep, lazy, -1, true
	r.TrimLeadingSpace = t.sep != '\t'
	return r
}

// split returns the rows that hold something, and whether a cell goes on over
// several lines.
func (t *tableText) split() (rows []Row, goesOn bool, err error) {
	r := t.reader(true)
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, goesOn, nil
		}
		if err != nil {
			return nil, false, invalid("can't be read as CSV").WithCause(err)
		}
		line, _ := r.FieldPos(0)
		if row := rowOf(line+t.before, fields); len(row.Cells) > 0 {
			rows = append(rows, row)
		}
		if len(rows) > maxRows {
			return nil, false, tooLong()
		}
		goesOn = goesOn || slices.ContainsFunc(fields, func(f string) bool { return strings.Contains(f, "\n") })
	}
}

// closed refuses a text in which a quotation goes on over lines and ends as none
// does: where it was meant to end nobody can tell, and rows would be lost in it.
// A quotation mark within a line is let stand.
func (t *tableText) closed() error {
	for r := t.reader(false); ; {
		_, err := r.Read()
		var at *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &at):
			return invalid("has a quotation mark in line %d that is not closed, or not written twice", at.StartLine+t.before).
				WithCause(err).WithHint("write each quotation mark within a cell twice, or leave only the column of the numbers in it")
		case err != nil:
			return invalid("can't be read as CSV").WithCause(err)
		}
	}
}

func rowOf(at int, fields []string) Row {
	row := Row{At: at, width: len(fields)}
	for i, f := range fields {
		if text := plain(f); text != "" {
			row.Cells = append(row.Cells, Cell{Column: i, Text: text})
		}
	}
	return row
}

// plain returns what a cell of a text file holds, without what makes a
// spreadsheet take it for a text: "=""971…""" and '971…
func plain(cell string) string {
	cell = trim(cell)
	if inner, ok := strings.CutPrefix(cell, `="`); ok && strings.HasSuffix(inner, `"`) {
		cell = strings.TrimSuffix(inner, `"`)
	}
	if inner, ok := strings.CutPrefix(cell, "'"); ok {
		return trim(inner) // the mark says that all behind it is text
	}
	if inner, ok := strings.CutPrefix(cell, `"`); ok && strings.HasSuffix(inner, `"`) {
		cell = strings.TrimSuffix(inner, `"`)
	}
	return trim(cell)
}

// trim takes off what is not seen at the ends of a text, and what nobody reads
// of a very long one.
func trim(text string) string {
	text = strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	if utf8.RuneCountInString(text) > maxCell {
		return string([]rune(text)[:maxCell])
	}
	return text
}

// clipped returns a name for an error.
func clipped(name string) string { return sanitize.Clean(name, 40) }
