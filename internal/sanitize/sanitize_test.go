package sanitize_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"didops/internal/sanitize"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		max        int
		want       string
	}{
		{"plain", "Mobile - Etisalat", 40, "Mobile - Etisalat"},
		{"empty", "", 40, ""},
		{"accents and scripts stay", "Côte d’Ivoire الإمارات 中国", 40, "Côte d’Ivoire الإمارات 中国"},
		{"emoji stays", "ok 👍", 40, "ok 👍"},
		{"spaces become one", "  a \t\r\n b  ", 40, "a b"},
		{"escape sequence", "a\x1b[31mb\x07", 40, "ab"},
		{"colours", "\x1b[1;38;5;196mred\x1b[0m alert", 40, "red alert"},
		{"private mode", "a\x1b[?25lb\x1b[?1049hc", 40, "abc"},
		{"intermediate character", "a\x1b[2 qb", 40, "ab"},
		{"8 bits in UTF-8", "a\u009b31mb", 40, "ab"},
		{"8 bits as a byte", "a\x9b31mb", 40, "ab"},
		{"cut off", "a\x1b[31", 40, "a"},
		{"cut off by a letter of another script", "a\x1b[31é", 40, "aé"},
		{"title", "a\x1b]0;pwned\x07b", 40, "ab"},
		{"link", "a\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\b", 40, "aclickb"},
		{"title in 8 bits", "a\u009d0;pwned\u009cb\x9d2;x\x9cc", 40, "abc"},
		{"never ended", "a\x1b]52;c;cHduZWQ=", 40, "a"},
		{"device control", "a\x1bPq#0;2;0;0;0\x1b\\b\u0090+q\u009cc", 40, "abc"},
		{"application and private", "a\x1b_Ga=T;AAAA\x1b\\b\x1b^x\x1b\\c\x1bXy\x1b\\d", 40, "abcd"},
		{"broken off", "a\x1b]0;x\x18b", 40, "ab"},
		{"one in another", "a\x1b]0;x\x1b[31mb", 40, "ab"},
		{"character set", "a\x1b(Bb\x1b#8c\x1bcd", 40, "abcd"},
		{"single shift", "a\x1bOPb", 40, "ab"},
		{"escape twice", "a\x1b\x1b[31mb", 40, "ab"},
		{"a mark between", "a\x1b\u200b[31mb", 40, "ab"},
		{"a bell between", "a\x1b[3\x071mb", 40, "ab"},
		{"a line feed between", "a\x1b\n[31mb", 40, "ab"},
		{"before a line feed", "a\x1b\nNorth", 40, "a North"},
		{"escape alone", "a\x1b", 40, "a"},
		{"brackets stay", "a[31mb ]0;x", 40, "a[31mb ]0;x"},
		{"right-to-left override", "a\u202eb\u2066c\u200fd", 40, "abcd"},
		{"zero width", "a\u200bb\ufeffc\u2060d", 40, "abcd"},
		{"tag characters", "a\U000e0041\U000e007fb", 40, "ab"},
		{"line separators", "a\u2028b\u2029c\u0085d", 40, "a b c d"},
		{"blanks", "a\u2800\u2800b\U0001d159c\U00013441d\u2800", 40, "a b c d"},
		{"fillers", "a\u3164b\u115fc", 40, "abc"},
		{"invalid UTF-8", "a\xffb\xc3", 40, "ab"},
		{"replacement character stays", "a\ufffdb", 40, "a\ufffdb"},
		{"exactly as long", "abcde", 5, "abcde"},
		{"too long", "abcdef", 5, "abcd…"},
		{"too long at a space", "abc def", 5, "abc…"},
		{"too long with accents", "ééééé", 4, "ééé…"},
		{"nothing allowed", "abc", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := sanitize.Clean(tt.text, tt.max); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "a b", "a\x1b[0m", "a\x1b]0;b\x1b\\c", "\u009b1m\x9d", "\u202e", "\xff", strings.Repeat("x ", 50), "a\u0301\u0301"} {
		f.Add(s, 20)
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		max = min(max, 1000)
		got := sanitize.Clean(s, max)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > max && got != "" {
			t.Errorf("got %q of at most %d characters", got, max)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || (unicode.IsSpace(r) && r != ' ' && r != '\u00a0') {
				t.Errorf("got %q with %U in it", got, r)
			}
		}
		if strings.Contains(got, "  ") || strings.TrimSpace(got) != got {
			t.Errorf("got %q with loose spaces", got)
		}
		if again := sanitize.Clean(got, max); again != got {
			t.Errorf("got %q, cleaned again %q", got, again)
		}
	})
}
