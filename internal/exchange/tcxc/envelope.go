package tcxc

import (
	"bytes"
	"errors"
	"io"
)

// junkLimit is how much may precede the object of an answer: notices of PHP,
// or the labels that the document's samples print.
const junkLimit = 1 << 10

// statusSuccess is the only status that means success.
const statusSuccess = "success"

var (
	// errNotJSON is the error of an answer without a JSON object near its start.
	errNotJSON = errors.New("no JSON object in the first KiB")
	// errTrailing is the error of an answer that goes on after its object.
	errTrailing = errors.New("more after the JSON object")
)

// envelope is what every answer of the exchange has in common. A field that
// is missing or not a plain value is "".
type envelope struct {
	status  string
	message string
	failure string // the field "error" of a failed authentication

	receipt string // the number of a message that was taken in

	listed bool // it has the member that holds the rows
	others bool // it has another member with members of its own
}

// object returns body from its first brace on and the number of bytes before
// it that are more than white space and a byte order mark.
func object(body []byte) (rest []byte, junk int, err error) {
	i := bytes.IndexByte(body[:min(len(body), junkLimit+1)], '{')
	if i < 0 {
		return nil, 0, errNotJSON
	}
	before := bytes.TrimPrefix(body[:i], []byte("\xef\xbb\xbf"))
	return body[i:], len(bytes.TrimSpace(before)), nil
}

// decodeEnvelope reads an answer that has no rows of interest. Anything but
// one whole JSON object, after at most 1 KiB of junk, is an error.
func decodeEnvelope(body []byte) (envelope, error) {
	rest, _, err := object(body)
	if err != nil {
		return envelope{}, err
	}
	var s stream
	s.reset(rest)
	return readEnvelope(&s, "", s.SkipValue)
}

// readEnvelope reads the object of s to the end of the input and leaves the
// value of the member called list, with its quotation marks, to rows.
func readEnvelope(s *stream, list string, rows func() error) (envelope, error) {
	var env envelope
	if _, err := s.ReadToken(); err != nil {
		return env, s.explain(err)
	}
	for {
		more, err := s.more()
		if more {
			err = env.readField(s, list, rows)
		}
		switch {
		case err != nil:
			return env, s.explain(err)
		case more:
			continue
		}
		if _, err := s.ReadToken(); !errors.Is(err, io.EOF) {
			return env, errTrailing
		}
		return env, nil
	}
}

// readField reads one member of the envelope.
func (e *envelope) readField(s *stream, list string, rows func() error) error {
	name, err := s.ReadValue()
	if err != nil {
		return err
	}
	var into *string
	switch string(name) {
	case list:
		e.listed = true
		return rows()
	case `"status"`:
		into = &e.status
	case `"message"`:
		into = &e.message
	case `"i_message"`:
		into = &e.receipt
	case `"error"`:
		into = &e.failure
	}
	if into == nil {
		v, err := s.ReadValue()
		e.others = e.others || len(v) > 2 && (v[0] == '[' || v[0] == '{')
		return err
	}
	v, err := s.ReadValue()
	if err != nil {
		return err
	}
	if text, ok := value(v).text(nil, s.escaped(v)); ok {
		*into = string(text)
	}
	return nil
}
