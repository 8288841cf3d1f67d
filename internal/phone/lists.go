package phone

import (
	"encoding/json"
	"slices"
	"strings"

	"didops/internal/didyoumean"
	"didops/internal/fault"
	"didops/internal/sanitize"
)

// regions lists what groups of countries are called. EEA is EU with three more.
//
// Sources: the members of the GCC, the EU, the EEA and the Nordic Council with
// its territories, and those of +1 for the NANP; of LATAM there is no list that
// all agree to: here it is the countries of the Americas that speak Spanish,
// Portuguese or, as Haiti, French, and Puerto Rico.
const regions = `
Gulf: AE BH KW OM QA SA
GCC: AE BH KW OM QA SA
EU: AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE
EEA: AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO
Nordics: DK FI IS NO SE FO GL AX
Baltics: EE LV LT
Benelux: BE NL LU
DACH: DE AT CH
LATAM: AR BO BR CL CO CR CU DO EC SV GT HT HN MX NI PA PY PE PR UY VE
`

// nanp is what the countries of +1 are called together.
const nanp = "nanp"

// Region is a group of countries that has a name.
type Region struct {
	Name    string
	Members []Country // by name
}

// Regions returns the groups of countries that [ResolveList] reads.
func Regions() []Region {
	w := world()
	var list []Region
	for name, isos := range entries(regions) {
		list = append(list, Region{name, w.named(strings.Fields(isos))})
	}
	return append(list, Region{strings.ToUpper(nanp), w.named(w.byDial["1"])})
}

// mostCountries is how many countries a list may name.
const mostCountries = 50

// ResolveList returns the countries that text means, sorted by name, each once:
// a country as [Resolve] reads it, a region (Gulf, EU, EEA, Nordics, Baltics,
// Benelux, DACH, LATAM, NANP), or several of both, with semicolons, commas or
// line breaks between, or as a JSON list. What Resolve reads as one name with a
// comma ("Korea, South") is one. Of two names with a comma the second of which
// is the United States, the first may be a place there ("Georgia, USA"), so
// that is refused. A text with a part that is not understood is an Invalid
// fault for the field "country"; nothing of it is left out.
func ResolveList(text string) ([]Country, error) {
	if len(text) > 4*longestName*longestName {
		return nil, badCountry("%q is too long for a list of countries", sanitize.Clean(text, 40))
	}
	parts, err := listParts(text)
	if err != nil {
		return nil, err
	}
	if len(parts) > mostCountries {
		return nil, badCountry("%d are too many countries at once, the most is %d", len(parts), mostCountries)
	}
	var isos []string
	for _, part := range parts {
		found, err := regionOrCountry(part)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			isos = append(isos, c.ISO)
		}
	}
	return world().named(isos), nil
}

// listParts returns what each part of a list says; a text that is none is its
// only part.
func listParts(text string) ([]string, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		var list []string
		switch err := json.Unmarshal([]byte(text), &list); {
		case err == nil && len(list) > 0:
			return list, nil
		case err == nil || strings.Contains(text, `"`):
			return nil, badCountry("%q is no JSON list of countries", sanitize.Clean(text, 40))
		}
	}
	lines := filled(strings.FieldsFunc(text, func(r rune) bool { return r != ',' && r != '،' && r != '、' && r != '，' && parts(r) }))
	var list []string
	for _, line := range lines {
		list = append(list, atCommas(line)...)
	}
	if len(list) == 0 {
		return []string{text}, nil
	}
	return list, nil
}

// atCommas returns the parts of a text at its commas, or the text where it is
// one name, or where it is not certain that it is none.
func atCommas(text string) []string {
	list := filled(strings.FieldsFunc(text, parts))
	if len(list) < 2 {
		return []string{text}
	}
	for _, part := range list {
		if _, err := regionOrCountry(part); err != nil {
			return []string{text}
		}
	}
	if _, err := Resolve(text); err == nil {
		return []string{text}
	}
	last := spoken().whole(list[1])
	if len(list) == 2 && slices.Equal(last, []string{"US"}) && len(key(list[0])) > longestCode {
		return []string{text}
	}
	return list
}

// filled returns the parts that are not blank.
func filled(list []string) []string {
	return slices.DeleteFunc(list, func(part string) bool { return strings.TrimSpace(part) == "" })
}

// regionOrCountry returns the countries of a region or of a name.
func regionOrCountry(text string) ([]Country, error) {
	w, typed := world(), key(text)
	if typed == nanp {
		return w.named(w.byDial["1"]), nil
	}
	for region, isos := range entries(regions) {
		if key(region) == typed {
			return w.named(strings.Fields(isos)), nil
		}
	}
	found, err := Resolve(text)
	if near := nearRegions(typed); err != nil && len(near) > 0 {
		f, _ := fault.As(err)
		return nil, badCountry("%s; or is the region %s meant?", f.Message, strings.Join(near, " or "))
	}
	if f, ok := fault.As(err); ok && strings.ContainsFunc(text, parts) {
		return nil, f.WithHint("several countries have a semicolon between them, such as AE; FR")
	}
	return found, err
}

// nearRegions returns the names of regions that are spelt nearly as a key.
func nearRegions(typed string) []string {
	names := make([]string, 0, 10)
	for name := range entries(regions) {
		names = append(names, name)
	}
	return didyoumean.Words(typed, append(names, strings.ToUpper(nanp)))
}
