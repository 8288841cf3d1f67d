package tcxc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"slices"
	"time"

	"didops/internal/deadline"
	"didops/internal/exchange"
)

// What the tests, which stand outside, need of the inside.

// Page is a decoded page of either list.
type Page[T any] struct {
	Rows    []T
	Bad     []Bad
	Status  string
	Message string
	Junk    int
	Size    int
}

// Bad is a row that was left out.
type Bad struct{ Number, ID, Field string }

// Decoder decodes pages one after the other.
type Decoder struct{ d *decoder }

func NewDecoder() Decoder { return Decoder{newDecoder(opMarket.schema())} }

func (d Decoder) Market(body []byte) (Page[exchange.Offer], error) {
	return decodePage[exchange.Offer](d.d, body)
}

func (d Decoder) Owned(body []byte) (Page[exchange.Owned], error) {
	return decodePage[exchange.Owned](d.d, body)
}

// NewCallDecoder and NewMessageDecoder return decoders of the histories.
func NewCallDecoder() Decoder { return Decoder{newDecoder(&callSchema)} }

func NewMessageDecoder() Decoder { return Decoder{newDecoder(&messageSchema)} }

func (d Decoder) Used(body []byte) (Page[exchange.Used], error) {
	return decodePage[exchange.Used](d.d, body)
}

func decodePage[T exchange.Offer | exchange.Owned | exchange.Used](d *decoder, body []byte) (Page[T], error) {
	in, fees := collecting[T](d)
	p, err := d.decode(body, fees, in)
	return in.page(p), err
}

// Parsed decodes a page of the market, or of the list, by jsontext alone.
func Parsed[T exchange.Offer | exchange.Owned | exchange.Used](d Decoder, body []byte) (Page[T], error) {
	in, fees := collecting[T](d.d)
	rest, junk, err := object(body)
	if err != nil {
		return Page[T]{}, err
	}
	p, err := d.d.parse(rest, fees, in)
	p.junk = junk
	return in.page(p), err
}

// Scanned decodes such a page without, and returns false where it can't.
func Scanned[T exchange.Offer | exchange.Owned | exchange.Used](d Decoder, body []byte) (Page[T], bool) {
	in, fees := collecting[T](d.d)
	rest, junk, err := object(body)
	if err != nil {
		return Page[T]{}, false
	}
	p, ok := d.d.scan(rest, fees, in)
	p.junk = junk
	return in.page(p), ok
}

func collecting[T exchange.Offer | exchange.Owned | exchange.Used](d *decoder) (in *collected[T], fees bool) {
	in = &collected[T]{d: d}
	switch of := any(&in.of).(type) {
	case *func(*decoder, *record, *exchange.Offer):
		*of, fees = (*decoder).offer, true
	case *func(*decoder, *record, *exchange.Owned):
		*of = (*decoder).owned
	case *func(*decoder, *record, *exchange.Used):
		*of = (*decoder).used
	}
	return in, fees
}

// collected are the rows of a page.
type collected[T any] struct {
	d   *decoder
	of  func(*decoder, *record, *T)
	out Page[T]
}

func (c *collected[T]) forget() { c.out = Page[T]{} }

func (c *collected[T]) good(r *record) {
	c.out.Rows = append(c.out.Rows, *new(T))
	c.of(c.d, r, &c.out.Rows[len(c.out.Rows)-1])
}

func (c *collected[T]) bad(u unreadable) {
	c.out.Bad = append(c.out.Bad, Bad{u.digits, u.id, u.field})
}

func (c *collected[T]) page(p page) Page[T] {
	out := c.out
	out.Status, out.Message, out.Junk, out.Size = p.status, p.message, p.junk, p.rows
	return out
}

// Take returns a function that decodes a page of the market as a reading does,
// into the memory of the page before, and returns how many rows it has.
func (d Decoder) Take() func(body []byte) (int, error) {
	s := &slot[exchange.Offer]{source: market(exchange.MarketQuery{}, byOffer), dec: d.d}
	return func(body []byte) (int, error) {
		_, err := s.take(answer{body: body})
		return len(s.rows), err
	}
}

// Envelope decodes what every answer has in common.
func Envelope(body []byte) (status, message, failure string, err error) {
	e, err := decodeEnvelope(body)
	return e.status, e.message, e.failure, err
}

// Integer, Boolean, Instant, Identifier and Msisdn read one JSON value.
func Integer(v string) (*int, bool) { return flex(v, parseInteger) }

func Instant(v string) (time.Time, bool) { return flex(v, parseTime) }

// Boolean returns yes, no or absent.
func Boolean(v string) (string, bool) {
	f, ok := flex(v, parseFlag)
	return map[flag]string{yes: "yes", no: "no", absent: "absent"}[f], ok
}

func Identifier(v string) (string, bool) {
	id, ok := flex(v, parseID)
	return string(id), ok
}

func Msisdn(v string) (string, bool) {
	return flex(v, func(text []byte) (string, bool) {
		digits, _, ok := parseMSISDN(text)
		return string(digits), ok
	})
}

func flex[T any](v string, read func([]byte) (T, bool)) (T, bool) {
	text, ok := value(v).text(nil, true)
	if !ok {
		var zero T
		return zero, false
	}
	return read(text)
}

// Sign is the signature of a controller.
func Sign(controller, key, login, ts string) string { return sign(controller, key, login, ts) }

// Seen is the memory of one reading.
type Seen struct{ s seen }

func (s *Seen) Add(key uint64) bool { return s.s.add(key) }
func (s *Seen) Held() int           { return s.s.now.held + s.s.before.held }

// Generation is how many keys half a memory holds.
const Generation = generation

// Caches returns the sizes of a decoder's caches.
func (d Decoder) Caches() []int {
	return slices.Concat(
		d.d.amounts.sizes(), d.d.integers.sizes(), d.d.vendors.sizes(),
		d.d.descriptions.sizes(), d.d.types.sizes(), d.d.countries.sizes(),
	)
}

func (c *cache[T]) sizes() []int { return []int{cap(c.short), cap(c.entries)} }

// CacheLimit bounds each of them.
const CacheLimit = largeCache

// Trust has the client trust a certificate of the tests.
func (c *Client) Trust(pool *x509.CertPool) {
	for _, h := range []*http.Client{c.reads, c.writes} {
		h.Transport.(deadline.Transport).Next.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
}

// NewTurns returns the wait of a rate limit, as all requests of a client share it.
func NewTurns(perSecond, share float64) func(context.Context) error {
	return newTurns(perSecond, share).wait
}
