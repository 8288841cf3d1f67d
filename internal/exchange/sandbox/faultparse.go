package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ParseFault reads the text form of a fault: an operation and a colon, or
// neither for any operation, then the kind, then settings separated by
// spaces, the values in double quotes where they hold spaces:
//
//	market:status code=429 retry_after=1 times=2
//	purchase:cut_after after=1
//	price number=971501234567 percent=150
//	latency delay=2s times=forever
//	list:error text="no such account"
//
// Settings are after, times (a number or forever), code, retry_after
// (seconds), delay (like 1.5s), text, as, rows, number, percent, monthly_fee. An
// error says what is wrong and what would be right.
func ParseFault(text string) (Fault, error) {
	head, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	var f Fault
	op, kind, ok := strings.Cut(head, ":")
	if !ok {
		op, kind = "", head
	}
	f.Operation, f.Kind = Operation(op), FaultKind(kind)
	ops := []Operation{Market, Purchase, List, Update, Unsubscribe, Calls, Messages, Message}
	if op != "" && op != "any" && !slices.Contains(ops, f.Operation) {
		return Fault{}, fmt.Errorf("fault %q: unknown operation %q (one of any, %s)", text, op, joined(ops))
	}
	if op == "any" {
		f.Operation = ""
	}
	if !slices.Contains(faultKinds(), f.Kind) {
		return Fault{}, fmt.Errorf("fault %q: unknown kind %q (one of %s)", text, kind, joined(faultKinds()))
	}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		key, value, after, err := cutSetting(rest)
		if err == nil {
			err = f.set(key, value)
		}
		if err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w", text, err)
		}
		rest = after
	}
	if err := f.check(); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return f, nil
}

// check says what a kind can't do without.
func (f Fault) check() error {
	switch f.Kind {
	case Latency, LateAnswer, Skew, Lag:
		if f.Delay == 0 {
			return fmt.Errorf("%s needs delay, like delay=2s", f.Kind)
		}
	case Price:
		if f.Percent == 0 && f.MonthlyFee == 0 {
			return fmt.Errorf("%s needs percent or monthly_fee", f.Kind)
		}
	case SecondID:
		if f.Number == "" {
			return fmt.Errorf("%s needs number", f.Kind)
		}
	default: // needs nothing
	}
	return nil
}

func joined[T ~string](all []T) string {
	var words []string
	for _, v := range all {
		words = append(words, string(v))
	}
	return strings.Join(words, ", ")
}

// cutSetting takes key=value or key="a value" from the front of text.
func cutSetting(text string) (key, value, rest string, err error) {
	key, rest, ok := strings.Cut(text, "=")
	if !ok || strings.ContainsAny(key, " \"") {
		word, _, _ := strings.Cut(text, " ")
		return "", "", "", fmt.Errorf("%q is not a setting of the form name=value", word)
	}
	if !strings.HasPrefix(rest, `"`) {
		value, rest, _ = strings.Cut(rest, " ")
		return key, value, rest, nil
	}
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return "", "", "", fmt.Errorf("the quotes of %s don't match", key)
	}
	if value, err = strconv.Unquote(quoted); err != nil {
		return "", "", "", fmt.Errorf("the value of %s: %w", key, err)
	}
	return key, value, rest[len(quoted):], nil
}

// set sets one field from its text.
func (f *Fault) set(key, value string) error {
	switch key {
	case "text":
		f.Text = value
		return nil
	case "as":
		if value != "error" && value != "fail" {
			return fmt.Errorf("as=%s is neither error nor fail", value)
		}
		f.As = value
		return nil
	case "number":
		f.Number = strings.TrimPrefix(value, "+")
		if f.Number == "" || strings.Trim(f.Number, "0123456789") != "" {
			return fmt.Errorf("number=%s is not a number of digits", value)
		}
		return nil
	case "delay":
		d, err := time.ParseDuration(value)
		if err != nil {
			return fmt.Errorf("delay=%s is not a duration like 1.5s", value)
		}
		f.Delay = d
		return nil
	case "monthly_fee":
		amount, ok := parseFee(value)
		if !ok {
			return fmt.Errorf("monthly_fee=%s is not an amount like 12.50", value)
		}
		f.MonthlyFee = int64(amount)
		return nil
	case "times":
		if value == "forever" {
			f.Times = Forever
			return nil
		}
	}
	return f.setCount(key, value)
}

func (f *Fault) setCount(key, value string) error {
	field, ok := map[string]*int{
		"after": &f.After, "times": &f.Times, "code": &f.Code, "retry_after": &f.RetryAfter,
		"rows": &f.Rows, "percent": &f.Percent,
	}[key]
	if !ok {
		return fmt.Errorf("unknown setting %q (one of after, times, code, retry_after, delay, text, as, rows, number, percent, monthly_fee)", key)
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return fmt.Errorf("%s=%s is not a whole number", key, value)
	}
	if key == "code" && (n < 200 || n > 599) {
		return fmt.Errorf("code=%s is not an HTTP status", value)
	}
	*field = n
	return nil
}

// parseFee reads an amount with up to four decimal places.
func parseFee(s string) (fee, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	if len(whole) == 0 || len(whole) > 12 || len(fraction) > 4 {
		return 0, false
	}
	digits := whole + (fraction + "0000")[:4]
	if strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return fee(n), err == nil
}
