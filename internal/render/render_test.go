package render_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"didops/internal/render"
	"didops/internal/testing/golden"
	"didops/internal/view"
)

// market is a result as a search shows it, with texts of every kind.
func market() view.Doc {
	return view.Doc{
		Title:   "Numbers for sale in United Arab Emirates",
		Summary: "5 of 340 numbers that fit, lowest monthly fee first. 12 more that fit can't be bought and are left out.",
		Sandbox: true,
		Blocks: []view.Block{
			view.Table{
				Columns: []view.Column{
					{Title: "Number"},
					{Title: "Country"},
					{Title: "Type"},
					{Title: "Features"},
					{Title: "Set-up USD", Right: true},
					{Title: "Monthly USD", Right: true},
					{Title: "1st year", Right: true, Extra: true},
					{Title: "Vendor", Loose: true},
					{Title: "Docs"},
					{Title: "Description", Loose: true, Extra: true},
					{Title: "Channels", Right: true, Extra: true},
				},
				Rows: [][]string{
					{"+971501234567", "AE", "mobile", "voice sms", "1.00", "4.50", "55.00", "Gulf Numbers", "", "Dubai mobile, instant"},
					{"+971561234568", "AE", "mobile", "voice sms fax", "12.00", "4.75", "69.00", "Desert Telecom Trading", "needed", "| cheap | `rm -rf` <b>now</b>"},
					{"+97142345678", "AE", "national", "voice", "0.00", "6.2055", "74.466", "海湾电信", "", "固定电话，需要文件"},
					{"+97143456789", "AE", "national", "voice fax", "0.00", "12.00", "144.00", "Émirats Télécom", "needed", "🇦🇪 number ☎"},
					{"+9718001234567", "AE", "tollfree", "voice", "1500.00", "250.00", "4500.00", "x\x1b[31mred\u202eevil", "", ""},
				},
			},
			view.Fields{{Label: "Currency", Value: "USD"}, {Label: "Contact", Value: "sip:971501234567@sip.example.net:5060"}},
			view.Notice{Warning: true, Text: "Not complete: the exchange did not answer page 7 in time, so cheaper numbers may exist."},
			view.Notice{Text: "Prices are in USD."},
			view.Text("A plain sentence that ends the result."),
			view.Further{Says: "Route it back", Operation: "did_update", Args: view.Fields{{Label: "restore", Value: "o-7k3f"}}},
			view.More{Cursor: "bW9udGhseV9mZWU6NC43NTo5NzE1NjEyMzQ1Njg6NmM2ZjZlNjc2NTcyMjA3NDY4NjE2ZTIwNjE2ZTc5"},
		},
	}
}

func plain(t *testing.T, d view.Doc, o render.PlainOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := render.Plain(&b, d, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPlainGolden(t *testing.T) {
	t.Parallel()
	for _, width := range []int{0, 40, 60, 80, 120, 200} {
		for _, color := range []bool{false, true} {
			name := fmt.Sprintf("plain-%d", width)
			if color {
				name += "-color"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				got := plain(t, market(), render.PlainOptions{Width: width, Color: color})
				golden.Check(t, name+".txt", []byte(got))
			})
		}
	}
}

func TestMarkdownGolden(t *testing.T) {
	t.Parallel()
	golden.Check(t, "market.md", []byte(render.Markdown(market())))
}

func TestSandboxIsInTheFirstLine(t *testing.T) {
	t.Parallel()
	for _, title := range []string{"", "Numbers", strings.Repeat("very ", 60) + "long"} {
		for _, on := range []bool{true, false} {
			d := view.Doc{Title: title, Summary: "Nothing fits.", Sandbox: on}
			outputs := map[string]string{
				"markdown": render.Markdown(d),
				"plain":    plain(t, d, render.PlainOptions{Width: 40, Color: true}),
			}
			for medium, out := range outputs {
				first, _, _ := strings.Cut(out, "\n")
				if got := strings.Contains(first, "SANDBOX"); got != on {
					t.Errorf("%s of title %.10q with Sandbox %t: got mark %t in %q, want %t", medium, title, on, got, first, on)
				}
			}
		}
	}
}

func TestEmptyParts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		doc      view.Doc
		markdown string
		plain    string
	}{
		{name: "zero", doc: view.Doc{}},
		{name: "no rows", doc: view.Doc{Title: "T", Blocks: []view.Block{view.Table{Columns: []view.Column{{Title: "A"}}}}}, markdown: "**T**\n", plain: "T\n"},
		{name: "no fields", doc: view.Doc{Title: "T", Blocks: []view.Block{view.Fields{}}}, markdown: "**T**\n", plain: "T\n"},
		{name: "only invisible", doc: view.Doc{Title: "\x1b\u200b", Blocks: []view.Block{view.Text("\u202e")}}},
		{
			name: "extra column without values",
			doc: view.Doc{Blocks: []view.Block{view.Table{
				Columns: []view.Column{{Title: "A"}, {Title: "B", Extra: true}, {Title: "C"}},
				Rows:    [][]string{{"1", "", ""}, {"2"}, {"3", "", "x", "surplus"}},
			}}},
			markdown: "|A|C|\n|-|-|\n|1||\n|2||\n|3|x|\n",
			plain:    "A  C\n1\n2\n3  x\n",
		},
		{
			name: "titled table",
			doc: view.Doc{Blocks: []view.Block{view.Table{
				Title: "By type", Columns: []view.Column{{Title: "N", Right: true}}, Rows: [][]string{{"1"}, {"10"}},
			}}},
			markdown: "**By type**\n\n|N|\n|-|\n|1|\n|10|\n",
			plain:    "By type\n N\n 1\n10\n",
		},
		{
			name: "prose",
			doc: view.Doc{Blocks: []view.Block{view.Table{
				Columns: []view.Column{{Title: "Check"}, {Title: "Finding", Prose: true}, {Title: "N", Right: true}},
				Rows:    [][]string{{"store", "orders are kept where nobody else may read them, and audited, in /var/lib/didops", "1"}, {"key", "accepted", "2"}},
			}}},
			markdown: "|Check|Finding|N|\n|-|-|-|\n|store|orders are kept where nobody else may read them, and audited, in /var/lib/didops|1|\n|key|accepted|2|\n",
			plain: "CHECK  FINDING                                                                 N\n" +
				"store  orders are kept where nobody else may read them, and audited, in        1\n" +
				"       /var/lib/didops\n" +
				"key    accepted                                                                2\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := render.Markdown(tt.doc); got != tt.markdown {
				t.Errorf("markdown: got %q, want %q", got, tt.markdown)
			}
			if got := plain(t, tt.doc, render.PlainOptions{Width: 80}); got != tt.plain {
				t.Errorf("plain: got %q, want %q", got, tt.plain)
			}
		})
	}
}

func TestMarkdownIsInert(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"pipe", "a|b", `a\|b`},
		{"code", "`x`", "\\`x\\`"},
		{"link", "[a](https://example.net)", `\[a\](https\://example.net)`},
		{"image", "![a](x)", `!\[a\](x)`},
		{"bare address", "https://example.net WWW.example.net", `https\://example.net WWW\.example.net`},
		{"html", "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
		{"user mention", "<@123> <@&4> <#5>", `&lt;@123&gt; &lt;@&4&gt; &lt;\#5&gt;`},
		{"everybody", "@everyone @Here", "&#64;everyone &#64;Here"},
		{"sip contact", "sip:97150@sip.example.net:5060", "sip:97150@sip.example.net:5060"},
		{"emphasis", "*a* _b_ ~c~ __d__", `\*a\* \_b\_ \~c\~ \_\_d\_\_`},
		{"parameter", "max_monthly_fee", "max_monthly_fee"},
		{"entity", "&lt; &#64; AT&T; AT&T &; & x;", `\&lt; \&\#64; AT\&T; AT&T &; & x;`},
		{"backslash", `\*`, `\\\*`},
		{"heading", "# a", `\# a`},
		{"list", "- a", `\- a`},
		{"rule", "---", `\---`},
		{"underline", "===", `\===`},
		{"numbered", "12. a", `12\. a`},
		{"quotation", "> a", `&gt; a`},
		{"number", "+971501234567", "+971501234567"},
		{"two lines", "a\n# b", `a \# b`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := tt.want + "\n"
			if got := render.Markdown(view.Doc{Blocks: []view.Block{view.Text(tt.text)}}); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestPlainReturnsTheWritersError(t *testing.T) {
	t.Parallel()
	if err := render.Plain(broken{}, market(), render.PlainOptions{}); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want %v", err, errBroken)
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text string
		n    int
		want string
	}{
		{"fits", "one two", 7, "one two"},
		{"breaks", "one two three", 7, "one two|three"},
		{"long word stays whole", "a 1234567890 b", 5, "a|1234567890|b"},
		{"no bound", "one two three", 0, "one two three"},
		{"wide", "海湾 电信", 4, "海湾|电信"},
		{"invisible", "a\x1b\nb", 9, "a b"},
		{"empty", "", 9, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(render.Wrap(tt.text, tt.n), "|"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text string
		n    int
		want string
	}{
		{"fits", "abc", 3, "abc"},
		{"cut", "abcd", 3, "ab…"},
		{"cut at a space", "ab cd", 4, "ab…"},
		{"wide", "海湾电信", 4, "海…"},
		{"wide at an odd place", "海湾电信", 5, "海湾…"},
		{"mark on a letter", "e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"flags", "🇦🇪🇩🇪🇫🇷", 4, "🇦🇪…"},
		{"skin tones", "👍🏽👍🏽👍🏽", 4, "👍🏽…"},
		{"conjoining jamo", "\u1112\u1161\u11ab\u1112\u1161\u11ab", 3, "\u1112\u1161\u11ab…"},
		{"ambiguous", "±±±±", 3, "±±…"},
		{"no room for the first", "海湾", 1, "…"},
		{"nothing left", "abc", 0, ""},
		{"invisible", "a\x1bb\rc", 9, "a c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := render.Shorten(tt.text, tt.n); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
