package report

import (
	"cmp"
	"context"
	"slices"

	"didops/internal/exchange"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/phone"
	"didops/tools/did"
)

// cheaperMost is how many numbers with a cheaper offer are told.
const cheaperMost = 10

// candidate is a number of ours whose kind has something cheaper.
type candidate struct {
	*inventory.Number
	offers []exchange.Offer
	saves  money.Amount // by the cheapest of them
}

// cheaper finds offers that can take the place of own numbers for less a month:
// of the same country and type, with at least the features. No offer is counted
// upon twice.
func (c Config) cheaper(ctx context.Context, numbers []inventory.Number, out *Out) error {
	if c.Market == nil {
		return nil
	}
	kinds := kindsOf(numbers)
	offers, err := c.Market.Cheapest(ctx, kinds, digitsOf(numbers), cheaperMost)
	if err != nil {
		return err
	}
	out.CheaperComplete = len(kinds) > 0
	for _, k := range kinds {
		seen := offers[k].Seen
		out.CheaperComplete = out.CheaperComplete && seen.Complete
		if at := seen.AsOf; out.CheaperAsOf.IsZero() || !at.IsZero() && at.Before(out.CheaperAsOf) {
			out.CheaperAsOf = at
		}
	}
	out.Cheaper = append(out.Cheaper, paired(candidates(numbers, offers))...)
	slices.SortFunc(out.Cheaper, func(a, b Cheaper) int { return cmp.Or(b.Saves.Cmp(a.Saves), cmp.Compare(a.Number, b.Number)) })
	out.Cheaper = out.Cheaper[:min(len(out.Cheaper), cheaperMost)]
	var all sum
	for _, o := range out.Cheaper {
		all.add(o.Saves)
	}
	if all.count > 0 {
		out.CheaperSaves = all.fee()
	}
	return nil
}

// Replacements returns offers that can take the place of some own numbers for less
// a month, what saves most first, none twice and none that is ours, as far as the
// market is remembered: at most so many of a kind of number. It asks nothing of
// the exchange.
func (c Config) Replacements(ctx context.Context, numbers []inventory.Number, most int) ([]Cheaper, error) {
	if c.Market == nil || c.Inventory == nil {
		return nil, nil
	}
	own, err := c.Inventory.Own(ctx, 0, false)
	if err != nil {
		return nil, err
	}
	offers, err := c.Market.Cheapest(ctx, kindsOf(numbers), digitsOf(own.There()), most)
	if err != nil {
		return nil, err
	}
	return paired(candidates(numbers, offers)), nil
}

// digitsOf returns the digits of numbers.
func digitsOf(numbers []inventory.Number) map[string]bool {
	digits := make(map[string]bool, len(numbers))
	for i := range numbers {
		digits[numbers[i].Digits] = true
	}
	return digits
}

// kindsOf returns what numbers whose fee is known are, each kind once.
func kindsOf(numbers []inventory.Number) []did.Kind {
	var kinds []did.Kind
	known := map[did.Kind]bool{}
	for i := range numbers {
		k, ok := did.KindOf(&numbers[i].Number)
		if ok && numbers[i].MonthlyFee.Known() && !known[k] {
			kinds, known[k] = append(kinds, k), true
		}
	}
	return kinds
}

// candidates returns the numbers that something is cheaper than, what saves most
// first.
func candidates(numbers []inventory.Number, offers map[did.Kind]did.Offers) []candidate {
	var list []candidate
	for i := range numbers {
		n := &numbers[i]
		k, _ := did.KindOf(&n.Number)
		of := offers[k].Cheapest
		if len(of) > 0 && of[0].MonthlyFee.Cmp(n.MonthlyFee) < 0 {
			list = append(list, candidate{n, of, n.MonthlyFee.Less(of[0].MonthlyFee)})
		}
	}
	slices.SortFunc(list, func(a, b candidate) int { return cmp.Or(b.saves.Cmp(a.saves), cmp.Compare(a.Digits, b.Digits)) })
	return list
}

// paired gives each number the cheapest offer that none before it has.
func paired(list []candidate) []Cheaper {
	var pairs []Cheaper
	taken := map[string]bool{}
	for _, n := range list {
		at := slices.IndexFunc(n.offers, func(o exchange.Offer) bool { return !taken[o.Digits] })
		if at < 0 || n.offers[at].MonthlyFee.Cmp(n.MonthlyFee) >= 0 {
			continue
		}
		o := n.offers[at]
		taken[o.Digits] = true
		pairs = append(pairs, Cheaper{
			Number: phone.Format(n.Digits), Country: n.Country, Type: n.Type, MonthlyFee: n.MonthlyFee,
			Offer: phone.Format(o.Digits), OfferMonthlyFee: o.MonthlyFee, OfferSetupFee: o.SetupFee, Vendor: o.Vendor,
			Saves: n.MonthlyFee.Less(o.MonthlyFee), DocumentsRequired: o.NeedsDocuments,
		})
	}
	return pairs
}
