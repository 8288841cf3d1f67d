package discord_test

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"didops/bots/discord"
	"didops/internal/sanitize"
)

// FuzzEscaped proves that no text becomes markup or a mention: nothing active
// is left without its backslash, and without them the text is what it was.
func FuzzEscaped(f *testing.F) {
	for _, s := range []string{
		"", "plain", "**b** _i_ ~~s~~ `c` ||x||", "[a](https://evil.example)", "<@1> <@&2> <#3> <t:1:R> @everyone @HERE @here", "# h", "> q", "- l", "1. x", "12.65",
		"-# sub", `\*`, "\u202e\u200b@\u200beveryone", "a\nb", "+971500000001", "<:smile:1>", "</cmd:1>", "\xff", "😀*",
	} {
		f.Add(s)
	}
	list := regexp.MustCompile(`^(- |[0-9]+\. |[0-9]+\.$|#|>)`)
	f.Fuzz(func(t *testing.T, s string) {
		got := discord.Escaped(s)
		var shown strings.Builder
		for i := 0; i < len(got); i++ {
			switch c := got[i]; {
			case c == '\\' && i+1 < len(got):
				i++
				shown.WriteByte(got[i])
			case strings.IndexByte("*_~`|[]<>#\\", c) >= 0:
				t.Fatalf("got %q active in %q", c, got)
			default:
				shown.WriteByte(c)
			}
		}
		if clean := sanitize.Clean(s, math.MaxInt); strings.ReplaceAll(shown.String(), "\u200b", "") != clean {
			t.Errorf("got %q shown, want %q", shown.String(), clean)
		}
		if low := strings.ToLower(got); strings.Contains(low, "@everyone") || strings.Contains(low, "@here") || strings.Contains(got, "://") && !strings.Contains(got, `\://`) || list.MatchString(got) {
			t.Errorf("got %q, which calls, links or begins a list", got)
		}
	})
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		n    int
		want string
	}{{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"ab cd", 4, "ab…"}, {"😀😀", 3, "😀…"}, {"😀😀", 4, "😀😀"}, {"", 3, ""}} {
		got := discord.Cut(tt.text, tt.n)
		if got != tt.want || len(utf16.Encode([]rune(got))) > tt.n {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}
