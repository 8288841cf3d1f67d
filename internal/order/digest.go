package order

import (
	"bytes"
	"encoding/json"
	"time"
)

// lasting returns the record without what changes though nothing happened to
// the order, and without what is held against the trail by itself. What a field
// is added for later is bound, unless it is left out here, and must be absent
// from the record's JSON while it is empty: digests of before must hold.
func (r Record) lasting() Record {
	r = r.Whole()
	r.Quote = Quote{}                      // its hash binds it
	r.Entry, r.EntryHash, r.Nth = 0, "", 0 // the entry that is being written
	r.Rev = 0                              // counts what is kept
	r.RunnerUntil = time.Time{}            // the sign of life
	for i := range r.Lines {
		l := &r.Lines[i]
		l.Seen, l.Looks, l.FirstLook = Inconclusive, 0, time.Time{} // evidence, of which what it comes to is an entry
		l.NextLook, l.Pause, l.Missed = time.Time{}, 0, time.Time{} // the plan of looking
	}
	return r
}

// canonical returns what a digest is made of: the same before the record was
// kept and after.
func (r Record) canonical() ([]byte, error) {
	text, err := json.Marshal(r.lasting()) //nolint:musttag // as stores keep it
	// What is no UTF-8 is written as an escape, and read back as a character.
	return bytes.ReplaceAll(text, []byte(`\ufffd`), []byte("\ufffd")), err
}

// digest returns the keyed hash of what the trail binds of the record.
func (r Record) digest(tx Keyed) (string, error) {
	text, err := r.canonical()
	if err != nil {
		return "", err
	}
	return hash(tx, "order", string(text))
}

// bindsSame reports whether the trail says of a record what it says of this
// one.
func (r Record) bindsSame(next Record) (bool, error) {
	was, err := r.canonical()
	if err != nil {
		return false, err
	}
	is, err := next.canonical()
	return bytes.Equal(was, is), err
}
