package tcxc

import (
	"context"
	"slices"

	"didops/internal/exchange"
)

// Reader reads from the exchange and repeats what fails. It implements
// did.Exchange, and is safe for concurrent use.
//
// Each page is tried at most four times within the deadline of the whole
// reading: after HTTP 429 (not before its Retry-After), 5xx, a broken
// connection, a time-out, and an answer that is no JSON. Errors before the
// first row are faults: Unauthorized, RateLimited, Unavailable, Refused.
type Reader struct{ c *Client }

var _ exchange.Reader = (*Reader)(nil)

// Market reads the numbers for sale, as did.Exchange defines.
func (r *Reader) Market(ctx context.Context, q exchange.MarketQuery, take func([]exchange.Offer) error) (exchange.Reading, error) {
	return read(ctx, r.c, market(q, byOffer), bound{rows: q.MaxRows, until: q.Until}, take)
}

// Owned reads the purchased numbers, as did.Exchange defines.
func (r *Reader) Owned(ctx context.Context, q exchange.OwnedQuery, take func([]exchange.Owned) error) (exchange.Reading, error) {
	key := byNumber
	if q.EachID {
		key = byID
	}
	return read(ctx, r.c, purchased(q, key), bound{rows: q.MaxRows, until: q.Until}, take)
}

// FindOffers returns every offer of exactly this number. One number may be
// offered under several ids. The exchange has no question for one number, so
// this is a search by prefix; only a complete reading proves that something
// is not there. It returns the errors of Market, and a partial answer with
// Complete = false where the reading broke off.
func (r *Reader) FindOffers(ctx context.Context, digits string) ([]exchange.Offer, exchange.Reading, error) {
	var found []exchange.Offer
	reading, err := read(ctx, r.c, market(exchange.MarketQuery{Prefix: digits}, byID), bound{}, func(page []exchange.Offer) error {
		found = append(found, keep(page, func(o exchange.Offer) bool { return o.Digits == digits })...)
		return nil
	})
	return found, reading, err
}

// FindOwned returns the purchased rows of exactly this number, as FindOffers
// does for offers.
func (r *Reader) FindOwned(ctx context.Context, digits string) ([]exchange.Owned, exchange.Reading, error) {
	var found []exchange.Owned
	reading, err := read(ctx, r.c, purchased(exchange.OwnedQuery{Prefix: digits}, byID), bound{}, func(page []exchange.Owned) error {
		found = append(found, keep(page, func(o exchange.Owned) bool { return o.Digits == digits })...)
		return nil
	})
	return found, reading, err
}

func keep[T any](page []T, fits func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(page), func(v T) bool { return !fits(v) })
}

func market(q exchange.MarketQuery, key func(*record) uint64) source[exchange.Offer] {
	return source[exchange.Offer]{
		op: opMarket, make: (*decoder).offer, fees: true, key: key,
		form: func(w window) form {
			return marketForm{
				prefix: q.Prefix, didType: requestType(q.Type),
				voice: q.Voice, sms: q.SMS, fax: q.Fax, video: q.Video, window: w,
			}
		},
	}
}

func purchased(q exchange.OwnedQuery, key func(*record) uint64) source[exchange.Owned] {
	return source[exchange.Owned]{
		op: opList, make: (*decoder).owned, key: key,
		form: func(w window) form { return listForm{prefix: q.Prefix, window: w} },
	}
}

// requestType returns the value of did_type to ask with. A word that the
// document does not list is asked for as any, and left to the caller's
// filter.
func requestType(kind string) string {
	switch kind {
	case "national", "mobile", "tollfree", "unknown":
		return kind
	}
	return "any"
}

// byNumber tells rows apart by their number.
func byNumber(r *record) uint64 { return r.key }

// byOffer is byNumber, but for rows without an id, which Nexmo's are: such a
// row must not stand for one of the same number that can be bought.
func byOffer(r *record) uint64 {
	if r.id == nil {
		return r.key | 1<<62
	}
	return r.key
}

// byID tells rows apart by number and id.
func byID(r *record) uint64 {
	id, _ := parseDecimal(r.id)
	// A number has less than 2^50 values; an odd multiplier spreads the id
	// over all bits without two small ids meeting.
	return r.key ^ id*0x9E3779B97F4A7C15
}
