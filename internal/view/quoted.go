package view

import (
	"math"
	"strings"

	"didops/internal/sanitize"
)

// The marks around words of another party, and all that look like them.
const (
	opens  = "“"
	closes = "”"
)

// Quoted returns words of another party, such as a seller's or a requester's,
// as a quotation that nothing in them can end: “Example Telecom”. What draws
// nothing is no quotation.
func Quoted(words string) string {
	words = sanitize.Clean(words, math.MaxInt)
	if words == "" {
		return ""
	}
	inner := strings.Map(func(r rune) rune {
		switch r {
		case '“', '”', '„', '‟', '«', '»', '″', '‶', '❝', '❞', '〝', '〞', '〟', '＂':
			return '"'
		}
		return r
	}, words)
	return opens + inner + closes
}

// Unquoted returns a text that was taken over from where it stood as a
// quotation, without the marks around it; any other as it is.
func Unquoted(s string) string {
	if inner, ok := strings.CutPrefix(s, opens); ok && strings.HasSuffix(inner, closes) {
		return strings.TrimSuffix(inner, closes)
	}
	return s
}

// QuotedAll returns each of the words as a quotation.
func QuotedAll(words []string) []string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = Quoted(w)
	}
	return list
}
