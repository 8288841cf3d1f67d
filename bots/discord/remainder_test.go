package discord_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"didops/bots/discord"
	"didops/internal/money"
	"didops/internal/testing/fixture"
	"didops/internal/view"
)

// TestRowsThatAreLeftOut holds that what is said of the rows of a table that
// has no room tells which table it is.
func TestRowsThatAreLeftOut(t *testing.T) {
	t.Parallel()
	table := func(n int, titles ...string) view.Table {
		var out view.Table
		for _, title := range titles {
			out.Columns = append(out.Columns, view.Column{Title: title})
		}
		for i := range n {
			row := make([]string, len(titles))
			for c := range row {
				row[c] = fmt.Sprintf("%d %s", i, strings.Repeat("x", 30))
			}
			out.Rows = append(out.Rows, row)
		}
		return out
	}
	vital := table(100, "Number", "Outcome", "Why")
	vital.Columns[2].Vital = true
	port := discord.Port(nil)
	for _, tt := range []struct {
		blocks []view.Block
		want   []string
	}{
		{
			[]view.Block{vital, table(101, "Number", "Country", "Type", "Features", "Vendor"), table(1, "Number", "Calls_to")},
			[]string{" more rows_\n", "_101 more rows: Number, Country, Type, Features, …_", `_1 more row: Number, Calls\_to_`},
		},
		{[]view.Block{vital, table(7, "Number", "", "A", "B", "C", "D", "E", "F")}, []string{"_7 more rows: Number, A, B, C, …_"}},
	} {
		drawn := port.Draw(view.Doc{Blocks: tt.blocks}, 0)
		for _, want := range tt.want {
			if !strings.Contains(drawn.Text+"\n", want) {
				t.Errorf("got %s, want %q in it", drawn.Text, want)
			}
		}
	}
}

// TestWhatIsSaidOfAList holds that nothing that stands above the rows of a list
// is lost: it is there, or all is in a file and the message says so. So it is on
// every page, and where all rows are sent as a file.
func TestWhatIsSaidOfAList(t *testing.T) {
	t.Parallel()
	var long []fixture.Line
	for n := range 10 {
		words := fmt.Sprintf("%d ", n) + strings.Repeat("seller ", 60)
		long = append(long, fixture.Line{Number: line(n).Number, Fee: money.MustParse(fmt.Sprint(n)), Town: words, Vendor: words, Note: words, Features: []string{words}})
	}
	for name, tt := range map[string]struct {
		sentences, letters int
		lines              []fixture.Line
		file               bool
	}{
		"few":                {3, 100, forSale(6), false},
		"many":               {30, 160, forSale(6), true},
		"one that is long":   {1, 6000, forSale(6), true},
		"no rows":            {60, 160, []fixture.Line{}, true},
		"rows that are long": {10, 280, long, true},
	} {
		var sentences []view.Block
		for n := range tt.sentences {
			sentences = append(sentences, view.Text(fmt.Sprintf("Watch-%d-begins", n)+strings.Repeat(" x", tt.letters/2)))
		}
		h := newHarness(t, func(h *harness) {
			h.options.Stock = tt.lines
			h.options.Draw = func(out fixture.FindOut) view.Doc {
				doc := draw(out)
				doc.Headline, doc.Blocks = "", append(slices.Clone(sentences), doc.Blocks[1:]...)
				return doc
			}
		})
		r := h.slash(alice(), "line find", "limit", float64(5))
		if r.last.live("CSV") {
			whole := h.press(alice(), r.last.control(t, "CSV"), true).last
			for n := range sentences {
				if begin := fmt.Sprintf("Watch-%d-begins", n); !strings.Contains(strings.Join(whole.texts(), "")+whole.files["line-find.txt"], begin) {
					t.Errorf("%s, the whole: %s is lost", name, begin)
				}
			}
			if whole.files["line-find.csv"] == "" {
				t.Errorf("%s: got no rows", name)
			}
		}
		for page := 1; ; page++ {
			text := strings.Join(r.last.texts(), "\n")
			file := strings.Join(slices.Collect(maps.Values(r.last.files)), "")
			if said := strings.Contains(text, "The whole is in the attached file"); said != tt.file || said != (file != "") {
				t.Errorf("%s, page %d: got %v of a file in %.200s, and %d files", name, page, said, text, len(r.last.files))
			}
			for n := range sentences {
				if begin := fmt.Sprintf("Watch-%d-begins", n); !strings.Contains(text, begin) && !strings.Contains(file, begin) {
					t.Errorf("%s, page %d: %s is lost", name, page, begin)
				}
			}
			if !r.last.live("▶") {
				break
			}
			r = h.press(alice(), r.last.control(t, "▶"), true)
		}
	}
}
