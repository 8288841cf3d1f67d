package phone

import (
	"slices"
	"strings"

	"github.com/sahilm/fuzzy"
)

// Suggest returns up to most countries that somebody who has typed partial so
// far may mean, the likeliest first: whole codes and aliases, then names that
// begin so, aliases that begin so, names with a word that begins so, and names
// that hold the letters in this order. Digits complete to dialling codes. With
// nothing typed it returns the first countries by name.
func Suggest(partial string, most int) []Country {
	if most <= 0 || len(partial) > 4*longestName {
		return nil
	}
	x := spoken()
	if digits, ok := dialled(partial); ok {
		return first(x.named(CountriesOf(digits)), most)
	}
	if key(partial) == "" {
		return first(slices.Clone(x.countries), most)
	}
	return x.suggest(partial, most)
}

func (x *lexicon) suggest(partial string, most int) []Country {
	typed := key(partial)
	ranks := make(map[string]int, 32)
	for _, known := range x.words {
		if r, ok := rank(typed, known); ok {
			if before, seen := ranks[known.iso]; !seen || r < before {
				ranks[known.iso] = r
			}
		}
	}
	for i, c := range x.countries {
		if _, seen := ranks[c.ISO]; !seen && laterWord(typed, c.Name) {
			ranks[x.countries[i].ISO] = 3
		}
	}
	if len(ranks) < most {
		x.addLoose(typed, ranks)
	}
	out := make([]Country, 0, len(ranks))
	for _, c := range x.countries {
		if _, ok := ranks[c.ISO]; ok {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Country) int { return ranks[a.ISO] - ranks[b.ISO] })
	return first(out, most)
}

// rank tells how well a spelling fits what was typed; less is better.
func rank(typed string, known word) (int, bool) {
	switch {
	case known.key == typed:
		return 0, true
	case !strings.HasPrefix(known.key, typed):
		return 0, false
	case known.alias:
		return 2, true
	}
	return 1, true
}

// laterWord reports whether a word of the name after the first one, with all
// that follows it, begins with what was typed.
func laterWord(typed, name string) bool {
	all := words(fold(name))
	for i := 1; i < len(all); i++ {
		if strings.HasPrefix(strings.Join(all[i:], ""), typed) {
			return true
		}
	}
	return false
}

// addLoose ranks names that hold the typed letters in their order.
func (x *lexicon) addLoose(typed string, ranks map[string]int) {
	names := make([]string, 0, len(x.countries))
	for _, c := range x.countries {
		names = append(names, key(c.Name))
	}
	for i, match := range fuzzy.Find(typed, names) {
		iso := x.countries[match.Index].ISO
		if _, seen := ranks[iso]; !seen {
			ranks[iso] = 4 + i
		}
	}
}

func first(countries []Country, most int) []Country {
	return countries[:min(len(countries), most)]
}
