package render_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/mattn/go-runewidth"
	"pgregory.net/rapid"

	"didops/internal/render"
	"didops/internal/sanitize"
	"didops/internal/view"
)

// displayed measures a line without the help of the renderer.
func displayed(s string) int {
	return (&runewidth.Condition{StrictEmojiNeutral: true}).StringWidth(s)
}

func emphasis() *regexp.Regexp { return regexp.MustCompile("\x1b\\[[0-9;]*m") }

func anyTable(t *rapid.T) view.Table {
	var table view.Table // without a title, which is wrapped between words only
	n := rapid.IntRange(0, 14).Draw(t, "columns")
	cell := rapid.OneOf(
		rapid.String(), rapid.StringMatching(`[ -~]{0,90}`), rapid.StringMatching(`[一-龥]{0,40}`),
		rapid.StringMatching(`\x1b\[31m[a-z\x{301}]{0,30}\x{202e}`), rapid.StringMatching(`[0-9]{1,6}\.[0-9]{2}`),
	)
	for range n {
		table.Columns = append(table.Columns, view.Column{
			Title: cell.Draw(t, "head"), Right: rapid.Bool().Draw(t, "right"),
			Loose: rapid.Bool().Draw(t, "loose"), Prose: rapid.Bool().Draw(t, "prose"), Extra: rapid.Bool().Draw(t, "extra"),
		})
	}
	for range rapid.IntRange(0, 5).Draw(t, "rows") {
		table.Rows = append(table.Rows, rapid.SliceOfN(cell, 0, n+1).Draw(t, "row"))
	}
	return table
}

func TestPlainTableFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := render.PlainOptions{Width: rapid.IntRange(40, 220).Draw(t, "width"), Color: rapid.Bool().Draw(t, "color")}
		table := anyTable(t)
		var b strings.Builder
		if err := render.Plain(&b, view.Doc{Blocks: []view.Block{table}}, o); err != nil {
			t.Fatal(err)
		}
		body, _, _ := strings.Cut(b.String(), "columns left out")
		text := emphasis().ReplaceAllString(body, "")
		for l := range strings.Lines(text) {
			l = strings.TrimSuffix(l, "\n")
			if n := displayed(l); n > o.Width {
				t.Fatalf("got a line of %d columns, want at most %d: %q", n, o.Width, l)
			}
		}
	})
}

func TestPlainKeepsWhatMustNotBeCut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`\+[0-9]{8,15}`).Draw(t, "number")
		fee := rapid.StringMatching(`[0-9]{1,12}\.[0-9]{2,4}`).Draw(t, "fee")
		loose := rapid.StringMatching(`[a-z ]{0,80}`).Draw(t, "loose")
		d := view.Doc{Blocks: []view.Block{view.Table{
			Columns: []view.Column{{Title: "Number"}, {Title: "Vendor", Loose: true}, {Title: "Fee", Right: true}, {Title: "More", Extra: true}},
			Rows:    [][]string{{number, loose, fee, loose}},
		}}}
		var b strings.Builder
		if err := render.Plain(&b, d, render.PlainOptions{Width: rapid.IntRange(40, 120).Draw(t, "width")}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{number, fee} {
			if !strings.Contains(b.String(), want) {
				t.Fatalf("got %q, want %q in it", b.String(), want)
			}
		}
	})
}

// visible fails unless s holds nothing but visible characters and line feeds.
func visible(tb testing.TB, s string) {
	tb.Helper()
	for _, r := range s {
		if r != '\n' && unicode.Is(unicode.C, r) {
			tb.Errorf("got the invisible %U in %q, want none", r, s)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b]0;title\a", "a\r\nb", "\u202eevil", "\x9b31m", "e\u0301\u200d👩‍💻", "\xff\xfe"} {
		f.Add(s, 80)
	}
	f.Fuzz(func(t *testing.T, s string, w int) {
		for _, color := range []bool{false, true} {
			out := plain(t, everywhere(s), render.PlainOptions{Width: w % 300, Color: color})
			if color {
				out = emphasis().ReplaceAllString(out, "")
			}
			visible(t, out)
		}
	})
}

// everywhere is a Doc with the text in every place that takes one.
func everywhere(s string) view.Doc {
	return view.Doc{Title: s, Summary: s, Blocks: []view.Block{
		view.Table{Title: s, Columns: []view.Column{{Title: s}, {Title: "b", Right: true, Loose: true}}, Rows: [][]string{{"1", s}, {s, "2"}}},
		view.Fields{{Label: s, Value: s}},
		view.Notice{Text: s},
		view.Text(s),
		view.More{Cursor: s},
		view.Further{Says: s, Operation: s, Args: view.Fields{{Label: s, Value: s}}},
	}}
}

// FuzzMarkdown proves that no text becomes markup: what a table's cell and a
// paragraph hold is the text again once the escapes are taken away, and no
// active character is left unescaped.
func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{
		"", "a|b", "`x`", "[a](https://example.net)", "<@1> @everyone", "&lt;&amp;#64;", `\`, `\\|`, "# h", "- l", "1. x",
		"___a_b__", "https://example.net", "a\nb", "|\n|", "\u202e", "12)", "=", "+ a", "~~~", "www.x.example", "::////", "w://ww.",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		visible(t, render.Markdown(everywhere(s)))
		clean := sanitize.Clean(s, 1<<30)
		table := render.Markdown(view.Doc{Blocks: []view.Block{view.Table{Columns: []view.Column{{Title: "A"}}, Rows: [][]string{{s}}}}})
		lines := strings.Split(table, "\n")
		if len(lines) != 4 {
			t.Fatalf("got %d lines, want 4: %q", len(lines), table)
		}
		cell := strings.TrimSuffix(strings.TrimPrefix(lines[2], "|"), "|")
		inert(t, cell, clean)
		text := render.Markdown(view.Doc{Blocks: []view.Block{view.Text(s)}})
		text = strings.TrimSuffix(text, "\n")
		inert(t, text, clean)
		if regexp.MustCompile(`^([-+=#>]([^\pL\pN]|$)|[0-9]+[.)])`).MatchString(text) {
			t.Errorf("got a line %q, which begins a block", text)
		}
	})
}

// inert fails unless md shows exactly text, with every active character
// escaped. A single run of asterisks is none (CommonMark 0.31, section 6.2).
func inert(tb testing.TB, md, text string) {
	tb.Helper()
	var shown strings.Builder
	lone := len(regexp.MustCompile(`\*+`).FindAllString(md, -1)) == 1 // run, which opens emphasis that nothing closes
	for i := 0; i < len(md); i++ {
		switch c := md[i]; {
		case c == '*' && lone:
			shown.WriteByte(c)
		case c == '\\' && i+1 < len(md):
			i++
			shown.WriteByte(md[i])
		case strings.HasPrefix(md[i:], "&lt;"):
			shown.WriteByte('<')
			i += 3
		case strings.HasPrefix(md[i:], "&gt;"):
			shown.WriteByte('>')
			i += 3
		case strings.HasPrefix(md[i:], "&#64;"):
			shown.WriteByte('@')
			i += 4
		case strings.IndexByte("\\`*~|[]<>#", c) >= 0:
			tb.Fatalf("got %q active in %q", c, md)
		default:
			shown.WriteByte(c)
		}
	}
	if shown.String() != text {
		tb.Errorf("got %q shown by %q, want %q", shown.String(), md, text)
	}
	if m := regexp.MustCompile(`(?i)@(everyone|here|channel)|://|www\.`).FindString(strings.ReplaceAll(md, `\://`, " ")); m != "" {
		tb.Errorf("got %q active in %q", m, md)
	}
}
