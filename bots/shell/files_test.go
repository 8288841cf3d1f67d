package shell_test

import (
	"errors"
	"strings"
	"testing"

	"didops/internal/spreadsheet"
)

// TestWorkbook holds that the tables of a result are a workbook beside what is
// shown of it, a sheet each.
func TestWorkbook(t *testing.T) {
	h := newHarness(t)
	files := map[string][]byte{}
	h.Save = func(name string, data []byte) error {
		files[name] = data
		return nil
	}
	if code := h.run(t, "line", "count", "--xlsx", "a b.xlsx"); code != 0 {
		t.Fatalf("got %d, %s", code, h.err.String())
	}
	for sheet, want := range map[string]string{"SANDBOX by_town": "name|count\nDubai|2\nAbu Dhabi|1\n", "SANDBOX by_kind": "name|count\n=fixed|2\n"} {
		got, err := spreadsheet.Read(files["a b.xlsx"], sheet)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, r := range got.Rows {
			b.WriteString(r.Cells[0].Text + "|" + r.Cells[1].Text + "\n")
		}
		if b.String() != want {
			t.Errorf("%s: got %s, want %s", sheet, b.String(), want)
		}
	}
	if !strings.Contains(h.err.String(), "Written into a b.xlsx.") || !strings.Contains(h.out.String(), "Counts") {
		t.Errorf("got %s%s", h.out.String(), h.err.String())
	}
}

// TestCalendar holds that dates are written into a file, or in place of the
// result, and what they cost only where that is asked for.
func TestCalendar(t *testing.T) {
	h := newHarness(t)
	files := map[string][]byte{}
	h.Save = func(name string, data []byte) error {
		files[name] = data
		return nil
	}
	if code := h.run(t, "line", "count", "--ics", "a.ics", "--fees"); code != 0 || !strings.Contains(string(files["a.ics"]), "SUMMARY:SANDBOX: Renewal: 1 line\\, 5.50 USD\r\n") {
		t.Errorf("got %d, %s%s", code, files["a.ics"], h.err.String())
	}
	h = newHarness(t)
	code := h.run(t, "line", "count", "--ics", "-")
	if got := h.out.String(); code != 0 || !strings.HasPrefix(got, "BEGIN:VCALENDAR\r\n") || strings.Contains(got, "5.50") || strings.Contains(got, "Counts") {
		t.Errorf("got %d, %s", code, got)
	}
}

// TestFilesApart holds that no file takes the place of another, or of the result.
func TestFilesApart(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--xlsx", "-"}, "a workbook can't be written to standard output"},
		{[]string{"--ics", "-", "--json"}, "can't be had together"},
		{[]string{"--ics", "-", "--csv"}, "can't be had together"},
		{[]string{"--xlsx", "a", "--ics", "./a"}, "--xlsx and --ics name the same file"},
		{[]string{"--png", "a", "--xlsx", "a"}, "--png and --xlsx name the same file"},
		{[]string{"--fees"}, "none is asked for"},
	} {
		h := newHarness(t)
		saved := 0
		h.Save = func(string, []byte) error { saved++; return nil }
		if code := h.run(t, append([]string{"line", "count"}, tt.args...)...); code != 2 || saved > 0 || strings.Contains(h.out.String(), "Counts") || !strings.Contains(h.err.String(), tt.want) {
			t.Errorf("%v: got %d, %d files, %s%s", tt.args, code, saved, h.out.String(), h.err.String())
		}
	}
}

// TestAFileThatFailsHidesNoOrder holds that what became of an order is shown, and
// how the command ends says it, whatever becomes of the file.
func TestAFileThatFailsHidesNoOrder(t *testing.T) {
	t.Parallel()
	h := newOrderHarness(t, newOrders(), &keyboard{then: []string{"y"}})
	h.Save = func(string, []byte) error { return errors.New("no space left") }
	code := h.run(t, "line", "buy", "+971501234567", "--xlsx", "r.xlsx")
	if code != 0 || !strings.Contains(h.out.String(), "Order o-7k3f") || !strings.Contains(h.err.String(), "its file was not written") {
		t.Errorf("got %d, %s%s, want the order that was carried out", code, h.out.String(), h.err.String())
	}
}
