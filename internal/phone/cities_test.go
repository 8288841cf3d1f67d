package phone_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"didops/internal/fault"
	"didops/internal/phone"
)

// meantBy writes the places of a city: "GB +4420".
func meantBy(c *phone.City) []string {
	var list []string
	for _, p := range c.Places {
		list = append(list, p.Country+" +"+p.Codes[0])
	}
	return list
}

// TestFindCity holds where the numbers of cities begin, by what they are called
// in English, there, and of old.
func TestFindCity(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		isos []string
		want []string
	}{
		{"London", []string{"GB"}, []string{"GB +4420"}},
		{"london", nil, []string{"CA +1226663", "GB +4420", "US +1606330"}},
		{"London, UK", nil, []string{"GB +4420"}},
		{"London, Ontario", nil, []string{"CA +1226663", "GB +4420", "US +1606330"}},
		{"Berlin", []string{"DE"}, []string{"DE +4930"}},
		{"DUBAI", nil, []string{"AE +9714"}},
		{"Sharjah", nil, []string{"AE +9716"}},
		{"Umm Al Quwain", nil, []string{"AE +9716"}},
		{"Munich", []string{"DE"}, []string{"DE +4989"}},
		{"München", nil, []string{"DE +4989"}},
		{"munchen", nil, []string{"DE +4989"}},
		{"Köln", nil, []string{"DE +49221"}},
		{"Frankfurt", []string{"DE"}, []string{"DE +49335", "DE +4969"}},
		{"Wien", nil, []string{"AT +431"}},
		{"Genève", nil, []string{"CH +4122"}},
		{"Zürich", []string{"CH"}, []string{"CH +4143"}},
		{"Roma", []string{"IT"}, []string{"IT +3906"}},
		{"Москва", nil, []string{"RU +7495"}},
		{"北京", nil, []string{"CN +8610"}},
		{"서울", nil, []string{"KR +822"}},
		{"Bombay", nil, []string{"IN +91222"}},
		{"São Paulo", []string{"BR"}, []string{"BR +5511"}},
		{"NYC", nil, []string{"US +1201631"}},
		{"Toronto", []string{"CA"}, []string{"CA +1416"}},
		{"Washington DC", nil, []string{"US +1202"}},
		{"Helsinki", nil, []string{"FI +3589"}},
		{"Birmingham", nil, []string{"GB +44121", "US +1205202"}},
		{"Birmingham", []string{"GB"}, []string{"GB +44121"}},
		{"Córdoba", []string{"AR", "ES"}, []string{"AR +54351", "ES +34857"}},
		{"Berlin", []string{"FR"}, nil},
		{"Atlantis", nil, nil},
	} {
		c, err := phone.FindCity(tt.text, tt.isos)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if got := meantBy(c); !slices.Equal(got, tt.want) {
			t.Errorf("%q in %v: got %q, want %q", tt.text, tt.isos, got, tt.want)
		}
	}
}

// TestCityOfNumber holds which numbers begin with an area code of a city.
func TestCityOfNumber(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		city, digits string
		want         bool
	}{
		{"London", "442079460123", true},
		{"London", "441212345678", false},
		{"London", "4420", true},
		{"London", "442", false},
		{"London", "447911123456", false},
		{"Dubai", "97142345678", true},
		{"Dubai", "971501234567", false},
		{"New York", "12125550123", true},
		{"New York", "15185550123", false},
		{"Atlantis", "442079460123", false},
	} {
		c, err := phone.FindCity(tt.city, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Has(tt.digits); got != tt.want {
			t.Errorf("%s has %s: got %v, want %v", tt.city, tt.digits, got, tt.want)
		}
	}
}

// TestCityInText holds what of a seller's words names a city: whole words, by
// any of its names.
func TestCityInText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		city, text string
		want       bool
	}{
		{"London", "Landline - LONDON (020)", true},
		{"London", "Londonderry", false},
		{"Bath", "with bathroom", false},
		{"Bath", "bathe in Bath", true},
		{"Munich", "Festnetz München", true},
		{"München", "Munich, geographic", true},
		{"New York", "new-york/mobile", true},
		{"New York", "York, new", false},
		{"NYC", "New York City", true},
		{"Atlantis", "City of Atlantis", true},
		{"北京", "中国北京固话", true},
		{"London", "", false},
	} {
		c, err := phone.FindCity(tt.city, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.In(tt.text); got != tt.want {
			t.Errorf("%s in %q: got %v, want %v", tt.city, tt.text, got, tt.want)
		}
	}
}

// TestBadCity holds what is said of a text that can be no city.
func TestBadCity(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		" ":                       "names no city",
		"🏙️":                      "names no city",
		"\u202e\x00":              "names no city",
		"---":                     "names no city",
		"4420":                    "is a number",
		"+44 (20)":                "is a number",
		strings.Repeat("ab ", 40): "too long",
	} {
		_, err := phone.FindCity(text, nil)
		f, ok := fault.As(err)
		if !ok || f.Code != fault.Invalid || f.Field != "city" || !strings.Contains(f.Message, want) || strings.ContainsAny(f.Message, "\u202e\x00") {
			t.Errorf("%q: got %v, want that it %s", text, err, want)
		}
	}
}

// TestNearCities holds what is suggested for a name that no plan has.
func TestNearCities(t *testing.T) {
	t.Parallel()
	if got := phone.NearCities("Berlim", []string{"DE"}); !slices.Contains(got, "Berlin") {
		t.Errorf("got %q, want Berlin among them", got)
	}
	if got := phone.NearCities("München", []string{"FR"}); len(got) > 0 {
		t.Errorf("got %q, want none in France, of which no codes are known", got)
	}
	if got := phone.NearCities("🏙️", nil); got != nil {
		t.Errorf("got %q, want none", got)
	}
}

// TestCityCodes holds of every place that its codes are of its country, and
// that none is within another.
func TestCityCodes(t *testing.T) {
	t.Parallel()
	places := phone.AllPlaces()
	if len(places) < 25_000 {
		t.Fatalf("got %d places, want those of all plans", len(places))
	}
	for _, p := range places {
		for i, code := range p.Codes {
			if !slices.Contains(phone.CountriesOf(code), p.Country) {
				t.Errorf("%s: +%s is of %v, not of %s", p.Name, code, phone.CountriesOf(code), p.Country)
			}
			if i > 0 && strings.HasPrefix(code, p.Codes[i-1]) {
				t.Errorf("%s: +%s is within +%s", p.Name, code, p.Codes[i-1])
			}
		}
	}
}

func BenchmarkFindCity(b *testing.B) {
	for _, city := range []string{"London", "München", "Atlantis"} {
		b.Run(city, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := phone.FindCity(city, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func ExampleFindCity() {
	city, err := phone.FindCity("Köln", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(city.Places[0].Name, city.Places[0].Codes, city.In("Festnetz Köln"))
	// Output: Cologne [49221] true
}
