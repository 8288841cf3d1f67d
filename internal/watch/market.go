package watch

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"

	"didops/internal/money"
)

// Market is the memory of the market, as far as watches need it. It sends
// nothing to the exchange. Safe for concurrent use.
type Market interface {
	// Fit calls take with every offer that fits a filter and can be bought. Where
	// not every part was read to its end it calls there with the numbers, as
	// digits, that are remembered of these parts: what is among them and does not
	// fit is known not to. A filter that can't be understood is an error.
	Fit(ctx context.Context, filter json.RawMessage, take func(Fitting), there func(digits string)) (Coverage, error)
	// Kind returns what numbers of a country, by its ISO code, and type cost; the
	// zero Kind where that is not known.
	Kind(ctx context.Context, country, kind string) (Kind, error)
	// Generation names the state of the memory: another than before means that
	// something may have changed.
	Generation(ctx context.Context) (string, error)
}

// Coverage is what a look at the memory rests upon.
type Coverage struct {
	AsOf     time.Time // when the oldest reading began; zero = none did
	Complete bool      // every part was read to its end
}

// Fitting is an offer that fits.
type Fitting struct {
	Digits               string       // of the number, without +
	MonthlyFee, SetupFee money.Amount // of the offer
	Came                 time.Time    // when the number's present stay began; zero = not known
	Offer                func() Offer // returns all of it; within take only
}

// cheaper reports whether it costs less than an offer.
func (f *Fitting) cheaper(o *Offer) bool {
	return cmp.Or(f.MonthlyFee.Cmp(o.MonthlyFee), f.SetupFee.Cmp(o.SetupFee), strings.Compare("+"+f.Digits, o.Number)) < 0
}
