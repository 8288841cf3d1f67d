package phone

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold returns s in lower case without accents, in compatibility form, so
// that "Côte d’Ivoire" and "COTE D'IVOIRE" meet.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if unicode.In(r, unicode.Mn, unicode.Cf) {
			continue
		}
		r = unicode.ToLower(r)
		if plain, ok := letters(r); ok {
			b.WriteString(plain)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// letters spells Latin letters that no normalisation takes apart.
func letters(r rune) (string, bool) {
	switch r {
	case 'ß':
		return "ss", true
	case 'æ':
		return "ae", true
	case 'œ':
		return "oe", true
	case 'ø':
		return "o", true
	case 'ł':
		return "l", true
	case 'đ', 'ð':
		return "d", true
	case 'þ':
		return "th", true
	case 'ı':
		return "i", true
	case 'ə':
		return "e", true
	}
	return "", false
}

// words splits a folded text at everything that is neither a letter, a mark
// nor a digit.
func words(folded string) []string {
	return strings.FieldsFunc(folded, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M, unicode.N)
	})
}

// key returns what two spellings of one name have in common: its folded words
// run together, without articles, "and" and "of", common short forms spelt
// out. A single word stays as it is, for AND, IS and ST are codes. The key is
// "" when nothing remains.
func key(text string) string {
	all := words(fold(text))
	if len(all) == 1 {
		return all[0]
	}
	var b strings.Builder
	for _, word := range all {
		switch word {
		case "the", "of", "and":
		case "st":
			b.WriteString("saint")
		case "is", "isl", "island":
			b.WriteString("islands")
		case "rep":
			b.WriteString("republic")
		case "dem":
			b.WriteString("democratic")
		default:
			b.WriteString(word)
		}
	}
	return b.String()
}
