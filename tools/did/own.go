package did

import (
	"context"
	"slices"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/request"
	"didops/internal/view"
)

// fewNumbers is how many own numbers are read each by itself. More of them are
// less work for the exchange in one reading of the list.
const fewNumbers = 10

// ownFinder returns the own rows of a number, of a complete reading.
type ownFinder func(ctx context.Context, digits string) ([]exchange.Owned, error)

// finder returns what finds the rows of own numbers that are quoted together.
func (d *writeOps) finder(ctx context.Context, digits []string) (ownFinder, error) {
	if len(digits) <= fewNumbers {
		return d.owned, nil
	}
	rows, err := d.ownList(ctx, common(prefixes(digits)))
	return rows.find, err
}

// prefixes returns what would ask for each number by itself.
func prefixes(digits []string) []exchange.MarketQuery {
	queries := make([]exchange.MarketQuery, len(digits))
	for i, n := range digits {
		queries[i].Prefix = n
	}
	return queries
}

// ownRows are own numbers as one complete reading has them, by their digits:
// mostly one row, several where the exchange has the number under several ids.
type ownRows map[string][]exchange.Owned

func (r ownRows) find(_ context.Context, digits string) ([]exchange.Owned, error) {
	return r[digits], nil
}

// ownList reads all own numbers that begin with a prefix. A reading that is
// not complete is an Unavailable fault: nothing is concluded from it.
func (d *writeOps) ownList(ctx context.Context, prefix string) (ownRows, error) {
	rows := ownRows{}
	read := 0
	q := exchange.OwnedQuery{Prefix: prefix, EachID: true, Until: newReadStats(d.Config).until}
	reading, err := d.Reader.Owned(ctx, q, func(page []exchange.Owned) error {
		for i := range page {
			rows[page[i].Digits] = append(rows[page[i].Digits], page[i])
		}
		read += len(page)
		request.Report(ctx, request.Progress{Done: read, Text: view.Plural(read, "own number") + " read"})
		return nil
	})
	return rows, whole("the own numbers", reading, err)
}

// ownRow returns the row of an own number. A number that has several rows is
// a Conflict: the exchange would be told by id, and nobody could say which.
func ownRow(ctx context.Context, find ownFinder, field, digits string) (exchange.Owned, error) {
	rows, err := find(ctx, digits)
	if err != nil {
		return exchange.Owned{}, err
	}
	switch {
	case len(rows) == 0:
		return exchange.Owned{}, fault.New(fault.NotFound, "%s is not a number of this account", phone.Format(digits)).
			WithField(field).WithHint("list your numbers to see which are; one that was bought a moment ago may not be there yet")
	case len(rows) > 1:
		return exchange.Owned{}, fault.New(fault.Conflict, "the exchange lists %s %d times, under different ids", phone.Format(digits), len(rows)).
			WithField(field).WithHint("change it in the exchange's portal")
	case rows[0].ID == "":
		return exchange.Owned{}, fault.New(fault.Invalid, "%s can't be changed here, because the exchange gives no id", phone.Format(digits)).
			WithField(field).WithHint("change it in the exchange's portal")
	}
	return rows[0], nil
}

// requoteOwn reads the line of an own number once more.
func (d *writeOps) requoteOwn(ctx context.Context, l order.Line) (order.Line, error) {
	return d.requoted(ctx, l, new(exchange.Owned))
}

// requoted is requoteOwn, and sets the row that the line is made of; it stays as
// it is where the number is not there any more.
func (d *writeOps) requoted(ctx context.Context, l order.Line, row *exchange.Owned) (order.Line, error) {
	rows, err := d.owned(ctx, l.Number)
	if err != nil {
		return order.Line{}, err
	}
	i := slices.IndexFunc(rows, func(o exchange.Owned) bool { return o.ID == l.ID })
	switch {
	case i < 0 && len(rows) > 0:
		return gone(l, factOwned, "the list of own numbers shows it under another id now"), nil
	case i < 0:
		return gone(l, factOwned, "the list of own numbers does not show it any more"), nil
	}
	*row = rows[i]
	now := ownLine(row)
	now.Terms = l.Terms
	return samePlaces(l, now), nil
}
