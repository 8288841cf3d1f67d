package tcxc

import (
	"bytes"
	"math"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// value is one JSON value as the exchange wrote it. The exchange writes
// numbers as strings in one method and as numbers in another, so each reader
// below takes both.
type value []byte

// text returns what v says without quotation marks and outer white space:
// the content of a string, the digits of a number, the word of a boolean, ""
// for null. It returns false for an object or array. Text with an escape in it
// is decoded into space appended to scratch, which may be nil.
func (v value) text(scratch *[]byte, escaped bool) ([]byte, bool) {
	if len(v) == 0 {
		return nil, true
	}
	switch v[0] {
	case '{', '[':
		return nil, false
	case 'n':
		return nil, true
	case '"':
		inner := v[1 : len(v)-1]
		if escaped {
			var own []byte
			if scratch == nil {
				scratch = &own
			}
			from := len(*scratch)
			// Invalid UTF-8 is an error here and a replacement character in the text.
			*scratch, _ = jsontext.AppendUnquote(*scratch, []byte(v))
			inner = (*scratch)[from:]
		}
		if len(inner) == 0 || inner[0] > ' ' && inner[len(inner)-1] > ' ' {
			return inner, true
		}
		return bytes.TrimSpace(inner), true
	}
	return v, true
}

// parseInteger reads an unsigned decimal number, nil where v is null or empty.
func parseInteger(text []byte) (n *int, ok bool) {
	if len(text) == 0 {
		return nil, true
	}
	if len(text) > 9 {
		return nil, false
	}
	i, ok := parseDecimal(text)
	if !ok || i > math.MaxInt32 {
		return nil, false
	}
	small := int(i)
	return &small, true
}

// parseDecimal returns the value of up to 19 digits.
func parseDecimal(text []byte) (uint64, bool) {
	if len(text) == 0 || len(text) > 19 {
		return 0, false
	}
	var n uint64
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

// flag is a yes or no that may be missing.
type flag int8

const (
	absent flag = iota
	no
	yes
)

// parseFlag reads 0, 1, true and false, as words or strings; null and "" are
// absent. Anything else is not understood rather than false.
func parseFlag(text []byte) (flag, bool) {
	switch string(text) {
	case "":
		return absent, true
	case "0", "false":
		return no, true
	case "1", "true":
		return yes, true
	}
	return absent, false
}

// parseTime reads "2019-09-15 12:55:19", which has no zone and is taken as UTC.
// Zeros and nothing are the zero time.
func parseTime(text []byte) (time.Time, bool) {
	if len(text) == 0 || bytes.HasPrefix(text, []byte("0000-00-00")) {
		return time.Time{}, true
	}
	t, err := time.ParseInLocation(time.DateTime, string(text), time.UTC)
	return t, err == nil
}

// parseID returns an i_did, a positive decimal number; nil where there is
// none: null, "", 0 (which rows passed on from Nexmo carry) or garbage, for
// which ok is false.
func parseID(text []byte) (id []byte, ok bool) {
	switch {
	case len(text) == 0 || string(text) == "0":
		return nil, true
	case text[0] == '0':
		return nil, false
	}
	if _, ok := parseDecimal(text); !ok {
		return nil, false
	}
	return text, true
}

// parseMSISDN returns the digits of a number in international form, with the
// leading plus removed. Numbers have at most 15 digits (E.164).
func parseMSISDN(text []byte) (digits []byte, key uint64, ok bool) {
	text = bytes.TrimPrefix(text, []byte("+"))
	if len(text) < 5 || len(text) > 15 || text[0] == '0' {
		return nil, 0, false
	}
	key, ok = parseDecimal(text)
	return text, key, ok
}
