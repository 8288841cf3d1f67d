package shell_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"didops/internal/testing/fixture"
)

// texts are what people and attackers type: anything, and what begins like a
// formula, a number or a flag.
func texts() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(), rapid.StringMatching(`[=+\-@\t\r ]{1,3}[a-z0-9"(),\n]{0,20}`),
		rapid.StringMatching(`\+[0-9]{3,18}`), rapid.StringMatching(`--?[a-z=]{1,9}`),
	)
}

// TestTextReachesTheGateUnchanged proves that nothing between the command
// line and the gate reads, splits or repairs a text.
func TestTextReachesTheGateUnchanged(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		want := texts().Draw(rt, "text")
		h := newHarness(t)
		code := h.run(t, "note", "copy", "--json", "--text="+want)
		if n := utf8.RuneCountInString(strings.TrimSpace(want)); n > 512 {
			return
		}
		if code != 0 {
			rt.Fatalf("got exit %d (%s), want 0", code, h.err.String())
		}
		var got fixture.CopyOut
		if err := json.Unmarshal(h.out.Bytes(), &got); err != nil {
			rt.Fatal(err)
		}
		if got.Rows[0].Text != strings.TrimSpace(want) { // white space around is the gate's to drop
			rt.Fatalf("got %q, want %q", got.Rows[0].Text, want)
		}
	})
}

// TestCSVHoldsNoFormula proves that no cell begins as a spreadsheet's formula
// does, and none holds a control character.
func TestCSVHoldsNoFormula(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := newHarness(t)
		if code := h.run(t, "note", "copy", "--csv", "--text="+texts().Draw(rt, "text")); code != 0 {
			return
		}
		records, err := csv.NewReader(&h.out).ReadAll()
		if err != nil || len(records) != 2 {
			rt.Fatalf("got %d records (%v), want 2", len(records), err)
		}
		for _, cell := range records[1] {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) || strings.ContainsFunc(cell, unicode.IsControl) {
				rt.Fatalf("got the cell %q, want nothing that begins a formula", cell)
			}
		}
	})
}
