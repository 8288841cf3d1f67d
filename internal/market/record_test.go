package market_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
)

// known are the numbers that are remembered, in order.
func known(t *testing.T, m *market.Mirror) []string {
	t.Helper()
	return slices.Sorted(maps.Keys(answer(t, m, &market.Filter{})))
}

// covered reports whether a question is answered from memory.
func covered(t *testing.T, m *market.Mirror, q exchange.MarketQuery, since time.Time) bool {
	t.Helper()
	is := false
	if err := m.Look(t.Context(), func(v *market.View) error {
		p := v.Plan(q, since)
		is = len(p.Missing) == 0
		return nil
	}); err != nil && !errors.Is(err, market.ErrNothing) {
		t.Fatal(err)
	}
	return is
}

// TestAnOlderReadingBringsNothingBack has a reading end that began before
// another one which did not meet one of its numbers any more.
func TestAnOlderReadingBringsNothingBack(t *testing.T) {
	for _, later := range []exchange.MarketQuery{{}, {Prefix: "1202"}, {Prefix: "1", Type: "national"}} {
		m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), false)
		rows := some(9)
		slow := m.Record(exchange.MarketQuery{Prefix: "1"})
		slow.Take(t.Context(), rows[:4]) // and they are not put in yet
		c.at = c.at.Add(time.Minute)
		read(t, m, later, rows[1:], whole)
		slow.Take(t.Context(), rows[4:])
		if _, err := slow.End(t.Context(), whole); err != nil {
			t.Fatal(err)
		}
		if got := known(t, m); len(got) != 8 || slices.Contains(got, rows[0].Digits) {
			t.Errorf("%+v: got %v, want all but %s, which was sold", later, got, rows[0].Digits)
		}
	}
}

// TestWhatAReadingProves holds which readings take a number out of answers: those
// whose answer is given from memory afterwards, and no others.
func TestWhatAReadingProves(t *testing.T) {
	sms := exchange.MarketQuery{SMS: true}
	for name, tt := range map[string]struct {
		asked exchange.MarketQuery
		got   exchange.Reading
		proof bool
	}{
		"the whole":                     {exchange.MarketQuery{Prefix: "1"}, whole, true},
		"with rows not understood":      {exchange.MarketQuery{Prefix: "1"}, exchange.Reading{End: true, Unreadable: 2, Reason: "2 rows"}, true},
		"of fewer":                      {exchange.MarketQuery{Prefix: "120255501"}, whole, true},
		"broken off":                    {exchange.MarketQuery{Prefix: "1"}, exchange.Reading{Reason: "it broke off"}, false},
		"other features than asked for": {sms, whole, false},
	} {
		t.Run(name, func(t *testing.T) {
			m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), false)
			rows := some(9)
			if tt.asked == sms { // those that it brings have none
				rows[0].SMS = true
			}
			read(t, m, exchange.MarketQuery{}, rows, whole)
			c.at = c.at.Add(time.Minute)
			left := slices.Clone(rows[1:])
			read(t, m, tt.asked, left, tt.got)
			if got := known(t, m); (len(got) == 8) != tt.proof {
				t.Errorf("got %v, want one gone: %t", got, tt.proof)
			}
			if is := covered(t, m, tt.asked, c.at); is != tt.proof {
				t.Errorf("got an answer from memory: %t, want %t", is, tt.proof)
			}
		})
	}
}

// TestLargePartsAreAskedForInPieces holds that a question which could not be
// read to its end is divided the next time, and that pieces make the whole.
func TestLargePartsAreAskedForInPieces(t *testing.T) {
	m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), true)
	q := exchange.MarketQuery{Prefix: "1202"}
	read(t, m, q, some(1500), exchange.Reading{Bounded: true, Reason: "enough"})
	var missing []string
	plan := func(v *market.View) error { missing = v.Plan(q, c.at).Missing; return nil }
	if err := m.Look(t.Context(), plan); err != nil || len(missing) != 10 || missing[0] != "12020" {
		t.Fatalf("got %v, %v; want ten pieces", missing, err)
	}
	for _, p := range missing {
		read(t, m, exchange.MarketQuery{Prefix: p}, nil, whole)
	}
	if !covered(t, m, q, c.at) || covered(t, m, exchange.MarketQuery{Prefix: "1"}, c.at) {
		t.Error("got pieces that don't make their whole, or more than that")
	}
}

// TestSingleNumbersLeaveNoTrace asks for thousands of numbers one by one: what came
// of them is known, and nothing besides is kept of the questions.
func TestSingleNumbersLeaveNoTrace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "market.db")
	m, c := newMirror(t, path, false)
	rows := some(9)
	read(t, m, exchange.MarketQuery{}, rows, whole)
	for i := range 40 {
		c.at = c.at.Add(time.Second)
		q := exchange.MarketQuery{Prefix: fmt.Sprint(12025550100 + i)}
		m.Asked(q)
		var list []exchange.Offer
		if i > 0 && i < 9 {
			rows[i].MonthlyFee = money.MustParse("3")
			list = rows[i : i+1]
		}
		read(t, m, q, list, exchange.Reading{End: i%2 == 0, Bounded: i%2 == 1})
	}
	if err := m.KeepAsked(t.Context()); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int{"market_readings": 1, "market_watched": 1, "market_asked": 0} {
		n := 0
		query(t, path, `SELECT COUNT(*) FROM `+table, &n)
		if n != want {
			t.Errorf("got %d rows of %s, want %d", n, table, want)
		}
	}
	got := answer(t, m, &market.Filter{})
	if _, there := got[rows[0].Digits]; there || len(got) != 8 || got[rows[8].Digits].MonthlyFee.Cmp(rows[8].MonthlyFee) != 0 {
		t.Errorf("got %v, want what they brought", got)
	}
}

// TestAClockThatWasAhead has readings made when the clock was hours ahead: once it
// is right they answer nothing, and what is read then takes their place.
func TestAClockThatWasAhead(t *testing.T) {
	t.Parallel()
	for _, hold := range []bool{false, true} {
		m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), hold)
		right := c.at
		rows := some(9)
		read(t, m, exchange.MarketQuery{}, rows, whole)
		c.at = right.Add(5 * time.Hour)
		read(t, m, exchange.MarketQuery{}, rows, whole)
		c.at = c.at.Add(time.Minute)
		read(t, m, exchange.MarketQuery{Prefix: "1202"}, rows[1:], whole)
		c.at = right.Add(time.Minute)
		if covered(t, m, exchange.MarketQuery{}, right) {
			t.Error("got an answer of the time to come")
		}
		rows = slices.Clone(rows[:8])
		rows[1].MonthlyFee = money.MustParse("7")
		if got := read(t, m, exchange.MarketQuery{}, rows, whole); got.Changed != 1 || got.Gone != 0 || got.Missed != 1 {
			t.Errorf("got %+v, want one that asks more, and one that is missed", got)
		}
		if !covered(t, m, exchange.MarketQuery{}, right) {
			t.Error("got no answer of what was just read")
		}
		if got := answer(t, m, &market.Filter{}); len(got) != 8 || got[rows[1].Digits].MonthlyFee.Cmp(rows[1].MonthlyFee) != 0 {
			t.Errorf("got %v, want the eight that were read", got)
		}
		for range 2 {
			c.at = c.at.Add(time.Minute)
			read(t, m, exchange.MarketQuery{Prefix: "1"}, rows[1:], whole)
		}
		if got := known(t, m); len(got) != 7 {
			t.Errorf("got %v, want seven", got)
		}
		if err := m.Look(t.Context(), func(v *market.View) error {
			if v.Rows() != 7 {
				t.Errorf("got %d rows, want those that are gone taken out", v.Rows())
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAnswersMayBeAWeekOld holds that a reading is known for as long as the oldest
// answer that may be asked for, whatever else is read or fails.
func TestAnswersMayBeAWeekOld(t *testing.T) {
	t.Parallel()
	const week = 7 * 24 * time.Hour
	m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), false)
	began, uae := c.at, exchange.MarketQuery{Prefix: "971"}
	read(t, m, exchange.MarketQuery{}, some(3), whole)
	for c.at = c.at.Add(time.Hour); c.at.Sub(began) < week; c.at = c.at.Add(20 * time.Hour) {
		read(t, m, uae, nil, exchange.Reading{Reason: "it broke off"})
		if !covered(t, m, uae, c.at.Add(-week)) {
			t.Fatalf("got nothing from memory %s later", c.at.Sub(began))
		}
	}
	c.at = began.Add(10 * 24 * time.Hour)
	read(t, m, uae, nil, exchange.Reading{Reason: "it broke off"})
	if covered(t, m, uae, time.UnixMicro(1)) {
		t.Error("got an answer of a reading that is too old to be kept")
	}
}

// TestWhatSaysThatAPartIsLarge holds that a part is divided where a reading of it
// found it too much, and not where one broke off or wanted no more.
func TestWhatSaysThatAPartIsLarge(t *testing.T) {
	t.Parallel()
	bounded := exchange.Reading{Bounded: true, Reason: "enough"}
	broken := exchange.Reading{Reason: "the exchange had an error"}
	for name, tt := range map[string]struct {
		rows   int
		within time.Duration
		took   time.Duration
		got    exchange.Reading
		sample bool
		large  bool
	}{
		"as many as allowed":    {rows: 1500, got: bounded, large: true},
		"a few, as allowed":     {rows: 10, got: bounded},
		"an error":              {rows: 1500, got: broken},
		"an error, in its time": {rows: 1500, within: time.Minute, took: time.Second, got: broken},
		"out of time":           {rows: 1500, within: time.Minute, took: time.Minute, got: broken, large: true},
		"a sample":              {rows: 1500, got: bounded, sample: true},
		"a sample out of time":  {rows: 1500, within: time.Second, took: time.Second, got: broken, sample: true},
		"to its end":            {rows: 1500, within: time.Minute, took: time.Minute, got: whole},
	} {
		m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), true)
		q := exchange.MarketQuery{Prefix: "1202"}
		if tt.within > 0 {
			q.Until = c.at.Add(tt.within)
		}
		record := m.Record
		if tt.sample {
			record = m.RecordSample
		}
		r := record(q)
		r.Take(t.Context(), some(tt.rows))
		c.at = c.at.Add(tt.took)
		if _, err := r.End(t.Context(), tt.got); err != nil {
			t.Fatal(err)
		}
		if err := m.Look(t.Context(), func(v *market.View) error {
			if p := v.Plan(q, c.at.Add(time.Second)); (len(p.Missing) > 1) != tt.large {
				t.Errorf("%s: got the parts %v, want several: %t", name, p.Missing, tt.large)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAFirstWriteThatFails holds that a memory which could not be made is made
// the next time.
func TestAFirstWriteThatFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "market.db")
	m, _ := newMirror(t, path, false)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	r := m.Record(exchange.MarketQuery{})
	r.Take(ended, some(3))
	if _, err := r.End(ended, whole); err == nil {
		t.Error("got no error of a context that had ended")
	}
	if got := known(t, m); len(got) != 0 {
		t.Errorf("got %v, want nothing yet", got)
	}
	read(t, m, exchange.MarketQuery{}, some(3), whole)
	if got := known(t, m); len(got) != 3 {
		t.Errorf("got %v, want three", got)
	}
}
