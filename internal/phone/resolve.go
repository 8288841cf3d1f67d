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
// without "+" or "00". Case, accents, punctuation and "the" do not matter. A
// dialling code of several countries selects all of them, a longer one of a
// single country (1876, 77) that country.
//
// A name that is unknown or may mean several countries is an Invalid fault for
// the field "country" whose message names the closest ones.
func Resolve(text string) ([]Country, error) {
	w := spoken()
	shown := sanitize.Clean(text, 40)
	if len([]rune(text)) > longestName {
		return nil, badCountry("%q is too long for a country", shown)
	}
	if digits, ok := dialled(text); ok {
		return w.byCode(digits, shown)
	}
	for _, k := range spellings(text) {
		known, ok := w.names[k]
		switch {
		case !ok:
		case len(known.isos) > 1:
			return nil, badCountry("%q may mean %s", shown, list(w.named(known.isos)))
		default:
			return w.named(known.isos), nil
		}
	}
	if key(text) == "" {
		return nil, badCountry("%q names no country", shown)
	}
	if near := w.closest(text); len(near) > 0 {
		return nil, badCountry("unknown country %q; closest: %s", shown, list(near))
	}
	return nil, badCountry("unknown country %q", shown)
}

// byCode returns the countries of a dialling code or of a known longer prefix.
func (w *index) byCode(digits, shown string) ([]Country, error) {
	isos, ok := w.byDial[digits]
	if !ok {
		isos, ok = w.byPrefix[digits]
	}
	if ok {
		return w.named(isos), nil
	}
	err := badCountry("%q is no country's dialling code", shown)
	if isos := w.longest(digits); len(isos) > 0 {
		return nil, err.WithHint("+%s is; narrow a search to an area with prefix instead of country", w.dial[isos[0]])
	}
	return nil, err
}

// spellings returns the keys under which text may be known, the most exact
// first: as it is, with its halves around a comma swapped ("Korea, Republic
// of"), without what stands in parentheses, without the form of the state
// ("Kingdom of").
func spellings(text string) []string {
	forms := []string{text}
	if front, back, ok := strings.Cut(text, ","); ok {
		forms = append(forms, back+" "+front)
	}
	if front, rest, ok := strings.Cut(text, "("); ok {
		_, back, _ := strings.Cut(rest, ")")
		forms = append(forms, front+" "+back)
	}
	for _, form := range slices.Clone(forms) {
		if bare, ok := withoutForm(form); ok {
			forms = append(forms, bare)
		}
	}
	keys := make([]string, 0, len(forms))
	for _, form := range forms {
		if k := key(form); k != "" {
			keys = append(keys, k)
		}
	}
	return keys
}

// withoutForm cuts leading words such as "Islamic Republic of" off a name.
func withoutForm(text string) (string, bool) {
	all := words(fold(text))
	for i, word := range all {
		switch word {
		case "of":
			return strings.Join(all[i+1:], " "), i > 0
		case "the", "republic", "kingdom", "state", "states", "federal", "federation",
			"federative", "democratic", "people", "peoples", "s", "socialist", "islamic",
			"arab", "hashemite", "sultanate", "principality", "grand", "duchy",
			"commonwealth", "union", "united", "independent", "plurinational",
			"bolivarian", "cooperative", "co", "operative", "territory", "bailiwick":
		default:
			return "", false
		}
	}
	return "", false
}

// closest returns up to three countries whose names are like text.
func (w *lexicon) closest(text string) []Country {
	keys := make([]string, 0, len(w.words))
	owner := make(map[string]string, len(w.words))
	for _, known := range w.words {
		keys = append(keys, known.key)
		owner[known.key] = known.iso
	}
	var out []Country
	for _, k := range didyoumean.Words(key(text), keys) {
		if c, ok := w.country(owner[k]); ok && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		out = w.suggest(text, 3)
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
