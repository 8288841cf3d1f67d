package phone

import (
	"slices"
	"strings"

	"didops/internal/didyoumean"
	"didops/internal/fault"
	"didops/internal/sanitize"
)

// longestName is the most characters a country's name may have.
const longestName = 100

// Resolve returns the countries that text means, sorted by name: a name in
// English or in a language of the country, an ISO 3166-1 code of two or three
// letters, a usual alias ("UAE", "Holland"), or a dialling code with or
// without "+" or "00". Case, accents, apostrophes, punctuation and "the" do not
// matter. What stands behind a comma or in parentheses belongs to the name, or
// says the same once more ("Myanmar (Burma)"). Words may stand in another order
// ("Sudan South"), forms of states be abbreviated ("Moldova, Rep. of"), and a
// country may be named twice ("Germany - DE"). A dialling code of several
// countries selects all of them, a longer one of a single country (1876, 77)
// that country.
//
// A name that is unknown, or may mean several countries, or names one country
// and another ("USA (Puerto Rico)"), is an Invalid fault for the field
// "country" whose message names the closest ones.
func Resolve(text string) ([]Country, error) {
	x := spoken()
	shown := sanitize.Clean(text, 40)
	if len([]rune(text)) > longestName {
		return nil, badCountry("%q is too long for a country", shown)
	}
	if digits, ok := dialled(text); ok {
		return x.byCode(digits, shown)
	}
	if isos, ok := x.together[key(text)]; ok {
		return x.named(isos), nil
	}
	if x.offDialled(text) {
		return nil, badCountry("%q has no dialling code of its own", shown)
	}
	switch isos := x.meant(text); {
	case len(isos) == 1:
		return x.named(isos), nil
	case len(isos) > 1:
		return nil, badCountry("%q may mean %s", shown, list(x.named(isos)))
	case key(text) == "":
		return nil, badCountry("%q names no country", shown)
	}
	if near := x.closest(text); len(near) > 0 {
		return nil, badCountry("unknown country %q; closest: %s", shown, list(near))
	}
	return nil, badCountry("unknown country %q", shown)
}

// byCode returns the countries of a dialling code or of a known longer prefix.
func (w *index) byCode(digits, shown string) ([]Country, error) {
	if isos := w.dialledBy(digits); len(isos) > 0 {
		return w.named(isos), nil
	}
	err := badCountry("%q is no country's dialling code", shown)
	if isos := w.longest(digits); len(isos) > 0 {
		return nil, err.WithHint("+%s is; narrow a search to an area with prefix instead of country", w.dial[isos[0]])
	}
	return nil, err
}

// dialledBy returns the codes of the countries with a dialling code, or of the
// one with a longer prefix: what several share beyond the code (1800) means none
// of them. The slice belongs to the index.
func (w *index) dialledBy(digits string) []string {
	if isos, ok := w.byDial[digits]; ok {
		return isos
	}
	if isos := w.byPrefix[digits]; len(isos) == 1 {
		return isos
	}
	return nil
}

// closest returns up to three countries whose names are like text, or like
// what stands in front of its parentheses or comma.
func (x *lexicon) closest(text string) []Country {
	if front, _, ok := apart(text); ok {
		if isos := x.meant(front); len(isos) > 0 {
			return first(x.named(isos), 3)
		}
	}
	keys := make([]string, 0, len(x.words))
	owner := make(map[string]string, len(x.words))
	for _, known := range x.words {
		keys = append(keys, known.key)
		owner[known.key] = known.iso
	}
	var out []Country
	for _, k := range didyoumean.Words(key(text), keys) {
		if c, ok := x.country(owner[k]); ok && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		out = x.suggest(text, 3)
	}
	return out
}

func list(countries []Country) string {
	names := make([]string, 0, len(countries))
	for _, c := range countries {
		names = append(names, c.Name+" ("+c.ISO+")")
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
	return strings.Join(names, "")
}

func badCountry(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).WithField("country").
		WithHint("give a name, an ISO code such as AE, or a dialling code such as +971")
}
