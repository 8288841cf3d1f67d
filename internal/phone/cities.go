package phone

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"sync"

	"didops/internal/didyoumean"
	"didops/internal/fault"
	"didops/internal/sanitize"
)

// citiesPacked are the places that numbering plans tie area codes to, made by
// .ci/cities from the geocoding data of libphonenumber; see cities.LICENSE. A
// line is "key|Name|ISO|area codes", or "key|=key|ISO|Other name" for another name
// of a place; lines are sorted.
//
//go:embed cities.gz
var citiesPacked []byte

// cityLines returns the table, unpacked at the first question about a city.
//
//nolint:gochecknoglobals // unpacked once on demand; read-only afterwards
var cityLines = sync.OnceValue(unpackCities)

func unpackCities() []string {
	r, err := gzip.NewReader(bytes.NewReader(citiesPacked))
	if err != nil {
		return nil
	}
	var text strings.Builder
	size := int64(binary.LittleEndian.Uint32(citiesPacked[len(citiesPacked)-4:])) // RFC 1952, section 2.3.1: ISIZE
	text.Grow(int(size))
	if _, err := io.CopyN(&text, r, size); err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
}

// cityAliases returns the lines of other names.
//
//nolint:gochecknoglobals // as cityLines
var cityAliases = sync.OnceValue(func() []string {
	var list []string
	for _, line := range cityLines() {
		if strings.Contains(line, "|=") {
			list = append(list, line)
		}
	}
	return list
})

// Place is a city or town of a numbering plan.
type Place struct {
	Name    string   // in English
	Country string   // ISO 3166-1 alpha-2
	Codes   []string // leading digits of its numbers, none within another
}

// City is a place that somebody has named: what it may be called, and where its
// numbers begin. It is not changed once it is there, and safe for concurrent
// use.
type City struct {
	Name   string   // as it was typed
	Places []Place  // that are called so, by country; nil where no plan has any
	Within []string // countries that were named with it, by their ISO codes, sorted; nil where none was

	called []string // what it is called, as text is compared
	codes  []string // of all places, sorted, none within another
}

// FindCity returns the city that text names: in English or as it is called
// there, case and accents ignored, in one of the countries (nil = any). What
// stands behind a comma may say the country ("London, UK"). Of several of one
// name all are meant. A name that no plan has is a city all the same, for
// sellers may use it. A text that can be no name is an Invalid fault for the
// field "city".
func FindCity(text string, isos []string) (*City, error) {
	name := sanitize.Clean(text, longestName)
	switch {
	case len([]rune(text)) > longestName:
		return nil, badCity("%q is too long for a city", sanitize.Clean(text, 40))
	case spread(name) == "":
		return nil, badCity("%q names no city", sanitize.Clean(text, 40))
	case strings.Trim(strings.ReplaceAll(spread(name), " ", ""), "0123456789") == "":
		return nil, badCity("%q is a number and names no city", name).WithHint("an area code is a prefix, with its country code in front: 4420")
	}
	c := &City{Name: name, Places: placesOf(name, isos)}
	if front, behind, ok := strings.Cut(name, ","); ok && c.Places == nil {
		c.Places = placesOf(front, isos)
		if found, err := Resolve(behind); err == nil {
			for _, in := range found {
				c.Within = append(c.Within, in.ISO)
			}
			slices.Sort(c.Within)
			c.Places = slices.DeleteFunc(c.Places, func(p Place) bool {
				return !slices.ContainsFunc(found, func(in Country) bool { return in.ISO == p.Country })
			})
		}
		if len(c.Places) > 0 {
			c.called = append(c.called, spread(front))
		}
	}
	c.called = append(c.called, spread(name))
	for _, p := range c.Places {
		c.called = append(c.called, spread(p.Name))
		c.codes = append(c.codes, p.Codes...)
	}
	c.called = append(c.called, alsoCalled(c.Places)...)
	slices.Sort(c.called)
	c.called = slices.Compact(c.called)
	c.codes = shortestOf(c.codes)
	return c, nil
}

// In reports whether a text names the city, by whole words.
func (c *City) In(text string) bool {
	if text == "" {
		return false
	}
	folded := " " + spread(text) + " "
	return slices.ContainsFunc(c.called, func(name string) bool {
		if unspaced(name) {
			return strings.Contains(folded, name)
		}
		for at := 0; ; at++ {
			i := strings.Index(folded[at:], name)
			if i < 0 {
				return false
			}
			if at += i; folded[at-1] == ' ' && folded[at+len(name)] == ' ' {
				return true
			}
		}
	})
}

// Has reports whether a number, without +, begins with an area code of the city.
func (c *City) Has(digits string) bool {
	i, found := slices.BinarySearch(c.codes, digits)
	return found || i > 0 && strings.HasPrefix(digits, c.codes[i-1])
}

// NearCities returns the names of up to three cities that are spelt nearly as
// text is, in one of the countries (nil = any).
func NearCities(text string, isos []string) []string {
	typed := key(text)
	if typed == "" {
		return nil
	}
	first := string([]rune(typed)[:1])
	var keys []string
	names := map[string]string{}
	for _, line := range cityLines()[lineOf(first):] {
		k, name, iso, rest := cutLine(line)
		if !strings.HasPrefix(k, first) {
			break
		}
		if strings.HasPrefix(name, "=") {
			name = rest
		}
		if names[k] == "" && wantedIn(isos, iso) {
			keys, names[k] = append(keys, k), name
		}
	}
	var out []string
	for _, k := range didyoumean.Words(typed, keys) {
		out = append(out, names[k])
	}
	return out[:min(len(out), 3)]
}

// SuggestCities returns up to most names of cities that begin with what was typed
// so far, which is two letters or more.
func SuggestCities(partial string, most int) []string {
	typed := key(partial)
	if len([]rune(typed)) < 2 {
		return nil
	}
	var list []string
	for _, line := range cityLines()[lineOf(typed):] {
		k, name, _, rest := cutLine(line)
		if !strings.HasPrefix(k, typed) || len(list) == most {
			break
		}
		if strings.HasPrefix(name, "=") {
			name = rest
		}
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// placesOf returns the places of a name, by country.
func placesOf(name string, isos []string) []Place {
	var list []Place
	typed := key(name)
	for _, line := range linesOf(typed) {
		_, shown, iso, codes := cutLine(line)
		if !wantedIn(isos, iso) {
			continue
		}
		if target, ok := strings.CutPrefix(shown, "="); ok {
			for _, other := range linesOf(target) {
				if _, n, in, c := cutLine(other); in == iso && n[0] != '=' {
					list = append(list, newPlace(n, in, c))
				}
			}
			continue
		}
		list = append(list, newPlace(shown, iso, codes))
	}
	slices.SortFunc(list, func(a, b Place) int { return strings.Compare(a.Country+key(a.Name), b.Country+key(b.Name)) })
	return slices.CompactFunc(list, func(a, b Place) bool { return a.Country == b.Country && a.Name == b.Name })
}

func newPlace(name, iso, codes string) Place {
	p := Place{Name: name, Country: iso}
	for code := range strings.FieldsSeq(codes) {
		p.Codes = append(p.Codes, world().dial[iso]+code)
	}
	return p
}

// linesOf returns the lines of a key.
func linesOf(k string) []string {
	all := cityLines()
	from := lineOf(k + "|")
	to := from
	for to < len(all) && strings.HasPrefix(all[to], k+"|") {
		to++
	}
	return all[from:to]
}

// lineOf returns where the lines begin that are not before some text.
func lineOf(text string) int {
	i, _ := slices.BinarySearch(cityLines(), text)
	return i
}

// alsoCalled returns the other names of places, as text is compared.
func alsoCalled(places []Place) []string {
	of := map[string]bool{}
	for _, p := range places {
		of["="+key(p.Name)+"|"+p.Country] = true
	}
	if len(of) == 0 {
		return nil
	}
	var list []string
	for _, line := range cityAliases() {
		if _, name, iso, other := cutLine(line); of[name+"|"+iso] {
			list = append(list, spread(other))
		}
	}
	return list
}

// cutLine takes a line apart; rest are area codes, or the other name of a place,
// whose key begins with = then and stands as its name.
func cutLine(line string) (k, name, iso, rest string) {
	k, line, _ = strings.Cut(line, "|")
	name, line, _ = strings.Cut(line, "|")
	iso, rest, _ = strings.Cut(line, "|")
	return k, name, iso, rest
}

func wantedIn(isos []string, iso string) bool { return isos == nil || slices.Contains(isos, iso) }

// shortestOf returns the prefixes that no other one contains, sorted.
func shortestOf(list []string) []string {
	slices.Sort(list)
	var out []string
	for _, p := range list {
		if len(out) == 0 || !strings.HasPrefix(p, out[len(out)-1]) {
			out = append(out, p)
		}
	}
	return out
}

// spread returns the folded words of a text with spaces between.
func spread(text string) string { return strings.Join(words(fold(text)), " ") }

// unspaced reports whether a name is in a script that writes no spaces between
// words.
func unspaced(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return r >= '\u0E00' && r < '\uAC00' })
}

func badCity(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).WithField("city").
		WithHint("give a name such as London; a country narrows it")
}
