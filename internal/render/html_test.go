package render_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/render"
	"didops/internal/testing/golden"
	"didops/internal/view"
)

func TestHTMLGolden(t *testing.T) {
	t.Parallel()
	got := render.HTML(market(), render.HTMLOptions{Level: 2, Link: func(cell string) string { return "/numbers/" + strings.TrimPrefix(cell, "+") }})
	golden.Check(t, "market.html", []byte(got))
}

// TestHTMLOfALongTable is scrolled and says nothing twice.
func TestHTMLOfALongTable(t *testing.T) {
	t.Parallel()
	table := view.Table{Title: "Lines", Columns: []view.Column{{Title: "Number"}, {Title: "Fee", Right: true}}}
	for range 31 {
		table.Rows = append(table.Rows, []string{"+15550100", "1.00"})
	}
	got := string(render.HTML(view.Doc{Blocks: []view.Block{table}}, render.HTMLOptions{}))
	if !strings.Contains(got, `<div class="scroll" role="region" tabindex="0" aria-label="Lines">`) || strings.Contains(got, "data-label") {
		t.Errorf("got %s", got)
	}
	if n := strings.Count(got, "<tr>"); n != 32 {
		t.Errorf("got %d rows, want 31 and the head", n)
	}
}

// TestHTMLHoldsNothingOfOthers reads what was drawn of any text, which is well formed: no element and no attribute but the renderer's own, and every text as it
// was given.
func TestHTMLHoldsNothingOfOthers(t *testing.T) {
	t.Parallel()
	own := map[string]bool{
		"body": true,
		"h1":   true, "h2": true, "h3": true, "p": true, "dl": true, "div": true, "dt": true, "dd": true, "table": true, "thead": true, "tbody": true, "tr": true, "th": true, "td": true, "strong": true,
	}
	attributes := map[string]bool{"class": true, "role": true, "scope": true, "data-label": true}
	text := rapid.OneOf(
		rapid.String(), rapid.StringMatching(`[<>&"'/= a-z!-]{0,40}`),
		rapid.SampledFrom([]string{
			`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `&lt;b&gt;`, `</p><form action=//evil.example>`, `' onmouseover='x`, "a\x00b\u202ec", `<!--`, `]]>`,
		}),
	)
	rapid.Check(t, func(t *rapid.T) {
		given := text.Draw(t, "text")
		got := string(render.HTML(everywhere(given), render.HTMLOptions{Level: rapid.IntRange(0, 2).Draw(t, "level")}))
		z := xml.NewDecoder(strings.NewReader("<body>" + got + "</body>"))
		var shown strings.Builder
		for {
			token, err := z.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("got %v of %q: %s", err, given, got)
			}
			switch token := token.(type) {
			case xml.CharData:
				shown.Write(token)
			case xml.StartElement:
				if !own[token.Name.Local] {
					t.Fatalf("got the element %s of %q: %s", token.Name.Local, given, got)
				}
				for _, a := range token.Attr {
					if !attributes[a.Name.Local] {
						t.Fatalf("got the attribute %s of %q: %s", a.Name.Local, given, got)
					}
				}
			case xml.EndElement:
			default:
				t.Fatalf("got %T of %q: %s", token, given, got)
			}
		}
		clean := view.Unquoted(view.Quoted(given))
		if clean == given && clean != "" && !strings.Contains(shown.String(), given) {
			t.Fatalf("got %q, want %q in it", shown.String(), given)
		}
	})
}
