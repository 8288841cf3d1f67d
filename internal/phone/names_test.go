package phone_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"didops/internal/fault"
	"didops/internal/phone"
	"didops/internal/testing/wide"
)

// shared are names in the tables that several countries go by.
func shared() []string {
	return []string{"St. Martin", "Saint Martin", "Saint-Martin", "Kongo"}
}

// TestResolveKnowsItsTables holds that every name of CLDR, and every other one
// that is listed, leads to the country it is listed for, however it is typed.
func TestResolveKnowsItsTables(t *testing.T) {
	t.Parallel()
	names := phone.Names()
	if len(names) < 1700 {
		t.Errorf("got %d names, want 1700 or more", len(names))
	}
	for text, isos := range names {
		if slices.Contains(shared(), text) {
			continue
		}
		for _, typed := range typings(text) {
			wantOne(t, typed, isos[0])
		}
	}
}

// typings returns ways to type a name that make no difference.
func typings(text string) []string {
	straight := strings.NewReplacer("’", "'", "ʻ", "'", "ʼ", "'", "‘", "'", "ʹ", "'")
	return []string{
		text, norm.NFD.String(text), norm.NFC.String(text), strings.ToUpper(norm.NFC.String(text)), strings.ToLower(text),
		straight.Replace(text), strings.ReplaceAll(text, "'", "’"), strings.ReplaceAll(text, "'", "ʼ"),
		"  " + strings.ReplaceAll(text, " ", "  ") + " ", strings.ReplaceAll(text, " & ", " and "), strings.ReplaceAll(text, " and ", " & "),
		strings.ReplaceAll(text, "St. ", "Saint "), strings.ReplaceAll(text, "Saint ", "St "),
	}
}

// TestResolveNamesOfTheStandards uses what ISO, the UN and the ITU call
// countries, in English and French.
func TestResolveNamesOfTheStandards(t *testing.T) {
	t.Parallel()
	for _, f := range lines(t, "iso3166_names.txt", 2) {
		for text := range strings.SplitSeq(f[1], "; ") {
			if f[0] == "SH" && strings.Contains(text, "Tristan") {
				continue // three countries, see TestResolveSeveral
			}
			wantOne(t, text, f[0])
			wantOne(t, strings.ToUpper(text), f[0])
		}
	}
	for iso, names := range map[string]string{
		// Names of ISO 3166 as its own site writes them.
		"BO": "Bolivia (Plurinational State of)", "CD": "Congo (the Democratic Republic of the)", "FK": "Falkland Islands (the) [Malvinas]",
		"FM": "Micronesia (Federated States of)", "GB": "United Kingdom of Great Britain and Northern Ireland (the)", "IR": "Iran (Islamic Republic of)",
		"KP": "Korea (the Democratic People's Republic of);Korea, Democratic People's Republic of;Korea (the Democratic People’s Republic of);Corée (la République populaire démocratique de)",
		"KR": "Korea (the Republic of);Corée (la République de)", "LA": "Lao People's Democratic Republic (the)", "MD": "Moldova (the Republic of)",
		"NL": "Netherlands (Kingdom of the);Pays-Bas (Royaume des)", "PS": "Palestine, State of;Palestine (État de)", "TW": "Taiwan (Province of China)",
		"TZ": "Tanzania, the United Republic of;Tanzanie (la République-Unie de)", "US": "United States of America (the);États-Unis d'Amérique (les)", "VA": "Holy See (the);Saint-Siège (le)",
		"VE": "Venezuela (Bolivarian Republic of)", "VG": "Virgin Islands (British);Vierges britanniques (les Îles)", "VI": "Virgin Islands (U.S.);Vierges des États-Unis (les Îles)",
		"CC": "Cocos (Keeling) Islands (the)", "MF": "Saint Martin (French part)", "SX": "Sint Maarten (Dutch part)", "MK": "North Macedonia",
		// Names of the UN.
		"AE": "the United Arab Emirates;les Émirats arabes unis", "CG": "the Republic of the Congo;la République du Congo", "CI": "the Republic of Côte d'Ivoire",
		"HK": "China, Hong Kong Special Administrative Region;China, Hong Kong SAR", "MO": "China, Macao Special Administrative Region", "MM": "the Republic of the Union of Myanmar",
		"LY": "the State of Libya", "GM": "the Republic of the Gambia;Gambia (the)", "SY": "Syrian Arab Republic (the)", "SZ": "the Kingdom of Eswatini", "TR": "the Republic of Türkiye",
		"UY": "the Eastern Republic of Uruguay;la República Oriental del Uruguay", "WS": "the Independent State of Samoa;l'État indépendant du Samoa",
		// Names of the ITU's lists of codes and of members.
		"BQ": "Bonaire, Sint Eustatius and Saba;Bonaire, Saint Eustatius and Saba", "CF": "Central African Rep.", "CZ": "Czech Rep.", "DO": "Dominican Rep.", "IO": "Diego Garcia",
		"MP": "Northern Mariana Islands (Commonwealth of the)", "SJ": "Svalbard and Jan Mayen Islands", "WF": "Wallis and Futuna",
	} {
		for text := range strings.SplitSeq(names, ";") {
			wantOne(t, text, iso)
		}
	}
	for iso, names := range map[string]string{
		"HK": "Hong Kong, China", "MO": "Macao, China", "TW": "Taiwan, China;Taiwan, Province of China", "KP": "Dem. People's Rep. of Korea", "KR": "Korea (Rep. of);Rep. of Korea",
		"CD": "Dem. Rep. of the Congo", "CG": "Congo (Rep. of the)", "LA": "Lao P.D.R.;Laos PDR", "MK": "The Former Yugoslav Republic of Macedonia;The Former Yugoslav Rep. of Macedonia",
		"VA": "Vatican City State;Vatican", "FM": "Micronesia (Fed. States of)", "KN": "Saint Kitts and Nevis", "VC": "Saint Vincent and the Grenadines", "TZ": "Tanzania (United Republic of)",
	} {
		for text := range strings.SplitSeq(names, ";") {
			wantOne(t, text, iso)
		}
	}
}

// TestResolveFurtherOwnNames holds names in own languages that were not known
// once, or are typed otherwise than CLDR has them.
func TestResolveFurtherOwnNames(t *testing.T) {
	t.Parallel()
	for text, iso := range map[string]string{
		"한국": "KR", "남한": "KR", "북한": "KP", "조선민주주의인민공화국": "KP", "臺灣": "TW", "中華民國": "TW", "台灣": "TW", "ประเทศไทย": "TH", "Црна Гора": "ME", "Crna Gora": "ME",
		"Монгол улс": "MN", "O'zbekiston": "UZ", "O’zbekiston": "UZ", "Oʻzbekiston": "UZ", "Oʼzbekiston": "UZ", "O`zbekiston": "UZ", "Macao SAR China": "MO", "Hong Kong SAR China": "HK",
		"日本国": "JP", "中华人民共和国": "CN", "Česká republika": "CZ", "Slovenská republika": "SK", "Rzeczpospolita Polska": "PL", "Российская Федерация": "RU", "Македонија": "MK",
		"República Argentina": "AR", "República de Colombia": "CO", "República del Perú": "PE", "República Federativa do Brasil": "BR", "Bundesrepublik Deutschland": "DE", "Reino de España": "ES",
		"دولة الإمارات العربية المتحدة": "AE", "المملكة المغربية": "MA", "Mỹ": "US", "Jamhuri ya Kenya": "KE", "Ahvenanmaa": "AX", "Kalaallit Nunaat": "GL", "Aotearoa": "NZ",
		"N. Korea": "KP", "S. Korea": "KR", "N. Ireland": "GB", "S. Sudan": "SS", "Eq. Guinea": "GQ", "Br. Virgin Is.": "VG", "Solomon Is.": "SB",
	} {
		wantOne(t, text, iso)
	}
}

// TestResolveAsides holds that what stands in parentheses or behind a comma
// never gets lost: it belongs to the name, says the same once more, or makes
// the name one that is refused.
func TestResolveAsides(t *testing.T) {
	t.Parallel()
	for text, iso := range map[string]string{
		"China (Hong Kong)": "HK", "China [Hong Kong]": "HK", "China（Hong Kong）": "HK", "China (Hong Kong": "HK", "China, Hong Kong": "HK", "Hong Kong (China)": "HK", "中国（香港）": "HK",
		"China (Macao)": "MO", "China (Taiwan)": "TW", "China (Republic of)": "TW", "China (People's Republic of)": "CN", "Guinea (Equatorial)": "GQ", "Guinea (Bissau)": "GW", "Guinea (Papua New)": "PG",
		"Sudan (South)": "SS", "Sudan (the)": "SD", "Ireland (Northern)": "GB", "Ireland (Republic of)": "IE", "Samoa (American)": "AS", "Korea (South)": "KR", "Korea (North)": "KP",
		"Africa (South)": "ZA", "Zealand (New)": "NZ", "Virgin Islands (US)": "VI", "Virgin Islands (UK)": "VG", "Congo (CD)": "CD", "Puerto Rico (USA)": "PR", "Guam, US": "GU", "Saint Martin (France)": "MF", "Saint Martin (Netherlands)": "SX",
		"Myanmar (Burma)": "MM", "Germany (DE)": "DE", "Germany (Federal Republic)": "DE", "Jamaica (+1 876)": "JM", "Canada (+1)": "CA", "Germany ()": "DE", "(Germany)": "DE",
	} {
		wantOne(t, text, iso)
	}
	for text, parts := range map[string][]string{
		"USA (Puerto Rico)":   {"Puerto Rico (PR) or United States (US)"},
		"Denmark (Greenland)": {"(DK)", "(GL)"}, "Georgia (USA)": {"(GE)", "(US)"}, "America (Samoa)": {"(WS)", "(US)"}, "Nigeria (Niger)": {"(NE)", "(NG)"}, "Germany (+43)": {"(AT)", "(DE)"},
		"Georgia, USA": {"(GE)", "(US)"}, "Russia, Kazakhstan": {"(KZ)", "(RU)"}, "State of Georgia": {"(GE)", "(US)"}, "Republic of Dominica": {"(DM)", "(DO)"},
		"Yemen (United States)": {"(US)", "(YE)"}, "Jordan (IE)": {"(IE)", "(JO)"}, "Yemen (LA)": {"(LA)", "(YE)"}, "United Kingdom, El Salvador": {"(GB)", "(SV)"},
		"Cyprus (Northern)": {"unknown", "Cyprus (CY)"}, "Jersey (New)": {"unknown", "Jersey (JE)"}, "Mexico [New": {"unknown", "Mexico (MX)"}, "Germany (Berlin)": {"unknown", "Germany (DE)"},
		"Korea (United)": {"(KP)", "(KR)"}, "Æ": {"unknown"}, "La US": {"unknown"},
	} {
		got, err := phone.Resolve(text)
		f, ok := fault.As(err)
		if !ok || got != nil {
			t.Errorf("Resolve(%q): got %v, %v, want a fault", text, got, err)
			continue
		}
		for _, part := range parts {
			if !strings.Contains(f.Message, part) {
				t.Errorf("Resolve(%q): got %q, want %q in it", text, f.Message, part)
			}
		}
	}
}

// TestResolveNeverTakesOneOfTwo holds that a name with another one beside it is
// refused, but where the second says to whom the first belongs.
func TestResolveNeverTakesOneOfTwo(t *testing.T) {
	t.Parallel()
	all, step := phone.Countries(), 31
	if wide.Wanted() {
		step = 1
	}
	for i, a := range all {
		for j := i % step; j < len(all); j += step {
			b := all[j]
			for _, text := range []string{
				a.Name + " (" + b.Name + ")", a.Name + ", " + b.Name, a.Name + " (" + b.ISO + ")", a.Name + ", " + b.ISO, a.Name + " " + b.Name,
				a.Name + " - " + b.Name, a.Name + "/" + b.ISO, b.ISO + " " + a.Name, a.ISO + ", " + b.ISO, a.Name + " +" + phone.Dial(b.ISO), "+" + phone.Dial(b.ISO) + " " + a.Name,
			} {
				got, err := isos(text)
				switch {
				case err != nil || a == b || strings.Contains(text, "+") && phone.Dial(a.ISO) == phone.Dial(b.ISO):
				case got[0] == a.ISO && !strings.Contains(text, "(") && slices.Contains([]string{"CN PR", "RE LA", "SJ IS"}, a.ISO+" "+b.ISO): // names as they are listed
				case len(got) == 1 && got[0] == b.ISO && phone.Sovereign(b.ISO) == a.ISO && strings.HasPrefix(text, b.ISO): // the territory first
				case len(got) == 1 && got[0] == a.ISO && phone.Sovereign(a.ISO) == b.ISO:
				case len(got) == 1 && got[0] == b.ISO && a.ISO == "CN" && phone.Sovereign(b.ISO) == "CN": // as the UN writes them
				default:
					t.Errorf("Resolve(%q): got %v, want it refused", text, got)
				}
			}
		}
	}
}

func TestResolveWithoutDiallingCode(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Antarctica", "PN", "pitcairn islands", "South Georgia & the South Sandwich Islands", "UMI", "Terres australes françaises"} {
		got, err := phone.Resolve(text)
		if f, ok := fault.As(err); !ok || got != nil || !strings.Contains(f.Message, "has no dialling code of its own") {
			t.Errorf("Resolve(%q): got %v, %v", text, got, err)
		}
	}
}

func TestResolveSeveral(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Saint Helena, Ascension and Tristan da Cunha", "St. Helena, Ascension & Tristan da Cunha", "Sainte-Hélène, Ascension et Tristan da Cunha"} {
		if got, err := isos(text); err != nil || !slices.Equal(got, []string{"AC", "SH", "TA"}) {
			t.Errorf("Resolve(%q): got %v, %v, want all three", text, got, err)
		}
	}
}
