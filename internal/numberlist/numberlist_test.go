package numberlist_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/fault"
	"didops/internal/numberlist"
	"didops/internal/testing/golden"
	"didops/internal/testing/workbook"
)

func TestRead(t *testing.T) {
	t.Parallel()
	const one, two = "+971501234567", "+442079460958"
	for name, tt := range map[string]struct {
		text, from string
		want       []string
	}{
		"a list":               {one + "\n" + two + "\n", "column 1", []string{one, two}},
		"a search as CSV":      {"number,i_did,country,setup_fee\n971501234567,4711234,AE,15\n442079460958,4711235,GB,3\n", "column 1, “number”", []string{one, two}},
		"a name, not first":    {"Owner;Phone No.;Since\nSales;'+971 50 123 4567;2026-01-02\nDesk;0044 20 7946 0958;2026-01-03\n", "column 2, “Phone No.”", []string{one, two}},
		"E.164":                {"E.164\n" + one + "\n", "column 1, “E.164”", []string{one}},
		"another language":     {"Name;Rufnummer\nx;" + two + "\n", "column 2, “Rufnummer”", []string{two}},
		"a heading of no name": {"what,where\n" + one + ",Dubai\n", "column 1, “what”", []string{one}},
		"titles above":         {"Our lines\n\nfor 2026 and later\n\ndid,note\n" + one + ",x\n" + two + ",y\n", "column 1, “did”", []string{one, two}},
		"other scripts":        {"٩٧١٥٠١٢٣٤٥٦٧\n４４２０７９４６０９５８\n", "column 1", []string{one, two}},
		"invisible characters": {"\u202a+971 50\u00a0123\u20114567\u202c\n", "column 1", []string{one}},
		"one that ends in 0s":  {"+971500000000\n", "column 1", []string{"+971500000000"}},
		"some that do":         {"+971500000000\n" + one + "\n", "column 1", []string{"+971500000000", one}},
	} {
		got, err := numberlist.Read([]byte(tt.text), "list.csv", "", 10)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(numberlist.List{Numbers: tt.want, From: tt.from}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadWorkbook(t *testing.T) {
	t.Parallel()
	b := workbook.Book{Formats: []string{`+0`}, Sheets: []workbook.Sheet{{Name: "March", Rows: `
		<row r="2"><c r="B2" t="inlineStr"><is><t>Number</t></is></c></row>
		<row r="3"><c r="A3"><v>46000</v></c><c r="B3"><v>971501234567</v></c></row>
		<row r="4"><c r="B4" s="1"><v>4.42079460958E11</v></c></row>`}}}
	got, err := numberlist.Read(b.Bytes(t), "list.xlsx", "", 0)
	want := numberlist.List{Numbers: []string{"+971501234567", "+442079460958"}, From: "column B, “Number”"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestRefusalsGolden keeps the words that people read about a file that is not
// used: for each row its place and the reason.
func TestRefusalsGolden(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 25 {
		fmt.Fprintf(&many, "9.715%02dE+11\n", i)
	}
	sheet := workbook.Book{Formats: []string{`"+971"0`, "yyyy-mm-dd", "000000000"}, Sheets: []workbook.Sheet{{Name: "March 2026", Rows: `
		<row r="1"><c r="A1" t="str"><v>number</v></c><c r="B1" t="str"><v>owner</v></c></row>
		<row r="2"><c r="A2"><v>971501234567</v></c></row>
		<row r="3"><c r="A3" s="1"><v>501234567</v></c></row>
		<row r="4"><c r="A4" s="2"><v>46000</v></c></row>
		<row r="5"><c r="A5" s="3"><v>50123456</v></c></row>
		<row r="6" hidden="1"><c r="A6"><v>971501234568</v></c></row>
		<row r="7"><c r="A7" t="e"><v>#N/A</v></c></row>
		<row r="8"><c r="B8" t="str"><v>somebody</v></c></row>
		<row r="9"><c r="A9"><v>46000</v></c></row>
		<row r="10"><c r="A10" t="str"><v>971 50 123 45 67</v></c></row>`}}}
	var b strings.Builder
	for _, tt := range []struct {
		says, text string
		most       int
	}{
		{"each row", "number,note\n+971501234567,good\n9.71502E+11,short form\n971501234567.0,decimal\n\"971501234567,0\",decimal\n" +
			"00971 50 123 4567,again\n,nothing\nsee below,words\npassword=hunter2,secret\n12345,short\n1234567890123456,long\n" +
			"0501234567,at home\n+44 (0)20 7946 0958,at home\n971501234568 971501234569,two\n\"971501234568\n971501234569\",two lines\n971501234570 x5,extension\n=1+1,formula\n#DIV/0!,error\n-,dash\n", 0},
		{"more than are shown", many.String(), 0},
		{"a workbook", string(sheet.Bytes(t)), 0},
		{"one column of other things", "a\nb\nc\n", 0},
		{"no column", "a,b\nc,1\n", 0},
		{"two columns", "a,b\n971501234567,442079460958\n", 0},
		{"two names", "Phone,DID\n971501234567,442079460958\n", 0},
		{"numbers in a row", "971501234567,442079460958\n", 0},
		{"a quote without its end", "number,note\n971501234567,\"x\n971501234568,y\n\"971501234569\n971501234570\n", 0},
		{"a heading alone", "number\n", 0},
		{"nothing", "\n", 0},
		{"rounded", "971501000000\n971502000000\n", 0},
		{"too many", "971501234567\n971501234568\n971501234569\nx\n", 3},
		{"another kind", "%PDF", 0},
	} {
		_, err := numberlist.Read([]byte(tt.text), "list.csv", "", tt.most)
		f, ok := fault.As(err)
		if !ok || f.Code != fault.Invalid || f.Field != "numbers" {
			t.Fatalf("%s: got %v, want a fault about the numbers", tt.says, err)
		}
		fmt.Fprintf(&b, "# %s\n%s\n  %s\n\n", tt.says, f.Message, f.Hint)
	}
	golden.Check(t, "refusals.txt", []byte(b.String()))
}

// TestNothingIsOverlooked holds over lists with one damaged row, wherever it
// stands, that the whole is refused and that row named.
func TestNothingIsOverlooked(t *testing.T) {
	t.Parallel()
	for _, damaged := range []string{"9.71502E+11", "971501234500.0", "x", "97150", "+971501234500 +971501234501", "=A1"} {
		for at := range 4 {
			rows := []string{"+971501234567", "+971501234568", "+971501234569"}
			rows = slices.Insert(rows, at, damaged)
			for _, heading := range []string{"", "number\n"} {
				_, err := numberlist.Read([]byte(heading+strings.Join(rows, "\n")), "list.csv", "", 0)
				place := fmt.Sprintf("line %d: ", at+1+strings.Count(heading, "\n"))
				unheaded := heading == "" && at == 0 && damaged == "x" // is a heading
				if f, ok := fault.As(err); unheaded != (err == nil) || ok && (!strings.Contains(f.Message, place) || strings.Count(f.Message, "\n") != 1) {
					t.Errorf("%q in %q: got %v, want %s", damaged, heading+strings.Join(rows, "\n"), err, place)
				}
			}
		}
	}
}

// FuzzRead holds that what is read of a file is numbers, each once, and that
// each of them stands in it.
func FuzzRead(f *testing.F) {
	f.Add("number;note\n+971 50 123 4567;a\n", 2)
	f.Add("971501234567\n9.71502E+11\n", 0)
	f.Add("a,b\n442079460958,1\n", 1)
	f.Fuzz(func(t *testing.T, text string, most int) {
		got, err := numberlist.Read([]byte(text), "x", "", most)
		if err != nil {
			if e, ok := fault.As(err); !ok || e.Code != fault.Invalid || e.Field != "numbers" {
				t.Fatalf("got %v, want a fault about the numbers", err)
			}
			return
		}
		if n := len(got.Numbers); n == 0 || most > 0 && n > most {
			t.Fatalf("got %d numbers, want 1 to %d", n, most)
		}
		seen := map[string]bool{}
		for _, n := range got.Numbers {
			if digits := strings.TrimPrefix(n, "+"); seen[n] || len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
				t.Fatalf("got %q of %q", n, text)
			}
			seen[n] = true
		}
	})
}
