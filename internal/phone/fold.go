package phone

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold returns s in lower case without accents, in compatibility form, so
// that "Côte d’Ivoire" and "COTE D'IVOIRE" meet.
func fold(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if unicode.In(r, unicode.Mn, unicode.Cf) || apostrophe(r) || r == tatweel {
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

// apostrophe reports whether r is one of the letters that languages write
// where others write an apostrophe: Oʻzbekiston.
func apostrophe(r rune) bool { return r >= 'ʹ' && r <= '˟' }

// tatweel stretches a word of Arabic and says nothing.
const tatweel = '\u0640'

// indicator reports whether r is one of the two letters of a flag: 🇦🇪.
func indicator(r rune) bool { return r >= '🇦' && r <= '🇿' }

// letters spells letters that no normalisation takes apart, the sigma that
// has no capital of its own, and flags.
func letters(r rune) (string, bool) {
	if indicator(r) {
		return string('a' + r - '🇦'), true
	}
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
	case 'ς':
		return "σ", true
	}
	return "", false
}

// longestCode is the most letters of a code of a country.
const longestCode = 3

// bare returns a text of letters alone as it was typed but for its case.
func bare(text string) (string, bool) {
	s := norm.NFKC.String(strings.ToLower(strings.TrimSpace(text)))
	return s, !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
}

// words splits a text at everything that is neither a letter, a mark, a digit
// nor a flag, but for the apostrophe of "people's".
func words(text string) []string {
	all := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M, unicode.N) && !indicator(r)
	})
	for i, word := range all {
		if strings.EqualFold(word, "people") && i+1 < len(all) && strings.EqualFold(all[i+1], "s") {
			all[i] += all[i+1]
			return slices.Delete(all, i+1, i+2)
		}
	}
	return all
}

// key returns what two spellings of one name have in common: its folded words
// run together, without articles, "and" and "of", common short forms spelt
// out. A single word stays as it is, for AND, IS and ST are codes; one that
// would become a code only by losing its accents keeps them, and initials their
// hyphens: Mỹ is not MY, R.-U. is not RU. The key is "" when nothing remains.
func key(text string) string {
	all := words(fold(text))
	if len(all) == 1 {
		if typed, ok := bare(text); ok && len(all[0]) <= longestCode && typed != all[0] {
			return typed
		}
		return all[0]
	}
	if strings.Contains(text, ".-") && !slices.ContainsFunc(all, func(word string) bool { return len(word) > 1 }) {
		return strings.Join(all, "-")
	}
	var b strings.Builder
	for i, word := range all {
		next := ""
		if i+1 < len(all) {
			next = all[i+1]
		}
		b.WriteString(spelt(word, next))
	}
	return b.String()
}

// spelt returns a word of a name in full, "" for one that does not matter, and
// every number of islands alike. What "fed" and "isl" stand for is seen by the
// next word.
func spelt(word, next string) string {
	switch word {
	case "the", "of", "and":
		return ""
	case "st":
		return "saint"
	case "isl":
		if strings.HasPrefix(next, "rep") {
			return "islamic"
		}
		return "islands"
	case "is", "island":
		return "islands"
	case "rep":
		return "republic"
	case "dem":
		return "democratic"
	case "soc":
		return "socialist"
	case "fed":
		return federal(next)
	}
	return word
}

// federal returns what "fed" stands for in front of a word.
func federal(next string) string {
	switch next {
	case "", "of":
		return "federation"
	case "states", "sts":
		return "federated"
	}
	return "federal"
}
