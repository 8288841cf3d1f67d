package spreadsheet

import (
	"encoding/xml"
	"errors"
	"io"
	"math/big"
	"strconv"
	"strings"

	"didops/internal/sanitize"
)

// shared reads the texts that cells share.
func (w *workbook) shared() error {
	return w.read(w.sharedPart, func(d *xml.Decoder) error {
		for {
			start, err := next(d)
			if err != nil || start == nil {
				return err
			}
			if start.Name.Local != "si" {
				continue
			}
			var text richText
			if err := d.DecodeElement(&text, start); err != nil {
				return err
			}
			w.texts = append(w.texts, text.plain())
		}
	})
}

// next returns the next element that begins, nil at the end.
func next(d *xml.Decoder) (*xml.StartElement, error) {
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil, nil //nolint:nilnil // the end is no error
		}
		if err != nil {
			return nil, err
		}
		if start, ok := token.(xml.StartElement); ok {
			return &start, nil
		}
	}
}

// richText is a text of a cell, in runs of one look; how it is pronounced
// stands beside and is no part of it.
type richText struct {
	Text string   `xml:"t"`
	Runs []string `xml:"r>t"`
}

func (t richText) plain() string { return trim(unguarded(t.Text + strings.Join(t.Runs, ""))) }

// rows reads those of a sheet that hold something.
func (w *workbook) rows(part string) ([]Row, error) {
	s := sheetReader{workbook: w}
	err := w.read(part, func(d *xml.Decoder) error {
		for {
			start, err := next(d)
			if err != nil {
				return err
			}
			if start == nil {
				return s.end()
			}
			if err := s.begin(d, start); err != nil {
				return err
			}
		}
	})
	return s.rows, err
}

// sheetReader takes the elements of a sheet. What says nothing of its place is
// behind the one before.
type sheetReader struct {
	*workbook
	rows   []Row
	row    Row
	column int // of the cell before
	hidden columnSet
}

func (s *sheetReader) begin(d *xml.Decoder, start *xml.StartElement) error {
	switch start.Name.Local {
	case "col":
		s.hidden.add(start.Attr)
	case "row":
		if err := s.end(); err != nil {
			return err
		}
		s.row, s.column = Row{At: s.row.At + 1}, -1
		for _, a := range start.Attr {
			switch a.Name.Local {
			case "r":
				if at, err := strconv.Atoi(a.Value); err == nil && at >= s.row.At {
					s.row.At = at
				}
			case "hidden":
				s.row.Hidden = truth(a.Value)
			}
		}
	case "c":
		var x cellXML
		if err := d.DecodeElement(&x, start); err != nil {
			return err
		}
		s.add(x)
	}
	return nil
}

// end takes the row that was read.
func (s *sheetReader) end() error {
	if len(s.row.Cells) > 0 {
		s.rows = append(s.rows, s.row)
	}
	if len(s.rows) > maxRows {
		return tooLong()
	}
	return nil
}

// add puts a cell into the row, if it holds something. No program writes a
// cell twice, or from right to left.
func (s *sheetReader) add(x cellXML) {
	at := s.column + 1
	if x.At != "" {
		at = columnOf(x.At)
	}
	if at <= s.column || at >= columns {
		return
	}
	s.column = at
	c := s.cell(x)
	c.Column = at
	if c.Text == "" && c.Problem == "" {
		return
	}
	if s.hidden.has(at) && c.Problem == "" {
		c.Problem = "is in a hidden column: show it or delete it"
	}
	s.row.Cells = append(s.row.Cells, c)
}

type cellXML struct {
	At     string    `xml:"r,attr"`
	Type   string    `xml:"t,attr"`
	Style  int       `xml:"s,attr"`
	Value  *string   `xml:"v"`
	Inline *richText `xml:"is"`
}

func truth(attr string) bool { return attr == "1" || attr == "true" }

// columnSet is a set of columns, as ranges.
type columnSet [][2]int

// add adds the columns of an element col that is hidden.
func (s *columnSet) add(attrs []xml.Attr) {
	var low, high int
	hidden := false
	for _, a := range attrs {
		switch n, _ := strconv.Atoi(a.Value); a.Name.Local {
		case "min":
			low = n
		case "max":
			high = n
		case "hidden":
			hidden = truth(a.Value)
		}
	}
	if hidden {
		*s = append(*s, [2]int{low - 1, high - 1})
	}
}

func (s columnSet) has(column int) bool {
	for _, r := range s {
		if r[0] <= column && column <= r[1] {
			return true
		}
	}
	return false
}

// columnOf returns the column of a reference such as B7, -1 for what is none.
func columnOf(reference string) int {
	n := 0
	for _, r := range reference {
		if r < 'A' || r > 'Z' || n > columns {
			break
		}
		n = n*26 + int(r-'A') + 1
	}
	return n - 1
}

// cell returns what a cell holds: ECMA-376, part 1, section 18.18.11.
func (w *workbook) cell(x cellXML) Cell {
	value := ""
	if x.Value != nil {
		value = strings.TrimSpace(*x.Value)
	}
	switch x.Type {
	case "s":
		if i, err := strconv.Atoi(value); err == nil && i >= 0 && i < len(w.texts) {
			return Cell{Text: w.texts[i]}
		}
		return Cell{Problem: "names a text that the workbook does not hold"}
	case "inlineStr":
		if x.Inline == nil {
			return Cell{}
		}
		return Cell{Text: x.Inline.plain()}
	case "str":
		return Cell{Text: trim(unguarded(value))}
	case "b":
		return Cell{Problem: "is true or false"}
	case "e":
		return Cell{Problem: "is the error of a formula, " + sanitize.Clean(value, 20)}
	case "d":
		return Cell{Problem: "is a date"}
	}
	if value == "" {
		return Cell{}
	}
	return w.number(value, x.Style)
}

// number returns a number as the digits that it has.
func (w *workbook) number(value string, style int) Cell {
	if len(value) > 40 {
		return Cell{Problem: "is no number that a spreadsheet writes"}
	}
	if _, exponent, ok := strings.Cut(strings.ToLower(value), "e"); ok && len(exponent) > 3 {
		return Cell{Problem: "is larger than any telephone number"}
	}
	n, ok := new(big.Rat).SetString(value)
	switch {
	case !ok || strings.Contains(value, "/"):
		return Cell{Problem: "is no number that a spreadsheet writes"}
	case n.Sign() < 0:
		return Cell{Problem: "is less than zero"}
	}
	shown := look{}
	if style >= 0 && style < len(w.looks) {
		shown = w.looks[style]
	}
	switch {
	case shown.problem != "":
		return Cell{Text: value, Problem: shown.problem}
	case !n.IsInt():
		return Cell{Text: value, Problem: "has a fraction"}
	}
	digits := n.Num().String()
	return Cell{Text: strings.Repeat("0", max(0, shown.zeros-len(digits))) + digits}
}
