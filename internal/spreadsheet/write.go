package spreadsheet

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"didops/internal/money"
	"didops/internal/sanitize"
)

// Table is what is written as a sheet of a workbook.
type Table struct {
	Name    string // of the sheet, at most 31 characters are kept; unlike that of any other
	Columns []string
	// Rows are the rows, each with a value for each column: nil for what is not
	// known, a string, a bool, an int, a [money.Amount] or a [time.Time]. They are
	// asked for twice, so that nothing has to be kept.
	Rows iter.Seq[[]any]
}

// Bounds of a sheet: ECMA-376 has none for rows, programs do.
const (
	writtenRows = 1_048_576
	writtenText = 32_767 // characters of a cell
)

// Write writes tables as a workbook in Office Open XML. Nothing in a text can
// become a formula, and a phone number stays the digits that it is, in any
// program: texts are written as such, and in the format of texts, which they
// keep when somebody types over them. Amounts are numbers that can be summed up,
// times are dates; both are written exactly. The first row is that of the
// columns and stays in sight. Errors are those of out, and Invalid for more rows
// than a sheet has.
func Write(out io.Writer, tables ...Table) error {
	w := &bookWriter{archive: zip.NewWriter(out)}
	var types, sheets, relations strings.Builder
	for i, t := range tables {
		n := i + 1
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, n)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, escaped(sheetName(t.Name)), n, n)
		fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, n, relationTypes, n)
	}
	fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/>`, len(tables)+1, relationTypes)
	w.part("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">`+
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>`+
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>`+
		`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>`+types.String()+`</Types>`)
	w.part("_rels/.rels", relationsOf(`<Relationship Id="rId1" Type="`+relationTypes+`/officeDocument" Target="xl/workbook.xml"/>`))
	w.part("xl/workbook.xml", `<workbook xmlns="`+mainSpace+`" xmlns:r="`+relationTypes+`"><sheets>`+sheets.String()+`</sheets></workbook>`)
	w.part("xl/_rels/workbook.xml.rels", relationsOf(relations.String()))
	w.part("xl/styles.xml", styleSheet)
	for i, t := range tables {
		w.sheet(fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1), t)
	}
	if w.err != nil {
		return w.err
	}
	return w.archive.Close()
}

const (
	mainSpace     = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relationTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
)

func relationsOf(list string) string {
	return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + list + `</Relationships>`
}

// The looks of cells, by their places in the sheet of styles.
const (
	lookGeneral = iota
	lookText    // format 49
	lookAmount
	lookFineAmount // of more than four places
	lookDate
	lookMoment
	lookHead
)

const styleSheet = `<styleSheet xmlns="` + mainSpace + `">` +
	`<numFmts count="4"><numFmt numFmtId="164" formatCode="0.0000"/><numFmt numFmtId="165" formatCode="0.000000000"/>` +
	`<numFmt numFmtId="166" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="167" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts>` +
	`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
	`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
	`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="7"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="167" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

// sheetName leaves out what a sheet can't be called.
func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) {
			return '-'
		}
		return r
	}, sanitize.Clean(s, 31))
	if s == "" {
		return "Sheet"
	}
	return s
}

// bookWriter writes the parts of a workbook, until the first error.
type bookWriter struct {
	archive *zip.Writer
	err     error
}

func (w *bookWriter) part(name, content string) {
	if w.err != nil {
		return
	}
	var to io.Writer
	if to, w.err = w.archive.Create(name); w.err == nil {
		_, w.err = io.WriteString(to, xml.Header+content)
	}
}

func (w *bookWriter) sheet(name string, t Table) {
	if w.err != nil {
		return
	}
	var to io.Writer
	if to, w.err = w.archive.Create(name); w.err != nil {
		return
	}
	b := bufio.NewWriter(to)
	_, _ = b.WriteString(xml.Header + `<worksheet xmlns="` + mainSpace + `"><sheetViews><sheetView workbookViewId="0">` +
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>`)
	for i, width := range widths(t) {
		_, _ = fmt.Fprintf(b, `<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, width+2)
	}
	_, _ = b.WriteString(`</cols><sheetData>`)
	s := rowWriter{Writer: b}
	for i := range t.Columns {
		s.letters = append(s.letters, Letters(i))
	}
	heads := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		heads[i] = head(c)
	}
	s.row(heads)
	for row := range t.Rows {
		if s.at == writtenRows {
			w.err = invalid("can't have more than %d rows", writtenRows)
			return
		}
		s.row(row)
	}
	_, _ = b.WriteString(`</sheetData>`)
	if n := len(s.letters); n > 0 { // numbers as text are meant
		_, _ = fmt.Fprintf(b, `<ignoredErrors><ignoredError sqref="A1:%s%d" numberStoredAsText="1"/></ignoredErrors>`, s.letters[n-1], s.at)
	}
	_, _ = b.WriteString(`</worksheet>`)
	w.err = b.Flush() // what was written before has its error here
}

// head is the text of a first row.
type head string

// rowWriter writes rows one below the other.
type rowWriter struct {
	*bufio.Writer
	letters []string
	at      int
}

// row writes values with their places, which the standard lets be left out and
// readers want.
func (w *rowWriter) row(values []any) {
	w.at++
	at := strconv.Itoa(w.at)
	w.put(`<row r="`, at, `">`)
	for i, v := range values[:min(len(values), len(w.letters))] {
		text, kind, look := cellOf(v)
		if text == "" {
			continue
		}
		w.put(`<c r="`, w.letters[i], at, `" s="`, strconv.Itoa(look), `"`)
		switch kind {
		case kindText:
			w.put(` t="inlineStr"><is><t xml:space="preserve">`)
			_ = xml.EscapeText(w, []byte(guarded(text))) // an error comes with the flush
			w.put(`</t></is></c>`)
		case kindTruth:
			w.put(` t="b"><v>`, text, `</v></c>`)
		case kindNumber:
			w.put(`><v>`, text, `</v></c>`)
		}
	}
	w.put(`</row>`)
}

// put writes pieces; an error comes with the flush.
func (w *rowWriter) put(pieces ...string) {
	for _, p := range pieces {
		_, _ = w.WriteString(p)
	}
}

type cellKind uint8

const (
	kindText cellKind = iota
	kindNumber
	kindTruth
)

// cellOf returns what stands in a cell; "" for an empty one.
func cellOf(value any) (text string, kind cellKind, look int) {
	switch v := value.(type) {
	case nil:
		return "", kindText, lookGeneral
	case head:
		return string(v), kindText, lookHead
	case bool:
		return map[bool]string{true: "1", false: "0"}[v], kindTruth, lookGeneral
	case int:
		return strconv.Itoa(v), kindNumber, lookGeneral
	case money.Amount:
		return amountCell(v)
	case time.Time:
		return timeCell(v)
	}
	text, ok := value.(string)
	if !ok {
		text = fmt.Sprint(value)
	}
	return sanitize.Clean(text, writtenText), kindText, lookText
}

// exactDigits is how many digits of a number every program keeps.
const exactDigits = 15

func amountCell(a money.Amount) (string, cellKind, int) {
	s := a.String()
	whole, places, _ := strings.Cut(s, ".")
	switch {
	case len(whole)+len(places) > exactDigits:
		return s, kindText, lookText
	case len(places) > 4:
		return s, kindNumber, lookFineAmount
	}
	return s, kindNumber, lookAmount
}

// timeCell returns the days since the end of 1899 in UTC, to the second, as
// programs count them since March 1900.
func timeCell(at time.Time) (string, cellKind, int) {
	at = at.UTC().Truncate(time.Second)
	if at.IsZero() {
		return "", kindText, lookText
	}
	seconds := at.Unix() - time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Unix()
	const day = 24 * 60 * 60
	switch {
	case seconds < 61*day || at.Year() > 9999:
		return at.Format(time.RFC3339), kindText, lookText
	case seconds%day == 0:
		return strconv.FormatInt(seconds/day, 10), kindNumber, lookDate
	}
	return strconv.FormatFloat(float64(seconds)/day, 'f', 10, 64), kindNumber, lookMoment
}

// The widths of columns, in characters.
const (
	narrowest = 8
	broadest  = 60
)

func widths(t Table) []int {
	list := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		list[i] = max(narrowest, utf8.RuneCountInString(c))
	}
	for row := range t.Rows {
		for i, v := range row[:min(len(row), len(list))] {
			text, _, look := cellOf(v)
			n := utf8.RuneCountInString(text)
			switch look {
			case lookDate:
				n = len(time.DateOnly)
			case lookMoment:
				n = len(time.DateTime)
			}
			list[i] = min(max(list[i], n), broadest)
		}
	}
	return list
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes everything
	return b.String()
}
