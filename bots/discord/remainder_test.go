package discord_test

import (
	"fmt"
	"strings"
	"testing"

	"didops/bots/discord"
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
