package phone_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/phone"
)

// TestTreeOfPrefixes holds that the tree finds what the table holds, for every
// beginning of a number of up to four digits, and for longer ones.
func TestTreeOfPrefixes(t *testing.T) {
	t.Parallel()
	check := func(digits string) {
		if tree, table := phone.Longest(digits); !slices.Equal(tree, table) {
			t.Errorf("%q: got %q, want %q", digits, tree, table)
		}
	}
	var all func(string)
	all = func(digits string) {
		check(digits)
		for d := '0'; d <= '9' && len(digits) < 4; d++ {
			all(digits + string(d))
		}
	}
	all("")
	rapid.Check(t, func(t *rapid.T) { check(rapid.StringMatching(`1?[0-9]{0,14}`).Draw(t, "digits")) })
	for _, odd := range []string{"+1", "44 20", "1a", "é", "9x71"} {
		check(odd)
	}
}
