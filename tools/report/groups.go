package report

import (
	"cmp"
	"fmt"
	"slices"

	"didops/internal/inventory"
	"didops/internal/money"
)

// names returns the groups that a number is in: one, or one for each tag. "" is
// that of those of which nothing is stated.
func names(n *inventory.Number, by string) []string {
	switch by {
	case byVendor:
		return []string{n.Vendor}
	case byType:
		return []string{n.Type}
	case byOwner:
		return []string{n.Owner}
	case byCostCentre:
		return []string{n.CostCentre}
	case byTag:
		if len(n.Tags) > 0 {
			return n.Tags
		}
		return []string{""}
	case byMonth:
		return []string{""}
	}
	return []string{cmp.Or(n.CountryName, n.Country)}
}

// grouped sums numbers up by what they have in common, the dearest group first.
// A number in several counts in each; overlapping is how many such there are.
func grouped(numbers []inventory.Number, by string, whole money.Amount) (list []Group, overlapping int) {
	sums := map[string]*sum{}
	for i := range numbers {
		in := names(&numbers[i], by)
		if len(in) > 1 {
			overlapping++
		}
		for _, name := range in {
			s := sums[name]
			if s == nil {
				s = &sum{}
				sums[name] = s
			}
			s.add(numbers[i].MonthlyFee)
		}
	}
	list = make([]Group, 0, len(sums))
	for name, s := range sums {
		g := Group{Name: name, Count: s.count, MonthlyFee: s.fee(), WithoutFee: s.unknown}
		if perMille, ok := g.MonthlyFee.Share(whole); ok {
			g.Share = fmt.Sprintf("%d.%d", perMille/10, perMille%10)
		}
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b Group) int {
		return cmp.Or(b.MonthlyFee.Cmp(a.MonthlyFee), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return list, overlapping
}
