package tcxc

import (
	"context"
	"errors"
	"slices"
	"time"

	"didops/internal/exchange"
)

// usualRow is a little less than what a row takes in an answer.
const usualRow = 400

// pagesAhead is how many pages are in flight at most.
const pagesAhead = 4

// source is what distinguishes the lists.
type source[T any] struct {
	op   operation
	form func(window) form
	make func(*decoder, *record, *T)
	fees bool // a row without them is unreadable
	// key tells rows apart; rows of equal keys are the same row.
	key func(*record) uint64
}

// slot holds one page while it is fetched, decoded and delivered. Slots are
// used over and over, so a reading needs no more memory for a million rows
// than for a few thousand.
type slot[T any] struct {
	source source[T]
	dec    *decoder
	body   []byte
	off    int // what was sent as "off"
	rows   []T
	keys   []uint64     // of rows
	left   []unreadable // rows that were left out
	odd    []unreadable // rows that are good but for a field that was left out
	size   int          // rows of the page, readable or not
	err    error
	done   chan struct{} // closed when the page is here or err is set
	cancel context.CancelFunc
}

func (s *slot[T]) buffer() []byte {
	body := s.body
	s.body = nil
	return body
}

// take decodes a page, forgetting what an earlier try left.
func (s *slot[T]) take(a answer) (page, error) {
	s.body = a.body
	s.forget()
	s.rows = slices.Grow(s.rows, len(a.body)/usualRow)
	p, err := s.dec.decode(a.body, s.source.fees, s)
	s.size = p.rows
	return p, err
}

func (s *slot[T]) forget() {
	s.rows, s.keys, s.left, s.odd = s.rows[:0], s.keys[:0], s.left[:0], s.odd[:0]
}

func (s *slot[T]) good(r *record) {
	s.rows = slices.Grow(s.rows, 1)[:len(s.rows)+1]
	s.source.make(s.dec, r, &s.rows[len(s.rows)-1])
	s.keys = append(s.keys, s.source.key(r))
	if r.odd != "" {
		s.odd = append(s.odd, r.left(r.odd))
	}
}

func (s *slot[T]) bad(u unreadable) { s.left = append(s.left, u) }

// reading is one pass over a list.
//
// The first page tells the real page size, which may be less than was asked
// for: a short page is not the end. From then on further pages are fetched
// ahead at offsets of that size, first one, then two, then four, or four at
// once where the first page was full. A page of another size means that the
// offsets were wrong, and the rest is read one page after the other. The end
// is an empty page or one that brings no new number, and counts as the end
// once "off" is proved to count rows; see prove.
type reading[T any] struct {
	c      *Client
	source source[T]
	most   int           // rows; 0: no bound
	within time.Duration // how long the reading may take
	give   func([]T) error

	queue  []*slot[T] // in flight, in order
	idle   []*slot[T]
	off    int // of the page to be asked for next
	size   int // of the first page
	ahead  int // how many pages may be in flight
	single bool
	second uint64 // key of the second row of the first page; 0 where not known
	known  seen
	result exchange.Reading
}

// bound is where a reading stops.
type bound struct {
	rows  int       // 0: nowhere
	until time.Time // zero: after Options.ReadDeadline
}

// read runs one reading and says what it came to, as did.Exchange defines.
func read[T any](ctx context.Context, c *Client, src source[T], b bound, give func([]T) error) (exchange.Reading, error) {
	r := &reading[T]{c: c, source: src, most: b.rows, within: c.opt.ReadDeadline, give: give, ahead: 1}
	if !b.until.IsZero() {
		r.within = b.until.Sub(c.opt.Now())
	}
	limited, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	defer r.release()
	err := r.pages(limited)
	r.summarize()
	return r.conclude(ctx, limited, err)
}

// pages fetches and delivers pages until an error, errEnd at the end.
func (r *reading[T]) pages(ctx context.Context) error {
	for {
		for len(r.queue) < r.ahead && (len(r.queue) == 0 || r.worth()) {
			r.start(ctx)
		}
		s := r.queue[0]
		<-s.done
		r.queue = r.queue[1:]
		r.idle = append(r.idle, s)
		if err := either(s.err, ctx.Err()); err != nil {
			return err
		}
		err := r.deliver(s)
		if errors.Is(err, errEnd) {
			return either(r.prove(ctx), err)
		}
		if err != nil {
			return err
		}
		r.advance(s)
	}
}

// worth reports whether the next page may be fetched ahead: not beyond the
// bound of the reading.
func (r *reading[T]) worth() bool {
	return r.most == 0 || r.result.Rows+len(r.queue)*r.size < r.most
}

// start asks for the next page and moves the offset on.
func (r *reading[T]) start(ctx context.Context) {
	var s *slot[T]
	if n := len(r.idle); n > 0 {
		s, r.idle = r.idle[n-1], r.idle[:n-1]
	} else {
		s = &slot[T]{source: r.source, dec: r.c.decoder[r.source.op].Get().(*decoder)} // the pool's New makes nothing else
	}
	ctx, s.cancel = context.WithCancel(ctx)
	s.off, s.err, s.done = r.off, nil, make(chan struct{})
	r.queue = append(r.queue, s)
	r.off += r.step(r.size)
	f := r.source.form(window{pager: r.pager(), off: s.off})
	go func() {
		defer close(s.done)
		defer s.cancel()
		s.err = r.c.fetch(ctx, r.source.op, f, s)
	}()
}

// pager returns how many rows to ask for: no more than it takes to see that
// there are more than the bound.
func (r *reading[T]) pager() int {
	if r.most > 0 {
		return min(r.c.opt.PageSize, r.most+1)
	}
	return r.c.opt.PageSize
}

// step returns by how much "off" grows over a page of so many rows.
func (r *reading[T]) step(rows int) int {
	if r.c.opt.Paging == Pages {
		return 1
	}
	return rows
}

// deliver gives out the new rows of s, and decides whether the reading ends.
func (r *reading[T]) deliver(s *slot[T]) error {
	fresh, bounded := s.rows[:0], false
	for i, key := range s.keys {
		if !r.known.add(key) {
			continue
		}
		if r.most > 0 && r.result.Rows+len(fresh) == r.most {
			bounded = true
			break
		}
		if fresh = fresh[:len(fresh)+1]; len(fresh) <= i {
			fresh[len(fresh)-1] = s.rows[i]
		}
	}
	left := r.leaveOut(s.left)
	r.mention(s.odd)
	if len(fresh) > 0 {
		r.result.Rows += len(fresh)
		if err := r.give(fresh); err != nil {
			return &takeError{err}
		}
	}
	switch {
	case bounded:
		return errBound
	case len(fresh) == 0 && left == 0 && !r.firstAgain(s):
		return errEnd
	}
	return nil
}

// firstAgain reports whether s may be the first page once more because the
// exchange counts pages from 1 and took 0 for 1.
func (r *reading[T]) firstAgain(s *slot[T]) bool {
	return r.c.opt.Paging == Pages && s.off == 1 && s.size > 0
}

// advance learns from the page s what to fetch next.
func (r *reading[T]) advance(s *slot[T]) {
	switch {
	case r.single:
		r.off = s.off + r.step(s.size)
	case r.size == 0:
		r.size = s.size
		if len(s.left) == 0 && len(s.keys) > 1 {
			r.second = s.keys[1]
		}
		r.off = s.off + r.step(s.size)
		if s.size >= r.pager() {
			r.ahead = pagesAhead
		}
	case s.size == r.size:
		r.ahead = min(2*r.ahead, pagesAhead)
	default:
		r.drop()
		r.single, r.ahead = true, 1
		r.off = s.off + r.step(s.size)
	}
}

// drop gives up the pages in flight and waits until they are.
func (r *reading[T]) drop() {
	for _, s := range r.queue {
		s.cancel()
	}
	for _, s := range r.queue {
		<-s.done
	}
	r.idle = append(r.idle, r.queue...)
	r.queue = nil
}

// release ends everything that was started and gives the decoders back.
func (r *reading[T]) release() {
	r.drop()
	for _, s := range r.idle {
		r.c.decoder[r.source.op].Put(s.dec)
	}
	r.idle = slices.Delete(r.idle, 0, len(r.idle))
}
