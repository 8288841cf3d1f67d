package render_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"didops/internal/money"
	"didops/internal/render"
	"didops/internal/view"
)

// TestImage holds what a text says in place of a picture: a terminal gets blocks
// and figures within its width, a model the words.
func TestImage(t *testing.T) {
	t.Parallel()
	lowest, median := view.Line{Name: "lowest"}, view.Line{Name: "median"}
	for i := range 100 {
		at := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 7*i)
		lowest.Points = append(lowest.Points, view.Point{At: at, Value: money.MustParse(fmt.Sprintf("%d.50", 1+i%4))})
		median.Points = append(median.Points, view.Point{At: at})
	}
	d := view.Doc{Blocks: []view.Block{view.Image{
		Name: "fees", Alt: "lowest 1.50, *then* 4.50", Steps: view.Steps{Title: "Monthly fee in USD", Lines: []view.Line{lowest, median, {Name: "none"}}},
	}}}
	for _, width := range []int{0, 40, 80} {
		var b strings.Builder
		if err := render.Plain(&b, d, render.PlainOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		for _, want := range []string{"Monthly fee in USD", "lowest", "▁", "█", "4.50"} {
			if !strings.Contains(got, want) {
				t.Errorf("%d columns: got %q, want %q in it", width, got, want)
			}
		}
		if strings.Contains(got, "median") || strings.Contains(got, "none") {
			t.Errorf("%d columns: got %q, want no line of which nothing is known", width, got)
		}
		for l := range strings.Lines(got) {
			if n := displayed(strings.TrimSuffix(l, "\n")); width > 0 && n > width {
				t.Errorf("got a line of %d columns, want at most %d: %q", n, width, l)
			}
		}
	}
	if got, want := render.Markdown(d), "lowest 1.50, \\*then\\* 4.50\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
