package tcxc

import (
	"errors"
	"hash/fnv"

	"didops/internal/money"
)

// Rows beyond these bounds are unreadable.
const (
	rowLimit   = 64 << 10
	depthLimit = 16 // of nested values, from the top of the answer
)

// errRows is the error of a "dids" that is no list of rows.
var errRows = errors.New("dids is neither a list nor an object")

// unreadable is a row that was left out.
type unreadable struct {
	key    uint64 // its number, or a hash of the row, with the top bit set
	digits string // its number; "" where not known
	id     string // its i_did; "" where not known
	field  string // the first field that was not understood
}

// decoder turns answers into rows and keeps what it made of texts that
// repeat. It is not safe for concurrent use.
type decoder struct {
	in      scanner
	scratch []byte // decoded escapes of the present row
	row     record
	// order is the fields as the rows before had them: a page repeats the same
	// few orders, so a field is mostly found by its place.
	order [fieldsGuessed]*setter

	amounts      cache[money.Amount]
	integers     cache[*int]
	vendors      cache[string]
	descriptions cache[string]
	types        cache[string]
	countries    cache[country]
}

// fieldsGuessed is how many fields of a row are looked for by their place.
const fieldsGuessed = 40

func newDecoder() *decoder {
	return &decoder{
		amounts:      cache[money.Amount]{make: amount, size: manyTexts},
		integers:     cache[*int]{make: integer, size: fewTexts},
		vendors:      cache[string]{make: cleaned(64), size: fewTexts},
		descriptions: cache[string]{make: cleaned(120), size: fewTexts},
		types:        cache[string]{make: didType, size: fewTexts},
		countries:    cache[country]{make: countryOf, size: fewTexts},
	}
}

// page is what one answer holds.
type page struct {
	envelope
	junk int // bytes before the JSON object
	rows int // of any kind
}

// decode reads a whole answer. It calls good for every row that can be
// understood, with a record that is valid during the call, and bad for the
// others. An answer that is not one whole JSON object is an error; rows read
// before the fault are then of no use.
func (d *decoder) decode(body []byte, good func(*record), bad func(unreadable)) (p page, err error) {
	rest, junk, err := object(body)
	if err != nil {
		return page{}, err
	}
	p.junk = junk
	d.in = scanner{b: rest}
	p.envelope, err = walkEnvelope(&d.in, func() error {
		return d.eachRow(func() error {
			p.rows++
			row, err := d.readRow()
			switch {
			case err != nil:
				return err
			case d.row.bad != "":
				bad(d.row.unreadable(row))
			default:
				good(&d.row)
			}
			return nil
		})
	})
	return p, err
}

// eachRow calls one at the start of every row of "dids": an array, an object
// keyed by index (what PHP makes of an array with gaps), or null for none.
func (d *decoder) eachRow(one func() error) error {
	var end byte
	switch d.in.peek() {
	case '[':
		end = ']'
	case '{':
		end = '}'
	case 'n':
		_, err := d.in.scalar()
		return err
	default:
		if _, err := d.in.skip(nil); err != nil {
			return err
		}
		return errRows
	}
	d.in.i++
	for first := true; ; first = false {
		more, err := d.in.member(first, end)
		if err != nil || !more {
			return err
		}
		if err := one(); err != nil {
			return err
		}
	}
}

// readRow reads the next value into d.row and returns its text.
func (d *decoder) readRow() ([]byte, error) {
	d.row = record{}
	d.scratch = d.scratch[:0]
	c := d.in.peek()
	from := d.in.i
	if c != '{' {
		d.row.bad = "row"
		_, err := d.in.skip(nil)
		return d.in.b[from:d.in.i], err
	}
	d.in.i++
	for n := 0; ; n++ {
		more, err := d.in.more(n == 0, '}')
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if err := d.readField(n); err != nil {
			return nil, err
		}
	}
	row := d.in.b[from:d.in.i]
	d.row.settle()
	if len(row) > rowLimit && d.row.bad == "" {
		d.row.bad = "row"
	}
	return row, nil
}

// readField reads the nth field of a row.
func (d *decoder) readField(n int) error {
	s, err := d.readName(n)
	if err != nil {
		return err
	}
	if c := d.in.peek(); c == '{' || c == '[' {
		return d.readNested(s)
	}
	v, err := d.in.scalar()
	if err == nil && s != nil && s.set != nil {
		d.row.put(d, s, v)
	}
	return err
}

// readName reads the name of the nth field and returns its setter, nil for an
// unknown one.
func (d *decoder) readName(n int) (*setter, error) {
	if n < fieldsGuessed && d.order[n] != nil && d.in.named(d.order[n].token) {
		return d.order[n], nil
	}
	name, err := d.in.name()
	if err != nil {
		return nil, err
	}
	s := lookUp(name, d.in.escaped)
	if n < fieldsGuessed && s != nil {
		d.order[n] = s
	}
	return s, nil
}

// lookUp finds a setter by a name as it stands in the answer.
func lookUp(name []byte, escaped bool) *setter {
	if escaped {
		plain, _ := value(name).text(nil, true)
		return setters[`"`+string(plain)+`"`]
	}
	return setters[string(name)]
}

// baseDepth is how deep the fields of a row lie.
const baseDepth = 3

// readNested reads an array or object, which only "features" makes use of.
func (d *decoder) readNested(s *setter) error {
	var element func(value)
	switch {
	case s == nil:
	case s.name == "features":
		element = d.row.feature
	case s.set != nil:
		d.row.refuse(s)
	}
	depth, err := d.in.skip(element)
	if depth+baseDepth > depthLimit && d.row.bad == "" {
		d.row.bad = "row"
	}
	return err
}

// left describes a row of which a field, or all, is left out.
func (r *record) left(field string) unreadable {
	u := unreadable{key: r.key | 1<<63, id: string(r.id), field: field}
	if r.key != 0 {
		u.digits = string(r.digits)
	}
	return u
}

// unreadable describes a row that is left out, row being its text.
func (r *record) unreadable(row []byte) unreadable {
	u := r.left(r.bad)
	if r.key != 0 {
		return u
	}
	h := fnv.New64a()
	_, _ = h.Write(row)
	u.key = h.Sum64() | 1<<63
	return u
}
