package did_test

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

// counted is the specification of a group, with amounts as fractions.
type counted struct {
	Name                  string
	Count                 int
	Lowest, Median, Setup string
	Cost, Middle          string // "" where no number has one
}

// groupsBy counts rows by names, in the plainest way.
func groupsBy(a args, rows []offer, names func(offer) []string) []counted {
	byName := map[string][]offer{}
	for _, o := range rows {
		for _, n := range names(o) {
			byName[n] = append(byName[n], o)
		}
	}
	list := []counted{}
	for name, of := range byName {
		g := counted{Name: name, Count: len(of)}
		slices.SortFunc(of, func(a, b offer) int { return a.setup.Cmp(b.setup) })
		g.Setup = of[0].setup.RatString()
		slices.SortFunc(of, func(a, b offer) int { return a.monthly.Cmp(b.monthly) })
		g.Lowest = of[0].monthly.RatString()
		middle := new(big.Rat).Add(of[(len(of)-1)/2].monthly, of[len(of)/2].monthly)
		g.Median = middle.Quo(middle, big.NewRat(2, 1)).RatString()
		var costs []*big.Rat
		for _, o := range of {
			if cost := a.cost(o); cost != nil {
				costs = append(costs, cost)
			}
		}
		if slices.SortFunc(costs, (*big.Rat).Cmp); len(costs) > 0 {
			g.Cost = costs[0].RatString()
			middle := new(big.Rat).Add(costs[(len(costs)-1)/2], costs[len(costs)/2])
			g.Middle = middle.Quo(middle, big.NewRat(2, 1)).RatString()
		}
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b counted) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name))
	})
	return list
}

// exact writes the amounts of groups as fractions.
func exact(groups []group) []counted {
	list := make([]counted, 0, len(groups))
	for _, g := range groups {
		c := counted{Name: g.Name, Count: g.Count}
		for _, amount := range []struct {
			text string
			to   *string
		}{{g.Lowest, &c.Lowest}, {g.Median, &c.Median}, {g.Setup, &c.Setup}, {g.Cost, &c.Cost}, {g.Middle, &c.Middle}} {
			if amount.text != "" {
				*amount.to = ratOf(amount.text).RatString()
			}
		}
		list = append(list, c)
	}
	return list
}

// TestOverviewEqualsBruteForce holds counts, lowest fees and exact medians,
// and the order of the groups.
func TestOverviewEqualsBruteForce(t *testing.T) {
	t.Parallel()
	r := start(t, setup{
		sandbox: sandbox.Options{Numbers: 1200, Seed: 3, PageMost: 1000},
		client:  tcxc.Options{PageSize: 1000},
	})
	market := known(r.offers())
	rapid.Check(t, func(rt *rapid.T) {
		a := drawFilter(rt, market).with(args{"sort": nil})
		rows, hidden, _ := expected(market, a)
		unpriced := 0
		for _, o := range rows {
			if a.cost(o) == nil && a.given("minutes", "messages") {
				unpriced++
			}
		}
		got, err := read(t.Context(), r.gate, call("did_overview", a))
		if f, ok := fault.As(err); ok && f.Code == fault.Invalid && (f.Field == "prefix" || f.Field == "vendor") && len(rows)+hidden == 0 {
			return
		}
		if err != nil {
			rt.Fatalf("%v: %v", a, err)
		}
		if got.Matched != len(rows) || got.Unpriced != unpriced || !got.Complete || got.Currency != "USD" {
			rt.Fatalf("%v: got %d matched, %d without a price, complete %v, in %s; want %d and %d, complete, in USD",
				a, got.Matched, got.Unpriced, got.Complete, got.Currency, len(rows), unpriced)
		}
		for _, by := range []struct {
			name  string
			got   []group
			names func(offer) []string
		}{
			{"country", got.ByCountry, func(o offer) []string { return []string{o.CountryName} }},
			{"type", got.ByType, func(o offer) []string { return []string{o.Type} }},
			{"vendor", got.ByVendor, func(o offer) []string { return []string{cmp.Or(o.Vendor, "unknown")} }},
			{"feature", got.ByFeature, func(o offer) []string {
				var list []string
				for _, f := range o.row["features"].([]any) {
					list = append(list, f.(string))
				}
				return list
			}},
		} {
			if by.got == nil {
				rt.Fatalf("%v by %s: got null, want a list", a, by.name)
			}
			if diff := gocmp.Diff(groupsBy(a, rows, by.names), exact(by.got)); diff != "" {
				rt.Fatalf("%v by %s (-want +got):\n%s", a, by.name, diff)
			}
		}
	})
}

// TestOverviewTellsOfHiddenNumbers holds that what can't be bought is not
// counted, but is not kept quiet either.
func TestOverviewTellsOfHiddenNumbers(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 1000}})
	got := r.get("did_overview", args{"vendor": "Nexmo"})
	text := words(got.result.Doc)
	if got.Matched != 0 || len(got.ByVendor) != 0 || !strings.Contains(text, "can't be bought here") {
		t.Errorf("got %d matched and %q, want none and the reason", got.Matched, text)
	}
}
