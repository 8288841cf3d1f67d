package market_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
)

// bazaar returns rows of many countries, sellers and fees, the same each time.
func bazaar(rows int) []exchange.Offer {
	r := rand.New(rand.NewPCG(1, 1))
	codes := []string{"1", "44", "971", "49", "33", "34", "39", "48", "61", "81", "852", "966", "20", "27", "55", "52"}
	list := make([]exchange.Offer, rows)
	seen := map[string]bool{}
	for i := range list {
		code := codes[min(r.IntN(len(codes)), r.IntN(len(codes)))]
		digits := fmt.Sprintf("%s%09d", code, r.IntN(1_000_000_000))
		for seen[digits] {
			digits = fmt.Sprintf("%s%09d", code, r.IntN(1_000_000_000))
		}
		seen[digits] = true
		list[i].Number = exchange.Number{
			ID: fmt.Sprint(r.Uint32() + 1), Digits: digits, Country: code, CountryName: "Country of +" + code,
			Type:  []string{"mobile", "national", "tollfree", "unknown"}[r.IntN(4)],
			Voice: r.IntN(10) > 0, SMS: r.IntN(3) == 0, Fax: r.IntN(20) == 0,
			MonthlyFee: money.MustParse(fmt.Sprintf("%d.%02d", r.IntN(30), r.IntN(100))), SetupFee: money.MustParse(fmt.Sprint(r.IntN(5))),
			Price1: money.MustParse(fmt.Sprintf("0.0%d", r.IntN(90))), Vendor: fmt.Sprintf("Seller %d", r.IntN(60)),
			Description: fmt.Sprintf("Mobile - Operator %d", r.IntN(5000)),
		}
	}
	return list
}

// BenchmarkMillionRows asks a memory of a million rows: in a process that has
// just opened the file, and in one that holds it.
func BenchmarkMillionRows(b *testing.B) {
	path := filepath.Join(b.TempDir(), "market.db")
	rows := bazaar(1_000_000)
	file := market.NewFile(path, zerolog.Nop())
	defer func() { _ = file.Close() }()
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fill := market.New(file, market.Config{Scope: scope, Now: c.now})
	rec := fill.Record(exchange.MarketQuery{})
	for i := 0; i < len(rows); i += 500 {
		rec.Take(b.Context(), rows[i:min(i+500, len(rows))])
	}
	if _, err := rec.End(b.Context(), exchange.Reading{Rows: len(rows), End: true, Complete: true}); err != nil {
		b.Fatal(err)
	}
	if info, err := os.Stat(path); err == nil {
		b.Logf("%.0f MB of file", float64(info.Size())/1e6)
	}
	yes := true
	for name, f := range map[string]*market.Filter{
		"country and type": {Prefixes: []string{"971"}, Place: func(p market.Place) market.Answer {
			if p.Type == "mobile" {
				return market.Yes
			}
			return market.No
		}},
		"feature": {Features: [4]*bool{1: &yes}},
		"pattern": {Number: func(digits []byte) bool { return bytes.Contains(digits, []byte("777")) }},
		"all":     {},
	} {
		for _, hold := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/held=%t", name, hold), func(b *testing.B) {
				m := market.New(file, market.Config{Scope: scope, Now: c.now, Hold: hold})
				var got market.Found
				for b.Loop() {
					found := 0
					if err := m.Look(b.Context(), func(v *market.View) error {
						prefixes := f.Prefixes
						if prefixes == nil {
							prefixes = []string{""}
						}
						return v.Visit(b.Context(), prefixes, func(c *market.Cell) error {
							c.Select(f, &got)
							found += len(got.Fit)
							return nil
						})
					}); err != nil || found == 0 {
						b.Fatalf("got %d rows, %v", found, err)
					}
				}
			})
		}
	}
	for name, q := range map[string]exchange.MarketQuery{"of one part": {Prefix: "971"}, "of all parts": {Prefix: "none"}} {
		slice := rows[:20_000]
		if q.Prefix == "971" {
			slice = slices.DeleteFunc(slices.Clone(rows), func(o exchange.Offer) bool { return !strings.HasPrefix(o.Digits, q.Prefix) })[:20_000]
		}
		for _, changed := range []int{0, 1, 25} { // of a hundred
			b.Run(fmt.Sprintf("replace 20,000 %s/changed=%d%%", name, changed), func(b *testing.B) {
				for b.Loop() {
					c.at = c.at.Add(15 * time.Minute)
					for i := range slice {
						if i%100 < changed {
							slice[i].MonthlyFee = money.MustParse(fmt.Sprintf("%d.%02d", c.at.Minute(), i%100))
						}
					}
					rec := fill.Record(q)
					rec.Take(b.Context(), slice)
					if _, err := rec.End(b.Context(), exchange.Reading{Rows: len(slice), Complete: false}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
