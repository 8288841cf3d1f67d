package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
)

// encode returns an order as it is kept: JSON with times in UTC and whole
// microseconds. What could not be read again is refused.
func (b *bodies) encode(r order.Record) (string, error) {
	text, err := json.Marshal(r.Whole()) //nolint:musttag // kept under the names that it has in Go
	if err != nil {
		return "", fmt.Errorf("write order %s: %w", r.ID, err)
	}
	body := string(text)
	read, err := decode(body)
	if err != nil {
		return "", fmt.Errorf("write order %s: it could not be read again: %w", r.ID, err)
	}
	b.keep(r.ID, body, read)
	return body, nil
}

// decode returns the order that encode wrote. It refuses what it does not
// know: saving the order again would lose it.
func decode(body string) (order.Record, error) {
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	var r order.Record
	if err := d.Decode(&r); err != nil { //nolint:musttag // see encode
		return order.Record{}, err
	}
	if len(r.Lines) != len(r.Quote.Lines) {
		return order.Record{}, fmt.Errorf("%d lines for a quote of %d", len(r.Lines), len(r.Quote.Lines))
	}
	return r, nil
}

// record returns an order that was read from the store.
func (b *bodies) record(id, body string, rev int64) (order.Record, error) {
	r, known := b.of(id, body)
	if !known {
		var err error
		if r, err = parse(id, body, rev); err != nil {
			return order.Record{}, err
		}
		b.keep(id, body, r)
	}
	r.Rev = rev
	return r, nil
}

// parse is record without what is remembered.
func parse(id, body string, rev int64) (order.Record, error) {
	r, err := decode(body)
	if err != nil {
		return order.Record{}, damaged(id, err)
	}
	r.Rev = rev
	return r, nil
}

// damaged is the fault of an order that can't be read.
func damaged(id string, err error) error {
	return fault.New(fault.Unavailable, "order %s can't be read: it is damaged, or of a newer didops", id).
		WithHint("Update didops, or put a backup of the store in its place.").
		WithCause(err)
}

// whole returns a time in UTC without what is less than a microsecond.
func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// micros returns a time as a column keeps it, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment is the reverse of micros.
func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
