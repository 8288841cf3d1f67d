package did_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"didops/internal/exchange/sandbox"
)

// TestEmptyListSaysWhy holds what an empty list of own numbers says.
func TestEmptyListSaysWhy(t *testing.T) {
	t.Parallel()
	r, _, owned := ownNumbers(t)
	own := fmt.Sprint(len(owned))
	for _, tt := range []struct {
		args args
		want string
	}{
		{args{"country": "Qatar"}, "own numbers " + own + " → country 0."},
		{args{"prefix": "50"}, "an area code needs its country"},
		{args{"number": "+971500000000"}, "+971500000000 is looked for as a whole number"},
		{args{"country": "UAE", "description": "nobody says that"}, "without description "},
	} {
		got := r.get("did_list", tt.args)
		if text := strings.Join(got.Why, "\n"); got.Matched != 0 || !strings.Contains(text, tt.want) || !strings.Contains(words(got.result.Doc), tt.want) {
			t.Errorf("%v: got %d matched and %q, want %q", tt.args, got.Matched, text, tt.want)
		}
	}
	if got := r.get("did_list", args{}); got.Why != nil {
		t.Errorf("got %q of a list that is not empty", got.Why)
	}
	none := start(t, setup{sandbox: sandbox.Options{Numbers: 200}})
	if got := none.get("did_list", args{}); !slices.Equal(got.Why, []string{"This account has no numbers."}) {
		t.Errorf("got %q, want that there are none", got.Why)
	}
}
