package tools

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"didops/internal/didyoumean"
	"didops/internal/money"
	"didops/internal/sanitize"
)

// coerce returns the value of a parameter in its own type. Models and people
// write 10 as "10", true as "true" and one value where a list is wanted;
// nothing is guessed beyond that, and nothing read that another reader would
// take for another value. A value that counts as not given is nil. A problem is
// what is wrong with the value, as the rest of a sentence that begins with the
// parameter.
func (p Param) coerce(raw jsontext.Value) (value any, problem string) {
	if raw.Kind() == 'n' {
		return nil, ""
	}
	if p.Type == ParamList {
		return p.list(raw)
	}
	if p.Several && raw.Kind() == '[' {
		return p.joined(raw)
	}
	text, ok := scalar(raw)
	if !ok {
		return nil, p.mismatch(raw)
	}
	if text == "" && !p.Required {
		return nil, ""
	}
	switch p.Type {
	case ParamBoolean:
		value, ok = truth(text, raw.Kind() == '0')
	case ParamInteger:
		value, ok = integer(text, raw.Kind() == '0')
	case ParamString, ParamList:
		return p.text(raw, text)
	}
	if !ok {
		return nil, p.mismatch(raw)
	}
	return value, ""
}

// text reads a string parameter.
func (p Param) text(raw jsontext.Value, text string) (value any, problem string) {
	switch {
	case len(p.Enum) > 0:
		return p.choice(text), ""
	case p.Amount:
		amount := decimal(text)
		if _, err := money.Parse(amount); err != nil {
			return nil, p.mismatch(raw)
		}
		return amount, ""
	case raw.Kind() == '0':
		return whole(text)
	case utf8.RuneCountInString(text) > maxText:
		return nil, p.mismatch(raw)
	}
	return text, ""
}

// scalar returns a JSON string, number or boolean as text. Numbers keep their
// digits: 971501234567 and 4.50 stay what they were.
func scalar(raw jsontext.Value) (string, bool) {
	switch raw.Kind() {
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", false
		}
		return strings.TrimSpace(s), true
	case '0', 't', 'f':
		return string(raw), true
	default:
		return "", false
	}
}

// whole returns a JSON number where a text is wanted as the digits of the
// integer that it equals. Texts of digits are telephone numbers and the like:
// what a fraction, a sign or an endless exponent means there, nobody can say.
func whole(number string) (value any, problem string) {
	if n, ok := exact(number); ok && n.Sign() >= 0 && len(n.String()) <= maxText {
		return n.String(), ""
	}
	return nil, "takes no number with a fraction, a sign or a large exponent, such as " + sanitize.Clean(number, maxShown) + ": write it as a text, digit by digit"
}

// exact returns the integer that a JSON number equals.
func exact(number string) (*big.Int, bool) {
	if _, exponent, ok := strings.Cut(strings.ToLower(number), "e"); len(number) > maxText || ok && len(exponent) > 3 {
		return nil, false
	}
	r, ok := new(big.Rat).SetString(number)
	if !ok || !r.IsInt() {
		return nil, false
	}
	return r.Num(), true
}

// truth accepts the usual words, and of a JSON number what equals 1 or 0.
func truth(text string, number bool) (any, bool) {
	if n, ok := exact(text); number && ok {
		text = n.String()
	}
	switch strings.ToLower(text) {
	case "true", "yes", "1":
		return true, true
	case "false", "no", "0":
		return false, true
	}
	return nil, false
}

// integer accepts a JSON number that equals an integer (10, 10.0, 1e1) and a
// text of digits. What else a text may hold is not the same everywhere: 1.000
// is one or a thousand.
func integer(text string, number bool) (any, bool) {
	if !number && strings.Trim(strings.TrimLeft(text, "+-"), "0123456789") != "" {
		return nil, false
	}
	n, ok := exact(text)
	if !ok || !n.IsInt64() {
		return nil, false
	}
	return json.Number(n.String()), true
}

// choice returns the member of the enumeration that text spells, case and
// punctuation ignored ("Toll-free"), or text itself for the schema to refuse.
func (p Param) choice(text string) string {
	fold := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, s)
	}
	for _, e := range p.Enum {
		if fold(e) == fold(text) {
			return e
		}
	}
	return text
}

// list reads an array of scalars, the same as a JSON text, or one value, which
// may be several between commas, semicolons or line breaks.
func (p Param) list(raw jsontext.Value) (value any, problem string) {
	if text, ok := scalar(raw); ok {
		inner := jsontext.Value(text)
		if raw.Kind() != '"' || !strings.HasPrefix(text, "[") || !inner.IsValid() {
			return p.several(raw, text)
		}
		raw = inner
	}
	var parts []jsontext.Value
	if raw.Kind() != '[' || json.Unmarshal(raw, &parts) != nil {
		return nil, p.mismatch(raw)
	}
	items := []any{}
	for _, part := range parts {
		text, ok := scalar(part)
		if !ok || text == "" || utf8.RuneCountInString(text) > maxText {
			return nil, p.mismatch(raw)
		}
		item := any(text)
		if part.Kind() == '0' {
			if item, problem = whole(text); problem != "" {
				return nil, problem
			}
		}
		items = append(items, item)
	}
	return p.unlessEmpty(items), ""
}

// several reads one value as a list.
func (p Param) several(raw jsontext.Value, text string) (value any, problem string) {
	if raw.Kind() == '0' {
		if value, problem = whole(text); problem != "" {
			return nil, problem
		}
		return []any{value}, ""
	}
	items := []any{}
	for part := range strings.FieldsFuncSeq(text, parts) {
		if utf8.RuneCountInString(part) > maxText {
			return nil, p.mismatch(raw)
		}
		if part = strings.TrimSpace(part); part != "" {
			items = append(items, part)
		}
	}
	return p.unlessEmpty(items), ""
}

// unlessEmpty returns a list, nil for one that counts as not given.
func (p Param) unlessEmpty(items []any) any {
	if len(items) == 0 && !p.Required {
		return nil
	}
	return items
}

// parts reports what stands between the items of a list in a text.
func parts(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == '\r' }

// mismatch says what the parameter wants and what it got, as a problem. What
// was given for a free text is not repeated: it may hold a password.
func (p Param) mismatch(raw jsontext.Value) string {
	if p.free() {
		return fmt.Sprintf("must be %s, not %s", p.wants(), kindOf(raw))
	}
	text, ok := scalar(raw)
	if !ok {
		switch raw.Kind() {
		case '{':
			text = "an object"
		case '[':
			if p.Type == ParamList && strings.TrimSpace(string(raw[1:len(raw)-1])) == "" {
				return "is empty" + strings.Replace(items(p.Min, p.Max), ",", ": give", 1)
			}
			text = sanitize.Clean(string(raw), maxShown)
		default:
			text = "that"
		}
		return fmt.Sprintf("must be %s, not %s", p.wants(), text)
	}
	return fmt.Sprintf("must be %s, not %s", p.wants(), shown(text)) +
		didyoumean.Clause(didyoumean.Words(text, p.Enum))
}

// free reports whether the parameter takes any text.
func (p Param) free() bool { return p.Type == ParamString && len(p.Enum) == 0 && !p.Amount }

// kindOf says in words what kind of value was given for a text.
func kindOf(raw jsontext.Value) string {
	switch raw.Kind() {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a longer one"
	default:
		return "that"
	}
}

// wants says in words what values the parameter takes.
func (p Param) wants() string {
	switch p.Type {
	case ParamBoolean:
		return "true or false"
	case ParamInteger:
		return "a whole number" + between(p.Min, p.Max)
	case ParamList:
		return "a list of texts" + items(p.Min, p.Max)
	case ParamString:
	}
	if p.Several {
		return fmt.Sprintf("a text of at most %d characters, or a list of texts", maxText)
	}
	if p.Amount {
		return "an amount such as 4.50, without sign or currency"
	}
	if len(p.Enum) > 0 {
		return "one of " + strings.Join(p.Enum, ", ")
	}
	return fmt.Sprintf("a text of at most %d characters", maxText)
}

func between(low, high *int64) string {
	switch {
	case low != nil && high != nil:
		return fmt.Sprintf(" from %d to %d", *low, *high)
	case low != nil:
		return fmt.Sprintf(" of at least %d", *low)
	case high != nil:
		return fmt.Sprintf(" of at most %d", *high)
	}
	return ""
}

func items(low, high *int64) string {
	switch {
	case low != nil && high != nil:
		return fmt.Sprintf(", %d to %d of them", *low, *high)
	case low != nil:
		return fmt.Sprintf(", at least %d", *low)
	case high != nil:
		return fmt.Sprintf(", at most %d", *high)
	}
	return ""
}
