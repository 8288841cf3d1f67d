// Package workbook makes workbooks in Office Open XML for tests, of the text of
// their cells as the format writes it.
package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
)

// Book is a workbook.
type Book struct {
	Sheets  []Sheet
	Shared  []string // texts that cells name by their place: t="s"
	Formats []string // of numbers; a cell with the style n has the n-th, counted from 1
}

// Sheet is a table.
type Sheet struct {
	Name  string
	State string // hidden, veryHidden; "" = visible
	Head  string // what stands before the rows, such as <cols>
	Rows  string // the elements row
}

// Texts is a sheet of rows whose first cells are these texts.
func Texts(name string, list ...string) Sheet {
	var rows strings.Builder
	for i, text := range list {
		fmt.Fprintf(&rows, `<row r="%d"><c r="A%d" t="inlineStr"><is><t>%s</t></is></c></row>`, i+1, i+1, escaped(text))
	}
	return Sheet{Name: name, Rows: rows.String()}
}

// Bytes returns the workbook as a file.
func (b Book) Bytes(tb testing.TB) []byte {
	tb.Helper()
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	const kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	parts := [][2]string{
		{"_rels/.rels", `<Relationships><Relationship Id="rId1" Type="` + kind + `officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	}
	var sheets, relations, formats, styles, shared strings.Builder
	for i, s := range b.Sheets {
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" state="%s" r:id="s%d"/>`, escaped(s.Name), i+1, s.State, i)
		fmt.Fprintf(&relations, `<Relationship Id="s%d" Type="%sworksheet" Target="worksheets/sheet%d.xml"/>`, i, kind, i)
		parts = append(parts, [2]string{fmt.Sprintf("xl/worksheets/sheet%d.xml", i), `<worksheet>` + s.Head + `<sheetData>` + s.Rows + `</sheetData></worksheet>`})
	}
	for i, f := range b.Formats {
		fmt.Fprintf(&formats, `<numFmt numFmtId="%d" formatCode="%s"/>`, 164+i, escaped(f))
		fmt.Fprintf(&styles, `<xf numFmtId="%d"/>`, 164+i)
	}
	for _, text := range b.Shared {
		shared.WriteString(`<si><t>` + escaped(text) + `</t></si>`)
	}
	parts = append(parts,
		[2]string{"xl/workbook.xml", `<workbook xmlns:r="` + strings.TrimSuffix(kind, "/") + `"><sheets>` + sheets.String() + `</sheets></workbook>`},
		[2]string{"xl/_rels/workbook.xml.rels", `<Relationships>` + relations.String() +
			`<Relationship Id="t" Type="` + kind + `sharedStrings" Target="sharedStrings.xml"/>` +
			`<Relationship Id="f" Type="` + kind + `styles" Target="/xl/styles.xml"/></Relationships>`},
		[2]string{"xl/sharedStrings.xml", `<sst>` + shared.String() + `</sst>`},
		[2]string{"xl/styles.xml", `<styleSheet><numFmts>` + formats.String() + `</numFmts><cellXfs><xf numFmtId="0"/>` + styles.String() + `</cellXfs></styleSheet>`},
	)
	for i := range parts {
		parts[i][1] = head + parts[i][1]
	}
	return Archive(tb, parts...)
}

// Archive returns an archive of parts, each a name and a text.
func Archive(tb testing.TB, parts ...[2]string) []byte {
	tb.Helper()
	var file bytes.Buffer
	w := zip.NewWriter(&file)
	for _, p := range parts {
		part, err := w.Create(p[0])
		if err == nil {
			_, err = part.Write([]byte(p[1]))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return file.Bytes()
}

func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}
