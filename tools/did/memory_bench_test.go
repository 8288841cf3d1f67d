package did_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/money"
)

// BenchmarkMemory asks a server's memory of 300,000 numbers what people ask.
func BenchmarkMemory(b *testing.B) {
	w := &bourse{now: time.Now, rows: map[string]exchange.Offer{}, after: -1}
	r := rand.New(rand.NewPCG(1, 1))
	for range 300_000 {
		o := someOffer(b, r)
		w.rows[o.Digits] = o
	}
	c := remembering(b, time.Now)
	c.Reader, c.Scope, c.Currency, c.MaxAge = w, "bourse", "USD", time.Hour
	gate := gateOf(b, c)
	if _, err := read(b.Context(), gate, call("did_overview", args{})); err != nil {
		b.Fatal(err)
	}
	for _, q := range []struct {
		name, tool string
		args       args
	}{
		{"country and type", "did_search", args{"country": "UAE", "type": "mobile"}},
		{"feature", "did_search", args{"sms": true}},
		{"pattern", "did_search", args{"pattern": "*777*"}},
		{"vendor", "did_search", args{"vendor": "Seller 7"}},
		{"first year", "did_search", args{"sort": "first_year_cost"}},
		{"by use", "did_search", args{"sms": true, "minutes": 3000, "messages": 10000, "sort": "monthly_cost"}},
		{"overview of a country", "did_overview", args{"country": "US"}},
		{"overview of all", "did_overview", args{}},
		{"overview by use", "did_overview", args{"minutes": 3000}},
	} {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got, err := read(b.Context(), gate, call(q.tool, q.args)); err != nil || !got.Complete || got.Matched == 0 {
					b.Fatalf("got %+v, %v", got, err)
				}
			}
		})
	}
}

// someOffer draws an offer as markets have them.
func someOffer(b *testing.B, r *rand.Rand) exchange.Offer {
	b.Helper()
	code := []string{"1202", "1415", "971", "44", "49", "33", "7", "86"}[r.IntN(8)]
	cents := func(most int) money.Amount {
		return money.MustParse(fmt.Sprintf("%d.%02d5", r.IntN(most), r.IntN(100)))
	}
	sixty := 60
	return exchange.Offer{Number: exchange.Number{
		ID: fmt.Sprint(r.Uint32()), Digits: fmt.Sprintf("%s%08d", code, r.IntN(100_000_000)),
		Country: map[string]string{"1202": "US", "1415": "US", "971": "AE", "44": "GB", "49": "DE", "33": "FR", "7": "RU", "86": "CN"}[code], CountryName: code,
		Type: []string{"mobile", "national", "tollfree"}[r.IntN(3)], Voice: r.IntN(10) > 0, SMS: r.IntN(2) == 0,
		MonthlyFee: cents(20), SetupFee: cents(5), Price1: money.MustParse(fmt.Sprintf("0.0%02d", r.IntN(100))), PriceN: money.MustParse("0.01"),
		SMSPrice: money.MustParse(fmt.Sprintf("0.00%d", r.IntN(10))), Interval1: &sixty, IntervalN: &sixty,
		Vendor: fmt.Sprintf("Seller %d", r.IntN(60)), Description: fmt.Sprintf("Line %d", r.IntN(5000)),
	}}
}
