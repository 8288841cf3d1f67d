package phone

import (
	"iter"
	"slices"
	"strings"
	"sync"
)

// spoken returns the lexicon of all countries, built at the first call.
//
//nolint:gochecknoglobals // built once on demand from constants; read-only afterwards
var spoken = sync.OnceValue(newLexicon)

// lexicon answers questions about countries by their names. It is read-only.
type lexicon struct {
	*index
	names     map[string]name     // key of a name → whom it names
	together  map[string][]string // key of a name → all whom it names
	spaced    map[string]bool     // spacings of names with a word at an end that is as short as a code
	undialled map[string]bool     // key of a name → it is of a place without a dialling code
	words     []word              // what Suggest completes, ISO codes and English names first
}

// name is what a key stands for.
type name struct {
	isos   []string // more than one when the name is ambiguous
	weight weight
}

// weight is how much a name weighs where two countries are called alike.
type weight int

const (
	weightFurther  weight = iota // in another language that is spoken there, or in French
	weightOfficial               // in an official language of the country
	weightFirm                   // in English, a code or an alias
)

// word is a spelling of one country that completion knows.
type word struct {
	key   string
	iso   string
	alias bool // a code or an alias rather than a name
}

func newLexicon() *lexicon {
	x := &lexicon{
		index:    world(),
		names:    make(map[string]name, 4096),
		together: map[string][]string{},

		spaced:    map[string]bool{},
		undialled: map[string]bool{},
	}
	x.addNames()
	for isos, text := range entries(together) {
		x.together[key(text)] = strings.Split(isos, "+")
	}
	for _, text := range entries(undialled) {
		x.undialled[key(text)] = true
	}
	return x
}

// addNames reads the names of countries, the weightiest first: the first one of
// them that has a key keeps it.
func (x *lexicon) addNames() {
	lines := strings.Split(strings.TrimSpace(countryNames), "\n")
	for _, line := range lines {
		codes, english, _, _ := parseNames(line)
		for _, code := range codes {
			x.addName(code, codes[0], weightFirm, true)
		}
		for _, text := range english {
			x.addName(text, codes[0], weightFirm, false)
		}
	}
	for iso, text := range entries(englishNames) {
		x.addName(text, iso, weightFirm, false)
	}
	for iso, text := range entries(aliases) {
		x.addName(text, iso, weightFirm, true)
	}
	for iso, text := range entries(reserved) {
		x.names[key(text)] = name{isos: []string{iso}, weight: weightFirm}
	}
	for isos, text := range entries(ambiguous) {
		x.names[key(text)] = name{isos: strings.Split(isos, "+"), weight: weightFirm}
	}
	for iso, text := range entries(formalNames) {
		x.addName(text, iso, weightOfficial, false)
	}
	for _, line := range lines {
		codes, _, official, _ := parseNames(line)
		for _, text := range official {
			x.addName(text, codes[0], weightOfficial, false)
		}
	}
	for _, line := range lines {
		codes, _, _, further := parseNames(line)
		for _, text := range further {
			x.addName(text, codes[0], weightFurther, false)
		}
	}
}

// parseNames reads a line of [countryNames].
func parseNames(line string) (codes, english, official, further []string) {
	parts := strings.Split(line, "|")
	list := func(i int) []string {
		if parts[i] == "" {
			return nil
		}
		return strings.Split(parts[i], "; ")
	}
	return strings.Fields(parts[0]), list(1), list(2), list(3)
}

// addName notes that a country goes by text. A name that weighs less than one
// that is known is left out; of two that weigh the same, neither wins.
func (x *lexicon) addName(text, iso string, by weight, alias bool) {
	k := key(text)
	known, ok := x.names[k]
	if shortEnd(text) && (!ok || slices.Contains(known.isos, iso)) {
		x.spaced[spacing(text)] = true
	}
	if k == "" || ok && known.weight > by || slices.Contains(known.isos, iso) {
		return
	}
	x.names[k] = name{isos: append(known.isos, iso), weight: by}
	if by > weightFurther {
		x.words = append(x.words, word{key: k, iso: iso, alias: alias})
	}
}

// shortEnd reports whether the first or the last word of several is as short as
// a code, with dots or without.
func shortEnd(text string) bool {
	first, last := strings.IndexByte(text, ' '), strings.LastIndexByte(text, ' ')
	return first > 0 && (short(text[:first]) || short(text[last+1:]))
}

func short(word string) bool { return len(word)-strings.Count(word, ".") <= longestCode }

// spacing returns the folded words of a name that matter with spaces between,
// initials in one.
func spacing(text string) string {
	var b strings.Builder
	initial := true
	for _, word := range words(fold(text)) {
		if word == "the" || word == "of" || word == "and" {
			continue
		}
		if !initial || len(word) > 1 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
		initial = len(word) == 1
	}
	return strings.TrimSpace(b.String())
}

// entries yields the pairs of a table with lines "KEY: text; text".
func entries(table string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for line := range strings.SplitSeq(strings.TrimSpace(table), "\n") {
			k, texts, _ := strings.Cut(line, ":")
			for text := range strings.SplitSeq(texts, ";") {
				if !yield(k, strings.TrimSpace(text)) {
					return
				}
			}
		}
	}
}
