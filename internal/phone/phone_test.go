package phone_test

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nyaruka/phonenumbers"
	"go.uber.org/goleak"

	"didops/internal/phone"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lines returns the lines of a file under testdata, cut at spaces into at most
// n fields.
func lines(tb testing.TB, name string, n int) [][]string {
	tb.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var out [][]string
	for s := bufio.NewScanner(f); s.Scan(); {
		if !strings.HasPrefix(s.Text(), "#") {
			out = append(out, strings.SplitN(s.Text(), " ", n))
		}
	}
	if len(out) < 200 {
		tb.Fatalf("%s: got %d lines, want at least 200", name, len(out))
	}
	return out
}

// TestPlanMatchesLibphonenumber compares the built-in table with the metadata
// of libphonenumber, which the program itself does not link.
func TestPlanMatchesLibphonenumber(t *testing.T) {
	t.Parallel()
	regions := phonenumbers.GetSupportedRegions()
	if got, want := len(phone.Countries()), len(regions); got != want {
		t.Errorf("countries: got %d, want %d", got, want)
	}
	for iso := range regions {
		want := phonenumbers.Format(phonenumbers.GetExampleNumber(iso), phonenumbers.E164)
		dial := phone.Dial(iso)
		if dial == "" || !strings.HasPrefix(want, "+"+dial) {
			t.Errorf("Dial(%s): got %q, want the beginning of %s", iso, dial, want)
		}
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			checkExample(t, iso, kind)
		}
	}
}

func checkExample(t *testing.T, iso string, kind phonenumbers.PhoneNumberType) {
	t.Helper()
	n := phonenumbers.GetExampleNumberForType(iso, kind)
	if n == nil {
		return
	}
	digits := strings.TrimPrefix(phonenumbers.Format(n, phonenumbers.E164), "+")
	prefixes := phone.Prefixes(iso)
	if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(digits, p) }) {
		t.Errorf("Prefixes(%s): got %v, want one that %s begins with", iso, prefixes, digits)
	}
	if got := phone.CountriesOf(digits); !slices.Contains(got, iso) {
		t.Errorf("CountriesOf(%s): got %v, want %s among them", digits, got, iso)
	}
	if got := phone.Locate(digits); got != iso && got != "" {
		t.Errorf("Locate(%s): got %s, want %s or none", digits, got, iso)
	}
	if got := phone.Locate(digits, iso); got != iso {
		t.Errorf("Locate(%s, %s): got %q", digits, iso, got)
	}
	if got := phone.Locate(digits, "AE"); got != iso && got != "" && iso != "AE" {
		t.Errorf("Locate(%s, AE): got %q, want %s or none", digits, got, iso)
	}
}

func TestCountriesAreSortedAndTheCallersOwn(t *testing.T) {
	t.Parallel()
	got := phone.Countries()
	if !slices.ContainsFunc(got, func(c phone.Country) bool { return c == phone.Country{ISO: "AE", Name: "United Arab Emirates"} }) {
		t.Errorf("got no United Arab Emirates in %v", got)
	}
	for i, c := range got {
		if c.Name == "" || len(c.ISO) != 2 {
			t.Errorf("countries[%d]: got %+v, want a code and a name", i, c)
		}
	}
	got[0] = phone.Country{}
	if phone.Countries()[0] == got[0] {
		t.Error("a caller's change of the result got into the index")
	}
	names := []string{}
	for _, c := range phone.Countries()[:4] {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff([]string{"Afghanistan", "Åland Islands", "Albania", "Algeria"}, names); diff != "" {
		t.Errorf("first names (-want +got):\n%s", diff)
	}
}

func TestByISO(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"AE", "United Arab Emirates"},
		{"ae", "United Arab Emirates"},
		{"HK", "Hong Kong"},
		{"ARE", ""},
		{"AQ", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got, ok := phone.ByISO(tt.in)
		if got.Name != tt.want || ok != (tt.want != "") {
			t.Errorf("ByISO(%q): got %q, %v, want %q", tt.in, got.Name, ok, tt.want)
		}
	}
}

func TestPrefixes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		iso  string
		want []string
	}{
		{"AE", []string{"971"}},
		{"ae", []string{"971"}},
		{"US", []string{"1"}},
		{"CA", []string{"1"}},
		{"KZ", []string{"76", "77", "780", "7810"}}, // it shares the codes of +7 that are no area's with RU
		{"RU", []string{"7"}},
		{"GG", []string{"44"}},
		{"BQ", []string{"5993", "5994", "5997"}},
		{"VA", []string{"39"}}, // its mobile numbers are Italian ones
		{"IM", []string{"44"}}, // some of its mobile numbers look like British ones
		{"ZZ", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, phone.Prefixes(tt.iso)); diff != "" {
			t.Errorf("Prefixes(%s) (-want +got):\n%s", tt.iso, diff)
		}
	}
	// Its own areas, and the codes of +1 that are no country's own.
	want := strings.Fields("1658 1876 1500 152 1533 1544 1566 1577 1588 1800 1833 1844 1855 1866 1877 1888 1900")
	if diff := cmp.Diff(want, phone.Prefixes("JM")); diff != "" {
		t.Errorf("Prefixes(JM) (-want +got):\n%s", diff)
	}
	if got := phone.Dial("ZZ"); got != "" {
		t.Errorf("Dial(ZZ): got %q, want none", got)
	}
}

func TestCountriesOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		digits string
		want   []string
		only   string
	}{
		{"971501234567", []string{"AE"}, "AE"},
		{"97150", []string{"AE"}, "AE"},
		{"18765550123", []string{"JM"}, "JM"},
		{"12025550123", []string{"CA", "US"}, ""},
		{"126", []string{"AG", "AI", "CA", "US"}, ""},
		{"15205550123", []string{"CA", "US"}, ""}, // Arizona, in the midst of personal numbers
		{"77015550123", []string{"KZ"}, "KZ"},
		{"74955550123", []string{"RU"}, "RU"},
		{"7", []string{"KZ", "RU"}, ""},
		{"441481555012", []string{"GB", "GG", "IM", "JE"}, ""},
		{"393125550123", []string{"IT", "VA"}, ""},
		{"441624555012", []string{"IM"}, "IM"},
		{"97", []string{"AE", "BH", "BT", "IL", "MN", "NP", "PS", "QA"}, ""},
		{"80055501234", nil, ""},
		{"0", nil, ""},
		{"", nil, ""},
	}
	for _, tt := range tests {
		got := phone.CountriesOf(tt.digits)
		if !slices.Equal(got, tt.want) {
			t.Errorf("CountriesOf(%s): got %v, want %v", tt.digits, got, tt.want)
		}
		if only := phone.Locate(tt.digits); only != tt.only {
			t.Errorf("Locate(%s): got %q, want %q", tt.digits, only, tt.only)
		}
	}
}

// TestSharedCodes holds that toll-free, premium and personal numbers may be of
// every country of their code, and that a claim decides which, but no claim of
// a country that the code is not of.
func TestSharedCodes(t *testing.T) {
	t.Parallel()
	nanp, err := phone.Resolve("+1")
	if err != nil {
		t.Fatal(err)
	}
	for _, digits := range []string{"18005550123", "18885550123", "19005550123", "15005550123", "15225550123", "15885550123"} {
		if got := phone.CountriesOf(digits); len(got) != len(nanp) {
			t.Errorf("CountriesOf(%s): got %v, want all of +1", digits, got)
		}
		for _, c := range nanp {
			if got := phone.Locate(digits, c.ISO); got != c.ISO {
				t.Errorf("Locate(%s, %s): got %q", digits, c.ISO, got)
			}
		}
	}
	for _, tt := range []struct{ digits, claimed, want string }{
		{"78005550123", "KZ", "KZ"},
		{"78005550123", "RU", "RU"},
		{"78095550123", "KZ", "KZ"},
		{"78108001234", "KZ", "KZ"},
		{"78005550123", "", ""},
		{"78005550123", "UZ", ""},
		{"18005550123", "GB", ""},
		{"18005550123", "", ""},
		{"12025550123", "JM", ""},
		{"12025550123", "CA", "CA"},
		{"74955550123", "KZ", "RU"},
		{"85221234567", "CN", "HK"},
		{"17875550123", "US", "PR"},
		{"971501234567", "", "AE"},
		{"971501234567", "SA", "AE"},
		{"441481555012", "GG", "GG"},
		{"441481555012", "FR", ""},
		{"88312345678", "US", ""},
		{"80012345678", "US", ""},
		{"97150", "", "AE"},
		{"18005550123", "US PR", "PR"},
		{"18005550123", "PR US", "PR"},
		{"18005550123", "US GE", "US"},
		{"18005550123", "VG VI", ""},
		{"590590123456", "MF SX", "MF"},
	} {
		if got := phone.Locate(tt.digits, strings.Fields(tt.claimed)...); got != tt.want {
			t.Errorf("Locate(%s, %q): got %q, want %q", tt.digits, tt.claimed, got, tt.want)
		}
	}
}

func BenchmarkLocate(b *testing.B) {
	for b.Loop() {
		phone.Locate("18765550123", "US")
	}
}

func BenchmarkResolve(b *testing.B) {
	for b.Loop() {
		if _, err := phone.Resolve("United Arab Emirates"); err != nil {
			b.Fatal(err)
		}
	}
}
