package tcxc

import (
	"context"
	"errors"
)

// errMisled ends a reading whose offsets did not mean what they should.
var errMisled = errors.New("off does not count rows")

// prove makes sure, where a reading seems to have come to the end, that "off"
// counts rows as configured: what it counts is not documented, and an
// exchange that counts pages answers the offset of the second page with
// nothing, which looks like the end. Of two rows asked for at offset 1, the
// first must be the second of the list. None at all mean that there is no
// second page either; more than two, that the exchange heeds no paging and
// gave everything at once. This is asked until it is proved, once for each
// list; a market that is moving gets a second and a third chance.
//
// It returns nil, errMisled, or why the exchange could not be asked.
func (r *reading[T]) prove(ctx context.Context) error {
	proved := &r.c.rows[r.source.op]
	if r.c.opt.Paging != Rows || r.size <= few || proved.Load() {
		return nil
	}
	second := r.second
	for range 3 {
		if second == 0 {
			first, err := r.keysAt(ctx, 0)
			if err != nil || len(first) < few {
				return err
			}
			second = first[1]
		}
		next, err := r.keysAt(ctx, 1)
		if err != nil {
			return err
		}
		switch {
		case len(next) == 0 || len(next) > few:
			return nil
		case next[0] == second:
			proved.Store(true)
			return nil
		}
		second = 0
	}
	return errMisled
}

// few is how many rows the proof asks for.
const few = 2

// keysAt returns the keys of few rows at an offset.
func (r *reading[T]) keysAt(ctx context.Context, off int) ([]uint64, error) {
	s := &keysOnly{dec: newDecoder(r.source.op.schema()), fees: r.source.fees, key: r.source.key}
	err := r.c.fetch(ctx, r.source.op, r.source.form(window{pager: few, off: off}), s)
	return s.keys, err
}
