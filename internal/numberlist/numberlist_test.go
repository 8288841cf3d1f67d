package numberlist_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/numberlist"
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
