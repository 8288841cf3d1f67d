package phone

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// geocoding is where the folder resources/geocoding of libphonenumber is that
// the table of cities is made of; .ci/cities brings it here.
func geocoding(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("DIDOPS_GEOCODING")
	if dir == "" {
		t.Skip("DIDOPS_GEOCODING names no folder")
	}
	return dir
}

// TestCitiesAreGenerated holds that the table of cities is what the generator
// makes, and writes it where DIDOPS_UPDATE is set.
func TestCitiesAreGenerated(t *testing.T) {
	plan := readPlan(t, geocoding(t))
	text := plan.table(t)
	t.Logf("%d names, %d prefixes, %d bytes", strings.Count(text, "\n"), len(plan.places), len(text))
	if os.Getenv("DIDOPS_UPDATE") != "" {
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte(text))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d bytes packed", b.Len())
		if err := os.WriteFile("cities.gz", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := strings.Join(cityLines(), "\n") + "\n"; got != text {
		t.Errorf("the table is not what .ci/cities makes")
	}
}

// numberingPlan is what libphonenumber knows of places.
type numberingPlan struct {
	places map[string]string          // leading digits → the place in English
	native map[string]map[string]bool // the same → what it is called there
	region map[string]map[string]int  // area code of +1 → US or CA, and how many of its places are there
}

func readPlan(t *testing.T, dir string) *numberingPlan {
	t.Helper()
	p := &numberingPlan{map[string]string{}, map[string]map[string]bool{}, map[string]map[string]int{}}
	p.read(t, filepath.Join(dir, "en"), func(prefix, place string) {
		if strings.HasPrefix(prefix, "1") {
			p.side(prefix, place)
		}
		if wholeState(prefix, place) {
			return
		}
		p.places[prefix] = cutRegion(prefix, place)
	})
	folders, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if f.Name() == "en" || !f.IsDir() {
			continue
		}
		p.read(t, filepath.Join(dir, f.Name()), func(prefix, place string) {
			if p.native[prefix] == nil {
				p.native[prefix] = map[string]bool{}
			}
			p.native[prefix][cutRegion(prefix, place)] = true
		})
	}
	for city, areas := range entries(wholeAreas) {
		for area := range strings.FieldsSeq(areas) {
			if was, ok := p.places[area]; ok && was != city {
				city = was + "/" + city
			}
			p.places[area] = city
		}
	}
	p.nameAliases()
	p.merge()
	return p
}

// wholeAreas are area codes that are of one city, or by which people know one:
// of them libphonenumber says the state. Sources: the planning letters of NANPA,
// and the codes of Anatel.
const wholeAreas = `
Chicago: 1312 1773 1872
Montreal: 1263 1438 1514
New York: 1212 1332 1347 1646 1718 1917 1929
Toronto: 1416 1437 1647 1942
Washington: 1202 1771
Washington D.C.: 1202 1771
São Paulo: 5511
Rio de Janeiro: 5521
Belo Horizonte: 5531
Curitiba: 5541
Porto Alegre: 5551
Brasília: 5561
Goiânia: 5562
Salvador: 5571
Recife: 5581
Fortaleza: 5585
Belém: 5591
Manaus: 5592
`

// wholeState reports whether a place is a state: of +1 and +55 cities have theirs
// behind them.
func wholeState(prefix, place string) bool {
	return len(prefix) == 4 && prefix[0] == '1' && !strings.Contains(place, ", ") ||
		strings.HasPrefix(prefix, "55") && !state.MatchString(place)
}

// moreNames are usual names of cities that the data does not have, by country.
const moreNames = `
AE: Umm Al Quwain=Umm Al-Qaiwain; RAK=Ras Alkhaimah
CN: Peking=Beijing; Canton=Guangzhou
DE: Frankfurt=Frankfurt am Main
GR: Athina=Athens
IN: Bombay=Mumbai; Bengaluru=Bangalore; Calcutta=Kolkata; Madras=Chennai; Delhi=New Delhi
MX: Ciudad de México=Mexico City; CDMX=Mexico City
RS: Beograd=Belgrade
RU: Moskva=Moscow; Petersburg=St Petersburg
SA: Jiddah=Jeddah; Mecca=Makkah; Medina=Madenah; Madinah=Madenah
SE: Göteborg=Gothenburg
UA: Kiev=Kyiv; Odessa=Odesa; Lvov=Lviv; Kharkov=Kharkiv
US: New York City=New York; NYC=New York; Washington DC=Washington D.C.
VN: Saigon=Ho Chi Minh City
`

// longestArea is how many digits an area has behind its dialling code: more are
// blocks of few numbers, but for +1, whose exchanges have six.
const longestArea = 5

// mobile are leading digits of mobile numbers, which libphonenumber ties to
// where they were first sold.
var mobile = regexp.MustCompile(`^(861[1-9]|55\d\d[6-9]|676[67]|67888)`)

func (p *numberingPlan) read(t *testing.T, dir string, take func(prefix, place string)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			prefix, place, ok := strings.Cut(strings.TrimSpace(line), "|")
			if ok && !strings.HasPrefix(prefix, "#") && !mobile.MatchString(prefix) && strings.TrimSpace(place) != "" {
				take(prefix, strings.TrimSpace(place))
			}
		}
	}
}

// provinces are those of Canada, as places of +1 are written: "London, ON", and
// as whole area codes are.
var provinces = regexp.MustCompile(`(, |^)(AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT|Alberta|British Columbia|Manitoba|New Brunswick|Newfoundland.*|Nova Scotia.*|Northwest Territories.*|Nunavut|Ontario|Prince Edward Island|Quebec|Saskatchewan|Yukon)$`)

func (p *numberingPlan) side(prefix, place string) {
	if len(prefix) < 4 {
		return
	}
	side := "US"
	if provinces.MatchString(place) {
		side = "CA"
	}
	if p.region[prefix[:4]] == nil {
		p.region[prefix[:4]] = map[string]int{}
	}
	p.region[prefix[:4]][side]++
}

var (
	state   = regexp.MustCompile(` - [A-Z]{2}$`)
	bracket = regexp.MustCompile(`\s*\([^)]*\)`)
)

// cutRegion leaves of a place what comes before its region: "Wuxi, Jiangsu".
// The Emirates list places with commas.
func cutRegion(prefix, place string) string {
	place = bracket.ReplaceAllString(state.ReplaceAllString(place, ""), "")
	if strings.HasPrefix(prefix, "971") {
		return strings.ReplaceAll(place, ", ", "/")
	}
	place, _, _ = strings.Cut(place, ", ")
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(place, "г. "), "市"))
}

// nameAliases leaves the native names that say something else than the English
// one.
func (p *numberingPlan) nameAliases() {
	for prefix, names := range p.native {
		place, ok := p.places[prefix]
		for name := range names {
			if !ok || strings.Contains(place+name, "/") || key(name) == key(place) || key(name) == "" {
				delete(names, name)
			}
		}
	}
}

// merge makes the leading digits as short as they can be: what all that is
// listed below some digits has in common, where that is nearly all there can
// be, holds for them, and what is below need not be said again.
func (p *numberingPlan) merge() {
	const nearly = 7 // of ten: 0, 1 and 9 are often set aside
	longest := 0
	for prefix := range p.places {
		longest = max(longest, len(prefix))
	}
	for n := longest; n > 3; n-- {
		below := map[string][]string{}
		for prefix := range p.places {
			if len(prefix) == n {
				below[prefix[:n-1]] = append(below[prefix[:n-1]], prefix)
			}
		}
		for parent, list := range below {
			place := p.places[list[0]]
			alike := !slices.ContainsFunc(list, func(q string) bool { return p.places[q] != place })
			_, taken := p.places[parent]
			if alike && !taken && len(list) >= nearly && !p.divided(parent, n) && Dial(CountriesOf(parent)[0]) != parent {
				p.places[parent] = place
				p.move(list, parent)
			}
		}
	}
	for prefix, place := range p.places {
		for n := len(prefix) - 1; n > 1; n-- {
			if above, ok := p.places[prefix[:n]]; ok {
				if above == place {
					defer delete(p.places, prefix)
				}
				break
			}
		}
	}
}

// divided reports whether something longer than n is listed below a prefix.
func (p *numberingPlan) divided(parent string, n int) bool {
	for prefix := range p.places {
		if len(prefix) > n && strings.HasPrefix(prefix, parent) {
			return true
		}
	}
	return false
}

func (p *numberingPlan) move(list []string, parent string) {
	for _, q := range list {
		for name := range p.native[q] {
			if p.native[parent] == nil {
				p.native[parent] = map[string]bool{}
			}
			p.native[parent][name] = true
		}
		delete(p.places, q)
	}
}

// group is the country of a prefix where several share the code and the plan
// tells which, else the code.
func (p *numberingPlan) group(prefix string) (name, national string) {
	isos := CountriesOf(prefix)
	if len(isos) == 0 {
		return "", ""
	}
	code := Dial(isos[0])
	if len(isos) == 1 {
		return isos[0], prefix[len(code):]
	}
	if code == "1" && len(prefix) > 3 {
		sides := p.region[prefix[:4]]
		if sides["CA"] > sides["US"] {
			return "CA", prefix[1:]
		}
		return "US", prefix[1:]
	}
	return mainHolder(code), prefix[len(code):]
}

// mainHolder is the country that a dialling code is first of in the plan.
func mainHolder(code string) string {
	for entry := range strings.FieldsFuncSeq(dialPlan, func(r rune) bool { return r == ';' || r == '\n' }) {
		if holders, ok := strings.CutPrefix(strings.TrimSpace(entry), code+" "); ok {
			iso, _, _ := strings.Cut(strings.Fields(holders)[0], ":")
			return iso
		}
	}
	return ""
}

// table writes the places, a line each, sorted by the keys of their names:
// "key|Name|ISO|area codes", or "key|=key|ISO|Other name".
func (p *numberingPlan) table(t *testing.T) string {
	t.Helper()
	type place struct{ key, iso string }
	shown, codes, lines := map[place]string{}, map[place][]string{}, []string{}
	also := map[string]bool{}
	for _, prefix := range slices.Sorted(maps.Keys(p.places)) {
		iso, national := p.group(prefix)
		if iso == "" || national == "" || len(national) > longestArea && prefix[0] != '1' {
			continue
		}
		for name := range strings.SplitSeq(p.places[prefix], "/") {
			name = strings.TrimSpace(strings.ReplaceAll(name, "|", " "))
			at := place{key(name), iso}
			if len(at.key) < 2 || strings.Trim(at.key, "0123456789") == "" {
				continue
			}
			shown[at] = cmp.Or(shown[at], name)
			codes[at] = append(codes[at], national)
			for native := range p.native[prefix] {
				also[fmt.Sprintf("%s|=%s|%s|%s", key(native), at.key, iso, native)] = true
			}
		}
	}
	for at, list := range codes {
		lines = append(lines, fmt.Sprintf("%s|%s|%s|%s", at.key, shown[at], at.iso, strings.Join(outermost(list), " ")))
	}
	for iso, pair := range entries(moreNames) {
		other, name, _ := strings.Cut(pair, "=")
		at := place{key(name), iso}
		if codes[at] == nil {
			t.Fatalf("%s has no %s, which is to be called %s", iso, name, other)
		}
		if key(other) != at.key {
			also[fmt.Sprintf("%s|=%s|%s|%s", key(other), at.key, iso, other)] = true
		}
	}
	lines = append(lines, slices.Collect(maps.Keys(also))...)
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// outermost returns the prefixes that no other one contains, sorted.
func outermost(list []string) []string {
	slices.Sort(list)
	var out []string
	for _, p := range list {
		if len(out) == 0 || !strings.HasPrefix(p, out[len(out)-1]) {
			out = append(out, p)
		}
	}
	return out
}
