package inventory_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"didops/bots/csvout"
	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/tools"
)

// TestLabelFile holds that a table is shown first, and done as a whole.
func TestLabelFile(t *testing.T) {
	t.Parallel()
	h := newHarness(t, three()...)
	h.must("did_label", args{"numbers": "12025550125", "owner": "Sales", "tags": "old"})
	table := "\ufeffsep=;\r\nNumber;OWNER;Cost Center;Tags;Region;Note\r\n" +
		"+1 202 555 0123;Support;\"4711\";pool, dc-1;US;\r\n12025550124;;;;;\r\n12025550125;none;;+new -old;US;see ticket 7\r\n"
	got, f := h.label(nil, csvFile(table))
	if f != nil {
		t.Fatal(f)
	}
	if !got.DryRun || got.Changed != 2 || got.Unchanged != 1 || got.Refused != 0 || fmt.Sprint(got.Ignored) != "[Region]" {
		t.Errorf("got %+v", got)
	}
	if was := h.labels("12025550123") + h.labels("12025550125"); was != `owner “Sales”, tags “old”` {
		t.Errorf("got %s, want nothing changed by a dry run", was)
	}
	if got, f = h.label(args{"dry_run": false}, csvFile(table)); f != nil || got.DryRun || got.Changed != 2 {
		t.Fatalf("got %+v, %v", got, f)
	}
	for digits, want := range map[string]string{
		"12025550123": `owner “Support”, cost centre “4711”, tags “dc-1, pool”`, "12025550124": "", "12025550125": `tags “new”, note “see ticket 7”`,
	} {
		if got := h.labels(digits); got != want {
			t.Errorf("%s: got %s, want %s", digits, got, want)
		}
	}
	if got, _ := h.label(args{"tags": "+all"}, csvFile("12025550123\n12025550124\n")); got.DryRun || got.Changed != 2 {
		t.Errorf("a list of numbers: got %+v, want it done", got)
	}
}

// TestLabelFileIsRefused is the table of files of which nothing is done.
func TestLabelFileIsRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t, three()...)
	for _, tt := range []struct {
		name, text string
		args       args
		want       string
	}{
		{"no labels", "12025550123\n", nil, "labels.csv has no column of labels"},
		{"nothing but exchange's words", "number,notes\n12025550123,x\n", nil, "labels.csv has no column of labels"},
		{"said twice", "number,owner\n12025550123,x\n", args{"owner": "y"}, "stands in a column of labels.csv, and is given besides"},
		{"twice the same column", "number,owner,Owner\n12025550123,x,y\n", nil, "several columns for owner"},
		{"several numbers", "number,did,owner\n12025550123,12025550124,x\n", nil, "several columns that are named like numbers"},
		{"none", "number,owner\n", nil, "holds no numbers"},
		{"no table", "\x00\x01", nil, "neither CSV nor a workbook"},
		{"digits lost in all", "number,owner\n12025500000,x\n12025600000,y\n", nil, "five zeros"},
	} {
		_, f := h.label(tt.args, csvFile(tt.text))
		if f == nil || f.Code != fault.Invalid || !strings.Contains(f.Message, tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, f, tt.want)
		}
	}
}

// TestSpoiledRows holds that each kind of row which can't be taken at its word
// is told with its place, and that none of the file is done then.
func TestSpoiledRows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ row, want string }{
		{"9.71502E+11,x,,,", "lost digits"},
		{"1.20256E+10,x,,,", "lost digits"},
		{"12025550123.0,x,,,", "ends like a decimal"},
		{"#REF!,x,,,", "no telephone number"},
		{",x,,,", "there is no number in it"},
		{"12025550124,again,,,", "stands in line 2 already"},
		{"12025550199,x,,,", "not a number of this account"},
		{"12025550123,#N/A,,,", "owner: #N/A is the error of a formula"},
		{"12025550123,x,4.7E+11,,", "cost_centre: 4.7E+11 is a spreadsheet's short form"},
		{"12025550123,x,#VALUE!,,", "cost_centre: #VALUE! is the error"},
		{"12025550123,x,,\"+a,b\",", "either all with + or −"},
		{"12025550123,x,,a=b,", "is no tag"},
		{"12025550123,x,,,M\ufffdller", "note: M\ufffdller holds characters that were lost"},
		{"12025550123,x,,,password=hunter2hunter2", "password"},
		{"12025550123,x,,,\"" + configured + "\"", "note holds a secret of the configuration"},
		{"12025550123," + strings.Repeat("y", 81) + ",,,", "at most 80"},
		{"12025550123,x,," + strings.Repeat("t,", 1) + strings.Join(strings.Split("abcdefghijklmnopqrstu", ""), " "), "tags are too many"},
	} {
		h := newHarness(t, three()...)
		text := "number,owner,cost centre,tags,note\n12025550124,Support,,,\n" + tt.row + "\n"
		if strings.Contains(tt.row, "a b c") {
			text = "number,owner,cost centre,tags,note\n12025550124,Support,,,\n12025550123,x,,a b c d e f g h i j k l m n o p q r s t u,\n"
		}
		got, f := h.label(nil, csvFile(text))
		if f != nil {
			t.Errorf("%s: %v", tt.row, f)
			continue
		}
		if n := got.Numbers[1]; got.Refused != 1 || n.Result != "refused" || n.Line != "line 3" || !strings.Contains(n.Reason, tt.want) {
			t.Errorf("%s: got %+v, want it refused: %s", tt.row, n, tt.want)
		}
		_, f = h.label(args{"dry_run": false}, csvFile(text))
		if f == nil || f.Code != fault.Invalid || !strings.Contains(f.Message, "1 of its 2 rows can't be done") || !strings.Contains(f.Message, "\nline 3: ") {
			t.Errorf("%s: got %v, want the file refused with its line", tt.row, f)
		}
		if was := h.labels("12025550124"); was != "" {
			t.Errorf("%s: got %s, want nothing done with a part", tt.row, was)
		}
	}
}

// export writes the own numbers as CSV.
func (h *harness) export() []byte {
	h.tb.Helper()
	r := h.must("did_list", nil)
	tool, _ := h.gate.Catalog().Tool("did_list")
	var b bytes.Buffer
	if err := csvout.Write(&b, tool, r); err != nil {
		h.tb.Fatal(err)
	}
	return b.Bytes()
}

// TestImportOfExportChangesNothing holds that whatever labels there are, a list
// that was written is read again as it is, and that no cell of it is a formula.
func TestImportOfExportChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t, three()...)
	word := rapid.OneOf(
		rapid.StringMatching(`[=+\-@'"“” ;,|\t#A-Za-z0-9.é海]{0,12}`),
		rapid.SampledFrom([]string{`=HYPERLINK("https://example.net")`, "+12025550199", `"quoted"`, `'text`, `''`, `="x"`, "-1", "@all", "001", "1,5", "a;b", "sep=;", "NONE", "4711", "＝1", "x\ty"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		for _, o := range three() {
			a := args{"numbers": o.Digits, "owner": word.Draw(t, "owner"), "cost_centre": word.Draw(t, "cost centre"), "note": word.Draw(t, "note"), "tags": rapid.SampledFrom([]string{"none", "a", "b,a", "dc-1 pool"}).Draw(t, "tags")}
			if _, err := h.call("did_label", a, nil); err != nil {
				t.Skip(err)
			}
		}
		file := h.export()
		for line := range strings.SplitSeq(string(file), "\n") {
			for cell := range strings.SplitSeq(line, ",") {
				if cell = strings.TrimPrefix(cell, `"`); cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) && !strings.Contains(line, `"`) {
					t.Fatalf("got %q, want no formula", cell)
				}
			}
		}
		got, f := h.label(nil, &tools.Document{Name: "own.csv", Data: file})
		if f != nil || got.Changed != 0 || got.Refused != 0 || got.Unchanged != 3 {
			t.Fatalf("got %+v, %v of\n%s", got, f, file)
		}
	})
}

// TestLabelTenThousand holds a table of 10,000 numbers, there and back.
func TestLabelTenThousand(t *testing.T) {
	t.Parallel()
	var rows []exchange.Owned
	var b strings.Builder
	b.WriteString("number,owner,cost_centre,tags,note\n")
	for i := range 10_000 {
		o := owned(fmt.Sprintf("1202%07d", 1_000_000+i), "4.50")
		rows = append(rows, o)
		fmt.Fprintf(&b, "%s,Team %d,%d,\"pool,t%d\",note %d\n", o.Digits, i%50, 4000+i%20, i%7, i)
	}
	h := newHarness(t, rows...)
	began := time.Now()
	if got, f := h.label(nil, csvFile(b.String())); f != nil || got.Changed != len(rows) {
		t.Fatalf("got %d to change, %v", got.Changed, f)
	}
	shown := time.Since(began)
	if got, f := h.label(args{"dry_run": false}, csvFile(b.String())); f != nil || got.Changed != len(rows) {
		t.Fatalf("got %d changed, %v", got.Changed, f)
	}
	t.Logf("10,000 rows: shown in %v, all in %v", shown, time.Since(began))
	if got, f := h.label(nil, &tools.Document{Name: "own.csv", Data: h.export()}); f != nil || got.Unchanged != len(rows) || got.Changed+got.Refused > 0 {
		t.Fatalf("got %d unchanged, %d changed, %d refused, %v", got.Unchanged, got.Changed, got.Refused, f)
	}
}
