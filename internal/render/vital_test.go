package render_test

import (
	"strings"
	"testing"

	"didops/internal/render"
	"didops/internal/view"
)

// TestVitalColumnsStay holds that a narrow terminal costs other columns, and
// that a vital one without a single value is not drawn all the same.
func TestVitalColumnsStay(t *testing.T) {
	t.Parallel()
	draw := func(width int, why string) string {
		t.Helper()
		doc := view.Doc{Blocks: []view.Block{view.Table{
			Columns: []view.Column{{Title: "Number"}, {Title: "Vendor", Extra: true}, {Title: "Why", Loose: true, Prose: true, Extra: true, Vital: true}},
			Rows:    [][]string{{"+971501234567", "Gulf Numbers", why}, {"+971501234568", "Gulf Numbers", ""}},
		}}}
		var out strings.Builder
		if err := render.Plain(&out, doc, render.PlainOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	const why = "monthly_fee: 0.55 → 1.65"
	if got := draw(44, why); !strings.Contains(got, why) || strings.Contains(got, "Gulf") {
		t.Errorf("got\n%s\nwant the reason and not the vendor", got)
	}
	for _, width := range []int{20, 34} { // too narrow for a table
		if got := draw(width, why); !strings.Contains(strings.Join(strings.Fields(got), ""), "monthly_fee:0.55→1.65") {
			t.Errorf("%d columns: got\n%s\nwant the reason", width, got)
		}
	}
	if got := draw(44, ""); strings.Contains(strings.ToLower(got), "why") {
		t.Errorf("got\n%s\nwant no empty column", got)
	}
}
