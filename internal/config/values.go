package config

import (
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // not every machine has the time zones
	"unicode"
	"unicode/utf8"

	"didops/internal/money"
	"didops/internal/phone"
)

// maxID bounds the ids of the exchange.
const maxID = math.MaxInt32

// read is a rule: it returns the value that a TOML value stands for, or what
// is wrong with it, as the rest of a sentence that never quotes the value.
type read[T any] func(value any) (out T, problem string)

// into returns a function that stores what a rule reads.
func into[T any](at *T, rule read[T]) func(any) string {
	return func(value any) string {
		out, problem := rule(value)
		if problem == "" {
			*at = out
		}
		return problem
	}
}

// each applies a rule to every entry of a list, which may hold none twice.
func each[T comparable](rule read[T]) read[[]T] {
	return func(value any) ([]T, string) {
		list, ok := value.([]any)
		if !ok {
			return nil, "must be a list in square brackets"
		}
		out := make([]T, 0, len(list))
		for i, entry := range list {
			v, problem := rule(entry)
			if problem == "" && slices.Contains(out, v) {
				problem = "must not repeat another"
			}
			if problem != "" {
				return nil, "entry " + strconv.Itoa(i+1) + " " + problem
			}
			out = append(out, v)
		}
		return out, ""
	}
}

// filled refuses an empty list.
func filled[T any](rule read[[]T]) read[[]T] {
	return func(value any) ([]T, string) {
		list, problem := rule(value)
		if problem == "" && len(list) == 0 {
			problem = "must have at least one entry"
		}
		return list, problem
	}
}

// optional lets a rule for text accept the empty text.
func optional(rule read[string]) read[string] {
	return func(value any) (string, string) {
		if value == "" {
			return "", ""
		}
		return rule(value)
	}
}

// line reads one line of at most so many bytes, without control characters.
func line(most int) read[string] {
	return func(value any) (string, string) {
		s, ok := value.(string)
		switch {
		case !ok:
			return "", "must be text in quotes"
		case len(s) > most:
			return "", "must have at most " + strconv.Itoa(most) + " characters"
		case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
			return "", "must be one line without control characters"
		case strings.TrimSpace(s) != s:
			return "", "must not begin or end with a space"
		}
		return s, ""
	}
}

// text applies a further rule to one line.
func text(value any, good func(string) bool, problem string) (string, string) {
	s, wrong := line(4096)(value)
	if wrong != "" {
		return "", wrong
	}
	if !good(s) {
		return "", problem
	}
	return s, ""
}

func secretLine(value any) (Secret, string) {
	s, problem := line(4096)(value)
	return NewSecret(s), problem
}

func yesNo(value any) (bool, string) {
	b, ok := value.(bool)
	if !ok {
		return false, "must be true or false, without quotes"
	}
	return b, ""
}

func oneOf[T ~string](values ...T) read[T] {
	return func(value any) (T, string) {
		if s, ok := value.(string); ok && slices.Contains(values, T(s)) {
			return T(s), ""
		}
		words := make([]string, 0, len(values))
		for _, v := range values {
			words = append(words, strconv.Quote(string(v)))
		}
		return "", "must be " + strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
	}
}

func onOff(value any) (bool, string) {
	s, problem := oneOf("on", "off")(value)
	return s == "on", problem
}

func whole[T int | int64](least, most T) read[T] {
	return func(value any) (T, string) {
		n, ok := value.(int64)
		if !ok || n < int64(least) || n > int64(most) {
			return 0, "must be a whole number from " + strconv.FormatInt(int64(least), 10) + " to " + strconv.FormatInt(int64(most), 10) + ", without quotes"
		}
		return T(n), ""
	}
}

func rate(value any) (float64, string) {
	f, ok := value.(float64)
	if n, isWhole := value.(int64); isWhole {
		f, ok = float64(n), true
	}
	if !ok || !(f >= 0.001 && f <= 1000) {
		return 0, "must be a number from 0.001 to 1000, without quotes"
	}
	return f, ""
}

func share(value any) (float64, string) {
	f, ok := value.(float64)
	if n, isWhole := value.(int64); isWhole {
		f, ok = float64(n), true
	}
	if !ok || !(f >= 0.01 && f <= 1) {
		return 0, "must be a number from 0.01 to 1, without quotes"
	}
	return f, ""
}

// days reads a whole number of days, such as "400d", besides what else is read.
func days(other read[time.Duration]) read[time.Duration] {
	return func(value any) (time.Duration, string) {
		s, _ := value.(string)
		if number, ok := strings.CutSuffix(s, "d"); ok {
			if n, err := strconv.ParseUint(number, 10, 16); err == nil {
				value = strconv.FormatUint(24*n, 10) + "h"
			}
		}
		d, problem := other(value)
		return d, strings.ReplaceAll(problem, `"15s" or "2m30s"`, `"30d" or "36h"`)
	}
}

func duration(least, most time.Duration) read[time.Duration] {
	return func(value any) (time.Duration, string) {
		s, _ := value.(string)
		d, err := time.ParseDuration(s)
		if err != nil {
			return 0, `must be a duration such as "15s" or "2m30s"`
		}
		if d < least || d > most {
			return 0, "must be from " + least.String() + " to " + most.String()
		}
		return d, ""
	}
}

func amount(value any) (money.Amount, string) {
	s, _ := value.(string)
	a, err := money.Parse(s)
	if err != nil {
		return money.Amount{}, `must be an amount such as "250.00", in quotes`
	}
	return a, ""
}

// limit reads an amount that bounds something; "" and 0 are no bound, as the
// example file says of the whole section.
func limit(value any) (money.Amount, string) {
	if value == "" {
		return money.Amount{}, ""
	}
	a, problem := amount(value)
	if problem == "" && a.Cmp(a.Times(0)) == 0 {
		return money.Amount{}, ""
	}
	return a, problem
}

func countryCode(value any) (string, string) {
	s, _ := value.(string)
	c, ok := phone.ByISO(s)
	if !ok {
		if meant, err := phone.Resolve(s); err == nil && len(meant) == 1 {
			return "", "must be an ISO 3166 code of two letters, here " + strconv.Quote(meant[0].ISO)
		}
		return "", `must be an ISO 3166 code of two letters such as "AE"`
	}
	return c.ISO, ""
}

func currency(value any) (string, string) {
	return text(value, func(s string) bool {
		return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	}, `must be a currency code of three capital letters such as "USD"`)
}

// snowflake reads an id of Discord, which is a 64-bit number in decimal.
func snowflake(value any) (string, string) {
	return text(value, func(s string) bool {
		_, err := strconv.ParseUint(s, 10, 64)
		return err == nil && len(s) >= 15 && s[0] != '0'
	}, `must be an id of Discord in quotes, such as "123456789012345678"`)
}

// hex64 reads 32 bytes in hexadecimal.
func hex64(value any) (string, string) {
	s, problem := text(value, func(s string) bool {
		b, err := hex.DecodeString(s)
		return err == nil && len(b) == 32
	}, "must be 64 hexadecimal digits")
	return strings.ToLower(s), problem
}

func clientName(value any) (string, string) {
	return text(value, func(s string) bool {
		return len(s) <= 64 && s != "" && !strings.ContainsFunc(s, func(r rune) bool {
			return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r)
		})
	}, `must be 1 to 64 letters, digits, "-", "_" or "."`)
}

func claimName(value any) (string, string) {
	return text(value, func(s string) bool { return s != "" && !strings.ContainsRune(s, ' ') }, `must name a claim such as "sub"`)
}

// tokenType reads a media type as the header of a token has it, with or
// without its part before the slash.
func tokenType(value any) (string, string) {
	return text(value, func(s string) bool {
		return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
			return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("+-./_", r)
		})
	}, `must be a type of tokens such as "at+jwt" or "JWT"`)
}

// timeOfDay reads hours and minutes of a clock of 24 hours.
func timeOfDay(value any) (string, string) {
	return text(value, func(s string) bool {
		_, err := time.Parse("15:04", s)
		return err == nil && len(s) == len("15:04")
	}, `must be a time of day such as "08:00"`)
}

// timeZone reads a name of the time zone database, or UTC.
func timeZone(value any) (*time.Location, string) {
	s, problem := line(64)(value)
	if problem != "" {
		return time.UTC, problem
	}
	zone, err := time.LoadLocation(s)
	if err != nil || s == "" || s == "Local" {
		return time.UTC, `must be a time zone such as "Europe/Berlin" or "UTC"`
	}
	return zone, ""
}
