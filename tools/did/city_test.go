package did_test

import (
	"slices"
	"strings"
	"testing"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
	"didops/internal/money"
	"didops/tools/did"
)

// townOffers are numbers that are in cities by their area codes, by what their
// sellers say, by both and by neither.
func townOffers() map[string]exchange.Offer {
	list := map[string]exchange.Offer{}
	for digits, o := range map[string]exchange.Number{
		"442079460101": {Country: "GB", Type: "national", Description: "Landline"},
		"442079460102": {Country: "GB", Type: "national", Description: "LONDON (020)"},
		"447700900103": {Country: "GB", Type: "mobile", Description: "Mobile, London"},
		"447700900104": {Country: "GB", Type: "mobile", Description: "Londonderry"},
		"15194320105":  {Country: "CA", Type: "national", Description: "Landline"},
		"12025550106":  {Country: "US", Type: "national", Description: "Landline"},
		"33170190107":  {Country: "FR", Type: "national", Description: "sold in London"},
		"4989120108":   {Country: "DE", Type: "national", Description: "Festnetz"},
		"4930120109":   {Country: "DE", Type: "national", Description: "Ortsnetz München, nicht Berlin"},
	} {
		o.Digits, o.ID, o.Voice = digits, digits[len(digits)-4:], true
		o.MonthlyFee, o.SetupFee = money.MustParse("1"), money.MustParse("0")
		list[digits] = exchange.Offer{Number: o}
	}
	return list
}

func townGate(t *testing.T) *harness {
	t.Helper()
	c := newClock()
	b := &bourse{now: c.now, rows: townOffers(), after: -1}
	return &harness{tb: t, gate: gateOf(t, did.Config{Reader: b, Scope: "towns", Currency: "USD", Now: c.now})}
}

// TestSearchByCity holds which numbers are in a city, by what that is told, and
// what is said of the area codes.
func TestSearchByCity(t *testing.T) {
	t.Parallel()
	r := townGate(t)
	london := "London GB +4420"
	for _, tt := range []struct {
		args args
		want []string
		by   []string
		says string
	}{
		{
			args{"city": "London"},
			[]string{"+15194320105", "+33170190107", "+442079460101", "+442079460102", "+447700900103"},
			[]string{"description", "area_code"},
			"Area codes: London CA +1226663 +1519204 +1519432 and 39 more; " + london + "; London US +1606330 +1606862 +1606864 and 4 more. Found by description and area code.",
		},
		{args{"city": "london", "country": "GB"}, []string{"+442079460101", "+442079460102", "+447700900103"}, []string{"description", "area_code"}, "Area codes: " + london + "."},
		{args{"city": "LONDON", "country": "GB", "type": "mobile"}, []string{"+447700900103"}, []string{"description"}, "Found by description."},
		{args{"city": "London", "country": "Canada"}, []string{"+15194320105"}, []string{"area_code"}, "Found by area code."},
		{args{"city": "London", "country": "FR"}, []string{"+33170190107"}, []string{"description"}, "No area code is known for this city"},
		{args{"city": "London, UK"}, []string{"+442079460101", "+442079460102", "+447700900103"}, []string{"description", "area_code"}, "Area codes: " + london + "."},
		{args{"city": "Munich"}, []string{"+4930120109", "+4989120108"}, []string{"description", "area_code"}, "Munich DE +4989"},
		{args{"city": "münchen", "country": "DACH"}, []string{"+4930120109", "+4989120108"}, []string{"description", "area_code"}, "Munich DE +4989"},
		{args{"city": "Londn"}, []string{}, nil, "Cities with area codes that are spelt nearly so: London"},
		{args{"city": "Festnetz"}, []string{"+4989120108"}, []string{"description"}, "No area code is known for this city"},
	} {
		got := r.whole("did_search", tt.args.with(args{"sort": "number"}))
		if !slices.Equal(got.numbers(), tt.want) || !slices.Equal(got.CityBy, tt.by) {
			t.Errorf("%v: got %q by %q, want %q by %q", tt.args, got.numbers(), got.CityBy, tt.want, tt.by)
		}
		if text := words(got.result.Doc); !strings.Contains(text, tt.says) {
			t.Errorf("%v: got %q, want %q in it", tt.args, text, tt.says)
		}
		count := r.get("did_overview", tt.args)
		if count.Matched != len(tt.want) || !slices.Equal(count.CityBy, tt.by) || !slices.Equal(count.AreaCodes, got.AreaCodes) {
			t.Errorf("%v: got an overview of %d by %q of %q, want %d by %q of %q", tt.args, count.Matched, count.CityBy, count.AreaCodes, len(tt.want), tt.by, got.AreaCodes)
		}
	}
}

// TestCityIsChecked holds what is said of a city that is none.
func TestCityIsChecked(t *testing.T) {
	t.Parallel()
	r := townGate(t)
	for _, city := range []string{"🏙️", "020", "+44 20", "-", "\u202e\u0007", strings.Repeat("London ", 30)} {
		for _, tool := range []string{"did_search", "did_overview"} {
			if f := r.refused(tool, args{"city": city}); f.Code != fault.Invalid || f.Field != "city" || f.Hint == "" {
				t.Errorf("%s %q: got %v, want it refused for its city, with a hint", tool, city, f)
			}
		}
	}
	if got := r.get("did_search", args{"city": " "}); got.Matched != len(townOffers()) {
		t.Errorf("got %d numbers for no city, want all", got.Matched)
	}
}

// TestCursorKeepsToItsCity holds that the pages of one city are not those of
// another.
func TestCursorKeepsToItsCity(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 2000, PageMost: 1000}, client: tcxc.Options{PageSize: 1000}})
	cursor := r.get("did_search", args{"city": "Etisalat", "limit": 1}).Next
	if cursor == "" {
		t.Fatal("got one page of Etisalat, want several")
	}
	if f := r.refused("did_search", args{"city": "Du", "limit": 1, "cursor": cursor}); f.Field != "cursor" {
		t.Errorf("got %v, want the cursor refused", f)
	}
}
