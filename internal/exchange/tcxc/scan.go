package tcxc

import "errors"

// nestingLimit is how deep values may be nested at all. It is what jsontext
// allows, and far beyond depthLimit, at which a row becomes unreadable.
const nestingLimit = 10_000

// errSyntax is the error of text that is not JSON.
var errSyntax = errors.New("malformed JSON")

// scanner reads JSON (RFC 8259) value by value. It takes exactly the grammar
// that package jsontext takes when invalid UTF-8 and repeated names are
// allowed, which a fuzz test holds. It exists because a search spends most of
// its time in here, and rows repeat so much that most of what a general
// decoder does for each field can be left out.
type scanner struct {
	b       []byte
	i       int
	escaped bool // the string that was read last has an escape
}

// peek returns the first byte of the next token, 0 at the end.
func (s *scanner) peek() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return c
		}
	}
	return 0
}

// take consumes the token c, a bracket or separator, and reports whether it
// was next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.i++
	return true
}

// more moves to the next member of an array or object that ends with end. It
// consumes the separator, or the end and then returns false. first tells the
// member after the opening bracket, which has no separator.
func (s *scanner) more(first bool, end byte) (bool, error) {
	switch {
	case s.take(end):
		return false, nil
	case first || s.take(','):
		return true, nil
	}
	return false, errSyntax
}

// name consumes the name of a member and the colon after it. The name is
// returned with its quotation marks and escapes.
func (s *scanner) name() ([]byte, error) {
	if s.peek() != '"' {
		return nil, errSyntax
	}
	name, ok := s.text()
	if !ok || !s.take(':') {
		return nil, errSyntax
	}
	return name, nil
}

// named consumes a name and its colon if they are next exactly as in token.
func (s *scanner) named(token string) bool {
	if s.peek() != '"' || len(s.b)-s.i < len(token) || string(s.b[s.i:s.i+len(token)]) != token {
		return false
	}
	s.i += len(token)
	return true
}

// scalar consumes a string, number or literal and returns its text. Arrays
// and objects are for skip.
func (s *scanner) scalar() (value, error) {
	var v []byte
	var ok bool
	switch s.peek() {
	case '"':
		v, ok = s.text()
	case 't':
		v, ok = s.word("true")
	case 'f':
		v, ok = s.word("false")
	case 'n':
		v, ok = s.word("null")
	default:
		v, ok = s.number()
	}
	if !ok {
		return nil, errSyntax
	}
	return v, nil
}

// text consumes a string, at whose quotation mark the scanner stands.
func (s *scanner) text() ([]byte, bool) {
	from := s.i
	s.escaped = false
	for i := from + 1; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '"':
			s.i = i + 1
			return s.b[from:s.i], true
		case c == '\\':
			n := escape(s.b[i+1:])
			if n == 0 {
				return nil, false
			}
			i += n
			s.escaped = true
		case c < ' ':
			return nil, false
		}
	}
	return nil, false
}

// escape returns the length of the escape that b begins with, after its
// backslash; 0 for none.
func escape(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	switch b[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		if len(b) >= 5 && hexDigit(b[1]) && hexDigit(b[2]) && hexDigit(b[3]) && hexDigit(b[4]) {
			return 5
		}
	}
	return 0
}

func hexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func (s *scanner) word(w string) ([]byte, bool) {
	from := s.i
	if len(s.b)-from < len(w) || string(s.b[from:from+len(w)]) != w {
		return nil, false
	}
	s.i += len(w)
	return s.b[from:s.i], true
}

// number consumes -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) number() ([]byte, bool) {
	from := s.i
	s.skipByte('-')
	switch {
	case s.skipByte('0'):
	case s.digits() == 0:
		return nil, false
	}
	if s.skipByte('.') && s.digits() == 0 {
		return nil, false
	}
	if s.skipByte('e') || s.skipByte('E') {
		_ = s.skipByte('+') || s.skipByte('-')
		if s.digits() == 0 {
			return nil, false
		}
	}
	return s.b[from:s.i], true
}

func (s *scanner) skipByte(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

func (s *scanner) digits() int {
	from := s.i
	for s.i < len(s.b) && '0' <= s.b[s.i] && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i - from
}

// skip consumes a value of any kind and returns how deep it is nested: 0 for
// a scalar, 1 for a flat array. Where element is not nil, it is called with
// every string that is an element of an array.
func (s *scanner) skip(element func(value)) (depth int, err error) {
	var open []byte // the brackets that are due
	for first := false; ; {
		if n := len(open); n > 0 {
			more, err := s.member(first, open[n-1])
			if err != nil {
				return depth, err
			}
			if first = false; !more {
				if open = open[:n-1]; len(open) == 0 {
					return depth, nil
				}
				continue
			}
		}
		switch c := s.peek(); c {
		case '[', '{':
			s.i++
			open = append(open, c+2) // ] and } stand two after [ and {
			first = true
			if depth = max(depth, len(open)); depth > nestingLimit {
				return depth, errSyntax
			}
		default:
			v, err := s.scalar()
			if err != nil || len(open) == 0 {
				return depth, err
			}
			if c == '"' && element != nil && open[len(open)-1] == ']' {
				element(v)
			}
		}
	}
}

// member moves to the next member as more does, past its name if it has one.
func (s *scanner) member(first bool, end byte) (bool, error) {
	more, err := s.more(first, end)
	if more && end == '}' {
		_, err = s.name()
	}
	return more, err
}
