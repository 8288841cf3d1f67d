package phone

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// world returns the index of all countries, built at the first call.
//
//nolint:gochecknoglobals // built once on demand from constants; read-only afterwards
var world = sync.OnceValue(build)

// index answers every question about countries. It is read-only.
type index struct {
	countries     []Country           // by name
	at            map[string]int      // ISO code → place in countries
	dial          map[string]string   // ISO code → dialling code
	byDial        map[string][]string // dialling code → ISO codes
	prefixes      map[string][]string // ISO code → prefixes
	byPrefix      map[string][]string // prefix → ISO codes
	longestPrefix int
	names         map[string]name // key of a name → whom it names
	words         []word          // what Suggest completes, ISO codes and English names first
}

// name is what a key stands for.
type name struct {
	isos []string // more than one when the name is ambiguous
	firm bool     // English names, aliases and codes win over names in other languages
}

// word is a spelling of one country that completion knows.
type word struct {
	key   string
	iso   string
	alias bool // a code or an alias rather than a name
}

func build() *index {
	w := &index{
		at:       map[string]int{},
		dial:     map[string]string{},
		byDial:   map[string][]string{},
		prefixes: map[string][]string{},
		byPrefix: map[string][]string{},
		names:    make(map[string]name, 2048),
	}
	w.addPlan()
	w.addEnglish()
	w.addAliases()
	w.addOwnLanguages()
	return w
}

// addPlan reads the dialling codes and who has them.
func (w *index) addPlan() {
	for entry := range strings.FieldsFuncSeq(dialPlan, func(r rune) bool { return r == ';' || r == '\n' }) {
		code, rest, _ := strings.Cut(strings.TrimSpace(entry), " ")
		for holder := range strings.FieldsSeq(rest) {
			iso, areas, narrow := strings.Cut(holder, ":")
			w.dial[iso] = code
			w.byDial[code] = append(w.byDial[code], iso)
			if !narrow {
				w.addPrefix(code, iso)
				continue
			}
			w.addAreas(code, areas, iso)
		}
		slices.Sort(w.byDial[code])
	}
}

// addAreas reads the areas of a territory. Where some of its numbers stand
// elsewhere, only the whole code holds them all.
func (w *index) addAreas(code, areas, iso string) {
	elsewhere := false
	for area := range strings.SplitSeq(areas, ",") {
		if area == "*" {
			elsewhere = true
			continue
		}
		w.addPrefix(code+area, iso)
	}
	if elsewhere {
		w.prefixes[iso] = nil
		w.addPrefix(code, iso)
	}
}

func (w *index) addPrefix(prefix, iso string) {
	w.prefixes[iso] = append(w.prefixes[iso], prefix)
	w.byPrefix[prefix] = append(w.byPrefix[prefix], iso)
	slices.Sort(w.byPrefix[prefix])
	w.longestPrefix = max(w.longestPrefix, len(prefix))
}

// addEnglish reads the English names and the codes.
func (w *index) addEnglish() {
	renamed := maps.Collect(entries(englishNames))
	english := display.English.Regions()
	for _, iso := range slices.Sorted(maps.Keys(w.dial)) {
		region := language.MustParseRegion(iso)
		cldr := english.Name(region)
		shown := cldr
		if better, ok := renamed[iso]; ok {
			shown = better
		}
		w.countries = append(w.countries, Country{ISO: iso, Name: shown})
		w.addFirm(iso, iso, true)
		w.addFirm(region.ISO3(), iso, true)
		w.addFirm(shown, iso, false)
		w.addFirm(cldr, iso, false)
	}
	slices.SortFunc(w.countries, func(a, b Country) int { return strings.Compare(fold(a.Name), fold(b.Name)) })
	for i, c := range w.countries {
		w.at[c.ISO] = i
	}
}

func (w *index) addAliases() {
	for iso, text := range entries(aliases) {
		w.addFirm(text, iso, true)
	}
	for isos, text := range entries(ambiguous) {
		w.names[key(text)] = name{isos: strings.Split(isos, "+"), firm: true}
	}
}

// addOwnLanguages reads the names of countries in their own languages. A name
// that two of them share in this way is ambiguous.
func (w *index) addOwnLanguages() {
	for entry := range strings.SplitSeq(strings.TrimSpace(ownLanguages), "\n") {
		lang, isos, _ := strings.Cut(entry, " ")
		regions := display.Regions(language.MustParse(lang))
		if regions == nil {
			continue
		}
		for iso := range strings.FieldsSeq(isos) {
			w.addOwn(regions.Name(language.MustParseRegion(iso)), iso)
		}
	}
}

func (w *index) addFirm(text, iso string, alias bool) {
	k := key(text)
	if known, ok := w.names[k]; k == "" || ok && slices.Contains(known.isos, iso) {
		return
	}
	w.names[k] = name{isos: append(w.names[k].isos, iso), firm: true}
	w.words = append(w.words, word{key: k, iso: iso, alias: alias})
}

func (w *index) addOwn(text, iso string) {
	k := key(text)
	known := w.names[k]
	if k == "" || known.firm || slices.Contains(known.isos, iso) {
		return
	}
	w.names[k] = name{isos: append(known.isos, iso)}
	w.words = append(w.words, word{key: k, iso: iso})
}

func (w *index) country(iso string) (Country, bool) {
	i, ok := w.at[iso]
	if !ok {
		return Country{}, false
	}
	return w.countries[i], true
}

// named returns the countries with the given codes, by name.
func (w *index) named(isos []string) []Country {
	places := make([]int, 0, len(isos))
	for _, iso := range isos {
		places = append(places, w.at[iso])
	}
	slices.Sort(places)
	out := make([]Country, 0, len(places))
	for _, i := range slices.Compact(places) {
		out = append(out, w.countries[i])
	}
	return out
}

// longest returns the codes of the longest prefix that digits begin with. The
// slice belongs to the index.
func (w *index) longest(digits string) []string {
	for n := min(len(digits), w.longestPrefix); n > 0; n-- {
		if isos, ok := w.byPrefix[digits[:n]]; ok {
			return isos
		}
	}
	return nil
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
