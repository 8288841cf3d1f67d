package render_test

import (
	"strings"
	"testing"

	"didops/internal/render"
	"didops/internal/view"
)

// TestMarksWithoutEndAreWrapped holds that a single character with more marks
// than a line has columns is written, and no line is too wide.
func TestMarksWithoutEndAreWrapped(t *testing.T) {
	t.Parallel()
	text := "\u0915" + strings.Repeat("\u093e", 200) // each takes a column
	var b strings.Builder
	err := render.Plain(&b, view.Doc{Blocks: []view.Block{view.Table{
		Columns: []view.Column{{Title: "Number"}, {Title: "Note", Prose: true}},
		Rows:    [][]string{{"+97150", text}},
	}}}, render.PlainOptions{Width: 40})
	if err != nil {
		t.Fatal(err)
	}
	marks := 0
	for l := range strings.Lines(b.String()) {
		l = strings.TrimSuffix(l, "\n")
		if n := displayed(l); n > 40 {
			t.Errorf("got a line of %d columns, want at most 40: %q", n, l)
		}
		marks += strings.Count(l, "\u093e")
	}
	if marks != 200 {
		t.Errorf("got %d marks, want 200", marks)
	}
}
