package did_test

import (
	"strings"
	"testing"

	"didops/internal/fault"
	"didops/internal/money"
	"didops/tools/did"
)

// TestPossible tells filters that something can fit from those that nothing
// ever will.
func TestPossible(t *testing.T) {
	t.Parallel()
	amount := money.MustParse
	for _, tt := range []struct {
		name   string
		filter did.Filter
		field  string // "" = something can fit
	}{
		{"nothing given", did.Filter{}, ""},
		{"a country and an area code of it", did.Filter{Country: "UAE", Prefix: "97150", Pattern: "*777"}, ""},
		{"another country's area code", did.Filter{Country: "UAE", Prefix: "49"}, "prefix"},
		{"a country that there is not", did.Filter{Country: "Atlantis"}, "country"},
		{"nothing a month", did.Filter{MaxMonthlyFee: amount("0")}, "max_monthly_fee"},
		{"little a month", did.Filter{MaxMonthlyFee: amount("0.01")}, ""},
		{"nothing once", did.Filter{MaxSetupFee: amount("0")}, ""},
		{"a pattern of another prefix", did.Filter{Prefix: "97150", Pattern: "97155*"}, "pattern"},
		{"a pattern of another country", did.Filter{Country: "UAE", Pattern: "49*"}, "pattern"},
		{"one of two countries", did.Filter{Country: "UAE, DE", Pattern: "49*"}, ""},
		{"a pattern in the midst of the prefix", did.Filter{Prefix: "97150", Pattern: "?71*"}, ""},
		{"not in the midst of it", did.Filter{Prefix: "97150", Pattern: "?81*"}, "pattern"},
		{"shorter than the prefix", did.Filter{Prefix: "97150", Pattern: "971?"}, "pattern"},
		{"as long as a number", did.Filter{Prefix: "9", Pattern: strings.Repeat("?", 15)}, ""},
		{"longer than one", did.Filter{Pattern: strings.Repeat("?", 16)}, "pattern"},
		{"longer than one, behind the prefix", did.Filter{Prefix: "97150", Pattern: "*12345678901"}, "pattern"},
		{"that overlaps the prefix", did.Filter{Prefix: "97150", Pattern: "*5012345678"}, ""},
		{"no pattern", did.Filter{Pattern: "abc"}, "pattern"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.filter.Possible()
			f, _ := fault.As(err)
			if (err == nil) != (tt.field == "") || err != nil && (fault.CodeOf(err) != fault.Invalid || f.Field != tt.field) {
				t.Errorf("got %v, want it refused by %q", err, tt.field)
			}
		})
	}
}
