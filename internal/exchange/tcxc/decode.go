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

// errRows is the error of rows that are no list.
var errRows = errors.New("the rows are neither a list nor an object")

// unreadable is a row that was left out.
type unreadable struct {
	key    uint64 // its number, or a hash of the row, with the top bit set
	digits string // its number; "" where not known
	id     string // its i_did; "" where not known
	field  string // the first field that was not understood
}

// decoder is a streaming decoder: it turns answers into rows one by one, and
// interns what it made of texts that repeat. It is not safe for concurrent use.
type decoder struct {
	schema  *schema
	in      stream
	nested  stream // of the present field, where it is an array or object
	scratch []byte // decoded escapes of the present row
	shell   []byte // an answer without its rows
	row     record
	// order is which field came behind which in the rows before, and at which
	// place: a page repeats the same few orders, so a field is mostly the one
	// that is looked at first. See place.
	order []*setter

	amounts      cache[money.Amount]
	integers     cache[*int]
	vendors      cache[string]
	descriptions cache[string]
	types        cache[string]
	countries    cache[country]
}

// predictedFields is how many fields of a row are looked for by their place.
const predictedFields = 40

// place returns where in order the nth field of a row is, behind the field
// before, which is nil where it is not known.
func place(before *setter, n int) int {
	if before != nil {
		return predictedFields + before.index
	}
	return min(n, predictedFields)
}

func newDecoder(of *schema) *decoder {
	return &decoder{
		schema:       of,
		order:        make([]*setter, predictedFields+1+len(of.fields)),
		amounts:      cache[money.Amount]{parse: parseAmount, size: largeCache},
		integers:     cache[*int]{parse: parseInteger, size: smallCache},
		vendors:      cache[string]{parse: cleanText(64), size: smallCache},
		descriptions: cache[string]{parse: cleanText(120), size: smallCache},
		types:        cache[string]{parse: parseType, size: smallCache},
		countries:    cache[country]{parse: parseCountry, size: smallCache},
	}
}

// page is what one answer holds.
type page struct {
	envelope
	junk int // bytes before the JSON object
	rows int // of any kind
}

// rows takes in the rows of a page.
type rows interface {
	// good takes a row that can be understood; the record is valid during the
	// call.
	good(*record)
	// bad takes one that can't.
	bad(unreadable)
	// forget has nothing count of what came so far: the page begins anew.
	forget()
}

// decode reads a whole answer into the rows of a page; a row without fees is
// unreadable where they are needed. An answer that is not one whole JSON object
// is an error; rows read before the fault are then of no use.
func (d *decoder) decode(body []byte, fees bool, into rows) (page, error) {
	rest, junk, err := object(body)
	if err != nil {
		return page{}, err
	}
	p, ok := d.scan(rest, fees, into)
	if !ok {
		into.forget()
		p, err = d.parse(rest, fees, into)
	}
	p.junk = junk
	if err == nil && d.schema.use && p.others && !p.listed {
		return p, errUnlisted
	}
	return p, err
}

// parse is what scan does, by jsontext, which knows all of JSON.
func (d *decoder) parse(body []byte, fees bool, into rows) (p page, err error) {
	d.in.reset(body)
	p.envelope, err = readEnvelope(&d.in, d.schema.list, func() error {
		return d.eachRow(func() error {
			p.rows++
			row, err := d.readRow()
			if err == nil {
				d.give(row, fees, into)
			}
			return err
		})
	})
	return p, err
}

// give hands the present row out, row being its text.
func (d *decoder) give(row []byte, fees bool, into rows) {
	if len(row) > rowLimit && d.row.bad == "" {
		d.row.bad = "row"
	}
	if fees && d.row.bad == "" {
		d.row.bad = d.row.unpriced
	}
	if d.schema.use {
		d.row.once(row)
	}
	if d.row.bad != "" {
		into.bad(d.row.unreadable(row))
		return
	}
	into.good(&d.row)
}

// eachRow calls one at the start of every row: of an array, an object
// keyed by index (what PHP makes of an array with gaps), or null for none.
func (d *decoder) eachRow(one func() error) error {
	kind := d.in.PeekKind()
	if kind != jsontext.KindBeginArray && kind != jsontext.KindBeginObject {
		if err := d.in.SkipValue(); err != nil || kind == jsontext.KindNull {
			return err
		}
		return errRows
	}
	if _, err := d.in.ReadToken(); err != nil {
		return err
	}
	for {
		more, err := d.in.more()
		if err != nil || !more {
			return err
		}
		if kind == jsontext.KindBeginObject {
			if _, err := d.in.ReadValue(); err != nil {
				return err
			}
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
	if d.in.PeekKind() != jsontext.KindBeginObject {
		d.row.bad = "row"
		return d.in.ReadValue()
	}
	if _, err := d.in.ReadToken(); err != nil {
		return nil, err
	}
	from := d.in.InputOffset() - 1
	if err := d.readFields(); err != nil {
		return nil, err
	}
	row := d.in.body[from:d.in.InputOffset()]
	d.schema.check(&d.row)
	return row, nil
}

// readFields reads the fields of a row and its end.
func (d *decoder) readFields() error {
	var s *setter
	for n := 0; ; n++ {
		if !d.in.hasNext() {
			if more, err := d.in.more(); err != nil || !more {
				return err
			}
		}
		name, err := d.in.ReadValue()
		if err != nil {
			return err
		}
		at := place(s, n)
		if s = d.order[at]; s == nil || s.quoted != string(name) {
			s = d.lookUp(at, name)
		}
		v, err := d.in.ReadValue()
		switch {
		case err != nil:
			return err
		case v[0] == '{' || v[0] == '[':
			if err := d.readNested(s, v); err != nil {
				return err
			}
		case s.reads():
			said, _ := value(v).text(&d.scratch, d.in.escaped(v))
			d.set(s, said)
		}
	}
}

// lookUp finds the setter of a field by its name as it stands in the answer,
// nil for an unknown one, and looks for it at its place from now on.
func (d *decoder) lookUp(place int, name []byte) *setter {
	s := d.schema.fields[string(name)]
	if s == nil && bytes.IndexByte(name, '\\') >= 0 {
		plain, _ := value(name).text(nil, true)
		s = d.schema.fields[`"`+string(plain)+`"`]
	}
	if s != nil && place != predictedFields {
		d.order[place] = s
	}
	return s
}

// baseDepth is how deep the fields of a row lie.
const baseDepth = 3

// readNested reads v, an array or object, which only "features" makes use of.
func (d *decoder) readNested(s *setter, v []byte) error {
	if s.reads() {
		d.row.reject(s)
	}
	features := s != nil && s.name == "features"
	d.nested.reset(v)
	for {
		if _, err := d.nested.ReadToken(); err != nil {
			return err
		}
		depth := d.nested.StackDepth()
		if depth == 0 {
			return nil
		}
		if depth+baseDepth > depthLimit && d.row.bad == "" {
			d.row.bad = "row"
		}
		if !features {
			continue
		}
		if err := d.readFeatures(depth); err != nil {
			return err
		}
	}
}

// readFeatures reads the strings that are next in an array.
func (d *decoder) readFeatures(depth int) error {
	if kind, _ := d.nested.StackIndex(depth); kind != jsontext.KindBeginArray {
		return nil
	}
	for d.nested.PeekKind() == jsontext.KindString {
		v, err := d.nested.ReadValue()
		if err != nil {
			return err
		}
		d.row.feature(value(v))
	}
	return nil
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
