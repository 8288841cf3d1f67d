package did_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/tools/did"
)

// TestComplete holds what a result says of itself for every way in which a
// reading can end. Wherever the end was reached, every row is accounted for.
func TestComplete(t *testing.T) {
	t.Parallel()
	forever := sandbox.Forever
	tests := []struct {
		name   string
		args   args
		setup  setup
		faults []sandbox.Fault
		ended  bool // the end of the market was reached
		reason string
	}{
		{name: "all was read", ended: true},
		{
			name: "short pages and an empty end", ended: true,
			faults: []sandbox.Fault{{Kind: sandbox.ShortPage, Rows: 70, Times: forever}},
		},
		{
			name: "pages repeated and delayed", ended: true,
			faults: []sandbox.Fault{{Kind: sandbox.ShortPage, After: 2}, {Kind: sandbox.Latency, Delay: time.Second, Times: forever}},
		},
		{
			name: "failures that pass", ended: true,
			faults: []sandbox.Fault{{Kind: sandbox.Status, After: 1}, {Kind: sandbox.Truncate, After: 3}, {Kind: sandbox.CutBody, After: 3}, {Kind: sandbox.HTML, After: 5}},
		},
		{
			name: "one row not understood", ended: true, reason: "left out: 1 row that could not be understood",
			faults: []sandbox.Fault{{Kind: sandbox.Unreadable, After: 1, Rows: 1}},
		},
		{
			name: "rows not understood", ended: true, reason: "left out: 35 rows that could not be understood",
			faults: []sandbox.Fault{{Kind: sandbox.Unreadable, Rows: 25}, {Kind: sandbox.Unreadable, After: 3, Rows: 10}},
		},
		{
			name: "max_rows", setup: setup{did: did.Config{MaxRows: 350}},
			reason: "only the first 350 numbers read, as many as [exchange] max_rows allows",
		},
		{name: "max_rows that is just enough", setup: setup{did: did.Config{MaxRows: 1000}}, ended: true},
		{
			name: "max_rows reached in the second prefix", args: args{"country": "DO"},
			setup:  setup{sandbox: sandbox.Options{Numbers: 10_000}, did: did.Config{MaxRows: 15}},
			reason: "only the first 15 numbers read, as many as [exchange] max_rows allows",
		},
		{
			name: "max_rows reached between two prefixes", args: args{"country": "DO"}, setup: setup{did: did.Config{MaxRows: 2}},
			reason: "only the first 2 numbers read, as many as [exchange] max_rows allows",
		},
		{
			name: "max_rows and rows not understood", setup: setup{did: did.Config{MaxRows: 350}},
			faults: []sandbox.Fault{{Kind: sandbox.Unreadable, Rows: 2}},
			reason: "only the first 350 numbers read, as many as [exchange] max_rows allows; left out: 2 rows that could not be understood",
		},
		{
			name: "deadline", setup: setup{did: did.Config{Deadline: 3500 * time.Millisecond}},
			faults: []sandbox.Fault{{Kind: sandbox.Latency, Delay: time.Second, Times: forever}},
			reason: "only the first 400 numbers read in 3.5s, as long as [exchange] read_deadline allows",
		},
		{
			name: "deadline of several prefixes", args: args{"country": "DO"}, setup: setup{did: did.Config{Deadline: 2500 * time.Millisecond}},
			faults: []sandbox.Fault{{Kind: sandbox.Latency, Delay: time.Second, Times: forever}},
			reason: "only the first 2 numbers read in 2.5s, as long as [exchange] read_deadline allows",
		},
		{
			name:   "error part-way",
			faults: []sandbox.Fault{{Kind: sandbox.Status, Code: 500, After: 4, Times: forever}},
			reason: "broke off after 400 numbers: the exchange answered HTTP 500 with a web page",
		},
		{
			name:   "refused part-way",
			faults: []sandbox.Fault{{Kind: sandbox.Logical, Text: "Try again tomorrow", After: 4, Times: forever}},
			reason: `broke off after 400 numbers: the exchange refused: "Try again tomorrow"`,
		},
		{
			name: "error in the second prefix", args: args{"country": "DO"},
			faults: []sandbox.Fault{{Kind: sandbox.Logical, Text: "Enough", After: 2}},
			reason: `the reading broke off: the exchange refused: "Enough"`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := tt.setup
				s.sandbox.PageMost, s.client.ReadDeadline = 100, time.Minute
				if s.sandbox.Numbers == 0 {
					s.sandbox.Numbers = 1000
				}
				r := start(t, s)
				// A pause makes pages that are fetched side by side arrive before
				// those that are asked for after them.
				faults := append(slices.Clone(tt.faults), sandbox.Fault{Kind: sandbox.Latency, Delay: time.Millisecond, Times: forever})
				r.sandbox.Script(faults...)
				got := r.get("did_search", tt.args)
				if got.Complete != (tt.reason == "") || got.Reason != tt.reason {
					t.Errorf("got complete %v, reason %q; want reason %q", got.Complete, got.Reason, tt.reason)
				}
				if all := got.Matched + got.Hidden + got.Unreadable; tt.args == nil && (all == 1000) != tt.ended {
					t.Errorf("got %d rows accounted for; the end was reached: %v", all, tt.ended)
				}
				if got.Matched == 0 {
					t.Error("got no number, want some")
				}
				synctest.Wait() // for pages that were fetched ahead in vain
				r.sandbox.ClearFaults()
				r.sandbox.Script(faults...)
				o := r.get("did_overview", tt.args)
				if o.Complete != got.Complete || o.Reason != got.Reason {
					t.Errorf("overview: got complete %v, reason %q; want as the search", o.Complete, o.Reason)
				}
				// Of pages fetched side by side, either may have the bad rows.
				if o.Matched != got.Matched && got.Unreadable == 0 {
					t.Errorf("overview: got %d matched, want %d as the search", o.Matched, got.Matched)
				}
			})
		})
	}
}

// TestNothingRead holds the errors of readings without a row.
func TestNothingRead(t *testing.T) {
	t.Parallel()
	forever := sandbox.Forever
	tests := []struct {
		name   string
		faults []sandbox.Fault
		code   fault.Code
		text   string // of message and hint
	}{
		{
			"the clocks differ",
			[]sandbox.Fault{{Kind: sandbox.Skew, Delay: 10 * time.Minute, Times: forever}},
			fault.Unauthorized, "this machine's clock is 10m0s behind the exchange's",
		},
		{
			"the key is wrong",
			[]sandbox.Fault{{Kind: sandbox.Logical, Text: "Wrong signature"}},
			fault.Unauthorized, "check api_login and api_key",
		},
		{
			"the exchange is down",
			[]sandbox.Fault{{Kind: sandbox.Cut, Times: forever}},
			fault.Unavailable, "the exchange can't be reached",
		},
		{
			"HTML",
			[]sandbox.Fault{{Kind: sandbox.HTML, Times: forever}},
			fault.Unavailable, "something other than JSON",
		},
		{
			"too many requests",
			[]sandbox.Fault{{Kind: sandbox.Status, Code: 429, RetryAfter: 2, Times: forever}},
			fault.RateLimited, "fewer requests",
		},
		{
			"the exchange refuses",
			[]sandbox.Fault{{Kind: sandbox.Logical, Text: "No such account"}},
			fault.Refused, `"No such account"`,
		},
	}
	for _, tt := range tests {
		for _, tool := range []string{"did_search", "did_overview", "did_list"} {
			t.Run(tt.name+"/"+tool, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r := start(t, setup{sandbox: sandbox.Options{Numbers: 500}})
					r.sandbox.Script(tt.faults...)
					f := r.refused(tool, args{})
					if f.Code != tt.code || !strings.Contains(f.Message+"; "+f.Hint, tt.text) {
						t.Errorf("got %s: %s; %s; want %s and %q", f.Code, f.Message, f.Hint, tt.code, tt.text)
					}
					if tt.code == fault.RateLimited && f.RetryAfter != 2*time.Second {
						t.Errorf("got to wait %v, want 2s", f.RetryAfter)
					}
				})
			})
		}
	}
}

// TestSharedDiallingCodes holds that countries of one code are told apart by
// the rows' own country, and are all there under the code.
func TestSharedDiallingCodes(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 4000}})
	for code, countries := range map[string][]string{
		"+1":  {"CA", "DO", "JM", "PR", "US"},
		"+7":  {"KZ", "RU"},
		"+44": {"GB", "GG", "JE"},
	} {
		var apart []string
		for _, iso := range countries {
			p := r.whole("did_search", args{"country": iso, "sort": "number"})
			seen := slices.Compact(slices.Sorted(slices.Values(p.column("country"))))
			if diff := gocmp.Diff([]string{iso}, seen); diff != "" {
				t.Errorf("%s: countries of the rows (-want +got):\n%s", iso, diff)
			}
			apart = append(apart, p.numbers()...)
		}
		slices.Sort(apart)
		together := r.whole("did_search", args{"country": code, "sort": "number"}).numbers()
		if diff := gocmp.Diff(apart, together); diff != "" {
			t.Errorf("%s (-one by one +together):\n%.1000s", code, diff)
		}
		byPrefix := r.whole("did_search", args{"prefix": code, "sort": "number"}).numbers()
		if diff := gocmp.Diff(together, byPrefix); diff != "" {
			t.Errorf("%s (-country +prefix):\n%.1000s", code, diff)
		}
	}
}

// TestAskedByPrefix holds what the exchange is asked for: never a country's
// name, and no more than the digits that its numbers may begin with.
func TestAskedByPrefix(t *testing.T) {
	t.Parallel()
	shared := sharedPrefixes()
	for _, tt := range []struct {
		args args
		want []string
	}{
		{args{"country": "Jamaica"}, append([]string{"1658", "1876"}, shared...)},
		{args{"country": "+1876"}, append([]string{"1658", "1876"}, shared...)},
		{args{"country": "JM", "prefix": "1876"}, []string{"1876"}},
		{args{"country": "JM", "prefix": "18"}, []string{"1876", "1800", "1833", "1844", "1855", "1866", "1877", "1888"}},
		{args{"country": "JM", "prefix": "1900"}, []string{"1900"}},
		{args{"country": "JM", "pattern": "1876?*"}, []string{"1876"}},
		{args{"country": "UAE"}, []string{"971"}},
		{args{"country": "UAE", "prefix": "+971 50"}, []string{"97150"}},
		{args{"country": "UAE", "prefix": "9"}, []string{"971"}},
		{args{"country": "UAE", "pattern": "97150*7"}, []string{"97150"}},
		{args{"prefix": "97", "pattern": "97150*7"}, []string{"97150"}},
		{args{"pattern": "*777"}, []string{""}},
		{args{"country": "+7"}, []string{"7"}},
		{args{"country": "KZ"}, []string{"76", "77", "780", "7810"}},
		{args{}, []string{""}},
	} {
		r := start(t, setup{sandbox: sandbox.Options{Numbers: 1000}})
		r.get("did_search", tt.args)
		if diff := gocmp.Diff(slices.Sorted(slices.Values(tt.want)), r.asked("prefix")); diff != "" {
			t.Errorf("%v: prefixes asked for (-want +got):\n%s", tt.args, diff)
		}
		if got := r.asked("country"); !slices.Equal(got, []string{""}) {
			t.Errorf("%v: asked for the country %q, want none", tt.args, got)
		}
	}
}

// TestBadFilters holds that a slip is answered with the parameter at fault
// and the way out, and never reaches the exchange.
func TestBadFilters(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 200}})
	for _, tt := range []struct {
		name  string
		args  args
		field string
		text  string // of message and hint
	}{
		{"unknown country", args{"country": "Atlantis"}, "country", `unknown country "Atlantis"`},
		{"misspelt country", args{"country": "Jamaca"}, "country", "Jamaica (JM)"},
		{"ambiguous country", args{"country": "Korea"}, "country", "North Korea (KP) or South Korea (KR)"},
		{"ambiguous country", args{"country": "Congo"}, "country", "DR Congo (CD) or Republic of the Congo (CG)"},
		{"no dialling code", args{"country": "+999"}, "country", "no country's dialling code"},
		{"an area for a country", args{"country": "97150"}, "country", "prefix instead of country"},
		{"prefix with letters", args{"prefix": "97A"}, "prefix", "contains a letter"},
		{"prefix of another country", args{"country": "UAE", "prefix": "1876"}, "prefix", "no number of United Arab Emirates begins with 1876; its numbers begin with 971"},
		{"prefix between two areas", args{"country": "Jamaica", "prefix": "1700"}, "prefix", "its numbers begin with 1658, 1876"},
		{"prefix of neither", args{"country": "+44", "prefix": "49"}, "prefix", "no number of these countries begins with 49"},
		{"pattern of any number", args{"pattern": "*"}, "pattern", "fits every number"},
		{"pattern of any number", args{"pattern": "+**"}, "pattern", "fits every number"},
		{"pattern with letters", args{"pattern": "*FLOWERS"}, "pattern", "holds more than digits, ? and *"},
		{"pattern as a regular expression", args{"pattern": "97150[0-9]+"}, "pattern", "holds more than digits"},
		{"long pattern", args{"pattern": strings.Repeat("1", 41)}, "pattern", "is too long"},
		{"prefix as a decimal", args{"prefix": "97150.0"}, "prefix", "ends like a decimal of a spreadsheet"},
		{"prefix as a fraction", args{"prefix": json.Number("97150.5")}, "prefix", "takes no number with a fraction"},
		{"prefix that lost digits", args{"prefix": "9.71502E+11"}, "prefix", "has lost digits"},
		{"country as a decimal", args{"country": "971.0"}, "country", "971.0"},
		{"pattern as a decimal", args{"pattern": "971501234567,00"}, "pattern", "ends like a decimal"},
		{"pattern that lost digits", args{"pattern": "9.71502E+11"}, "pattern", "has lost digits"},
		{"limit as a decimal", args{"limit": "10.000"}, "limit", "from 1 to 100"},
		{"negative fee", args{"max_monthly_fee": -1}, "max_monthly_fee", "an amount such as 4.50"},
		{"garbage fee", args{"max_setup_fee": "cheap"}, "max_setup_fee", "an amount such as 4.50"},
		{"limit 0", args{"limit": 0}, "limit", "from 1 to 100"},
		{"limit 1000", args{"limit": 1000}, "limit", "from 1 to 100"},
		{"misspelt type", args{"type": "moblie"}, "type", "did you mean mobile?"},
		{"unknown parameter", args{"contry": "UAE"}, "contry", "did you mean country?"},
	} {
		f := r.refused("did_search", tt.args)
		if f.Code != fault.Invalid || f.Field != tt.field || !strings.Contains(f.Message+"; "+f.Hint, tt.text) {
			t.Errorf("%s: got %s of %q: %s; %s; want invalid of %q and %q", tt.name, f.Code, f.Field, f.Message, f.Hint, tt.field, tt.text)
		}
	}
	if got := r.requests(); got != 0 {
		t.Errorf("got %d requests to the exchange, want none", got)
	}
}

// TestCountriesAsAList holds that a list of countries is one, in whatever form
// it comes.
func TestCountriesAsAList(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 2000}})
	want := r.get("did_overview", args{"country": "AE, US"})
	for _, spelt := range []any{
		[]string{"AE", "US"}, []string{"United Arab Emirates", "USA"}, `["AE","US"]`, []any{json.Number("971"), "US"}, []any{json.Number("9.71e2"), "US"}, "AE;US",
	} {
		if got := r.get("did_overview", args{"country": spelt}); got.Matched != want.Matched || got.Matched == 0 {
			t.Errorf("%v: got %d numbers, want %d", spelt, got.Matched, want.Matched)
		}
	}
	if got, one := r.get("did_overview", args{"country": []string{"Korea, Republic of"}}), r.get("did_overview", args{"country": "KR"}); got.Matched != one.Matched {
		t.Errorf("a name with a comma: got %d numbers, want %d", got.Matched, one.Matched)
	}
	if got, all := r.get("did_overview", args{"country": []string{}}), r.get("did_overview", args{}); got.Matched != all.Matched {
		t.Errorf("an empty list: got %d numbers, want all %d", got.Matched, all.Matched)
	}
	for text, wrong := range map[string]any{
		"UEA": []string{"AE", "UEA"}, "not": []any{[]string{"AE"}}, "such as 971.5": []any{json.Number("971.5")}, "or a list of texts": map[string]any{"a": 1},
	} {
		if f := r.refused("did_search", args{"country": wrong}); f.Code != fault.Invalid || f.Field != "country" || !strings.Contains(f.Message, text) {
			t.Errorf("%v: got %s of %q: %s, want it refused with %q", wrong, f.Code, f.Field, f.Message, text)
		}
	}
}

// sharedPrefixes are where toll-free, premium and personal numbers of +1 begin.
func sharedPrefixes() []string {
	return strings.Fields("1500 152 1533 1544 1566 1577 1588 1800 1833 1844 1855 1866 1877 1888 1900")
}

// TestWholeNumbers holds that a JSON number is the integer that it equals,
// wherever digits are a text.
func TestWholeNumbers(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 2000}})
	want := r.get("did_search", args{"prefix": "971", "country": "971", "limit": 100, "pattern": "971*"})
	for name, spelt := range map[string]args{
		"point":    {"prefix": json.Number("971.0"), "country": json.Number("971.000"), "limit": json.Number("100.0")},
		"exponent": {"prefix": json.Number("9.71e2"), "country": json.Number("97.1E1"), "limit": json.Number("1e2")},
	} {
		got := r.get("did_search", spelt.with(args{"pattern": "971*"}))
		if diff := gocmp.Diff(want.Numbers, got.Numbers); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestSeveralPrefixes holds that a country of several prefixes is read to the
// end past rows that can't be understood, and no further where a reading
// breaks off.
func TestSeveralPrefixes(t *testing.T) {
	t.Parallel()
	dominican := args{"country": "DO"}
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 4000}})
	whole := r.get("did_search", dominican)
	prefixes := slices.Sorted(slices.Values(append([]string{"1809", "1829", "1849"}, sharedPrefixes()...)))
	if diff := gocmp.Diff(prefixes, r.asked("prefix")); diff != "" || !whole.Complete {
		t.Fatalf("complete %v, prefixes asked for (-want +got):\n%s", whole.Complete, diff)
	}
	r = start(t, setup{sandbox: sandbox.Options{Numbers: 4000}})
	r.sandbox.Script(sandbox.Fault{Kind: sandbox.Unreadable, Rows: 2})
	got := r.get("did_search", dominican)
	if all := got.Matched + got.Hidden; all != whole.Matched+whole.Hidden-2 || got.Unreadable != 2 {
		t.Errorf("rows not understood: got %d rows and %d unreadable of %d", all, got.Unreadable, whole.Matched+whole.Hidden)
	}
	r = start(t, setup{sandbox: sandbox.Options{Numbers: 4000}})
	// The first prefix takes a page, the end, and the proof of what off counts.
	r.sandbox.Script(sandbox.Fault{Kind: sandbox.Logical, After: 3})
	if got := r.get("did_search", dominican); got.Complete || got.Matched == 0 {
		t.Errorf("refused: got %d matched, complete %v; want a part", got.Matched, got.Complete)
	}
	if diff := gocmp.Diff([]string{"1809", "1829"}, r.asked("prefix")); diff != "" {
		t.Errorf("refused: prefixes asked for (-want +got):\n%s", diff)
	}
}
