package spreadsheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/money"
	"didops/internal/spreadsheet"
)

func book(t interface{ Fatal(args ...any) }, tables ...spreadsheet.Table) []byte {
	var b bytes.Buffer
	if err := spreadsheet.Write(&b, tables...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func table(name string, columns []string, rows ...[]any) spreadsheet.Table {
	return spreadsheet.Table{Name: name, Columns: columns, Rows: slices.Values(rows)}
}

// TestWriteWorkbook holds what this package reads of what it writes: texts as
// they are, a number's digits, and values that are no phone numbers as what
// they are.
func TestWriteWorkbook(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	got := book(t,
		table("numbers", []string{"number", "fee", "fine", "long", "paid", "seen", "new", "count", "note", "zero"},
			[]any{"971501234567", money.MustParse("1.50"), money.MustParse("0.00125"), money.MustParse("123456789012345.000001"), day, day.Add(36 * time.Hour), true, 7, "=1+1", 0},
			[]any{"", nil, money.Amount{}, nil, time.Time{}, nil, false, nil, "_x0041_ <b> & \"c\" d"}),
		table("a/b'c[d]", []string{"x"}))
	s, err := spreadsheet.Read(got, "numbers")
	if err != nil {
		t.Fatal(err)
	}
	want := "1 A=number B=fee C=fine D=long E=paid F=seen G=new H=count I=note J=zero\n" +
		"2 A=971501234567 B=1.50!has a fraction C=0.00125!has a fraction D=123456789012345.000001 E=46387!is a date or a time F=46388.5000000000!is a date or a time G=!is true or false H=7 I==1+1 J=0\n" +
		"3 G=!is true or false I=_x0041_ <b> & \"c\" d\n"
	if diff := cmp.Diff(want, drawn(s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s, err = spreadsheet.Read(got, "a-b-c-d-"); err != nil || drawn(s) != "1 A=x\n" {
		t.Errorf("got %q, %v", drawn(s), err)
	}
	sheet := unpacked(t, got, "xl/worksheets/sheet1.xml")
	for _, piece := range []string{
		`<c r="A2" s="1" t="inlineStr"><is><t xml:space="preserve">971501234567</t></is></c>`, // format 49
		`<c r="B2" s="2"><v>1.50</v></c>`, `<c r="I2" s="1" t="inlineStr">`, `state="frozen"`, `<col min="1" max="1" width="14" customWidth="1"/>`,
	} {
		if !strings.Contains(sheet, piece) {
			t.Errorf("got no %s in %s", piece, sheet)
		}
	}
	if strings.Contains(sheet, "<f") {
		t.Errorf("got a formula in %s", sheet)
	}
}

func unpacked(t *testing.T, data []byte, name string) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAnyTextIsWritten holds that every text comes back, without what does not
// belong in a cell.
func TestAnyTextIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringMatching(`[=+@A-Za-z0-9_<>&"'\x{e9}\x{4e2d}-][ -~]{0,30}[x_]`).Draw(r, "text")
		s, err := spreadsheet.Read(book(r, table("a", []string{"x"}, []any{text})), "")
		if err != nil {
			r.Fatal(err)
		}
		if got := s.Rows[1].Cells[0].Text; strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(text), " ") {
			r.Fatalf("got %q, want %q", got, text)
		}
	})
}

func TestWriteWorkbookFails(t *testing.T) {
	t.Parallel()
	full := errors.New("full")
	if err := spreadsheet.Write(failing{full}, table("a", []string{"x"}, []any{"y"})); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

func BenchmarkWrite(b *testing.B) {
	row := []any{"971501234567", "United Arab Emirates", "mobile", money.MustParse("1.50"), time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC), "Example Telecom"}
	t := spreadsheet.Table{Name: "a", Columns: make([]string, len(row)), Rows: func(yield func([]any) bool) {
		for range 50_000 {
			if !yield(row) {
				return
			}
		}
	}}
	b.ReportAllocs()
	for b.Loop() {
		if err := spreadsheet.Write(io.Discard, t); err != nil {
			b.Fatal(err)
		}
	}
}
