package did

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/view"
	"didops/tools"
)

// longestNumber is how many digits a number has at most (E.164, section 6).
const longestNumber = 15

// Possible returns why no number can ever fit the filter, as an Invalid fault
// that names a parameter; nil where one can. What a search does not understand
// is refused in the same words.
func (f Filter) Possible() error {
	m, err := f.compile()
	if err != nil {
		return err
	}
	if m.monthly.Known() && m.monthly.Cmp(free()) <= 0 {
		return fault.New(fault.Invalid, "no number costs nothing a month").WithField("max_monthly_fee").WithHint("say the most that one may cost")
	}
	if m.pattern.set() && !slices.ContainsFunc(m.prefixes, m.pattern.begins) {
		return fault.New(fault.Invalid, "no number that begins with %s fits the pattern %s", strings.Join(clip(m.prefixes, prefixesNamed), ", "), view.Quoted(m.pattern.text)).
			WithField("pattern").WithHint("it is held against the whole number, country code first: *777 for the end")
	}
	return nil
}

// prefixesNamed is how many leading digits a sentence names.
const prefixesNamed = 5

// begins reports whether some number with these leading digits fits: no longer
// than numbers are.
func (p pattern) begins(prefix string) bool {
	at := p.closed(map[int]bool{0: true}) // how much of the pattern may be used up
	for _, digit := range []byte(prefix) {
		next := map[int]bool{}
		for i := range at {
			switch {
			case i == len(p.text):
			case p.text[i] == '*':
				next[i] = true
			case p.text[i] == '?' || p.text[i] == digit:
				next[i+1] = true
			}
		}
		at = p.closed(next)
	}
	for i := range at {
		if len(prefix)+len(p.text[i:])-strings.Count(p.text[i:], "*") <= longestNumber {
			return true
		}
	}
	return false
}

// closed adds what is reached without a digit: a * may stand for none.
func (p pattern) closed(at map[int]bool) map[int]bool {
	for i := range p.text {
		if at[i] && p.text[i] == '*' {
			at[i+1] = true
		}
	}
	return at
}

// FilterParams returns the names of the parameters that are of [Filter].
func FilterParams() []string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Filter]()) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// CompleteCountry suggests countries by the beginning of a name or code.
func CompleteCountry(ctx context.Context, partial string) []tools.Choice {
	return completeCountry(ctx, partial)
}

// Features returns what a number can do: voice, sms, fax, video.
func Features(n *exchange.Number) []string { return features(n) }
