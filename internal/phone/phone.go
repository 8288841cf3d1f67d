// Package phone reads telephone numbers, dialling codes and the names of
// countries the way people write them, and answers in the forms that the rest
// of the program uses: digits without "+", ISO 3166-1 alpha-2 codes.
//
// The data is built in. Nothing is computed when the program starts: what is
// known of numbers is put in order once, at the first question about a country,
// and what countries are called at the first question about a name, each in a
// few milliseconds. Everything here is safe for concurrent use, and no slice
// that is returned is shared with another caller.
package phone

import (
	"slices"
	"strings"
)

// Country is a country or territory that has a dialling code.
type Country struct {
	ISO  string // ISO 3166-1 alpha-2, upper case: "AE"; AC, TA and XK are user-assigned codes in common use
	Name string // the usual English name: "United Arab Emirates"
}

// ByISO returns the country with an ISO 3166-1 alpha-2 code, case ignored.
func ByISO(iso string) (Country, bool) {
	return world().country(strings.ToUpper(iso))
}

// Prefixes returns the leading digits that all numbers of a country have, as
// narrowly as the numbering plan makes certain: 971 for AE, 1658 and 1876 for
// JM with 1800, 1900 and the like, where every country of +1 has its toll-free,
// premium and personal numbers, and no more than 1 for US and 44 for GG, which
// share theirs with others. Whoever filters by them has to tell the countries
// of a shared prefix apart by other means. A country's own areas come first. The
// result is nil for a code that [ByISO] does not know.
func Prefixes(iso string) []string {
	return slices.Clone(world().prefixes[strings.ToUpper(iso)])
}

// CountriesOf returns the ISO codes, sorted, of the countries that a number or
// the beginning of one may belong to: those of the longest known prefix of
// digits, and those that more digits could still lead to. It is nil when
// digits begin with no country's dialling code.
func CountriesOf(digits string) []string {
	w := world()
	found := slices.Clone(w.longest(digits))
	if len(digits) < w.longestPrefix {
		for prefix, isos := range w.byPrefix {
			if len(prefix) > len(digits) && strings.HasPrefix(prefix, digits) && digits != "" {
				found = append(found, isos...)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// Claim returns the ISO codes of the countries that a seller's row may mean by
// text, nil where it is not understood. It reads what [Resolve] reads without
// insisting on one country, and what kind of number it is may stand beside the
// name ("Canada - Toll Free").
func Claim(text string) []string {
	if c, ok := ByISO(text); ok {
		return []string{c.ISO}
	}
	if len(text) > 4*longestName {
		return nil
	}
	if digits, ok := dialled(text); ok {
		return slices.Clone(world().dialledBy(digits))
	}
	return slices.Clone(spoken().claimed(text))
}

// Locate returns the ISO code of the country of a number: the one that its
// digits alone make certain, or else the claimed one where the digits may be of
// it, or else "". Of a state and a territory of it that are both claimed ("USA
// (Puerto Rico)"), it is the territory. What a seller calls a number's country
// is a claim; +852 is Hong Kong whatever it is called.
func Locate(digits string, claimed ...string) string {
	w := world()
	could := w.longest(digits)
	if len(digits) < w.longestPrefix {
		could = CountriesOf(digits)
	}
	if len(could) == 1 {
		return could[0]
	}
	found := ""
	for _, iso := range claimed {
		switch {
		case !slices.Contains(could, iso) || w.sovereign[found] == iso:
		case found == "" || w.sovereign[iso] == found:
			found = iso
		default:
			return ""
		}
	}
	return found
}
