package did_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"

	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
	"didops/internal/phone"
	"didops/tools/did"
)

// FuzzCursor holds that whatever is sent as a cursor, but for one that was
// given out, is refused by name and never makes the exchange read.
func FuzzCursor(f *testing.F) {
	r := start(f, setup{sandbox: sandbox.Options{Numbers: 200}, did: did.Config{Cache: longCache}})
	valid := r.get("did_search", args{}).Next
	for _, seed := range []string{
		valid, valid[1:], valid[:len(valid)-1], valid + "A", "AAAA", "", " ", "====", "\x00", "é", strings.Repeat("Z", 600),
		made(1, `{"q":"","l":{"n":"1"}}`), made(0, "{}"), made(1, ""), made(1, `{"q":"x","l":{"a":"1e9","n":"1"}}`),
	} {
		f.Add(seed)
	}
	before := r.requests()
	f.Fuzz(func(t *testing.T, cursor string) {
		// Line breaks in a copied cursor do no harm.
		if bare := strings.NewReplacer("\r", "", "\n", "").Replace(strings.TrimSpace(cursor)); bare == valid || bare == "" {
			t.Skip("a cursor that was given out, or none")
		}
		result, err := r.gate.Call(t.Context(), call("did_search", args{"cursor": cursor}))
		e, ok := fault.As(err)
		if !ok || e.Code != fault.Invalid || e.Field != "cursor" {
			t.Fatalf("got %s and error %v, want invalid of cursor", result.Data, err)
		}
		if !utf8.ValidString(e.Message) {
			t.Errorf("got message %q, want valid UTF-8", e.Message)
		}
		if r.requests() != before {
			t.Error("got a request to the exchange, want none")
		}
	})
}

// FuzzPattern holds that a pattern is refused by name or finds what a regular
// expression of the same meaning does.
func FuzzPattern(f *testing.F) {
	r := start(f, setup{sandbox: sandbox.Options{Numbers: 150}, client: tcxc.Options{PageSize: 200}})
	market := known(r.offers())
	for _, seed := range []string{
		"*7", "*777?", "971*", "+971 5?-*", "??????????", "*1*2*3*", "1", "*", "**", "+", "?*", "0*", "9715a", "[0-9]*", "\u0661*",
		strings.Repeat("*?", 20), strings.Repeat("?", 41), "(971)5*", "9.7.1*", "1+2",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		bare := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "").Replace(strings.TrimSpace(strings.ToValidUTF8(pattern, "\ufffd")))
		bare = strings.TrimPrefix(bare, "+")
		good := strings.Trim(bare, "0123456789?*") == "" && strings.Trim(bare, "*") != "" && len(bare) <= 40 && utf8.RuneCountInString(pattern) <= 512 && phone.SpreadsheetForm(pattern) == ""
		if strings.TrimSpace(pattern) == "" {
			t.Skip("no pattern")
		}
		c := call("did_search", args{"pattern": pattern, "sort": "number"})
		c.Whole = true
		result, err := r.gate.Call(t.Context(), c)
		if err != nil || !good {
			e, ok := fault.As(err)
			if good || !ok || e.Code != fault.Invalid || e.Field != "pattern" {
				t.Fatalf("%q: got %.100s and error %v; a good pattern: %v", pattern, result.Data, err, good)
			}
			return
		}
		var got page
		if err := json.Unmarshal(result.Data, &got); err != nil {
			t.Fatal(err)
		}
		want, hidden, _ := expected(market, args{"pattern": bare, "sort": "number"})
		if diff := gocmp.Diff(digits(want), got.numbers()); diff != "" || got.Hidden != hidden {
			t.Errorf("%q: got %d hidden, want %d (-want +got):\n%s", pattern, got.Hidden, hidden, diff)
		}
	})
}
