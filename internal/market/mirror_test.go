package market_test

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"pgregory.net/rapid"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
)

const scope = "https://exchange.example/ acme"

// clock is a clock that stands still until it is moved on.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newMirror(t *testing.T, path string, hold bool) (*market.Mirror, *clock) {
	t.Helper()
	file := market.NewFile(path, zerolog.Nop())
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	m := market.New(file, market.Config{Scope: scope, Now: c.now, Hold: hold, CellRows: 3, BatchRows: 5})
	return m, c
}

// offers is a market: rows by number.
type offers map[string]exchange.Offer

// ask is what an exchange answers a question with.
func (o offers) ask(q exchange.MarketQuery) []exchange.Offer {
	var list []exchange.Offer
	for _, digits := range slices.Sorted(maps.Keys(o)) {
		n := o[digits]
		if strings.HasPrefix(digits, q.Prefix) && (q.Type == "" || n.Type == q.Type) &&
			(!q.Voice || n.Voice) && (!q.SMS || n.SMS) && (!q.Fax || n.Fax) && (!q.Video || n.Video) {
			list = append(list, n)
		}
	}
	return list
}

func drawOffer(t *rapid.T, digits string) exchange.Offer {
	fee := func(name string) money.Amount {
		if rapid.IntRange(0, 5).Draw(t, name+" known") == 0 {
			return money.Amount{}
		}
		return money.MustParse(rapid.SampledFrom([]string{"0.5", "1.65", "1.650001", "2", "15.0", "999999999999.000000001"}).Draw(t, name))
	}
	figure := func(name string) *int {
		return rapid.Ptr(rapid.IntRange(0, 70000), true).Draw(t, name)
	}
	// A row with an id and one without are two offers of a number.
	id := ""
	if !strings.HasSuffix(digits, "7") {
		id = rapid.SampledFrom([]string{"1", "77", "18446744073709551615"}).Draw(t, "id")
	}
	o := exchange.Offer{Number: exchange.Number{
		ID:      id,
		Digits:  digits,
		Country: rapid.SampledFrom([]string{"", "AE", "US", "CA"}).Draw(t, "country"),
		Type:    rapid.SampledFrom([]string{"mobile", "national", "tollfree", "unknown", "VoIP"}).Draw(t, "type"),
		Voice:   rapid.Bool().Draw(t, "voice"), SMS: rapid.Bool().Draw(t, "sms"),
		Fax: rapid.Bool().Draw(t, "fax"), Video: rapid.Bool().Draw(t, "video"),
		SetupFee: money.MustParse("1"), MonthlyFee: fee("monthly"), Price1: fee("price_1"), PriceN: fee("price_n"), SMSPrice: fee("sms_price"),
		Interval1: figure("interval_1"), IntervalN: figure("interval_n"), Capacity: figure("capacity"),
		Vendor:            rapid.SampledFrom([]string{"", "Acme", "acme", "Widgets \"R\" Us"}).Draw(t, "vendor"),
		Description:       rapid.StringN(0, 8, -1).Draw(t, "description"),
		DocumentsUnstated: rapid.Bool().Draw(t, "unstated"),
	}}
	if o.Country != "" {
		o.CountryName = "Country of " + o.Country
	}
	if !o.DocumentsUnstated {
		o.NeedsDocuments = rapid.Bool().Draw(t, "documents")
	}
	return o
}

// read has the memory record what the exchange answers to a question.
func read(t *testing.T, m *market.Mirror, q exchange.MarketQuery, rows []exchange.Offer, got exchange.Reading) market.Changes {
	t.Helper()
	r := m.Record(q)
	for page := range slices.Chunk(rows, 7) {
		r.Take(t.Context(), page)
	}
	got.Rows = len(rows)
	changes, err := r.End(t.Context(), got)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

//nolint:gochecknoglobals // how amounts are compared
var sameAmounts = cmp.Comparer(func(a, b money.Amount) bool { return a.Known() == b.Known() && a.Cmp(b) == 0 })

//nolint:gochecknoglobals // a constant
var whole = exchange.Reading{End: true, Complete: true}

// answer is everything that fits a filter, by number.
func answer(t *testing.T, m *market.Mirror, f *market.Filter) map[string]exchange.Offer {
	t.Helper()
	got := map[string]exchange.Offer{}
	err := m.Look(t.Context(), func(v *market.View) error {
		prefixes := f.Prefixes
		if len(prefixes) == 0 {
			prefixes = []string{""}
		}
		var found market.Found
		return v.Visit(t.Context(), prefixes, func(c *market.Cell) error {
			c.Select(f, &found)
			var refs []market.Ref
			for _, i := range found.Fit {
				refs = append(refs, market.Ref{Cell: c, At: i})
			}
			list, err := v.Offers(t.Context(), refs)
			for _, o := range list {
				if _, twice := got[o.Digits]; twice {
					t.Errorf("got %s twice", o.Digits)
				}
				got[o.Digits] = o
			}
			return err
		})
	})
	if err != nil && !errors.Is(err, market.ErrNothing) {
		t.Fatal(err)
	}
	return got
}

// TestRowsAreKeptAsTheyWere writes rows of every kind and reads them again.
func TestRowsAreKeptAsTheyWere(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dir := t.TempDir()
		m, _ := newMirror(t, filepath.Join(dir, "market.db"), rapid.Bool().Draw(r, "hold"))
		is := offers{}
		for range rapid.IntRange(0, 40).Draw(r, "rows") {
			digits := fmt.Sprint(rapid.Uint64Range(10000, 999_999_999_999_999).Draw(r, "digits"))
			is[digits] = drawOffer(r, digits)
		}
		read(t, m, exchange.MarketQuery{}, is.ask(exchange.MarketQuery{}), whole)
		if diff := cmp.Diff(map[string]exchange.Offer(is), answer(t, m, &market.Filter{}), sameAmounts); diff != "" {
			r.Error(diff)
		}
	})
}

// drawQuestion draws what the exchange is asked for.
func drawQuestion(t *rapid.T) exchange.MarketQuery {
	return exchange.MarketQuery{
		Prefix: rapid.SampledFrom([]string{"", "", "9", "97", "971", "9715", "1", "12"}).Draw(t, "prefix"),
		Type:   rapid.SampledFrom([]string{"", "", "mobile", "national"}).Draw(t, "type"),
		SMS:    rapid.Bool().Draw(t, "sms"), Video: rapid.Bool().Draw(t, "video"),
	}
}

// filterOf is the filter that leaves what an exchange would answer.
func filterOf(q exchange.MarketQuery) *market.Filter {
	f := &market.Filter{Prefixes: []string{q.Prefix}}
	for i, must := range []bool{q.Voice, q.SMS, q.Fax, q.Video} {
		if must {
			f.Features[i] = &must
		}
	}
	f.Place = func(p market.Place) market.Answer {
		if q.Type == "" || p.Type == q.Type {
			return market.Yes
		}
		return market.No
	}
	return f
}

// TestAnswersAreThoseOfTheExchange has a market change between readings of
// random questions, some of which break off, and holds what is known at once
// against what the exchange would have answered at its time.
func TestAnswersAreThoseOfTheExchange(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), rapid.Bool().Draw(r, "hold"))
		is := offers{}
		numbers := rapid.SliceOfNDistinct(rapid.Custom(func(r *rapid.T) string {
			return rapid.SampledFrom([]string{"1", "12", "971", "9714", "97150", "44"}).Draw(r, "code") + fmt.Sprint(rapid.IntRange(10000, 99999).Draw(r, "number"))
		}), 1, 30, rapid.ID).Draw(r, "numbers")
		past := map[time.Time]offers{}
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			c.at = c.at.Add(time.Duration(rapid.IntRange(1, 600).Draw(r, "seconds")) * time.Second)
			for _, n := range rapid.SliceOf(rapid.SampledFrom(numbers)).Draw(r, "changed") {
				if rapid.Bool().Draw(r, "there") {
					is[n] = drawOffer(r, n)
				} else {
					delete(is, n)
				}
			}
			past[c.at] = maps.Clone(is)
			q, got := drawQuestion(r), whole
			rows := is.ask(q)
			if rapid.IntRange(0, 3).Draw(r, "breaks off") == 0 {
				rows, got = rows[:rapid.IntRange(0, len(rows)).Draw(r, "after")], exchange.Reading{Reason: "it broke off"}
			}
			read(t, m, q, rows, got)
		}
		q := drawQuestion(r)
		since := c.at.Add(-time.Duration(rapid.IntRange(0, 3600).Draw(r, "max age")) * time.Second)
		var plan market.Plan
		if err := m.Look(t.Context(), func(v *market.View) error {
			plan = v.Plan(q, since)
			return nil
		}); err != nil {
			r.Fatal(err)
		}
		checkPlan(r, q, plan)
		for _, k := range plan.Known {
			part := q
			part.Prefix = k.Prefix
			f := filterOf(part)
			f.AsOf = []time.Time{k.AsOf}
			got := answer(t, m, f)
			if k.AsOf.Before(since) {
				r.Errorf("%q: got an answer as of %s, asked for %s", k.Prefix, k.AsOf, since)
			}
			ever := filterOf(exchange.MarketQuery{})
			ever.AsOf = []time.Time{{}} // what went astray, too
			holdAgainst(r, k, part, got, answer(t, m, ever), past)
		}
	})
}

// checkPlan looks whether the parts of a plan are the whole question, each
// number in one of them.
func checkPlan(r *rapid.T, q exchange.MarketQuery, p market.Plan) {
	parts := slices.Clone(p.Missing)
	for _, k := range p.Known {
		parts = append(parts, k.Prefix)
	}
	for _, number := range []string{"12025550123", "971505550123", "97145550123", "442079460000", "99999", "10000"} {
		in := 0
		for _, part := range parts {
			if strings.HasPrefix(number, part) {
				in++
			}
			if !strings.HasPrefix(part, q.Prefix) {
				r.Errorf("got the part %q of %q", part, q.Prefix)
			}
		}
		if strings.HasPrefix(number, q.Prefix) && in != 1 {
			r.Errorf("got %s in %d parts of %+v, want one", number, in, p)
		}
	}
}

// holdAgainst compares what is known with the market at the time of its
// reading. A later reading of another part may have brought what is newer.
func holdAgainst(r *rapid.T, k market.Known, q exchange.MarketQuery, got, known map[string]exchange.Offer, past map[time.Time]offers) {
	then := map[string]exchange.Offer{}
	for _, o := range past[k.AsOf].ask(q) {
		then[o.Digits] = o
	}
	later := func(digits string, o exchange.Offer, there bool) bool {
		for at, is := range past {
			if now, ok := is[digits]; at.After(k.AsOf) && ok == there && (!there || cmp.Equal(now, o, sameAmounts)) {
				return true
			}
		}
		return false
	}
	for digits, o := range got {
		if was, ok := then[digits]; (!ok || !cmp.Equal(was, o, sameAmounts)) && !later(digits, o, true) {
			r.Errorf("as of %s got %+v, which never was so", k.AsOf, o)
		}
	}
	for digits, o := range then {
		_, ok := got[digits]
		if ok || later(digits, o, false) {
			continue
		}
		// A later reading may have brought it as something else.
		if now, ok := known[digits]; !ok || suits(q, now) {
			r.Errorf("as of %s got no %s, which was there", k.AsOf, digits)
		}
	}
}

// TestDividedCellsAreLetGo has a memory grow while it is held: no row is held
// twice, in a cell and in what that was divided into.
func TestDividedCellsAreLetGo(t *testing.T) {
	t.Parallel()
	m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), true)
	for n := 1; n <= 40; n++ {
		c.at = c.at.Add(time.Second)
		read(t, m, exchange.MarketQuery{}, some(n), whole)
		if got := len(known(t, m)); got != n || m.Holding() != n {
			t.Fatalf("got %d rows and %d held, want %d", got, m.Holding(), n)
		}
	}
}
