package spreadsheet_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"didops/internal/fault"
	"didops/internal/spreadsheet"
)

// drawn returns a table as text: a line for each row, with the places of its
// cells.
func drawn(s spreadsheet.Sheet) string {
	var b strings.Builder
	for _, r := range s.Rows {
		fmt.Fprintf(&b, "%d", r.At)
		if r.Hidden {
			b.WriteString(" hidden")
		}
		for _, c := range r.Cells {
			fmt.Fprintf(&b, " %s=%s", spreadsheet.Letters(c.Column), c.Text)
			if c.Problem != "" {
				b.WriteString("!" + c.Problem)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// wide returns a text in UTF-16 with its mark.
func wide(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func TestReadText(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"a list":                {"+971501\n\n+971502\n", "1 A=+971501\n3 A=+971502\n"},
		"no end of line":        {"971501", "1 A=971501\n"},
		"Windows":               {"a,b\r\n971501,x\r\n", "1 A=a B=b\n2 A=971501 B=x\n"},
		"an old Mac":            {"a,b\r971501,x\r", "1 A=a B=b\n2 A=971501 B=x\n"},
		"a mark":                {"\ufeffnumber\n971501", "1 A=number\n2 A=971501\n"},
		"semicolons":            {"number;fee\n971501;10,05\n971502;7,5\n", "1 A=number B=fee\n2 A=971501 B=10,05\n3 A=971502 B=7,5\n"},
		"decimals, no heading":  {"971501;10,05\n971502;7,5\n", "1 A=971501 B=10,05\n2 A=971502 B=7,5\n"},
		"tabs":                  {"a\t\tc\n971501\t\tx y\n", "1 A=a C=c\n2 A=971501 C=x y\n"},
		"bars":                  {"a|b\n971501|c,d\n", "1 A=a B=b\n2 A=971501 B=c,d\n"},
		"sep=":                  {"sep=,\r\na;b,c\r\n971501,x\r\n", "2 A=a;b B=c\n3 A=971501 B=x\n"},
		"quoted":                {"\"number\",\"note\"\n\"971501\",\"a, \"\"b\"\"\nand c\"\n971502,\n", "1 A=number B=note\n2 A=971501 B=a, \"b\"\nand c\n4 A=971502\n"},
		"a quote that is none":  {"a,b\n971501,5\" pipe\n", "1 A=a B=b\n2 A=971501 B=5\" pipe\n"},
		"uneven":                {"a,b,c\n971501,x\n971502,y,z\n", "1 A=a B=b C=c\n2 A=971501 B=x\n3 A=971502 B=y C=z\n"},
		"commas within":         {"971501\n971502\n971503, see below\n", "1 A=971501\n2 A=971502\n3 A=971503, see below\n"},
		"taken for texts":       {"=\"971501\"\n'+971502\n\"=\"\"971503\"\"\"\n", "1 A=971501\n2 A=+971502\n3 A=971503\n"},
		"spaces that are kept":  {"\u00a0971 501\u200e ,x\n", "1 A=971 501 B=x\n"},
		"eight bits":            {"Num\xe9ro;a\n971\xa0501;b\n", "1 A=Numéro B=a\n2 A=971\u00a0501 B=b\n"},
		"UTF-16, little endian": {wide("Número\tb\r\n971501\tc\r\n", binary.LittleEndian), "1 A=Número B=b\n2 A=971501 B=c\n"},
		"UTF-16, big endian":    {wide("971501\n", binary.BigEndian), "1 A=971501\n"},
		"only separators":       {";;;\na;b;;\n", "2 A=a B=b\n"},
	} {
		got, err := spreadsheet.Read([]byte(tt.text), "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tt.want, drawn(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ data, sheet, want string }{
		"nothing":            {"", "", "holds nothing"},
		"nothing but space":  {" \n\u00a0\n\n", "", "holds nothing"},
		"a picture":          {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "", "neither CSV nor a workbook"},
		"an old workbook":    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", ".xls file of the old kind, or has a password"},
		"a PDF":              {"%PDF-1.7\n971501", "", "is a PDF"},
		"a page":             {"<!DOCTYPE html><table>", "", "a web page"},
		"compressed":         {"\x1f\x8b\x08", "", "compressed"},
		"a quote not closed": {"a,b\n971501,\"x\n971502,y\n\"971503\n", "", "quotation mark in line 2 that is not closed"},
		"the same, sep=":     {"sep=;\na;b\n971501;\"x\n971502;y\n", "", "quotation mark in line 3 that is not closed"},
		"a sheet of a text":  {"971501", "March", "no sheet \"March\""},
		"too many bytes":     {strings.Repeat("971501234567\n", spreadsheet.MaxBytes/13+1), "", "more than 4 MB"},
		"too many rows":      {strings.Repeat("1\n", 100_001), "", "more than 100000 rows"},
		"too many rows, ;":   {strings.Repeat("1;2\n", 100_001), "", "more than 100000 rows"},
	} {
		_, err := spreadsheet.Read([]byte(tt.data), tt.sheet)
		if f, ok := fault.As(err); !ok || f.Code != fault.Invalid || !strings.Contains(f.Message, tt.want) {
			t.Errorf("%s: got %v, want it to be refused: %s", name, err, tt.want)
		}
	}
}

func TestLetters(t *testing.T) {
	t.Parallel()
	for column, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA", 16_383: "XFD"} {
		if got := spreadsheet.Letters(column); got != want {
			t.Errorf("%d: got %s, want %s", column, got, want)
		}
	}
}
