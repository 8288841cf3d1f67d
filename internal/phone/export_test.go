package phone

import (
	"slices"
	"strings"
)

// Countries returns every country that has a dialling code, sorted by name.
func Countries() []Country {
	return slices.Clone(world().countries)
}

// Dial returns the dialling code of a country without "+", such as "971", and
// "" for a code that [ByISO] does not know. Several countries may share it.
func Dial(iso string) string {
	return world().dial[strings.ToUpper(iso)]
}

// Names returns every name that the tables list, and the codes of those whom
// it names there.
func Names() map[string][]string {
	all := map[string][]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(countryNames), "\n") {
		codes, english, official, further := parseNames(line)
		for _, text := range slices.Concat(english, official, further) {
			all[text] = append(all[text], codes[0])
		}
	}
	for _, table := range []string{aliases, formalNames} {
		for iso, text := range entries(table) {
			all[text] = append(all[text], iso)
		}
	}
	return all
}

// Sovereign returns the state that a territory belongs to, "" for none.
func Sovereign(iso string) string { return world().sovereign[iso] }

// Joined says why a text may be more than one number.
func Joined(text string) string { return joined(text) }

// Longest returns what the tree of prefixes says of digits, and what their
// table does.
func Longest(digits string) (tree, table []string) {
	w := world()
	for n := len(digits); n > 0 && table == nil; n-- {
		table = w.byPrefix[digits[:n]]
	}
	return w.longest(digits), table
}

// AllPlaces returns every place of the table of cities.
func AllPlaces() []Place {
	var list []Place
	for _, line := range cityLines() {
		if _, name, iso, rest := cutLine(line); name[0] != '=' {
			list = append(list, newPlace(name, iso, rest))
		}
	}
	return list
}
