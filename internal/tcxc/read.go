package tcxc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"didops/internal/fault"
	"didops/internal/untrusted"
	"didops/tools/did"
)

// pagesAhead is how many pages are in flight at most.
const pagesAhead = 4

// namedUnreadable is how many rows a reading names in the log at warning
// level; the others are named at debug level.
const namedUnreadable = 20

// source is what distinguishes the two lists.
type source[T any] struct {
	op   operation
	form func(window) form
	make func(*decoder, *record) T
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
	keys   []uint64 // of rows
	bad    []unreadable
	size   int // rows of the page, readable or not
	err    error
	done   chan struct{} // closed when the page is here or err is set
	cancel context.CancelFunc
}

func (s *slot[T]) buffer() []byte { return s.body }

// take decodes a page, forgetting what an earlier try left.
func (s *slot[T]) take(a answer) (page, error) {
	s.body = a.body
	s.rows, s.keys, s.bad = s.rows[:0], s.keys[:0], s.bad[:0]
	p, err := s.dec.decode(a.body, func(r *record) {
		s.rows = append(s.rows, s.source.make(s.dec, r))
		s.keys = append(s.keys, s.source.key(r))
	}, func(u unreadable) { s.bad = append(s.bad, u) })
	s.size = p.rows
	return p, err
}

// reading is one pass over a list.
//
// The first page tells the real page size, which may be less than was asked
// for: a short page is not the end. From then on further pages are fetched
// ahead at offsets of that size, first one, then two, then four, or four at
// once where the first page was full. A page of another size means that the
// offsets were wrong, and the rest is read one page after the other. The end
// is an empty page or one that brings no new number.
type reading[T any] struct {
	c      *Client
	source source[T]
	most   int // rows; 0: no bound
	give   func([]T) error

	queue  []*slot[T] // in flight, in order
	idle   []*slot[T]
	off    int // of the page to be asked for next
	size   int // of the first page
	ahead  int // how many pages may be in flight
	single bool
	known  seen
	result did.Reading
}

// errEnd ends a reading that has come to the end of the list.
var errEnd = errors.New("end of list")

// errBound ends a reading that has met a row beyond its bound.
var errBound = errors.New("more rows than asked for")

// takeError is an error of the consumer, returned as it was.
type takeError struct{ err error }

func (e *takeError) Error() string { return e.err.Error() }

// read runs one reading and says what it came to, as did.Exchange defines.
func read[T any](ctx context.Context, c *Client, src source[T], most int, give func([]T) error) (did.Reading, error) {
	r := &reading[T]{c: c, source: src, most: most, give: give, ahead: 1}
	within, cancel := context.WithTimeout(ctx, c.opt.ReadDeadline)
	defer cancel()
	defer r.release()
	err := r.pages(within)
	r.summarize()
	return r.conclude(ctx, within, err)
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
		if s.err != nil {
			return s.err
		}
		if err := r.deliver(s); err != nil {
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
		s = &slot[T]{source: r.source, dec: r.c.decoder.Get().(*decoder)} //nolint:forcetypeassert // the pool's New makes nothing else
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
		fresh = append(fresh, s.rows[i])
	}
	left := r.leaveOut(s.bad)
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

// leaveOut counts and names rows that could not be understood; it returns how
// many of them were met for the first time.
func (r *reading[T]) leaveOut(bad []unreadable) int {
	n := 0
	for _, u := range bad {
		if !r.known.add(u.key) {
			continue
		}
		n++
		log := r.c.opt.Log.Debug()
		if r.result.Unreadable+n <= namedUnreadable {
			log = r.c.opt.Log.Warn()
		}
		log.Str("operation", r.source.op.method().name).Str("number", untrusted.Clean(u.digits, 20)).
			Str("i_did", untrusted.Clean(u.id, 20)).Str("field", u.field).Msg("row left out: not understood")
	}
	r.result.Unreadable += n
	return n
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
		r.c.decoder.Put(s.dec)
	}
	r.idle = slices.Delete(r.idle, 0, len(r.idle))
}

func (r *reading[T]) summarize() {
	if n := r.result.Unreadable; n > namedUnreadable {
		r.c.opt.Log.Warn().Str("operation", r.source.op.method().name).Int("rows", n).
			Msg("rows left out in all; those not named are at debug level")
	}
}

// conclude turns the way a reading ended into its result.
func (r *reading[T]) conclude(caller, within context.Context, err error) (did.Reading, error) {
	var taken *takeError
	switch {
	case errors.As(err, &taken):
		return r.result, taken.err
	case errors.Is(err, errEnd):
		return r.ended(), nil
	case errors.Is(err, errBound):
		r.result.Bounded = true
		r.result.Reason = fmt.Sprintf("stopped at %s; there are more", numbers(r.result.Rows))
		return r.result, nil
	case caller.Err() != nil:
		return r.result, caller.Err()
	case r.result.Rows == 0:
		return r.result, r.nothing(within, err)
	case within.Err() != nil:
		r.result.Reason = fmt.Sprintf("stopped after %s, %s read", seconds(r.c.opt.ReadDeadline), numbers(r.result.Rows))
	default:
		r.result.Reason = fmt.Sprintf("broke off after %s: %s", numbers(r.result.Rows), asFault(err).Message)
	}
	return r.result, nil
}

// ended is the result of a reading that came to the end.
func (r *reading[T]) ended() did.Reading {
	switch n := r.result.Unreadable; n {
	case 0:
		r.result.Complete = true
	case 1:
		r.result.Reason = "one row could not be understood and was left out"
	default:
		r.result.Reason = fmt.Sprintf("%d rows could not be understood and were left out", n)
	}
	return r.result
}

// nothing is the error of a reading that broke off before its first row.
func (r *reading[T]) nothing(within context.Context, err error) error {
	if _, ok := fault.As(err); !ok && within.Err() != nil {
		return fault.New(fault.Unavailable, "the exchange sent no page within %s", seconds(r.c.opt.ReadDeadline)).
			WithHint("set [exchange] read_deadline higher").WithCause(err)
	}
	return fmt.Errorf("read %s: %w", r.source.op.method().name, asFault(err))
}

func numbers(n int) string {
	if n == 1 {
		return "1 number"
	}
	return fmt.Sprintf("%d numbers", n)
}

func seconds(d time.Duration) string {
	if d == time.Second {
		return "1 second"
	}
	return fmt.Sprintf("%g seconds", d.Seconds())
}
