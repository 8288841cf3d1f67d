package did_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
	"didops/internal/market"
	"didops/internal/money"
	"didops/tools/did"
)

// oracleCost is what a month of use costs, in the plainest way: call by call,
// interval by interval, in fractions, and only what calls cost rounded. Nil is
// a cost that is not known.
func oracleCost(n *exchange.Number, minutes, messages int) *big.Rat {
	if minutes > 0 && !n.Voice && !n.Fax && !n.Video || messages > 0 && !n.SMS {
		return nil
	}
	sum := rat(n.MonthlyFee)
	if minutes > 0 {
		seconds := func(p *int) int {
			if p == nil || *p <= 0 {
				return 60
			}
			return *p
		}
		add := func(call *big.Rat, price money.Amount, interval int) *big.Rat {
			if !price.Known() {
				return nil
			}
			return call.Add(call, new(big.Rat).Mul(rat(price), big.NewRat(int64(interval), 60)))
		}
		call, spoken := add(new(big.Rat), n.Price1, seconds(n.Interval1)), seconds(n.Interval1)
		for call != nil && spoken < 150 {
			call = add(call, n.PriceN, seconds(n.IntervalN))
			spoken += seconds(n.IntervalN)
		}
		if call == nil {
			return nil
		}
		calls := call.Mul(call, big.NewRat(int64(minutes)*60, 150))
		tenThousandths := new(big.Rat).Mul(calls, big.NewRat(10_000, 1))
		tenThousandths.Add(tenThousandths, big.NewRat(1, 2))
		whole := new(big.Int).Quo(tenThousandths.Num(), tenThousandths.Denom())
		sum.Add(sum, new(big.Rat).SetFrac(whole, big.NewInt(10_000)))
	}
	if messages > 0 {
		if !n.SMSPrice.Known() {
			return nil
		}
		sum.Add(sum, new(big.Rat).Mul(rat(n.SMSPrice), big.NewRat(int64(messages), 1)))
	}
	if sum.Cmp(big.NewRat(1_000_000_000_000_000, 1)) >= 0 {
		return nil
	}
	return sum
}

func drawPrice(t *rapid.T, name string) money.Amount {
	text := rapid.OneOf(
		rapid.SampledFrom([]string{"", "0", "0.00", "0.0055", "0.012", "1", "999999999999999", "0.000000001"}),
		rapid.StringMatching(`[0-9]{1,3}\.[0-9]{1,6}`),
	).Draw(t, name)
	if text == "" {
		return money.Amount{}
	}
	return money.MustParse(text)
}

func drawTariff(t *rapid.T) *exchange.Number {
	n := &exchange.Number{MonthlyFee: money.MustParse("1.5"), SetupFee: money.MustParse("2.25")}
	n.Voice, n.SMS, n.Fax = rapid.Bool().Draw(t, "voice"), rapid.Bool().Draw(t, "sms"), rapid.Bool().Draw(t, "fax")
	n.Price1, n.PriceN, n.SMSPrice = drawPrice(t, "first"), drawPrice(t, "next"), drawPrice(t, "sms price")
	for _, p := range []**int{&n.Interval1, &n.IntervalN} {
		if seconds := rapid.SampledFrom([]int{-2, -1, 0, 1, 6, 7, 30, 60, 149, 150, 151, 3600, 1 << 62}).Draw(t, "seconds"); seconds > -2 {
			*p = &seconds
		}
	}
	return n
}

// TestCostIsExact holds the cost of a month against the plainest computation
// in fractions, that it is known where every price is that is used, and that a
// total is the set-up fee and each month.
func TestCostIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := drawTariff(rt)
		figure := rapid.OneOf(rapid.IntRange(0, 3), rapid.IntRange(0, 10_000_000))
		minutes, messages, months := figure.Draw(rt, "minutes"), figure.Draw(rt, "messages"), rapid.IntRange(1, 120).Draw(rt, "months")
		got, total := did.Cost(n, minutes, messages, months)
		want := oracleCost(n, minutes, messages)
		switch {
		case want == nil:
			if got.Known() || total.Known() {
				rt.Fatalf("got %s and %s in all, want neither known", got, total)
			}
			return
		case !got.Known() || rat(got).Cmp(want) != 0:
			rt.Fatalf("got %q, want %s", got, want.FloatString(10))
		}
		sum := new(big.Rat).Mul(want, big.NewRat(int64(months), 1))
		if sum.Add(sum, rat(n.SetupFee)); total.Known() && rat(total).Cmp(sum) != 0 {
			rt.Fatalf("got %s in all, want %s", total, sum.FloatString(10))
		}
	})
}

// TestCostInIntegers holds that the quick way comes to the same, wherever it
// comes to something, and that it does where amounts are usual ones.
func TestCostInIntegers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := drawTariff(rt)
		n.Voice, n.SMS, n.MonthlyFee = true, true, money.MustParse("0")
		kept := func(p *int) int64 {
			if p == nil {
				return -1
			}
			return int64(*p)
		}
		r := market.Rates{Price1: []byte(n.Price1.String()), PriceN: []byte(n.PriceN.String()), SMS: []byte(n.SMSPrice.String()), Interval1: kept(n.Interval1), IntervalN: kept(n.IntervalN)}
		figure := rapid.OneOf(rapid.IntRange(0, 3), rapid.IntRange(0, 10_000_000))
		minutes, messages := figure.Draw(rt, "minutes"), figure.Draw(rt, "messages")
		want, _ := did.Cost(n, minutes, messages, 0)
		got, ok := did.PriceNanos(r, minutes, messages)
		if exact := new(big.Rat).SetFrac(new(big.Int).SetUint64(got), big.NewInt(1_000_000_000)); ok && (!want.Known() || rat(want).Cmp(exact) != 0) {
			rt.Fatalf("got %s, want %q", exact.FloatString(9), want)
		}
		usual := max(kept(n.Interval1), kept(n.IntervalN)) <= 3600 && want.Cmp(money.MustParse("1000000")) < 0
		if want.Known() && usual && !ok {
			rt.Fatalf("got nothing of %+v, want %s", r, want)
		}
	})
}

// TestCostRisesWithUse holds that more use never costs less, and that none
// costs the fee.
func TestCostRisesWithUse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := drawTariff(rt)
		figure := rapid.IntRange(0, 1_000_000)
		minutes, messages := figure.Draw(rt, "minutes"), figure.Draw(rt, "messages")
		less, _ := did.Cost(n, minutes, messages, 0)
		more, _ := did.Cost(n, minutes+figure.Draw(rt, "more minutes"), messages+figure.Draw(rt, "more messages"), 0)
		if more.Known() && (!less.Known() || more.Cmp(less) < 0) {
			rt.Fatalf("got %q for more use than what costs %q", more, less)
		}
		if none, _ := did.Cost(n, 0, 0, 0); none.Cmp(n.MonthlyFee) != 0 {
			rt.Fatalf("got %q for no use, want the fee", none)
		}
	})
}

// TestCostOfKnownTariffs holds costs that were worked out by hand, for 1,000
// minutes: 400 calls of 150 seconds.
func TestCostOfKnownTariffs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                 string
		first, next          string
		interval1, intervalN int
		want                 string
	}{
		{"seconds", "0.01", "0.01", 1, 1, "10.00"},
		{"whole minutes", "0.01", "0.01", 60, 60, "12.00"},
		{"half a minute, then six seconds", "0.01", "0.01", 30, 6, "10.00"},
		{"a dearer first minute", "0.03", "0.01", 60, 60, "20.00"},
		{"one interval that holds the call", "0.01", "", 300, 60, "20.00"},
		{"free", "0", "0", 60, 60, "0.00"},
		{"a third of a cent", "0.001", "0.002", 1, 1, "1.9933"},
		{"no price behind the first interval", "0.01", "", 60, 60, ""},
		{"no price", "", "", 60, 60, ""},
	} {
		n := &exchange.Number{Voice: true, MonthlyFee: money.MustParse("0"), Interval1: &tt.interval1, IntervalN: &tt.intervalN}
		for _, p := range []struct {
			to   *money.Amount
			text string
		}{{&n.Price1, tt.first}, {&n.PriceN, tt.next}} {
			if p.text != "" {
				*p.to = money.MustParse(p.text)
			}
		}
		if got, _ := did.Cost(n, 1000, 0, 0); got.String() != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestSearchByUse holds what a person and a program read of a search by use:
// what it rests upon, what is left out, and the cost in every form.
func TestSearchByUse(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 2000, PageMost: 1000}, client: tcxc.Options{PageSize: 1000}})
	all := r.whole("did_search", args{"country": "UAE"})
	got := r.whole("did_search", args{"country": "UAE", "minutes": 3000, "messages": "10000", "contract_months": 24, "sort": "monthly_cost"})
	if got.Unpriced == 0 || got.Matched == 0 || got.Matched+got.Unpriced != all.Matched || len(got.Numbers) != got.Matched {
		t.Errorf("got %d rows, %d matched and %d left out, want %d together and some of both", len(got.Numbers), got.Matched, got.Unpriced, all.Matched)
	}
	text := words(got.result.Doc)
	for _, want := range []string{
		"Use a month: 3,000 minutes as calls of 2:30, billed in whole intervals, and 10,000 messages; prices do not say for which direction.",
		"Left out: " + fmt.Sprint(got.Unpriced) + " numbers without a price for this use",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("got %.600q, want %q in it", text, want)
		}
	}
	before := new(big.Rat)
	for _, row := range got.Numbers {
		cost, total := ratOf(row["monthly_cost"].(string)), ratOf(row["contract_cost"].(string))
		want := new(big.Rat).Add(ratOf(row["setup_fee"].(string)), new(big.Rat).Mul(cost, big.NewRat(24, 1)))
		if total.Cmp(want) != 0 || cost.Cmp(before) < 0 {
			t.Fatalf("%v: got %s in 24 months behind %s, want %s, and the cheapest first", row, total.FloatString(4), before.FloatString(4), want.FloatString(4))
		}
		before = cost
	}
	fee := r.get("did_search", args{"country": "UAE", "contract_months": 12})
	for _, row := range fee.Numbers {
		if row["monthly_cost"] != nil || row["contract_cost"] != row["first_year_cost"] {
			t.Errorf("got %v, want a year of the fee and no cost of use", row)
		}
	}
}

// TestUseOfNothingCostsTheFee holds that a zero is a use like any other, and
// that a price is only missed where it is needed.
func TestUseOfNothingCostsTheFee(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 500}})
	want := r.whole("did_search", args{})
	got := r.whole("did_search", args{"minutes": 0, "sort": "monthly_cost"})
	if !slices.Equal(got.numbers(), want.numbers()) || got.Unpriced != 0 {
		t.Errorf("got %d numbers and %d left out, want the same as by fee", len(got.Numbers), got.Unpriced)
	}
}

// TestUseIsChecked holds what is said of use that is none.
func TestUseIsChecked(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 200}})
	for _, tt := range []struct {
		args  args
		field string
	}{
		{args{"sort": "monthly_cost"}, "minutes"},
		{args{"minutes": -1}, "minutes"},
		{args{"minutes": 1.5}, "minutes"},
		{args{"minutes": "1.000"}, "minutes"},
		{args{"minutes": "1e3"}, "minutes"},
		{args{"minutes": 1e30}, "minutes"},
		{args{"minutes": 10_000_001}, "minutes"},
		{args{"messages": "many"}, "messages"},
		{args{"messages": "-0.5"}, "messages"},
		{args{"messages": []int{1, 2}}, "messages"},
		{args{"contract_months": 0}, "contract_months"},
		{args{"contract_months": 121}, "contract_months"},
	} {
		_, err := read(t.Context(), r.gate, call("did_search", tt.args))
		if f, ok := fault.As(err); !ok || f.Code != fault.Invalid || f.Field != tt.field {
			t.Errorf("%v: got %v, want it refused for %s", tt.args, err, tt.field)
		}
	}
	if _, err := read(t.Context(), r.gate, call("did_search", args{"minutes": 1e3, "messages": "10", "sort": "monthly_cost"})); err != nil {
		t.Errorf("got %v, want a thousand minutes and ten messages", err)
	}
}

// TestCursorKeepsToItsUse holds that the pages of one use are not those of
// another.
func TestCursorKeepsToItsUse(t *testing.T) {
	t.Parallel()
	r := start(t, setup{
		sandbox: sandbox.Options{Numbers: 2400, PageMost: 1000}, client: tcxc.Options{PageSize: 1000}, did: did.Config{Cache: longCache},
	})
	a := args{"minutes": 2000, "messages": 0, "sort": "monthly_cost"}
	want := r.whole("did_search", a)
	got := follow(t, r, "did_search", a, func(int) int { return 97 })
	if !slices.Equal(got, want.numbers()) || len(got) < 1200 {
		t.Errorf("got %d numbers by pages, want the %d of the whole in their order", len(got), len(want.Numbers))
	}
	cursor := r.get("did_search", a).Next
	for _, other := range []args{{"minutes": 2001}, {"messages": 1}, {"contract_months": 1}, {"sort": "monthly_fee"}} {
		_, err := read(t.Context(), r.gate, call("did_search", a.with(other).with(args{"cursor": cursor})))
		if f, ok := fault.As(err); !ok || f.Field != "cursor" {
			t.Errorf("%v: got %v, want the cursor refused", other, err)
		}
	}
}
