package money_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/money"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, want string
		ok         bool
	}{
		{"2.1944", "2.1944", true},
		{"0.0000", "0.00", true},
		{"0.90", "0.90", true},
		{"12", "12.00", true},
		{"12.5", "12.50", true},
		{"007.10", "7.10", true},
		{"999999999999999.999999999", "999999999999999.999999999", true},
		{"1000000000000000", "", false},
		{"0.0000000001", "", false},
		{"", "", false},
		{"-1", "", false},
		{"+1", "", false},
		{"1e3", "", false},
		{"1.", "", false},
		{".5", "", false},
		{"1,000.00", "", false},
		{"NaN", "", false},
		{"Infinity", "", false},
		{" 1", "", false},
		{"١", "", false},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			a, err := money.Parse(tt.text)
			if (err == nil) != tt.ok || a.String() != tt.want || a.Known() != tt.ok {
				t.Errorf("got %q, %v, want %q, ok = %t", a, err, tt.want, tt.ok)
			}
		})
	}
}

func TestUnknownStaysUnknown(t *testing.T) {
	t.Parallel()
	var none money.Amount
	one := money.MustParse("1")
	for name, got := range map[string]money.Amount{
		"add": one.Add(none), "added": none.Add(one), "times": none.Times(3), "half": none.Half(),
	} {
		if got.Known() {
			t.Errorf("%s: got %v, want not known", name, got)
		}
	}
	if none.Cmp(money.MustParse("0")) != -1 || one.Cmp(none) != 1 || none.Cmp(none) != 0 {
		t.Error("not known does not stand before every amount")
	}
	got, err := json.Marshal(struct {
		A money.Amount `json:"a,omitzero"`
		B money.Amount `json:"b,omitzero"`
	}{B: money.MustParse("0")})
	if err != nil || string(got) != `{"b":"0.00"}` {
		t.Errorf("got %s, %v, want only what is known", got, err)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	var a money.Amount
	for _, bad := range []string{`1.5`, `"x"`, `true`, `{}`, `"-1"`} {
		if err := json.Unmarshal([]byte(bad), &a); err == nil {
			t.Errorf("%s: got %v, want an error", bad, a)
		}
	}
	for _, none := range []string{`null`, `""`} {
		a = money.MustParse("1")
		if err := json.Unmarshal([]byte(none), &a); err != nil || a.Known() {
			t.Errorf("%s: got %v, %v, want not known", none, a, err)
		}
	}
}

// TestArithmetic compares with exact fractions.
func TestArithmetic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("%d.%04d", rapid.Int64Range(0, 1e12).Draw(t, "whole"), rapid.IntRange(0, 9999).Draw(t, "fraction"))
		})
		x, y, n := text.Draw(t, "x"), text.Draw(t, "y"), rapid.Int64Range(0, 1000).Draw(t, "n")
		a, b := money.MustParse(x), money.MustParse(y)
		rx, _ := new(big.Rat).SetString(x)
		ry, _ := new(big.Rat).SetString(y)
		equal := func(what string, got money.Amount, want *big.Rat) {
			r, ok := new(big.Rat).SetString(got.String())
			if !ok || r.Cmp(want) != 0 {
				t.Errorf("%s of %s and %s: got %s, want %s", what, x, y, got, want.FloatString(9))
			}
		}
		equal("sum", a.Add(b), new(big.Rat).Add(rx, ry))
		equal("multiple", a.Times(n), new(big.Rat).Mul(rx, new(big.Rat).SetInt64(n)))
		equal("half", a.Half(), new(big.Rat).Quo(rx, big.NewRat(2, 1)))
		places := rapid.Int32Range(0, 9).Draw(t, "places")
		equal("part", a.Over(n+1, places), rounded(new(big.Rat).Quo(rx, big.NewRat(n+1, 1)), places))
		if got, want := a.Cmp(b), rx.Cmp(ry); got != want {
			t.Errorf("compare %s with %s: got %d, want %d", x, y, got, want)
		}
	})
}

// rounded returns r rounded half up to so many places.
func rounded(r *big.Rat, places int32) *big.Rat {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	r.Add(r.Mul(r, new(big.Rat).SetInt(unit)), big.NewRat(1, 2))
	return new(big.Rat).SetFrac(new(big.Int).Quo(r.Num(), r.Denom()), unit)
}

// TestReadable holds that what is said to be read again is, and only that.
func TestReadable(t *testing.T) {
	t.Parallel()
	for _, a := range []money.Amount{
		{},
		money.MustParse("0"), money.MustParse("999999999999999.999999999"), money.MustParse("999999999999999").Add(money.MustParse("1")),
		money.MustParse("0.000000001").Half(), money.MustParse("1").Over(3, 9), money.MustParse("1").Over(3, 10),
	} {
		_, err := money.Parse(a.String())
		if readable := a.Readable(); readable != (err == nil) {
			t.Errorf("%q: got readable %v, and %v", a, readable, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1", "1.50", "0.0000", "1e9", "-1", "999999999999999.999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := money.Parse(s)
		if err != nil {
			return
		}
		b, err := money.Parse(a.String())
		if err != nil || a.Cmp(b) != 0 {
			t.Errorf("got %v, %v for %q read again, want %v", b, err, s, a)
		}
	})
}

// TestNanosAreExact compares billionths with the amounts that they are of.
func TestNanosAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{1,10}(\.[0-9]{1,9})?`).Draw(t, "amount")
		a := money.MustParse(text)
		n, ok := a.Nanos()
		if want := a.Cmp(money.MustParse("100000000")) < 0; ok != want {
			t.Fatalf("%s: got billionths %v, want %v", text, ok, want)
		}
		parsed, same := money.ParseNanos([]byte(a.String()))
		if same != ok || ok && parsed != n {
			t.Fatalf("%s: got %d, %v from its text, want %d, %v", text, parsed, same, n, ok)
		}
		if ok && money.OfNanos(n).Cmp(a) != 0 {
			t.Fatalf("%s: got %s back from %d", text, money.OfNanos(n), n)
		}
	})
	for _, text := range []string{"", ".5", "-1", "1e3", "1.2.3", " 1"} {
		if n, ok := money.ParseNanos([]byte(text)); ok {
			t.Errorf("%q: got %d, want none", text, n)
		}
	}
}
