package market

import (
	"encoding/binary"
	"time"
)

// What can happen to a number, as it is written.
const (
	eventCame    = iota + 1 // it is there, and an earlier reading would have brought it
	eventChanged            // it is there with other terms, or of its type again
	eventGone               // a reading of all numbers of its part did not bring it
	eventLeft               // a reading of its type alone did not bring it
	eventLapsed             // it was not seen for so long that it is not waited for any more
)

// What changed of a number besides fees, seller and place.
const (
	otherFeatures = 1 << iota
	otherDocuments
	otherTariff
	otherText
	otherID
)

// terms are what is kept of a number's past. Amounts are in their canonical
// text.
type terms struct {
	place          Place
	seller         string
	monthly, setup string
}

// event is one thing that happened to a number that can be bought.
type event struct {
	what   uint8
	left   bool // before it, the number was known not to be of its type any more
	other  uint8
	digits uint64
	at     int64 // Unix microseconds: when the reading began that says so
	old    terms // before; not of what came
	now    terms // after; of what came and what changed
	stay   int64 // of what ends: when it was first seen, by stayOf
	seen   int64 // likewise: when it was last seen
}

func (e *event) ends() bool { return e.what == eventGone || e.what == eventLapsed }

// week returns when the week of a moment began: on Monday, in UTC.
func week(at int64) int64 {
	t := time.UnixMicro(at).UTC()
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7).UnixMicro()
}

// chunk are the events of one cell in one week, in the order in which they
// were written. Their values are in dictionaries, which only grow.
type chunk struct {
	week    int64 // when it began
	times   dict[int64]
	amounts dict[string]
	sellers dict[string]
	places  dict[Place]
	count   int
	body    []byte
}

// openChunk takes a value apart that encode wrote.
func openChunk(value []byte) (*chunk, error) {
	r, n := unseal(value)
	times, amounts, sellers, places := r.words(), r.words(), r.words(), r.words()
	if r.failed {
		return nil, r.fault()
	}
	c := &chunk{count: n, body: r.b}
	c.times.keys = keys(&times, (*reader).varint)
	c.amounts.keys = keys(&amounts, (*reader).rest)
	c.sellers.keys = keys(&sellers, (*reader).rest)
	c.places.keys = keys(&places, (*reader).place)
	return c, nil
}

func (c *chunk) encode() []byte {
	text := func(b []byte, s string) []byte { return append(b, s...) }
	b := binary.AppendUvarint([]byte{layout}, uint64(c.count)) //nolint:gosec // a count
	b = appendWords(b, c.times.keys, binary.AppendVarint)
	b = appendWords(b, c.amounts.keys, text)
	b = appendWords(b, c.sellers.keys, text)
	b = appendWords(b, c.places.keys, appendPlace)
	return seal(append(b, c.body...))
}

// add writes one event behind the others.
func (c *chunk) add(e *event) {
	head := e.what
	if e.left {
		head |= headLeft
	}
	c.count++
	b := append(c.body, head, e.other)
	b = binary.AppendUvarint(b, e.digits)
	b = c.appendTime(b, e.at)
	if e.what != eventCame {
		b = c.appendTerms(b, &e.old)
	}
	if e.what == eventCame || e.what == eventChanged {
		b = c.appendTerms(b, &e.now)
	}
	if e.ends() {
		b = c.appendTime(c.appendTime(b, e.stay), e.seen)
	}
	c.body = b
}

// headLeft is the bit of the first byte of an event that stands for left.
const headLeft = 1 << 7

func (c *chunk) appendTime(b []byte, at int64) []byte {
	return binary.AppendUvarint(b, uint64(c.times.of(at)))
}

func (c *chunk) appendTerms(b []byte, t *terms) []byte {
	for _, n := range [...]uint32{c.places.of(t.place), c.sellers.of(t.seller), c.amounts.of(t.monthly), c.amounts.of(t.setup)} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

// entry is an event whose values are places in the dictionaries of its chunk.
type entry struct {
	what, other uint8
	left        bool
	digits      uint64
	at          uint32
	old, now    entryTerms
	stay, seen  uint32
}

type entryTerms struct{ place, seller, monthly, setup uint32 }

// each calls fn for every event, in the order in which they were written. The
// entry is reused.
func (c *chunk) each(fn func(*entry)) error {
	r := &reader{b: c.body}
	var e entry
	for range c.count {
		head := r.bytes(2)
		if r.failed {
			return errCorrupt
		}
		e = entry{what: head[0] &^ headLeft, left: head[0]&headLeft != 0, other: head[1]}
		e.digits = r.uvarint()
		e.at = c.place(r, len(c.times.keys))
		if e.what != eventCame {
			e.old = c.terms(r)
		}
		if e.what == eventCame || e.what == eventChanged {
			e.now = c.terms(r)
		}
		if e.what == eventGone || e.what == eventLapsed {
			e.stay, e.seen = c.place(r, len(c.times.keys)), c.place(r, len(c.times.keys))
		}
		if r.failed {
			return errCorrupt
		}
		fn(&e)
	}
	return nil
}

// place reads a place in a dictionary of so many values.
func (c *chunk) place(r *reader, of int) uint32 {
	n := r.uvarint()
	if n >= uint64(of) { //nolint:gosec // a length
		r.failed, r.b = true, nil
		return 0
	}
	return uint32(n) //nolint:gosec // less than a length
}

func (c *chunk) terms(r *reader) entryTerms {
	return entryTerms{
		c.place(r, len(c.places.keys)), c.place(r, len(c.sellers.keys)),
		c.place(r, len(c.amounts.keys)), c.place(r, len(c.amounts.keys)),
	}
}

// event returns an entry with its values.
func (c *chunk) event(e *entry) event {
	out := event{what: e.what, left: e.left, other: e.other, digits: e.digits, at: c.times.keys[e.at]}
	if e.what != eventCame {
		out.old = c.termsOf(e.old)
	}
	if e.what == eventCame || e.what == eventChanged {
		out.now = c.termsOf(e.now)
	}
	if out.ends() {
		out.stay, out.seen = c.times.keys[e.stay], c.times.keys[e.seen]
	}
	return out
}

func (c *chunk) termsOf(t entryTerms) terms {
	return terms{c.places.keys[t.place], c.sellers.keys[t.seller], c.amounts.keys[t.monthly], c.amounts.keys[t.setup]}
}
