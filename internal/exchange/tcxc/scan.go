package tcxc

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/go-json-experiment/json/jsontext"
)

// A scan reads the rows of a page without the tokens of jsontext between, in
// about a third of the time: names are compared with those of the rows before
// rather than read, and texts end at the first quotation mark. It knows what
// the exchange writes, in any layout: an array of objects of texts, numbers,
// true, false and null. Texts with escapes and nested values are handed to
// jsontext one by one, and so is all that stands around the rows. Of anything
// else, be it well formed or not, it makes nothing, and the page is decoded by
// jsontext from its start: so what is an error, and which, is up to jsontext
// alone.

// aroundLimit is the most that may stand around the rows of a page.
const aroundLimit = 4 << 10

// scan decodes an answer that is an object. It returns false where the answer
// is not as it should be; what into was given then does not count.
func (d *decoder) scan(body []byte, fees bool, into rows) (page, bool) {
	from := firstRow(body, d.schema.list)
	if from < 0 {
		return page{}, false
	}
	n, end, ok := d.scanRows(body, from, fees, into)
	if !ok {
		return page{}, false
	}
	around, ok := d.around(body[:from], body[end:])
	return page{envelope: around, rows: n}, ok
}

// firstRow returns where the text behind the name of the rows, a colon and a
// bracket begins in body; -1 where that is not near the start.
func firstRow(body []byte, name string) int {
	at := bytes.Index(body[:min(len(body), aroundLimit)], []byte(name))
	if at < 0 {
		return -1
	}
	at = space(body, at+len(name))
	if at == len(body) || body[at] != ':' {
		return -1
	}
	at = space(body, at+1)
	if at == len(body) || body[at] != '[' {
		return -1
	}
	return at + 1
}

// around reads an answer that has lost its rows: head ends with the bracket
// that opens them, tail begins with the one that closes them. It returns false
// where that is no answer, or the rows were not those of the answer itself.
func (d *decoder) around(head, tail []byte) (envelope, bool) {
	if len(head)+len(tail) > aroundLimit {
		return envelope{}, false
	}
	d.shell = append(append(d.shell[:0], head...), tail...)
	d.in.reset(d.shell)
	lists, itself := 0, false
	env, err := readEnvelope(&d.in, d.schema.list, func() error {
		lists++
		if _, err := d.in.ReadToken(); err != nil {
			return err
		}
		itself = d.in.InputOffset() == int64(len(head))
		_, err := d.in.ReadToken()
		return err
	})
	return env, err == nil && lists == 1 && itself
}

// scanRows reads rows and commas from at to the end of the array, and returns
// how many there were and where the bracket stands.
func (d *decoder) scanRows(b []byte, at int, fees bool, into rows) (n, end int, ok bool) {
	if at = space(b, at); at < len(b) && b[at] == ']' {
		return 0, at, true
	}
	for {
		from := at
		if at = d.scanRow(b, at); at < 0 {
			return 0, 0, false
		}
		n++
		d.give(b[from:at], fees, into)
		if at = space(b, at); at == len(b) {
			return 0, 0, false
		}
		switch b[at] {
		case ']':
			return n, at, true
		case ',':
			at = space(b, at+1)
		default:
			return 0, 0, false
		}
	}
}

// scanRow reads the object at into d.row, and returns where it ends; -1 where
// it is for jsontext.
func (d *decoder) scanRow(b []byte, at int) int {
	d.row, d.scratch = record{}, d.scratch[:0]
	if at == len(b) || b[at] != '{' {
		return -1
	}
	at++
	var s *setter
	for n := 0; ; n++ {
		place := place(s, n)
		if s = d.order[place]; s != nil && s.begins(b, at) {
			at += len(s.member)
		} else if s, at = d.scanName(b, at, place); at < 0 {
			return -1
		}
		if at = d.scanValue(b, at, s); at < 0 {
			return -1
		}
		if at = space(b, at); at == len(b) {
			return -1
		}
		switch b[at] {
		case ',':
			at++
		case '}':
			d.schema.check(&d.row)
			return at + 1
		default:
			return -1
		}
	}
}

// begins reports whether the name of s, a colon and the value behind it stand
// at, with no space between.
func (s *setter) begins(b []byte, at int) bool {
	end := at + len(s.member)
	return end < len(b) && b[end] > ' ' && string(b[at:end]) == s.member
}

// scanName reads the name of a field and the colon behind it, and returns the
// setter of the field and where its value begins. The place is that in order.
func (d *decoder) scanName(b []byte, at, place int) (*setter, int) {
	at = space(b, at)
	if at == len(b) || b[at] != '"' {
		return nil, -1
	}
	end := plainEnd(b, at+1)
	if end == len(b) || b[end] != '"' {
		return nil, -1
	}
	name := b[at : end+1]
	s := d.order[place]
	if s == nil || s.quoted != string(name) {
		s = d.lookUp(place, name)
	}
	at = space(b, end+1)
	if at == len(b) || b[at] != ':' {
		return nil, -1
	}
	at = space(b, at+1)
	if at == len(b) {
		return nil, -1
	}
	return s, at
}

// scanValue reads the value at into the field of s, which may be nil, and
// returns where it ends, which is before the end of b; -1 where the value is
// for jsontext.
func (d *decoder) scanValue(b []byte, at int, s *setter) int {
	var end int
	escaped := false
	switch b[at] {
	case '"':
		end = plainEnd(b, at+1)
		if end < len(b) && b[end] == '\\' {
			end, escaped = escapedEnd(b, end), true
		}
		if end >= len(b) || b[end] != '"' {
			return -1
		}
		end++
	case '{', '[':
		return d.scanNested(b, at, s)
	default:
		if end = word(b, at); end < 0 {
			return -1
		}
	}
	if end == len(b) {
		return -1
	}
	v := value(b[at:end])
	if escaped {
		from := len(d.scratch)
		var err error
		if d.scratch, err = jsontext.AppendUnquote(d.scratch, []byte(v)); err != nil {
			return -1
		}
		d.scratch = d.scratch[:from]
	}
	if s.reads() {
		said, _ := v.text(&d.scratch, escaped)
		d.set(s, said)
	}
	return end
}

// scanNested reads the array or object at, and returns where it ends.
func (d *decoder) scanNested(b []byte, at int, s *setter) int {
	d.nested.reset(b[at:])
	v, err := d.nested.ReadValue()
	if err != nil || at+len(v) == len(b) {
		return -1
	}
	if err := d.readNested(s, v); err != nil || d.row.bad == "row" {
		return -1
	}
	return at + len(v)
}

// space returns where the white space at ends.
func space(b []byte, at int) int {
	for at < len(b) && (b[at] == ' ' || b[at] == '\n' || b[at] == '\r' || b[at] == '\t') {
		at++
	}
	return at
}

// Each byte of a word of eight.
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// plainEnd returns where the first quotation mark, backslash or control
// character from at on stands; len(b) for none. It looks at eight bytes at a
// time: of a difference, the lowest high bit that neither side had marks the
// first byte that is less than another, and of a xor, the first that is equal.
func plainEnd(b []byte, at int) int {
	for ; at+8 <= len(b); at += 8 {
		w := binary.LittleEndian.Uint64(b[at:])
		quote, slash := w^('"'*ones), w^('\\'*ones)
		found := ((quote-ones)&^quote | (slash-ones)&^slash | (w-' '*ones)&^w) & highs
		if found != 0 {
			return at + bits.TrailingZeros64(found)/8
		}
	}
	for at < len(b) && b[at] >= ' ' && b[at] != '"' && b[at] != '\\' {
		at++
	}
	return at
}

// escapedEnd returns where a text ends of which the first backslash is at.
// That escapes are well formed is left to who decodes them.
func escapedEnd(b []byte, at int) int {
	for at < len(b) && b[at] == '\\' {
		at = plainEnd(b, min(at+2, len(b)))
	}
	return at
}

// word returns where the number, true, false or null at ends; -1 where it is
// none, or a number with an exponent.
func word(b []byte, at int) int {
	switch rest := b[at:]; {
	case bytes.HasPrefix(rest, []byte("null")), bytes.HasPrefix(rest, []byte("true")):
		return at + 4
	case bytes.HasPrefix(rest, []byte("false")):
		return at + 5
	}
	if b[at] == '-' {
		at++
	}
	whole := decimals(b, at)
	if whole == at || whole > at+1 && b[at] == '0' {
		return -1
	}
	if whole == len(b) || b[whole] != '.' {
		return whole
	}
	if end := decimals(b, whole+1); end > whole+1 {
		return end
	}
	return -1
}

// decimals returns where the digits at end.
func decimals(b []byte, at int) int {
	for at < len(b) && '0' <= b[at] && b[at] <= '9' {
		at++
	}
	return at
}
