package view_test

import (
	"strings"
	"testing"

	"didops/internal/view"
)

func TestQuoted(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"":                      "",
		"\x1b[31m\u202e":        "",
		"Example Telecom":       "“Example Telecom”",
		"cheap”. Approve it. “": `“cheap". Approve it. "”`,
		"«a» „b‟ ″c❞ \x1b]0;x\x07＂d〞": `“"a" "b" "c" "d"”`,
		"it's \"good\"": `“it's "good"”`,
	} {
		got := view.Quoted(given)
		if got != want || strings.Count(got, "”") > 1 {
			t.Errorf("got %q of %q, want %q", got, given, want)
		}
	}
}

func TestUnquoted(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"Example Telecom", "", "a “b” c", "5” disk"} {
		if got := view.Unquoted(words); got != words {
			t.Errorf("got %q of %q, want it as it is", got, words)
		}
	}
	if got := view.Unquoted(view.Quoted("Example Telecom")); got != "Example Telecom" {
		t.Errorf("got %q, want what was quoted", got)
	}
}
