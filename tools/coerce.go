package tools

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
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
// nothing is guessed beyond that. A value that counts as not given is nil;
// false means that the value is of no use.
func (p Param) coerce(raw jsontext.Value) (any, bool) {
	if raw.Kind() == 'n' {
		return nil, true
	}
	if p.Type == ParamList {
		return p.list(raw)
	}
	text, ok := scalar(raw)
	if !ok {
		return nil, false
	}
	if text == "" && !p.Required {
		return nil, true
	}
	switch p.Type {
	case ParamBoolean:
		return truth(text)
	case ParamInteger:
		return integer(text)
	case ParamString, ParamList:
	}
	if len(p.Enum) > 0 {
		return p.choice(text), true
	}
	if p.Amount {
		_, err := money.Parse(text)
		return text, err == nil
	}
	return text, utf8.RuneCountInString(text) <= maxText
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

func truth(text string) (any, bool) {
	switch strings.ToLower(text) {
	case "true", "yes", "1":
		return true, true
	case "false", "no", "0":
		return false, true
	}
	return nil, false
}

// integer accepts any spelling of a whole number: 10, "10", 10.0, 1e1.
func integer(text string) (any, bool) {
	if len(text) > 20 || strings.ContainsAny(text, "/_xXpP") {
		return nil, false
	}
	if _, exponent, ok := strings.Cut(strings.ToLower(text), "e"); ok && len(exponent) > 2 {
		return nil, false
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return nil, false
	}
	return json.Number(r.Num().String()), true
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

// list reads an array of scalars, or one value, which may be several between
// commas.
func (p Param) list(raw jsontext.Value) (any, bool) {
	items := []any{}
	if raw.Kind() != '[' {
		text, ok := scalar(raw)
		if !ok || len(text) > maxArgs {
			return nil, false
		}
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				items = append(items, part)
			}
		}
	} else {
		var parts []jsontext.Value
		if err := json.Unmarshal(raw, &parts); err != nil {
			return nil, false
		}
		for _, part := range parts {
			text, ok := scalar(part)
			if !ok || text == "" {
				return nil, false
			}
			items = append(items, text)
		}
	}
	if len(items) == 0 && !p.Required {
		return nil, true
	}
	long := func(v any) bool { return utf8.RuneCountInString(fmt.Sprint(v)) > maxText }
	return items, !slices.ContainsFunc(items, long)
}

// mismatch says what the parameter wants and what it got. What was given for
// a free text is not repeated: it may hold a password.
func (p Param) mismatch(raw jsontext.Value) string {
	if p.free() {
		return fmt.Sprintf("%s must be %s, not %s", p.Name, p.wants(), kindOf(raw))
	}
	text, ok := scalar(raw)
	if !ok {
		switch raw.Kind() {
		case '{':
			text = "an object"
		case '[':
			text = sanitize.Clean(string(raw), maxShown)
		default:
			text = "that"
		}
		return fmt.Sprintf("%s must be %s, not %s", p.Name, p.wants(), text)
	}
	return fmt.Sprintf("%s must be %s, not %s", p.Name, p.wants(), shown(text)) +
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
