package sandbox

import (
	"bytes"
	"strconv"
)

// logical appends the logical error to answer with, if one is due.
func (d drawn) logical(b []byte, kind FaultKind) ([]byte, bool) {
	f, ok := d.get(kind)
	if !ok {
		return b, false
	}
	text := orElse(f.Text, textError)
	if f.As != "fail" {
		return appendStatus(b, "error", text), true
	}
	b = append(b, `{"error":`...)
	return append(appendString(b, text), `,"status":"fail"}`...), true
}

// unit returns what "off" counts in this request.
func (d drawn) unit(u OffUnit) OffUnit {
	if _, ok := d.get(WrongUnit); ok {
		return OffPages - u
	}
	return u
}

// window returns the part of the list that is shown instead of w.
func (d drawn) window(w window) window {
	f, _ := d.get(EmptyPage, ShortPage, LongPage, RepeatPage)
	switch f.Kind {
	case EmptyPage:
		w.limit = 0
	case ShortPage:
		w.limit = min(w.limit, orElse(f.Rows, max(1, w.limit/2)))
	case LongPage:
		w.limit += orElse(f.Rows, 10)
	case RepeatPage:
		w.off = max(0, w.off-w.limit)
	default: // the window stays
	}
	return w
}

// list returns the writer of the field that holds the rows.
func (d drawn) list(name string) *dids {
	f, _ := d.get(DidsObject, DidsNull, DidsMissing, Unreadable, Huge)
	l := &dids{name: name, kind: f.Kind}
	switch f.Kind {
	case Unreadable:
		l.spoilt = orElse(f.Rows, 3)
	case Huge:
		l.millions = orElse(f.Rows, 10)
	default: // the rows stay
	}
	return l
}

// dids writes the envelope of a page in the shape that a fault gives it.
type dids struct {
	name     string
	kind     FaultKind
	rows     int
	spoilt   int // so many rows can't be understood
	millions int // of characters in the first description
}

func (d *dids) open(b []byte) []byte {
	b = append(b, `{"status":"success"`...)
	switch d.kind {
	case DidsMissing:
		return b
	case DidsNull:
		return append(appendName(b, d.name), `null`...)
	case DidsObject:
		return append(appendName(b, d.name), '{')
	default:
		return append(appendName(b, d.name), '[')
	}
}

func (d *dids) close(b []byte) []byte {
	switch d.kind {
	case DidsMissing, DidsNull:
		return append(b, '}')
	case DidsObject:
		return append(b, `}}`...)
	default:
		return append(b, `]}`...)
	}
}

// next prepares for a row.
func (d *dids) next(b []byte) []byte {
	if d.rows > 0 {
		b = append(b, ',')
	}
	if d.kind == DidsObject {
		b = append(b, '"')
		b = strconv.AppendInt(b, int64(d.rows), 10)
		b = append(b, '"', ':')
	}
	d.rows++
	return b
}

// spoil returns b with the row that was written from start made worse.
func (d *dids) spoil(b []byte, start int) []byte {
	switch d.kind {
	case DidsMissing, DidsNull:
		return b[:start]
	case Unreadable:
		if d.rows <= d.spoilt {
			return append(b[:start:start], unreadable(b[start:], d.rows)...)
		}
	case Huge:
		if d.rows == 1 {
			long := bytes.Repeat([]byte("A"), d.millions*1_000_000)
			return append(b[:start:start], replaceString(b[start:], "description", long)...)
		}
	default: // the row stays
	}
	return b
}

// unreadable returns a row that a client must leave out: a fee, the number or
// a flag is not what it should be.
func unreadable(row []byte, n int) []byte {
	row = bytes.Replace(row, []byte(`"CLD":`), []byte(`"CLD_lost":`), 1)
	switch n % 3 {
	case 1:
		return replaceString(row, "monthly_fee", []byte("abc"))
	case 2:
		row = bytes.Replace(row, []byte(`"msisdn":`), []byte(`"msisdn_lost":`), 1)
		return bytes.Replace(row, []byte(`"number":`), []byte(`"number_lost":`), 1)
	}
	row = bytes.Replace(row, []byte(`"voice":"`), []byte(`"voice":"maybe`), 1)
	return bytes.Replace(row, []byte(`"voice":1`), []byte(`"voice":"maybe"`), 1)
}

// replaceString replaces the value of a field that is a string.
func replaceString(row []byte, field string, value []byte) []byte {
	head, tail, ok := bytes.Cut(row, []byte(`"`+field+`":"`))
	if !ok {
		return row
	}
	end := 0
	for end < len(tail) && tail[end] != '"' {
		if tail[end] == '\\' {
			end++
		}
		end++
	}
	return bytes.Join([][]byte{head, []byte(`"` + field + `":"`), value, tail[min(end, len(tail)):]}, nil)
}
