package did

import "context"

// Refresher returns a function that reads from the exchange what is missing in
// memory of what a filter asks for, or is older than searches take it, as a
// search does. Its errors are those of a search.
func Refresher(c Config) func(context.Context, Filter) error {
	m := newMarket(c)
	return func(ctx context.Context, f Filter) error {
		match, err := f.compile()
		if err != nil {
			return err
		}
		t, err := m.read(ctx, match, false, newBest(ordering{By: "number"}, 1, 1, sortKey{}))
		if err != nil {
			return err
		}
		return t.checkVendor(f.Vendor)
	}
}
