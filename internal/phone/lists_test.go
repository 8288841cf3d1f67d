package phone_test

import (
	"slices"
	"strings"
	"testing"

	"didops/internal/fault"
	"didops/internal/phone"
)

// TestResolveList holds lists and regions, and that a name with a comma is one
// country still.
func TestResolveList(t *testing.T) {
	t.Parallel()
	const eu = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
	for _, tt := range []struct{ in, want string }{
		{"AE", "AE"},
		{"AE,FR", "AE FR"},
		{"ae, fr", "AE FR"},
		{"AE; FR;", "AE FR"},
		{"AE\nFR", "AE FR"},
		{`["AE","FR"]`, "AE FR"},
		{` [ "UAE" , "Korea, South" ] `, "AE KR"},
		{"[Germany]", "DE"},
		{`["UAE", "Korea, South"]`, "AE KR"},
		{`["Georgia", "USA"]`, "GE US"},
		{"Germany, France", "DE FR"},
		{"Germany، France", "DE FR"},
		{"Georgia; USA", "GE US"},
		{"GE,US", "GE US"},
		{"Georgia, USA", ""},
		{"Jersey, United States", ""},
		{"USA, Canada", "CA US"},
		{"Georgia, Armenia, USA", "AM GE US"},
		{"+971, +33", "AE FR"},
		{"+971; Oman", "AE OM"},
		{"MA, LI", "LI MA"},
		{"CU,BA", "BA CU"},
		{"AE, AE, UAE", "AE"},
		{"Korea, South", "KR"},
		{"Korea, South; Japan", "JP KR"},
		{"Hong Kong, China", "HK"},
		{"Puerto Rico, USA", "PR"},
		{"Bonaire, Sint Eustatius and Saba", "BQ"},
		{"Saint Helena, Ascension and Tristan da Cunha", "AC SH TA"},
		{"AE, Atlantis", ""},
		{"AE; Congo", ""},
		{`["AE"`, ""},
		{`["AE", 5]`, ""},
		{"[]", ""},
		{"", ""},
		{";", ""},
		{",", ""},
		{strings.Repeat("AE;", 51), ""},
		{"Gulf", "AE BH KW OM QA SA"},
		{"the gulf", "AE BH KW OM QA SA"},
		{"GCC", "AE BH KW OM QA SA"},
		{"EU", eu},
		{"EEA", eu + " IS LI NO"},
		{"Nordics", "AX DK FI FO GL IS NO SE"},
		{"baltics", "EE LT LV"},
		{"Benelux", "BE LU NL"},
		{"DACH", "AT CH DE"},
		{"DACH, Benelux", "AT BE CH DE LU NL"},
		{"Baltics; PL", "EE LT LV PL"},
		{`["Baltics"]`, "EE LT LV"},
	} {
		found, err := phone.ResolveList(tt.in)
		var got []string
		for _, c := range found {
			got = append(got, c.ISO)
		}
		slices.Sort(got)
		want := strings.Fields(tt.want)
		slices.Sort(want)
		if f, ok := fault.As(err); !slices.Equal(got, want) || (err == nil) != (tt.want != "") || err != nil && (!ok || f.Field != "country") {
			t.Errorf("ResolveList(%q): got %v, %v, want %v", tt.in, got, err, want)
		}
	}
	for region, least := range map[string]int{"NANP": 25, "LATAM": 20} {
		if got, err := phone.ResolveList(region); err != nil || len(got) < least {
			t.Errorf("ResolveList(%q): got %v, %v, want %d or more", region, got, err, least)
		}
	}
}

// TestRegions holds how many countries each region has, and that a name nearly
// spelt so is told from a country's.
func TestRegions(t *testing.T) {
	t.Parallel()
	for _, r := range phone.Regions() {
		want := map[string]int{
			"Gulf": 6, "GCC": 6, "EU": 27, "EEA": 30, "Nordics": 8, "Baltics": 3, "Benelux": 3, "DACH": 3, "LATAM": 21, "NANP": 25,
		}[r.Name]
		found, err := phone.ResolveList(r.Name)
		if len(r.Members) != want || err != nil || !slices.Equal(found, r.Members) {
			t.Errorf("%s: got %d members, and %v, %v for its name, want %d", r.Name, len(r.Members), found, err, want)
		}
	}
	for text, want := range map[string]string{"Gulff": "Gulf", "Nordic": "Nordics", "Balticks": "Baltics", "Latan": "LATAM", "UAE; Benelx": "Benelux"} {
		_, err := phone.ResolveList(text)
		if f, ok := fault.As(err); !ok || f.Field != "country" || !strings.Contains(f.Message, want) {
			t.Errorf("%q: got %v, want %s suggested", text, err, want)
		}
	}
}
