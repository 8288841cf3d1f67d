package tcxc

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
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

func NewDecoder() Decoder { return Decoder{newDecoder()} }

func (d Decoder) Market(body []byte) (Page[exchange.Offer], error) {
	return decodePage(d.d, body, true, (*decoder).offer)
}

func (d Decoder) Owned(body []byte) (Page[exchange.Owned], error) {
	return decodePage(d.d, body, false, (*decoder).owned)
}

func decodePage[T any](d *decoder, body []byte, fees bool, of func(*decoder, *record, *T)) (Page[T], error) {
	var out Page[T]
	p, err := d.decode(body, fees,
		func(r *record) {
			out.Rows = append(out.Rows, *new(T))
			of(d, r, &out.Rows[len(out.Rows)-1])
		},
		func(u unreadable) { out.Bad = append(out.Bad, Bad{u.digits, u.id, u.field}) })
	out.Status, out.Message, out.Junk, out.Size = p.status, p.message, p.junk, p.rows
	return out, err
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
	return []int{
		cap(d.d.amounts.entries), cap(d.d.integers.entries), cap(d.d.vendors.entries),
		cap(d.d.descriptions.entries), cap(d.d.types.entries), cap(d.d.countries.entries),
	}
}

// CacheLimit bounds each of them.
const CacheLimit = largeCache

// Trust has the client trust a certificate of the tests.
func (c *Client) Trust(pool *x509.CertPool) {
	for _, h := range []*http.Client{c.reads, c.writes} {
		h.Transport.(deadline.Transport).Next.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
}
