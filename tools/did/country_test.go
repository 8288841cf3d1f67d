package did_test

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/nyaruka/phonenumbers"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/money"
	"didops/internal/phone"
	"didops/tools/did"
)

// shelf is an exchange that has a few rows, for sale and owned alike.
type shelf []exchange.Number

func (s shelf) with(prefix string) []exchange.Number {
	var out []exchange.Number
	for _, n := range s {
		if strings.HasPrefix(n.Digits, prefix) {
			n.ID, n.SetupFee, n.MonthlyFee = n.Digits, money.MustParse("1"), money.MustParse("2")
			out = append(out, n)
		}
	}
	return out
}

func (s shelf) Market(_ context.Context, q exchange.MarketQuery, take func([]exchange.Offer) error) (exchange.Reading, error) {
	var page []exchange.Offer
	for _, n := range s.with(q.Prefix) {
		page = append(page, exchange.Offer{Number: n})
	}
	return exchange.Reading{Rows: len(page), End: true, Complete: true}, take(page)
}

func (s shelf) Owned(_ context.Context, q exchange.OwnedQuery, take func([]exchange.Owned) error) (exchange.Reading, error) {
	var page []exchange.Owned
	for _, n := range s.with(q.Prefix) {
		page = append(page, exchange.Owned{Number: n})
	}
	return exchange.Reading{Rows: len(page), End: true, Complete: true}, take(page)
}

// TestSharedCodesAreOfEveryCountry holds that toll-free, premium and personal
// numbers of a code of several countries are found by their own country, for
// sale and owned, and not by another of the code.
func TestSharedCodesAreOfEveryCountry(t *testing.T) {
	t.Parallel()
	market := shelf{
		{Digits: "18765550123", Country: "JM"},
		{Digits: "18005550101", Country: "JM"},
		{Digits: "18885550102", Country: "JM"},
		{Digits: "19005550103", Country: "JM"},
		{Digits: "15225550104", Country: "JM"},
		{Digits: "18005550105", Country: "US"},
		{Digits: "18005550106", Country: "TT"},
		{Digits: "12025550107", Country: "US"},
		{Digits: "78005550108", Country: "KZ"},
		{Digits: "78095550109", Country: "KZ"},
		{Digits: "77015550110", Country: "KZ"},
		{Digits: "78005550111", Country: "RU"},
		{Digits: "971501234567", Country: "AE"},
	}
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 100}, did: did.Config{Reader: market}})
	for country, want := range map[string][]string{
		"Jamaica":    {"+15225550104", "+18005550101", "+18765550123", "+18885550102", "+19005550103"},
		"Trinidad":   {"+18005550106"},
		"USA":        {"+12025550107", "+18005550105"},
		"Kazakhstan": {"+77015550110", "+78005550108", "+78095550109"},
		"Russia":     {"+78005550111"},
		"Barbados":   {},

		"TT, KZ":                 {"+18005550106", "+77015550110", "+78005550108", "+78095550109"},
		`["Trinidad", "Russia"]`: {"+18005550106", "+78005550111"},
		"Gulf; RU":               {"+78005550111", "+971501234567"},
		"EU":                     {},
	} {
		for _, tool := range []string{"did_search", "did_list"} {
			got := r.get(tool, args{"country": country, "sort": "number"})
			if diff := gocmp.Diff(want, append([]string{}, got.numbers()...)); diff != "" || !got.Complete || got.Matched != len(want) {
				t.Errorf("%s of %s: complete %v, matched %d (-want +got):\n%s", tool, country, got.Complete, got.Matched, diff)
			}
		}
	}
	if got := r.get("did_search", args{"country": "Jamaica", "prefix": "1 800"}); !slices.Equal(got.numbers(), []string{"+18005550101"}) {
		t.Errorf("toll-free numbers of Jamaica: got %q", got.numbers())
	}
}

// examples returns libphonenumber's example numbers of every type and region as
// rows of that region. Regions that share an example get it with other last
// digits.
func examples(t *testing.T) shelf {
	t.Helper()
	var rows shelf
	seen := map[string]bool{}
	for _, iso := range slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions())) {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			n := phonenumbers.GetExampleNumberForType(iso, kind)
			if n == nil {
				continue
			}
			digits := strings.TrimPrefix(phonenumbers.Format(n, phonenumbers.E164), "+")
			for i := 10; seen[digits]; i++ {
				digits = digits[:len(digits)-2] + strconv.Itoa(i)
			}
			seen[digits] = true
			rows = append(rows, exchange.Number{Digits: digits, Country: phone.Locate(digits, iso)})
		}
	}
	return rows
}

// TestNumbersOfEveryTypeAreFound holds that every kind of number of every
// country is found by the country, for sale and owned.
func TestNumbersOfEveryTypeAreFound(t *testing.T) {
	t.Parallel()
	rows := examples(t)
	if len(rows) < 1200 {
		t.Fatalf("got %d example numbers, want 1200 or more", len(rows))
	}
	want := map[string][]string{}
	for _, n := range rows {
		want[n.Country] = append(want[n.Country], "+"+n.Digits)
	}
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 100}, did: did.Config{Reader: rows}})
	for iso, numbers := range want {
		slices.Sort(numbers)
		for _, tool := range []string{"did_search", "did_list"} {
			got := r.get(tool, args{"country": iso, "sort": "number", "limit": 100})
			if diff := gocmp.Diff(numbers, got.numbers()); diff != "" || !got.Complete {
				t.Errorf("%s of %q: complete %v (-want +got):\n%s", tool, iso, got.Complete, diff)
			}
		}
	}
}

// TestUndecidedCountryIsNotComplete holds that rows of which nobody knows
// whether they are in the wanted country are counted, and no others.
func TestUndecidedCountryIsNotComplete(t *testing.T) {
	t.Parallel()
	market := shelf{
		{Digits: "18005550101", CountryName: "Atlantis", Type: "tollfree"},
		{Digits: "441481555012", Type: "national"},
		{Digits: "442079460147", Country: "GB", Type: "national"},
		{Digits: "18765550123", Country: "JM", Type: "mobile"},
		{Digits: "12025550107", Country: "US", Type: "mobile"},
	}
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 100}, did: did.Config{Reader: market}})
	for _, tt := range []struct {
		args    args
		matched int
		left    string
	}{
		{args{"country": "Jamaica"}, 1, "left out: 1 number of a dialling code of several countries"},
		{args{"country": "Jamaica", "prefix": "1876"}, 1, ""},
		{args{"country": "UK"}, 1, "left out: 1 number"},
		{args{"country": "+44"}, 2, ""},
		{args{"country": "+1"}, 3, ""},
		{args{"country": "UAE"}, 0, ""},
		{args{}, 5, ""},
	} {
		for _, tool := range []string{"did_search", "did_overview", "did_list"} {
			got := r.get(tool, tt.args)
			if got.Matched != tt.matched || got.Complete != (tt.left == "") || !strings.Contains(got.Reason, tt.left) {
				t.Errorf("%s %v: got %d matched, complete %v, %q; want %d and %q", tool, tt.args, got.Matched, got.Complete, got.Reason, tt.matched, tt.left)
			}
		}
	}
	if got := r.get("did_search", args{"country": "Jamaica", "type": "mobile"}); !got.Complete {
		t.Errorf("a row that does not fit otherwise: got %q, want complete", got.Reason)
	}
}

// TestResultSaysWhichCountriesWereMeant holds that no name is read in silence.
func TestResultSaysWhichCountriesWereMeant(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 300}})
	for _, tt := range []struct {
		country any
		want    []string
		text    string
	}{
		{"China (Hong Kong)", []string{"HK"}, " in Hong Kong (HK)"},
		{"Ireland (Northern)", []string{"GB"}, " in United Kingdom (GB)"},
		{"한국", []string{"KR"}, " in South Korea (KR)"},
		{"+44", []string{"GB", "GG", "IM", "JE"}, " in United Kingdom (GB), Guernsey (GG), Isle of Man (IM) and Jersey (JE)"},
		{"+1", nil, " in 25 countries (AG, AI, "},
		{nil, nil, ""},
	} {
		for _, tool := range []string{"did_search", "did_overview", "did_list"} {
			a := args{}
			if tt.country != nil {
				a["country"] = tt.country
			}
			got := r.get(tool, a)
			if tt.country == "+1" && len(got.Countries) != 25 || tt.country != "+1" && !slices.Equal(got.Countries, tt.want) {
				t.Errorf("%s %v: got countries %v, want %v", tool, tt.country, got.Countries, tt.want)
			}
			if summary := got.result.Doc.Summary; !strings.Contains(summary, tt.text) || tt.country == nil && strings.Contains(summary, "(") {
				t.Errorf("%s %v: got %q, want %q in it", tool, tt.country, summary, tt.text)
			}
		}
	}
}
