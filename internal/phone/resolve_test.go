package phone_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"didops/internal/fault"
	"didops/internal/phone"
)

// isos returns the codes that text resolves to.
func isos(text string) ([]string, error) {
	found, err := phone.Resolve(text)
	out := make([]string, 0, len(found))
	for _, c := range found {
		out = append(out, c.ISO)
	}
	return out, err
}

func wantOne(t *testing.T, text, iso string) {
	t.Helper()
	got, err := isos(text)
	if err != nil {
		t.Errorf("Resolve(%q): got error %v, want %s", text, err, iso)
		return
	}
	if !slices.Equal(got, []string{iso}) {
		t.Errorf("Resolve(%q): got %v, want %s", text, got, iso)
	}
}

func TestResolveKnowsEveryCountry(t *testing.T) {
	t.Parallel()
	for _, c := range phone.Countries() {
		region := language.MustParseRegion(c.ISO)
		cldr := display.English.Regions().Name(region)
		for _, text := range []string{c.Name, strings.ToUpper(c.Name), c.ISO, strings.ToLower(c.ISO), region.ISO3(), " " + strings.ToLower(c.Name) + " "} {
			wantOne(t, text, c.ISO)
		}
		if c.ISO != "MF" { // "St. Martin" is also what the Dutch half is called
			wantOne(t, cldr, c.ISO)
		}
	}
}

// TestResolveISO3166 uses the names of the standard, a source of its own.
func TestResolveISO3166(t *testing.T) {
	t.Parallel()
	for _, f := range lines(t, "iso3166.txt", 3) {
		wantOne(t, f[1], f[0])
		if f[2] != "Congo" && f[0] != "SH" { // several countries each, see below
			wantOne(t, f[2], f[0])
			wantOne(t, strings.ToUpper(f[2]), f[0])
		}
	}
}

// TestResolveOwnLanguages uses CLDR's own list of official languages.
func TestResolveOwnLanguages(t *testing.T) {
	t.Parallel()
	supported := map[string]bool{}
	for _, tag := range display.Supported.Tags() {
		supported[tag.String()] = true
	}
	checked := 0
	for _, f := range lines(t, "official_languages.txt", -1) {
		for _, lang := range f[1:] {
			if !supported[lang] {
				continue
			}
			text := display.Regions(language.MustParse(lang)).Name(language.MustParseRegion(f[0]))
			got, err := isos(text)
			if text == "" || (f[0] == "MF" && err != nil) {
				continue
			}
			if err != nil || !slices.Equal(got, []string{f[0]}) {
				t.Errorf("Resolve(%q), %s in %s: got %v, %v", text, f[0], lang, got, err)
			}
			checked++
		}
	}
	if checked < 300 {
		t.Errorf("got %d names checked, want at least 300", checked)
	}
}

func TestResolveEndonyms(t *testing.T) {
	t.Parallel()
	for iso, names := range map[string]string{
		"AE": "الإمارات العربية المتحدة;الإمارات", "AM": "Հայաստան", "AT": "Österreich;Osterreich",
		"BG": "България", "BR": "Brasil", "CH": "Schweiz;Suisse;Svizzera", "CI": "Côte d’Ivoire;Cote d'Ivoire;COTE DIVOIRE",
		"CN": "中国", "DE": "Deutschland", "DK": "Danmark", "EE": "Eesti", "EG": "مصر", "ES": "España;espana;Espanya",
		"FI": "Suomi", "GE": "საქართველო", "GR": "Ελλάδα;ελλαδα", "HK": "香港", "HR": "Hrvatska", "HU": "Magyarország;magyarorszag",
		"IE": "Éire", "IL": "ישראל", "IN": "भारत", "IR": "ایران", "IS": "Ísland", "JP": "日本", "KR": "대한민국",
		"KZ": "Казахстан;Қазақстан", "MA": "المغرب", "NL": "Nederland", "NO": "Norge", "PL": "Polska", "RO": "România",
		"RS": "Србија;Srbija", "RU": "Россия", "SA": "المملكة العربية السعودية", "SE": "Sverige", "TH": "ไทย",
		"TR": "Türkiye", "TW": "台灣;台湾", "UA": "Україна", "UZ": "Oʻzbekiston", "VN": "Việt Nam;viet nam",
	} {
		for name := range strings.SplitSeq(names, ";") {
			wantOne(t, name, iso)
		}
	}
}

func TestResolveAliases(t *testing.T) {
	t.Parallel()
	for iso, names := range map[string]string{
		"AE": "UAE;U.A.E.;u. a. e.;uae;Emirates;The Emirates;UNITED ARAB EMIRATES;the united arab emirates",
		"BA": "Bosnia;Bosnia and Herzegovina;Bosnia & Herzegovina", "BO": "Bolivia, Plurinational State of",
		"BS": "The Bahamas;Bahamas, The;Commonwealth of the Bahamas", "CD": "DRC;Congo-Kinshasa;Congo (Kinshasa);Democratic Republic of the Congo;Congo, Democratic Republic of the",
		"CG": "Congo-Brazzaville;Republic of the Congo;Congo, Republic of", "CI": "Ivory Coast", "CN": "People's Republic of China;PRC",
		"CV": "Cape Verde;Cabo Verde", "CZ": "Czech Republic;Czechia", "DO": "Dominican Republic;Dom. Rep.",
		"GB": "UK;U.K.;England;Great Britain;Britain;Scotland", "GN": "Guinea;Republic of Guinea", "HK": "Hong Kong;HongKong;Hong Kong SAR",
		"IR": "Islamic Republic of Iran;Iran (Islamic Republic of)", "JO": "Jordan;Hashemite Kingdom of Jordan", "KN": "St Kitts and Nevis;Saint Kitts & Nevis",
		"KP": "North Korea;DPRK;Korea, Democratic People's Republic of", "KR": "South Korea;Republic of Korea;Korea, Republic of;Korea (South)",
		"LA": "Laos;Lao PDR", "LC": "St. Lucia;St Lucia;St.Lucia;Saint Lucia", "MF": "Saint Martin (French part)", "MK": "Macedonia;North Macedonia",
		"MM": "Burma;Myanmar", "MO": "Macau;Macao", "NL": "Holland;The Netherlands", "RU": "Russian Federation", "SA": "KSA;Kingdom of Saudi Arabia",
		"SY": "Syria;Syrian Arab Republic", "SZ": "Swaziland;Eswatini", "TL": "East Timor", "TR": "Turkey;Türkiye;TURKIYE", "TW": "Taiwan;Republic of China",
		"TZ": "Tanzania, United Republic of", "UA": "UKRAINE", "US": "USA;Usa;U.S.A.;America;United States;United States of America;the US",
		"VA": "Vatican;Holy See", "VG": "British Virgin Islands;BVI;Virgin Islands, British", "VI": "US Virgin Islands;U.S. Virgin Islands", "VN": "Viet Nam;Vietnam",
		"AD": "AND", "IS": "IS", "ST": "ST", "WS": "Samoa", "DM": "Dominica", "NE": "Niger", "FM": "Micronesia",
	} {
		for name := range strings.SplitSeq(names, ";") {
			wantOne(t, name, iso)
		}
	}
}

func TestResolveDiallingCodes(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"971", "AE"},
		{"+971", "AE"},
		{"00971", "AE"},
		{" + 971 ", "AE"},
		{"٩٧١", "AE"},
		{"+7", "KZ RU"},
		{"+44", "GG IM JE GB"},
		{"+39", "IT VA"},
		{"47", "NO SJ"},
		{"61", "AU CX CC"},
		{"+1876", "JM"},
		{"+1 (876)", "JM"},
		{"+77", "KZ"},
		{"+590", "GP MF BL"},
	}
	for _, tt := range tests {
		got, err := isos(tt.in)
		if want := strings.Fields(tt.want); err != nil || !slices.Equal(got, want) {
			t.Errorf("Resolve(%q): got %v, %v, want %v", tt.in, got, err, want)
		}
	}
	if got, err := isos("+1"); err != nil || len(got) != 25 {
		t.Errorf("Resolve(+1): got %v, %v, want 25 countries", got, err)
	}
}

func TestResolveRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		message  []string // parts of the message and the hint
	}{
		{"misspelt", "Germny", []string{"Germny", "Germany (DE)"}},
		{"swapped letters", "Jodran", []string{"Jordan (JO)"}},
		{"a letter too many", "Ukrainee", []string{"Ukraine (UA)"}},
		{"two Congos", "Congo", []string{"DR Congo (CD)", "Republic of the Congo (CG)"}},
		{"two Congos, upper case", "CONGO", []string{"DR Congo (CD)"}},
		{"two Koreas", "Korea", []string{"North Korea (KP) or South Korea (KR)"}},
		{"two Virgin Islands", "Virgin Islands", []string{"British Virgin Islands (VG)", "U.S. Virgin Islands (VI)"}},
		{"two Saint Martins", "St. Martin", []string{"(MF)", "(SX)"}},
		{"beginning of names", "Saint", []string{"closest: ", "("}},
		{"letters swapped", "UEA", []string{"closest: United Arab Emirates (AE)"}},
		{"unknown", "Atlantis", []string{"unknown country \"Atlantis\""}},
		{"empty", "", []string{"names no country"}},
		{"spaces", "   ", []string{"names no country"}},
		{"punctuation", "!?", []string{"names no country"}},
		{"unassigned code", "+999", []string{"no country's dialling code"}},
		{"world-wide toll-free", "800", []string{"no country's dialling code"}},
		{"area code", "+1 212", []string{"no country's dialling code", "+1 is", "prefix"}},
		{"toll-free code", "+1 800", []string{"no country's dialling code", "+1 is", "prefix"}},
		{"code in the midst of personal numbers", "1520", []string{"no country's dialling code"}},
		{"toll-free code of two countries", "7800", []string{"no country's dialling code", "+7 is"}},
		{"whole number", "971501234567", []string{"no country's dialling code", "+971 is"}},
		{"too long", strings.Repeat("x", 101), []string{"too long"}},
		{"control characters", "Germ\x00\u202eny", []string{"Germany (DE)"}},
		{"invalid UTF-8", "\xff\xfe", []string{"names no country"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := phone.Resolve(tt.in)
			f, ok := fault.As(err)
			if !ok || got != nil {
				t.Fatalf("Resolve(%q): got %v, %v, want a fault", tt.in, got, err)
			}
			if f.Code != fault.Invalid || f.Field != "country" || f.Hint == "" {
				t.Errorf("got code %q, field %q, hint %q", f.Code, f.Field, f.Hint)
			}
			for _, part := range tt.message {
				if !strings.Contains(f.Message+"\n"+f.Hint, part) {
					t.Errorf("got message %q, hint %q, want %q in it", f.Message, f.Hint, part)
				}
			}
			if strings.ContainsAny(f.Message, "\x00\u202e\n") {
				t.Errorf("got control characters in %q", f.Message)
			}
		})
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, want string
		most           int
	}{
		{"alias before names", "uae", "AE", 1},
		{"code", "ae", "AE", 1},
		{"beginning", "ger", "DE", 5},
		{"without accent", "cote d", "CI", 1},
		{"later word", "arab emi", "AE", 1},
		{"own language", "deutsch", "DE", 1},
		{"alias beginning", "hollan", "NL", 1},
		{"loose", "untd kngdm", "GB", 1},
		{"dialling code", "+971", "AE", 3},
		{"dialling code, first digits", "97", "BH", 1},
		{"nothing typed", "", "AF AX AL", 3},
		{"none wanted", "ger", "", 0},
		{"nonsense", "zzzzzzzz", "", 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := phone.Suggest(tt.in, tt.most)
			if len(got) > tt.most {
				t.Errorf("got %d, want at most %d", len(got), tt.most)
			}
			for i, iso := range strings.Fields(tt.want) {
				if i >= len(got) || got[i].ISO != iso {
					t.Errorf("Suggest(%q): got %v, want %s at %d", tt.in, got, iso, i)
				}
			}
			if tt.want == "" && len(got) > 0 {
				t.Errorf("Suggest(%q): got %v, want none", tt.in, got)
			}
		})
	}
}

func FuzzResolve(f *testing.F) {
	for _, s := range []string{"UAE", "Côte d’Ivoire", "+971", "Korea, Republic of", "Congo (", "St.", "of", "\xff", "中国", "+1 212", "republic of the"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found, err := phone.Resolve(text)
		if (err == nil) != (len(found) > 0) {
			t.Fatalf("Resolve(%q): got %v, %v", text, found, err)
		}
		if err != nil && fault.CodeOf(err) != fault.Invalid {
			t.Fatalf("Resolve(%q): got code %s", text, fault.CodeOf(err))
		}
		if n := len(phone.Suggest(text, 25)); n > 25 {
			t.Fatalf("Suggest(%q): got %d", text, n)
		}
	})
}
