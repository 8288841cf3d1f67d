package phone

import (
	"strings"
	"unicode"

	"didops/internal/fault"
	"didops/internal/sanitize"
)

// leastAlone is how many digits a number has that nothing but a space parts
// from the next: two groups of one number can't both have as many.
const leastAlone = longestNumber/2 + 1

// leastOfSeveral is how many digits each of several numbers has at least, so
// that a number in two pieces is not taken for two.
const leastOfSeveral = 7

// Split returns the digits of the numbers that stand in a text, in their order,
// each written as [Digits] accepts it. Commas, semicolons and line breaks part
// numbers. A space may stand within a number as well, so it parts two only
// where it can't be read otherwise: before a "+" when each begins with one, or
// between pieces that are all too long to be pieces of one number. A text that
// could be read as one number or as several is refused, and so is one of
// several that has fewer than 7 digits; errors are Invalid faults for the field
// "number".
func Split(text string) ([]string, error) {
	var list []string
	for part := range strings.FieldsFuncSeq(text, parts) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		digits, err := splitAtSpaces(part)
		if err != nil {
			return nil, err
		}
		list = append(list, digits...)
	}
	if len(list) == 0 {
		_, err := Digits(text)
		return nil, err
	}
	if err := Several(list); err != nil {
		return nil, err
	}
	return list, nil
}

// Several refuses digits that are too few to be those of one of several
// numbers: they are rather a piece of one. The error is as for [Split].
func Several(list []string) error {
	for _, d := range list {
		if len(list) > 1 && len(d) < leastOfSeveral {
			return fault.New(fault.Invalid, "%q is too short to be one of %d numbers", d, len(list)).
				WithField("number").WithHint("%s", oneEach)
		}
	}
	return nil
}

// parts reports what ends a number whatever follows.
func parts(r rune) bool {
	switch r {
	case ',', ';', '\n', '\r', '،', '؛', '、', '，', '；', '\u2028', '\u2029':
		return true
	}
	return false
}

// splitAtSpaces reads one number, or several with spaces between.
func splitAtSpaces(text string) ([]string, error) {
	fields := strings.Fields(text)
	if one, err := Digits(text); err == nil {
		if two(fields) {
			return nil, fault.New(fault.Invalid, "%q could be one number or two", sanitize.Clean(text, 40)).
				WithField("number").WithHint("%s", oneEach)
		}
		return []string{one}, nil
	} else if len(fields) < 2 {
		return nil, err
	}
	list := begun(fields)
	if list == nil && !strings.ContainsFunc(text, plus) {
		list = whole(fields, leastAlone)
	}
	if list != nil {
		return list, nil
	}
	for _, f := range fields {
		if SpreadsheetForm(f) != "" {
			_, err := Digits(f)
			return nil, err
		}
	}
	_, err := Digits(text)
	if f, ok := fault.As(err); ok {
		return nil, f.WithHint("%s", oneEach)
	}
	return nil, err
}

// two reports whether what reads as one number could be two.
func two(fields []string) bool {
	for i := 1; i < len(fields); i++ {
		if whole([]string{strings.Join(fields[:i], " "), strings.Join(fields[i:], " ")}, leastOfSeveral) != nil {
			return true
		}
	}
	return false
}

// begun returns the digits of numbers that each begin with "+" behind a space,
// nil where that is not all there is.
func begun(fields []string) []string {
	var list []string
	for at := 0; at < len(fields); {
		end := at + 1
		for end < len(fields) && !begins(fields[end]) {
			end++
		}
		last := []rune(fields[end-1])
		digits, err := Digits(strings.Join(fields[at:end], " "))
		// "+971501234567 - +971501234570" is a range, not two numbers.
		if err != nil || two(fields[at:end]) || !begins(fields[at]) || !unicode.IsDigit(last[len(last)-1]) {
			return nil
		}
		list = append(list, digits)
		at = end
	}
	return list
}

// whole returns the digits of the fields, each a number of at least so many,
// nil where one is not.
func whole(fields []string, least int) []string {
	var list []string
	for _, f := range fields {
		digits, err := Digits(f)
		if err != nil || len(digits) < least {
			return nil
		}
		list = append(list, digits)
	}
	return list
}

func plus(r rune) bool { return r == '+' || r == '＋' }

// begins reports whether a field begins a number.
func begins(field string) bool { return strings.IndexFunc(field, plus) == 0 }

// oneEach is how several numbers are written without a doubt.
const oneEach = "put a comma between two numbers, and write each in one piece with the country code, such as +971501234567"
