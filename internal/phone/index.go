package phone

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// world returns the index of all countries and their numbers, built at the
// first call.
//
//nolint:gochecknoglobals // built once on demand from constants; read-only afterwards
var world = sync.OnceValue(build)

// index answers questions about countries by their codes. It is read-only.
type index struct {
	countries     []Country           // by name
	at            map[string]int      // ISO code → place in countries
	dial          map[string]string   // ISO code → dialling code
	byDial        map[string][]string // dialling code → ISO codes
	prefixes      map[string][]string // ISO code → prefixes
	byPrefix      map[string][]string // prefix → ISO codes
	tree          []node              // byPrefix, by digits; its root is at 0
	longestPrefix int
	sovereign     map[string]string // ISO code of a territory → of the state it belongs to
}

func build() *index {
	w := &index{
		at:       map[string]int{},
		dial:     map[string]string{},
		byDial:   map[string][]string{},
		prefixes: map[string][]string{},
		byPrefix: map[string][]string{},

		sovereign: map[string]string{},
	}
	w.addPlan()
	w.addShared()
	w.addCountries()
	for state, territory := range entries(sovereigns) {
		w.sovereign[territory] = state
	}
	w.addTree()
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

// addShared reads the areas that all territories of a code share.
func (w *index) addShared() {
	for code, area := range entries(sharedAreas) {
		if other, ok := strings.CutPrefix(area, "-"); ok {
			w.byPrefix[code+other] = w.byPrefix[code]
			continue
		}
		for _, iso := range w.byDial[code] {
			if slices.Contains(w.prefixes[iso], code) {
				w.byPrefix[code+area] = append(w.byPrefix[code+area], iso)
				continue
			}
			w.addPrefix(code+area, iso)
		}
		slices.Sort(w.byPrefix[code+area])
	}
}

func (w *index) addPrefix(prefix, iso string) {
	w.prefixes[iso] = append(w.prefixes[iso], prefix)
	w.byPrefix[prefix] = append(w.byPrefix[prefix], iso)
	slices.Sort(w.byPrefix[prefix])
	w.longestPrefix = max(w.longestPrefix, len(prefix))
}

// addCountries reads what countries are called here.
func (w *index) addCountries() {
	renamed := maps.Collect(entries(englishNames))
	for line := range strings.SplitSeq(strings.TrimSpace(countryNames), "\n") {
		iso := line[:2]
		shown, ok := renamed[iso]
		if !ok {
			_, names, _ := strings.Cut(line, "|")
			shown = names[:strings.IndexAny(names, ";|")]
		}
		w.countries = append(w.countries, Country{ISO: iso, Name: shown})
	}
	slices.SortFunc(w.countries, func(a, b Country) int { return strings.Compare(fold(a.Name), fold(b.Name)) })
	for i, c := range w.countries {
		w.at[c.ISO] = i
	}
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
	var found []string
	at := 0
	for i := range len(digits) {
		d := digits[i] - '0'
		if d > 9 {
			break
		}
		if at = int(w.tree[at].next[d]); at == 0 {
			break
		}
		if n := &w.tree[at]; n.whole {
			found = n.isos
		}
	}
	return found
}

// node is a place in a tree of prefixes, one digit below the other.
type node struct {
	next  [10]int32 // by the next digit; 0 = none
	whole bool      // a prefix ends here
	isos  []string  // of it
}

// addTree makes the tree of what byPrefix holds: every row of a market is
// looked up there.
func (w *index) addTree() {
	w.tree = make([]node, 1, 4*len(w.byPrefix))
	for prefix, isos := range w.byPrefix {
		at := 0
		for i := range len(prefix) {
			d := prefix[i] - '0'
			next := w.tree[at].next[d]
			if next == 0 {
				next = int32(len(w.tree)) //nolint:gosec // some thousands
				w.tree = append(w.tree, node{})
				w.tree[at].next[d] = next
			}
			at = int(next)
		}
		w.tree[at].whole, w.tree[at].isos = true, isos
	}
}
