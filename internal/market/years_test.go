package market_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
)

// day has one row of a hundred change: of ten of them four ask another fee,
// three are sold, and three are new ones.
func day(r *rand.Rand, rows []exchange.Offer, fresh *int) (changed []exchange.Offer) {
	for range len(rows) / 100 {
		o := &rows[r.IntN(len(rows))]
		if r.IntN(10) < 4 {
			o.MonthlyFee = money.MustParse(fmt.Sprintf("%d.%02d", r.IntN(30), r.IntN(100)))
		} else { // a number that is not there any more, and another in its place
			*fresh++
			o.Digits = fmt.Sprintf("%s%010d", o.Country, *fresh)
		}
		changed = append(changed, *o)
	}
	return changed
}

func record(tb testing.TB, m *market.Mirror, rows []exchange.Offer, got exchange.Reading) {
	tb.Helper()
	rec := m.Record(exchange.MarketQuery{})
	for i := 0; i < len(rows); i += 500 {
		rec.Take(tb.Context(), rows[i:min(i+500, len(rows))])
	}
	got.Rows = len(rows)
	if _, err := rec.End(tb.Context(), got); err != nil {
		tb.Fatal(err)
	}
}

// aYear is a memory of so many rows that were read every day for so many days.
func aYear(tb testing.TB, path string, rows []exchange.Offer, days int, each func(*market.Mirror)) (*market.Mirror, *clock) {
	tb.Helper()
	file := market.NewFile(path, zerolog.Nop())
	tb.Cleanup(func() { _ = file.Close() })
	c := &clock{time.Date(2026, 1, 5, 3, 0, 0, 0, time.UTC)}
	m := market.New(file, market.Config{Scope: scope, Now: c.now})
	record(tb, m, rows, whole)
	r, fresh := rand.New(rand.NewPCG(2, 2)), 0
	for range days {
		c.at = c.at.Add(24 * time.Hour)
		day(r, rows, &fresh)
		record(tb, m, rows, whole)
		each(m)
	}
	return m, c
}

// TestAYearIsBounded reads a market every day of a year of which 60 days are
// kept: what is kept grows for 60 days and no longer, and is what happened.
func TestAYearIsBounded(t *testing.T) {
	t.Parallel()
	const keep = 60 * 24 * time.Hour
	path := filepath.Join(t.TempDir(), "market.db")
	var sizes, most []int
	m, c := aYear(t, path, bazaar(2000), 365, func(m *market.Mirror) {
		if err := m.Trim(t.Context(), keep); err != nil {
			t.Fatal(err)
		}
		chunks, events, err := m.Chunks(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sizes, most = append(sizes, chunks), append(most, events)
	})
	const weeks = 60/7 + 2
	if got := sizes[len(sizes)-1]; got > weeks {
		t.Errorf("got %d values of one cell, want one for each of %d weeks", got, weeks)
	}
	// Sixteen things happen a day: of twenty, twelve are two of them.
	if got := most[len(most)-1]; got < 60*25 || got > weeks*7*40 {
		t.Errorf("got %d events of 60 days, want some 32 a day", got)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 2_000_000 {
		t.Errorf("got a file of %d bytes", info.Size())
	}
	var got market.Weeks
	if err := m.Look(t.Context(), func(v *market.View) (err error) {
		got, err = v.Weeks(t.Context(), market.Past{})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if n := len(got.Weeks); n < 9 || n > weeks || got.Since.Before(c.at.Add(-keep-7*24*time.Hour)) {
		t.Errorf("got %d weeks since %s, want those of 60 days", n, got.Since)
	}
	for _, w := range got.Weeks[:len(got.Weeks)-1] {
		if w.Days != 7 || w.Count != 2000 || w.Came != w.Went || w.Came < 50 || w.Repriced < 30 {
			t.Errorf("got %+v, want a full week of 2,000 numbers", w)
		}
	}
}

// TestWhatIsOldGoesByItself holds that what happened is kept no longer than it
// is to be, where nobody reads ahead and every process makes one reading.
func TestWhatIsOldGoesByItself(t *testing.T) {
	t.Parallel()
	const keep = 30 * 24 * time.Hour
	path := filepath.Join(t.TempDir(), "market.db")
	file := market.NewFile(path, zerolog.Nop())
	defer func() { _ = file.Close() }()
	c := &clock{time.Date(2026, 1, 5, 3, 0, 0, 0, time.UTC)}
	rows, r, fresh := bazaar(200), rand.New(rand.NewPCG(2, 2)), 0
	for n := range 120 {
		m := market.New(file, market.Config{Scope: scope, Now: c.now, Keep: keep})
		record(t, m, rows, whole)
		c.at = c.at.Add(24 * time.Hour)
		day(r, rows, &fresh)
		chunks, events, err := m.Chunks(t.Context())
		looks := 0
		query(t, path, `SELECT COUNT(*) FROM market_watched`, &looks)
		if err != nil || chunks > 6 || looks > 6 || n > 60 && (chunks < 4 || events < 30) {
			t.Fatalf("got %d values with %d events and %d looks on day %d, %v, want those of 30 days", chunks, events, looks, n, err)
		}
	}
}

// BenchmarkPast asks for 400 days of a million rows of which one in a hundred
// changes every day.
func BenchmarkPast(b *testing.B) {
	path := filepath.Join(b.TempDir(), "market.db")
	rows := bazaar(1_000_000)
	m, c := aYear(b, path, rows, 0, nil)
	r, fresh := rand.New(rand.NewPCG(2, 2)), 0
	for range 400 {
		c.at = c.at.Add(24 * time.Hour)
		// A reading of these alone, for time: nothing is gone by it.
		record(b, m, day(r, rows, &fresh), exchange.Reading{})
		if err := m.Watched(b.Context(), c.at); err != nil {
			b.Fatal(err)
		}
	}
	_, events, err := m.Chunks(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d events in a file of %.0f MB", events, float64(info.Size())/1e6)
	for name, p := range map[string]market.Past{
		"all":         {},
		"one country": {Filter: market.Filter{Prefixes: []string{"971"}}},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := m.Look(b.Context(), func(v *market.View) error {
					got, err := v.Weeks(b.Context(), p)
					if len(got.Weeks) < 58 {
						b.Errorf("got %d weeks", len(got.Weeks))
					}
					return err
				}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("one number", func(b *testing.B) {
		for b.Loop() {
			if err := m.Look(b.Context(), func(v *market.View) error {
				got, err := v.Timeline(b.Context(), rows[1].Digits)
				if len(got.Moments) == 0 {
					b.Error("got nothing")
				}
				return err
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("lowest of 30 days", func(b *testing.B) {
		p := market.Past{Filter: market.Filter{Prefixes: []string{"971"}}, Since: c.at.Add(-30 * 24 * time.Hour)}
		for b.Loop() {
			if err := m.Look(b.Context(), func(v *market.View) error {
				_, err := v.Lowest(b.Context(), p)
				return err
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkMonth is the size of a memory of a million rows after 30 days of
// which each changes one in a hundred, all of it read every day.
func BenchmarkMonth(b *testing.B) {
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "market.db")
		aYear(b, path, bazaar(1_000_000), 30, func(*market.Mirror) {})
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/1e6, "MB")
	}
}
