package tcxc

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// junkLimit is how much may precede the object of an answer: notices of PHP,
// or the labels that the document's samples print.
const junkLimit = 1 << 10

// statusSuccess is the only status that means success.
const statusSuccess = "success"

// errNotJSON is the error of an answer without a JSON object near its start.
var errNotJSON = errors.New("no JSON object in the first KiB")

// envelope is what every answer of the exchange has in common. A field that
// is missing or not a plain value is "".
type envelope struct {
	status  string
	message string
	failure string // the field "error" of a failed authentication
}

// jsonOptions are how answers are read: the exchange passes on text of
// sellers that need not be UTF-8, and a repeated name is no reason to refuse
// a page.
func jsonOptions() []jsontext.Options {
	return []jsontext.Options{jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)}
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
	d := jsontext.NewDecoder(bytes.NewBuffer(rest), jsonOptions()...)
	return walkEnvelope(d, func(*jsontext.Decoder) error { return d.SkipValue() })
}

// walkEnvelope reads the top-level object of d to the end of the input and
// leaves the value of "dids" to rows.
func walkEnvelope(d *jsontext.Decoder, rows func(*jsontext.Decoder) error) (envelope, error) {
	var env envelope
	if _, err := d.ReadToken(); err != nil {
		return env, fmt.Errorf("answer: %w", whole(err))
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadValue()
		if err != nil {
			return env, fmt.Errorf("answer: %w", whole(err))
		}
		if err := env.field(d, string(name), rows); err != nil {
			return env, fmt.Errorf("answer: %w", whole(err))
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return env, fmt.Errorf("answer: %w", whole(err))
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return env, errors.New("answer: more after the JSON object")
	}
	return env, nil
}

func (e *envelope) field(d *jsontext.Decoder, name string, rows func(*jsontext.Decoder) error) error {
	var into *string
	switch name {
	case `"dids"`:
		return rows(d)
	case `"status"`:
		into = &e.status
	case `"message"`:
		into = &e.message
	case `"error"`:
		into = &e.failure
	default:
		return d.SkipValue()
	}
	v, err := d.ReadValue()
	if err != nil {
		return err
	}
	text, _ := value(v).text(nil)
	*into = string(text)
	return nil
}

// whole makes an end of input that comes too early look like one.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
