package sandbox_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"didops/internal/exchange/sandbox"
	"didops/internal/testing/golden"
)

// walk reads a whole market page by page and calls see for every row.
func walk(r *rig, see func(map[string]any), pairs ...string) {
	r.t.Helper()
	for off := 0; ; {
		page := r.market(append(pairs, "pager", "5000", "off", strconv.Itoa(off))...)
		if len(page) == 0 {
			return
		}
		for _, d := range page {
			see(d)
		}
		off += len(page)
	}
}

func TestNumbersAreValidAndUnique(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{Seed: 1, Numbers: 10_000, PageMost: 5000})
	seen, countries, bad := map[string]bool{}, map[string]bool{}, 0
	walk(r, func(d map[string]any) {
		number, region := text(t, d, "number"), strings.ToUpper(text(t, d, "country_code"))
		if seen[number] {
			t.Errorf("%s is offered twice", number)
		}
		seen[number], countries[region] = true, true
		n, err := phonenumbers.Parse("+"+number, "")
		if err == nil && phonenumbers.IsValidNumberForRegion(n, region) {
			return
		}
		if bad++; bad <= 400 {
			t.Errorf("+%s (%s, %s) is not valid in %s: %v", number, d["description"], d["did_type"], region, err)
		}
	})
	if len(seen) != 10_000 || len(countries) < 40 {
		t.Errorf("got %d numbers of %d countries, want 10000 of 40 or more", len(seen), len(countries))
	}
}

func TestMarketIsDeterministic(t *testing.T) {
	t.Parallel()
	var first []byte
	r := start(t, sandbox.Options{Seed: 1})
	for _, d := range r.market("pager", "12", "off", "0") {
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		first = append(append(first, b...), '\n')
	}
	golden.Check(t, "seed1.jsonl", first)
}
