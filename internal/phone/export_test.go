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
