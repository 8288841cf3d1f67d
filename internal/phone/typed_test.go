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

// wantEach holds that each of the texts, with semicolons between them, means
// the country it stands behind.
func wantEach(t *testing.T, names map[string]string) {
	t.Helper()
	for iso, texts := range names {
		for text := range strings.SplitSeq(texts, ";") {
			wantOne(t, strings.TrimSpace(text), iso)
		}
	}
}

// wantRefused holds that text means no country for sure, and that what is said
// of it names each of the parts.
func wantRefused(t *testing.T, text string, parts ...string) {
	t.Helper()
	got, err := phone.Resolve(text)
	f, ok := fault.As(err)
	if !ok || got != nil {
		t.Errorf("Resolve(%q): got %v, %v, want a fault", text, got, err)
		return
	}
	for _, part := range parts {
		if !strings.Contains(f.Message, part) {
			t.Errorf("Resolve(%q): got %q, want %q in it", text, f.Message, part)
		}
	}
}

// TestResolveEveryTerritoryOfCLDR holds that each code that CLDR has a name for
// is understood, whether it is one of ISO 3166 or not, and its English name.
func TestResolveEveryTerritoryOfCLDR(t *testing.T) {
	t.Parallel()
	groups := []string{"AN", "EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
	checked := 0
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			code := string(first) + string(second)
			region, err := language.ParseRegion(code)
			if err != nil || region.String() != code || region.Canonicalize() != region || slices.Contains(groups, code) {
				continue
			}
			text := display.English.Regions().Name(region)
			if text == "" || text == "Unknown Region" {
				continue
			}
			checked++
			for _, typed := range []string{code, text, strings.ToUpper(text)} {
				_, err := phone.Resolve(typed)
				if f, ok := fault.As(err); ok && code != "MF" && !strings.Contains(f.Message, "has no dialling code of its own") {
					t.Errorf("Resolve(%q), %s: got %v", typed, code, err)
				}
			}
		}
	}
	if checked < 250 {
		t.Errorf("got %d codes, want 250 or more", checked)
	}
	wantEach(t, map[string]string{
		"ES": "Canary Islands;Canaries;IC;Islas Canarias;Îles Canaries;Ceuta & Melilla;Ceuta and Melilla;EA;Ceuta y Melilla;Ceuta;Melilla;Spain (Canary Islands)",
		"FR": "Clipperton Island;Île Clipperton;CP;FX", "IO": "DG;Diego Garcia", "AC": "AC;Ascension Island", "TA": "TA;Tristan da Cunha", "XK": "XK;Kosovo", "GG": "CQ;Sark;Alderney",
	})
}

// TestResolveAbbreviations holds the abbreviations of ITU, UN and World Bank for
// the forms of states.
func TestResolveAbbreviations(t *testing.T) {
	t.Parallel()
	wantEach(t, map[string]string{
		"MD": "Moldova (Rep. of);Rep. of Moldova;Moldova, Rep.;Moldova Rep.;Rep. Moldova;Moldova (Republic)",
		"YE": "Yemen, Rep.;Yemen (Rep. of);Rep. of Yemen;Yemen Arab Rep.", "IR": "Iran, Islamic Rep.;Iran (Islamic Rep. of);Islamic Rep. of Iran;Iran Islamic Republic;I.R. Iran",
		"EG": "Egypt, Arab Rep.;Arab Rep. of Egypt;Egypt (Arab Rep. of)", "TZ": "Tanzania, United Rep. of;Tanzania (United Rep. of);United Rep. of Tanzania;Tanzania United Republic",
		"VE": "Venezuela, RB;Venezuela (Bolivarian Rep. of);Venezuela, Bolivarian Rep.", "BO": "Bolivia (Plurinational State);Bolivia, Plurin. State of",
		"KP": "Korea, Dem. Rep.;Korea, Dem. People's Rep.;Korea Dem. Rep.;Dem. Rep. of Korea;Korea, Dem. People’s Rep. of;Korea (Dem. People's Rep.)", "KR": "Korea, Rep.;Korea (Rep.);Korea, Rep. of;Rep. Korea",
		"DO": "Rep. Dominicana;Dominicana;República Dominicana;Rép. dominicaine;Dominican Rep.", "RU": "Russian Fed.;Russia (Federation);Fed. of Russia",
		"MK": "Macedonia FYR;Macedonia, FYR;TFYR Macedonia;TFYR of Macedonia;Macedonia (FYR);Macedonia, Rep. of North;North Macedonia (Rep. of)", "CZ": "Rép. tchèque;Czech Rep.", "CF": "Rép. centrafricaine;Central African Rep.",
		"CD": "Congo, Dem. Rep.;Dem. Rep. of the Congo;Rép. dém. du Congo;RDC;R.D.C.;Congo RDC;Congo (Dem. Rep. of the);D.R. of the Congo", "CG": "Congo, Rep.;Congo (Rep.);Rep. of the Congo;Rép. du Congo",
		"FM": "Micronesia, Fed. States;Micronesia (Fed. States);Fed. States of Micronesia", "DE": "Germany, Fed. Rep.;Germany (Fed. Rep. of);Fed. Rep. of Germany", "ET": "Ethiopia (Fed. Dem. Rep.);Fed. Dem. Rep. of Ethiopia",
		"LA": "Lao People's Dem. Rep.;Lao Dem. People's Rep.", "SY": "Syrian Arab Rep.;Syria (Arab Rep.)", "LK": "Sri Lanka (Dem. Socialist Rep. of)", "VN": "Vietnam, Soc. Rep.;Viet Nam (Soc. Rep. of)", "TW": "Taiwan (Rep. of China)",
		"GN": "Guinea-Conakry;Guinea Conakry;Guinea (Conakry);Guinea, Conakry;Guinea Republic;Guinea (Republic);Rep. of Guinea;Guinea Rep.;Guinea (Rep. of);Rép. de Guinée;Guinée-Conakry",
		"NE": "Niger Republic;Niger (Rep.)", "GM": "Gambia, Rep. of The", "CN": "China, PR;China P.R.;China, P.R.;China PR;China, People's Rep.;P.R. of China;中国大陆;中國大陸;China, Mainland",
	})
	for text, parts := range map[string][]string{
		"China Republic": {"(CN)", "(TW)"}, "Dominica Rep.": {"(DM)", "(DO)"}, "Rep. Dominica": {"(DM)", "(DO)"}, "China (PR)": {"(CN)", "(PR)"},
		"Georgia (S)": {"no dialling code"}, "S. Georgia": {"no dialling code"}, "S Guinea": {"unknown"}, "Congo": {"(CD)", "(CG)"}, "Korea, Dem.": {"(KP)", "(KR)"}, "Rep.": {"unknown"}, "United Arab Rep.": {"unknown"},
	} {
		wantRefused(t, text, parts...)
	}
}

// TestResolveWordOrder holds names with their last word in front, or the first
// one behind, and no comma to show it.
func TestResolveWordOrder(t *testing.T) {
	t.Parallel()
	wantEach(t, map[string]string{
		"SS": "Sudan South", "GQ": "Guinea Equatorial", "AS": "Samoa American", "TL": "Timor East", "MK": "Macedonia North", "GB": "Ireland Northern;Ireland (North);Ireland, North;North Ireland",
		"KR": "Korea South", "KP": "Korea North", "ZA": "Africa South", "NZ": "Zealand New", "PG": "Guinea Papua New", "EH": "Sahara Western", "PF": "Polynesia French", "SA": "Arabia Saudi", "VG": "Virgin Islands British",
		"AE": "Arab Emirates United;Emirates United Arab", "CK": "Islands Cook", "CF": "African Republic Central",
	})
	for text, parts := range map[string][]string{
		"Georgia South": {"no dialling code"}, "Martin Saint": {"(MF)", "(SX)"}, "Cyprus Northern": {"unknown"}, "Jersey New": {"unknown"}, "Mexico New": {"unknown"}, "Ossetia South": {"unknown"}, "Vietnam South": {"unknown"}, "America Samoa": {"(US)", "(WS)"},
	} {
		wantRefused(t, text, parts...)
	}
}

// TestResolveNamedTwice holds that a country may be named twice over, and two
// countries may not.
func TestResolveNamedTwice(t *testing.T) {
	t.Parallel()
	wantEach(t, map[string]string{
		"DE": "Germany - DE;DE Germany;DE - Germany;Germany DE;Germany +49;+49 Germany;Germany 0049;49 - Germany;Germany / Deutschland;DEU Germany;Germany (+49) DE;Germany DE +49;Germany Federal Republic DE;Germany 🇩🇪;🇩🇪 Germany", "US": "USA +1;+1 USA;United States US;USA - United States",
		"CZ": "Czech Republic/Czechia;Czechia / Czech Republic", "TR": "Türkiye/Turkey;Turkey / Türkiye", "MM": "Burma/Myanmar;Myanmar/Burma", "HK": "China - Hong Kong;China Hong Kong;Hong Kong China;China/Hong Kong;Hong Kong +852",
		"MO": "China Macao;China - Macau", "TW": "China Taiwan;Taiwan - China", "JM": "Jamaica +1 876;+1 876 Jamaica;+1-876 Jamaica", "GB": "UK +44;UK - United Kingdom;uk +44", "CH": "Schweiz/Suisse/Svizzera", "CA": "Canada +1", "KR": "Korea +82", "CD": "Congo +243;Congo CD", "RU": "Russia +7",
		"PR": "Puerto Rico - USA;Puerto Rico US", "AE": "UAE +971;UAE - Dubai;🇦🇪;🇦🇪 UAE;AE 🇦🇪", "GU": "Guam - US",
	})
	for text, parts := range map[string][]string{
		"Germany Austria": {"(AT)", "(DE)"}, "Germany Austria DE": {"(AT)", "(DE)"}, "Germany DE Austria": {"(AT)", "(DE)"}, "DE +43 Germany": {"(AT)", "(DE)"}, "Germany Berlin DE": {"unknown"}, "Germany/Austria": {"(AT)", "(DE)"}, "Germany - AT": {"(AT)", "(DE)"}, "Germany +43": {"(AT)", "(DE)"}, "DE Austria": {"(AT)", "(DE)"}, "Serbia and Montenegro": {"(ME)", "(RS)"}, "Georgia US": {"(GE)", "(US)"}, "US Georgia": {"(GE)", "(US)"},
		"USA Puerto Rico": {"(PR)", "(US)"}, "AS Samoa": {"(AS)", "(WS)"}, "no Norway": {"unknown"}, "Samoa United States": {"(US)", "(WS)"}, "🇦🇪🇫🇷": {"unknown"}, "🇦🇪 🇫🇷": {"(AE)", "(FR)"}, "Germany +999": {"unknown"}, "🇦🇶": {"no dialling code"},
	} {
		wantRefused(t, text, parts...)
	}
}

// TestResolveNamesPeopleType holds names that are in no list of a standard.
func TestResolveNamesPeopleType(t *testing.T) {
	t.Parallel()
	wantEach(t, map[string]string{
		"SD": "North Sudan;N. Sudan;Sudan (North)", "SA": "S. Arabia;Saudi Arab", "IR": "Persia", "IE": "Southern Ireland;Ireland (South)", "PS": "Gaza Strip;West Bank and Gaza;West Bank & Gaza Strip", "VA": "Vatican State",
		"FO": "Faroe;Faeroes;Faeroe;Faroe Is.", "KY": "Cayman;Cayman Is.", "AE": "Arab Emirates;الإمـارات", "NZ": "N. Zealand;N.Zealand", "NC": "N. Caledonia", "GR": "Ελλάς;ΕΛΛΑΣ", "RU": "РФ", "MO": "中国澳门;中國澳門",
		"MA": "المغـرب;المـغـرب", "MP": "N. Mariana Is.", "PF": "Fr. Polynesia", "GF": "Fr. Guiana", "PG": "Papua N. Guinea", "BA": "Bosnia and Herz.", "AG": "Antigua and Barb.", "VC": "St. Vin. and Gren.", "SL": "S. Leone",
	})
	for _, text := range []string{"-44", " -44", "−44", "–971", "-1876", "(-44)", "Germany (-43)"} {
		wantRefused(t, text)
	}
	if got, err := phone.Prefix("-97150"); err == nil {
		t.Errorf("Prefix(-97150): got %s, want an error", got)
	}
}
