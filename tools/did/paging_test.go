package did_test

import (
	"crypto/sha256"
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
	"didops/tools/did"
)

// follow reads page after page, with the limits that limit returns, and
// returns the numbers in order.
func follow(tb testing.TB, r *harness, tool string, a args, limit func(page int) int) []string {
	tb.Helper()
	var all []string
	cursor := any(nil)
	for n := 0; ; n++ {
		want := limit(n)
		p := r.get(tool, a.with(args{"limit": want, "cursor": cursor}))
		if len(p.Numbers) > want || len(p.Numbers) == 0 && p.Next != "" {
			tb.Fatalf("page %d: got %d rows and cursor %q, want 1 to %d rows before a further page", n, len(p.Numbers), p.Next, want)
		}
		all = append(all, p.numbers()...)
		if p.Next == "" {
			return all
		}
		cursor = p.Next
	}
}

// TestPagesMakeTheWhole holds that the pages of a search of more rows than
// are kept are together the whole result, whatever their sizes.
func TestPagesMakeTheWhole(t *testing.T) {
	t.Parallel()
	r := start(t, setup{
		sandbox: sandbox.Options{Numbers: 2400, PageMost: 1000},
		client:  tcxc.Options{PageSize: 1000},
		did:     did.Config{Cache: longCache},
	})
	for _, a := range []args{
		{},
		{"sort": "first_year_cost"},
		{"sort": "number", "voice": true},
		{"sort": "setup_fee", "documents": "not_required"},
		{"country": "+1", "sort": "setup_fee"},
	} {
		want := r.whole("did_search", a)
		if len(a) == 0 && want.Matched < 2000 {
			t.Fatalf("got %d numbers for %v, want more than are kept in two readings", want.Matched, a)
		}
		if want.Next != "" {
			t.Errorf("%v: got the cursor %q behind the whole result, want none", a, want.Next)
		}
		for seed := range uint64(2) {
			random := rand.New(rand.NewPCG(seed, seed))
			got := follow(t, r, "did_search", a, func(int) int { return 1 + random.IntN(100) })
			if diff := gocmp.Diff(want.numbers(), got); diff != "" {
				t.Fatalf("%v, seed %d (-want +got):\n%.2000s", a, seed, diff)
			}
		}
	}
}

// TestPagesWithoutCache holds the same where nothing is kept between pages.
func TestPagesWithoutCache(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 1500, PageMost: 1500}, client: tcxc.Options{PageSize: 1500}})
	want := r.whole("did_search", args{"sort": "number"})
	got := follow(t, r, "did_search", args{"sort": "number"}, func(int) int { return 100 })
	if diff := gocmp.Diff(want.numbers(), got); diff != "" {
		t.Errorf("(-want +got):\n%.2000s", diff)
	}
}

func TestCursorGoesWithAnyLimitAndSpelling(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 2000}, did: did.Config{Cache: longCache}})
	asked := args{"country": "UAE", "limit": 3}
	want := r.whole("did_search", asked).numbers()
	first := r.get("did_search", asked)
	for _, a := range []args{
		{"country": "UAE", "limit": 100},
		{"country": "AE", "limit": 1},
		{"country": "+971", "type": "any", "documents": "any", "sort": "monthly_fee"},
	} {
		got := r.get("did_search", a.with(args{"cursor": first.Next}))
		n := len(got.Numbers)
		if n == 0 || !slices.Equal(got.numbers(), want[3:3+n]) {
			t.Errorf("%v: got %v, want the rows behind the first three", a, got.numbers())
		}
	}
	if got := r.get("did_search", asked.with(args{"cursor": " " + first.Next + "\n"})); !slices.Equal(got.numbers(), want[3:6]) {
		t.Errorf("space around the cursor: got %v, want %v", got.numbers(), want[3:6])
	}
}

func TestCursorOfAnotherSearchIsRefused(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 2000}, did: did.Config{Cache: longCache}})
	asked := args{"country": "UAE", "type": "mobile"}
	cursor := r.get("did_search", asked).Next
	for name, c := range map[string]struct {
		tool string
		args args
	}{
		"sort":            {"did_search", asked.with(args{"sort": "number"})},
		"country":         {"did_search", asked.with(args{"country": "SA"})},
		"no country":      {"did_search", asked.with(args{"country": nil})},
		"type":            {"did_search", asked.with(args{"type": "any"})},
		"prefix":          {"did_search", asked.with(args{"prefix": "97150"})},
		"a feature":       {"did_search", asked.with(args{"voice": true})},
		"not the feature": {"did_search", asked.with(args{"voice": false})},
		"vendor":          {"did_search", asked.with(args{"vendor": "Acme"})},
		"description":     {"did_search", asked.with(args{"description": "Etisalat"})},
		"pattern":         {"did_search", asked.with(args{"pattern": "*7*"})},
		"monthly fee":     {"did_search", asked.with(args{"max_monthly_fee": "1000"})},
		"set-up fee":      {"did_search", asked.with(args{"max_setup_fee": "1000"})},
		"documents":       {"did_search", asked.with(args{"documents": "required"})},
		"operation":       {"did_list", args{"country": "UAE", "sort": "monthly_fee"}},
	} {
		f := r.refused(c.tool, c.args.with(args{"cursor": cursor}))
		if f.Code != fault.Invalid || f.Field != "cursor" || !strings.Contains(f.Message, "another search") {
			t.Errorf("%s changed: got %s of %q: %s; want invalid of cursor", name, f.Code, f.Field, f.Message)
		}
	}
	other := *r
	other.gate = r.front(did.Config{Scope: "another account"})
	if f := other.refused("did_search", asked.with(args{"cursor": cursor})); f.Field != "cursor" {
		t.Errorf("another account: got %v, want the cursor refused", f)
	}
}

// TestDamagedCursorIsRefused changes every character of a cursor, cuts it
// anywhere, and sends what never was one. None of it reaches the exchange.
func TestDamagedCursorIsRefused(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 200}, did: did.Config{Cache: longCache}})
	valid := r.get("did_search", args{}).Next
	before := r.requests()
	check := func(name, cursor string) {
		t.Helper()
		if f := r.refused("did_search", args{"cursor": cursor}); f.Code != fault.Invalid || f.Field != "cursor" {
			t.Errorf("%s: got %s of %q; want invalid of cursor", name, f.Code, f.Field)
		}
	}
	for i := range valid {
		for _, b := range []byte("AQaz09-_*") {
			if valid[i] != b {
				check("changed", valid[:i]+string(b)+valid[i+1:])
			}
		}
		check("bit", valid[:i]+string(valid[i]^1)+valid[i+1:])
		if i > 0 {
			check("cut", valid[:i])
			check("cut in front", valid[i:])
		}
		check("one more", valid[:i]+"A"+valid[i:])
	}
	for _, s := range []string{"1", "AAAA", "x y", "\x00", "🙂", strings.Repeat("A", 500), strings.Repeat("A", 5000), valid + valid} {
		check("garbage", s)
	}
	for _, s := range []string{"", "{}", "null", "[]", `{"q":1}`, `{"q":"","l":{}}`, `{"l":{"a":"-1","n":"1"}}`, `{"l":{"n":"1"}}`} {
		check("made up", made(1, s))
	}
	if got := r.requests(); got != before {
		t.Errorf("got %d requests to the exchange, want none", got-before)
	}
}

func TestCursorOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 200}, did: did.Config{Cache: longCache}})
	valid := r.get("did_search", args{}).Next
	data, err := base64.RawURLEncoding.DecodeString(valid)
	if err != nil {
		t.Fatal(err)
	}
	body := string(data[7:])
	if again := made(data[6], body); again != valid {
		t.Fatalf("got %q made again, want %q", again, valid)
	}
	f := r.refused("did_search", args{"cursor": made(data[6]+1, body)})
	if f.Code != fault.Invalid || f.Field != "cursor" || !strings.Contains(f.Message, "another version") {
		t.Errorf("got %v, want invalid of cursor, made by another version", f)
	}
}

// made makes a cursor with a checksum that is right.
func made(version byte, body string) string {
	data := append([]byte{version}, body...)
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(append(sum[:6], data...))
}
