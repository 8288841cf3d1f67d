package watch

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/phone"
	"didops/internal/watch"
	"didops/tools/did"
)

// Memory is what is remembered of the market, as searches know it. Nothing is
// asked of the exchange.
type Memory interface {
	// FitBeside calls take with every offer that fits and can be bought, and with
	// when the number's present stay began; zero where that is not known. Where not
	// all was read to its end it calls there with every number of the countries
	// and leading digits that is in memory, whether or not it fits.
	FitBeside(ctx context.Context, f did.Filter, take func(o *exchange.Offer, came time.Time), there func(digits string)) (did.Seen, error)
	// Cost returns what numbers of a country and type cost.
	Cost(ctx context.Context, country, kind string) (did.KindCost, error)
	// Generation names the state of the memory.
	Generation(ctx context.Context) (string, error)
}

var _ Memory = (*did.Memory)(nil)

// Market is a memory as watches need it.
func Market(m Memory) watch.Market { return market{m} }

type market struct{ Memory }

// Fit implements [watch.Market].
func (m market) Fit(ctx context.Context, filter json.RawMessage, take func(watch.Fitting), there func(digits string)) (watch.Coverage, error) {
	f, err := read(filter)
	if err != nil {
		return watch.Coverage{}, err
	}
	var n *exchange.Number
	at := watch.Fitting{}
	at.Offer = func() watch.Offer { return offerOf(n, at.Came) }
	seen, err := m.FitBeside(ctx, f, func(o *exchange.Offer, came time.Time) {
		n = &o.Number
		at.Digits, at.MonthlyFee, at.SetupFee, at.Came = n.Digits, n.MonthlyFee, n.SetupFee, came
		take(at)
	}, there)
	return watch.Coverage{AsOf: seen.AsOf, Complete: seen.Complete}, err
}

// read returns a filter that was kept. One that holds what this version does
// not know would fit more than was asked for.
func read(filter json.RawMessage) (did.Filter, error) {
	var f did.Filter
	d := json.NewDecoder(strings.NewReader(string(filter)))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, fault.New(fault.Unavailable, "what is watched can't be understood: it is of a newer didops").WithCause(err)
	}
	return f, nil
}

func offerOf(n *exchange.Number, came time.Time) watch.Offer {
	o := watch.Offer{
		Number: phone.Format(n.Digits), Country: cmp.Or(n.Country, n.CountryName), Type: n.Type, Features: did.Features(n),
		MonthlyFee: n.MonthlyFee, SetupFee: n.SetupFee, Vendor: n.Vendor, Came: came,
	}
	if !n.DocumentsUnstated {
		needed := n.NeedsDocuments
		o.Documents = &needed
	}
	return o
}

// Kind implements [watch.Market].
func (m market) Kind(ctx context.Context, country, kind string) (watch.Kind, error) {
	if _, ok := phone.ByISO(country); !ok {
		return watch.Kind{}, nil
	}
	c, err := m.Cost(ctx, country, kind)
	return watch.Kind{Median: c.Median, Lowest: c.Lowest, Days: c.Days, Count: c.Count}, err
}
