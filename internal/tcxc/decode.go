package tcxc

import (
	"bytes"
	"errors"
	"hash/fnv"

	"github.com/go-json-experiment/json/jsontext"

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
	json    *jsontext.Decoder
	in      bytes.Buffer
	scratch []byte // decoded escapes of the present row
	row     record

	amounts      cache[money.Amount]
	integers     cache[*int]
	vendors      cache[string]
	descriptions cache[string]
	types        cache[string]
	countries    cache[country]
}

func newDecoder() *decoder {
	d := &decoder{json: jsontext.NewDecoder(new(bytes.Buffer), jsonOptions()...)}
	d.amounts.make = amount
	d.integers.make = integer
	d.vendors.make = cleaned(64)
	d.descriptions.make = cleaned(120)
	d.types.make = didType
	d.countries.make = countryOf
	return d
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
	d.in = *bytes.NewBuffer(rest)
	d.json.Reset(&d.in, jsonOptions()...)
	one := func() error {
		p.rows++
		whole, err := d.readRow(rest)
		switch {
		case err != nil:
			return err
		case d.row.bad != "":
			bad(d.row.unreadable(whole))
		default:
			good(&d.row)
		}
		return nil
	}
	p.envelope, err = walkEnvelope(d.json, func(*jsontext.Decoder) error { return d.eachRow(one) })
	return p, err
}

// eachRow calls one at the start of every row of "dids": an array, an object
// keyed by index (what PHP makes of an array with gaps), or null for none.
func (d *decoder) eachRow(one func() error) error {
	kind := d.json.PeekKind()
	switch kind {
	case 'n':
		return d.json.SkipValue()
	case '[', '{':
	default:
		if err := d.json.SkipValue(); err != nil {
			return err
		}
		return errRows
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	for next := d.json.PeekKind(); next != ']' && next != '}'; next = d.json.PeekKind() {
		if kind == '{' {
			if _, err := d.json.ReadValue(); err != nil {
				return err
			}
		}
		if err := one(); err != nil {
			return err
		}
	}
	_, err := d.json.ReadToken()
	return err
}

// readRow reads the next value of d into d.row and returns its text.
func (d *decoder) readRow(body []byte) ([]byte, error) {
	d.row = record{}
	d.scratch = d.scratch[:0]
	if d.json.PeekKind() != '{' {
		d.row.bad = "row"
		v, err := d.json.ReadValue()
		return v, err
	}
	if _, err := d.json.ReadToken(); err != nil {
		return nil, err
	}
	from := d.json.InputOffset() - 1
	for d.json.PeekKind() != '}' {
		name, err := d.json.ReadValue()
		if err != nil {
			return nil, err
		}
		if err := d.readField(name, body); err != nil {
			return nil, err
		}
	}
	if _, err := d.json.ReadToken(); err != nil {
		return nil, err
	}
	row := body[from:d.json.InputOffset()]
	d.row.settle()
	if len(row) > rowLimit && d.row.bad == "" {
		d.row.bad = "row"
	}
	return row, nil
}

func (d *decoder) readField(name jsontext.Value, body []byte) error {
	s, known := setters[string(name)]
	features := string(name) == `"features"`
	kind := d.json.PeekKind() // from here on name is no longer valid
	if kind != '{' && kind != '[' {
		if !known {
			return d.json.SkipValue()
		}
		v, err := d.json.ReadValue()
		if err != nil {
			return err
		}
		// The same bytes of the answer itself, which outlive the next read.
		end := d.json.InputOffset()
		d.row.put(d, s, value(body[end-int64(len(v)):end]))
		return nil
	}
	if known && !s.ignore && d.row.bad == "" {
		d.row.bad = s.name
	}
	return d.readNested(features)
}

// readNested reads an array or object, which only "features" makes use of.
func (d *decoder) readNested(features bool) error {
	for outer := d.json.StackDepth(); ; {
		v, err := d.json.ReadToken()
		if err != nil {
			return err
		}
		depth := d.json.StackDepth()
		switch {
		case depth == outer:
			return nil
		case depth > depthLimit && d.row.bad == "":
			d.row.bad = "row"
		case features && v.Kind() == '"' && depth == outer+1:
			d.row.feature(v.String())
		}
	}
}

func (r *record) unreadable(row []byte) unreadable {
	u := unreadable{key: r.key | 1<<63, id: string(r.id), field: r.bad}
	if r.key != 0 {
		u.digits = string(r.digits)
		return u
	}
	h := fnv.New64a()
	_, _ = h.Write(row)
	u.key = h.Sum64() | 1<<63
	return u
}
