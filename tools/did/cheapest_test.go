package did_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
	"didops/tools/did"
)

// TestCheapest holds the cheapest offers of kinds against the plainest
// computation of the same.
func TestCheapest(t *testing.T) {
	t.Parallel()
	now := &clock{at: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	b := &bourse{now: now.now, rows: map[string]exchange.Offer{}, after: -1}
	for i := range 400 {
		country, lead := "AE", "97150"
		if i%3 == 0 {
			country, lead = "QA", "97433"
		}
		o := exchange.Offer{Number: exchange.Number{
			ID: fmt.Sprint(i), Digits: fmt.Sprintf("%s%07d", lead, i), Country: country, Type: []string{"mobile", "national"}[i%2],
			Voice: i%5 > 0, SMS: i%7 > 2, Fax: i%11 == 0, MonthlyFee: money.MustParse(fmt.Sprintf("%d.%02d", i*37%9, i%10)), SetupFee: money.MustParse("1"), Vendor: "A",
		}}
		switch i % 13 {
		case 0:
			o.ID = "" // can't be bought
		case 1:
			o.MonthlyFee = money.Amount{}
		}
		b.rows[o.Digits] = o
	}
	file := market.NewFile(filepath.Join(t.TempDir(), "market.db"), zerolog.Nop())
	t.Cleanup(func() { _ = file.Close() })
	mirror := market.New(file, market.Config{Scope: "bourse", Now: now.now})
	memory := did.NewMemory(mirror)
	var kinds []did.Kind
	for _, country := range []string{"AE", "QA", "SA"} {
		for i := range 8 {
			kinds = append(kinds, did.Kind{Country: country, Type: []string{"mobile", "national"}[i%2], SMS: i&2 > 0, Voice: i&4 > 0})
		}
	}
	kinds = append(kinds, did.Kind{Country: "nowhere", Type: "mobile"})
	if got, err := memory.Cheapest(t.Context(), kinds, nil, 3); err != nil || len(got[kinds[0]].Cheapest) > 0 {
		t.Fatal(got, err)
	}
	gate := gateOf(t, did.Config{Reader: b, Scope: "bourse", Currency: "USD", Now: now.now, MaxAge: time.Minute, Mirror: mirror})
	if _, err := gate.Call(t.Context(), call("did_search", args{"country": "AE"})); err != nil {
		t.Fatal(err)
	}
	ours := map[string]bool{}
	for digits := range b.rows {
		if digits[len(digits)-1]%4 == 0 {
			ours[digits] = true
		}
	}
	got, err := memory.Cheapest(t.Context(), kinds, ours, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		var want []string
		if k.Country == "AE" {
			want = plainCheapest(b.rows, ours, k, 3)
		}
		var digits []string
		for _, o := range got[k].Cheapest {
			digits = append(digits, o.Digits)
		}
		if !slices.Equal(digits, want) || got[k].Seen.Complete != (k.Country == "AE") {
			t.Errorf("%+v: got %v, %+v, want %v", k, digits, got[k].Seen, want)
		}
	}
}

func plainCheapest(rows map[string]exchange.Offer, ours map[string]bool, k did.Kind, most int) []string {
	var list []exchange.Offer
	for _, o := range rows {
		if o.ID != "" && !ours[o.Digits] && o.MonthlyFee.Known() && o.Country == k.Country && o.Type == k.Type && (o.Voice || !k.Voice) && (o.SMS || !k.SMS) {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b exchange.Offer) int {
		return cmp.Or(a.MonthlyFee.Cmp(b.MonthlyFee), a.SetupFee.Cmp(b.SetupFee), cmp.Compare(a.Digits, b.Digits))
	})
	var digits []string
	for _, o := range list[:min(most, len(list))] {
		digits = append(digits, o.Digits)
	}
	return digits
}
