package tcxc

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// errSyntax is the error of text that is not JSON.
var errSyntax = errors.New("malformed JSON")

// stream is the streaming decoder of jsontext over an answer in memory, which
// it reads in place. Names may repeat in an object, and text need not be
// valid UTF-8.
type stream struct {
	jsontext.Decoder
	body   []byte
	source bytes.Buffer
	escape int // where the first backslash is, of body or from some value on; -1 where not looked for
}

// reset makes s read body from its start.
func (s *stream) reset(body []byte) {
	s.body, s.escape = body, -1
	s.source = *bytes.NewBuffer(body)
	s.Reset(&s.source, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// hasNext reports whether a comma or string is next, so that more would return
// true. It is small enough to be inlined.
func (s *stream) hasNext() bool {
	rest := s.UnreadBuffer()
	return len(rest) > 0 && (rest[0] == ',' || rest[0] == '"')
}

// more reports whether the array or object that s is in has another member,
// and reads its end where it has none. A fault is left to the next read.
func (s *stream) more() (bool, error) {
	if kind := s.PeekKind(); kind != jsontext.KindEndArray && kind != jsontext.KindEndObject {
		return true, nil
	}
	_, err := s.ReadToken()
	return false, err
}

// escaped reports whether v, the value that was read last, holds a backslash.
func (s *stream) escaped(v []byte) bool {
	return int(s.InputOffset()) > s.escape && s.findEscape(v)
}

// findEscape is escaped where the backslash that is known lies before the end
// of v. The search goes through the answer once, not through each value.
func (s *stream) findEscape(v []byte) bool {
	end := int(s.InputOffset())
	if from := end - len(v); s.escape < from {
		s.escape = len(s.body)
		if i := bytes.IndexByte(s.body[from:], '\\'); i >= 0 {
			s.escape = from + i
		}
	}
	return s.escape < end
}

// explain tells an answer that was cut short from one that is malformed. The
// errors of jsontext quote the answer, so their words are left out.
func (s *stream) explain(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("answer cut short after %d bytes: %w", len(s.body), errSyntax)
	}
	at := s.InputOffset()
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at, err = syntax.ByteOffset, errSyntax
	}
	return fmt.Errorf("answer at byte %d: %w", at, err)
}
