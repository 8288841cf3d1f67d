package market_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/market"
)

// life is what is told of the first of some rows.
func life(t *testing.T, m *market.Mirror) (what []market.What, at []time.Time, there bool) {
	t.Helper()
	if err := m.Look(t.Context(), func(v *market.View) error {
		got, err := v.Timeline(t.Context(), some(1)[0].Digits)
		for _, e := range got.Moments {
			what, at = append(what, e.What), append(at, e.At)
		}
		there = got.There
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return what, at, there
}

// TestOneReadingIsNoProof has readings miss rows that are there, in the ways in
// which that happens: the next one brings them again, and nothing has happened.
func TestOneReadingIsNoProof(t *testing.T) {
	t.Parallel()
	unreadable := exchange.Reading{End: true, Unreadable: 1, Reason: "1 row"}
	for name, tt := range map[string]struct {
		times int
		asked exchange.MarketQuery
		left  int // rows behind which it begins
		got   exchange.Reading
	}{
		"a row that can't be read":           {1, exchange.MarketQuery{}, 1, unreadable},
		"and never can":                      {9, exchange.MarketQuery{}, 1, unreadable},
		"of a type":                          {2, exchange.MarketQuery{Type: "national"}, 1, unreadable},
		"a row that paging skipped":          {1, exchange.MarketQuery{}, 1, whole},
		"of a part":                          {1, exchange.MarketQuery{Prefix: "1202"}, 1, whole},
		"an empty answer, said to be one":    {1, exchange.MarketQuery{}, 300, whole},
		"an empty answer, and most of it so": {1, exchange.MarketQuery{}, 299, whole},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), true)
			rows := some(300)
			read(t, m, exchange.MarketQuery{}, rows, whole)
			before := c.at
			for range tt.times {
				c.at = c.at.Add(time.Minute)
				if got := read(t, m, tt.asked, rows[tt.left:], tt.got); got.Gone != 0 {
					t.Errorf("got %+v, want none gone", got)
				}
				if got := known(t, m); len(got) != 300-tt.left {
					t.Errorf("got %d numbers, want what the exchange gave", len(got))
				}
				if got := answer(t, m, &market.Filter{AsOf: []time.Time{before}}); len(got) != 300 {
					t.Errorf("got %d numbers of an earlier reading, want those it brought", len(got))
				}
				if got := answer(t, m, &market.Filter{Waiting: true}); len(got) != 300 {
					t.Errorf("got %d numbers that are waited for, want all", len(got))
				}
			}
			c.at = c.at.Add(time.Minute)
			if got := read(t, m, exchange.MarketQuery{}, rows, whole); got.New+got.Changed+got.Gone > 0 {
				t.Errorf("got %+v, want nothing", got)
			}
			if what, _, there := life(t, m); !there || !slices.Equal(what, []market.What{market.WasFound}) {
				t.Errorf("got %v, %t, want that it has been there all along", what, there)
			}
			if got := known(t, m); len(got) != 300 {
				t.Errorf("got %d numbers again, want all", len(got))
			}
			if _, events, err := m.Chunks(t.Context()); events > 0 || err != nil {
				t.Errorf("got %d events, %v, want none", events, err)
			}
		})
	}
}

// TestARowThatCanNotBeReadIsOne holds that a row whose number is known, and nothing
// else, is in the way of no other: answers of other parts are complete, and what
// others prove is proved.
func TestARowThatCanNotBeReadIsOne(t *testing.T) {
	t.Parallel()
	m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), true)
	rows := some(9)
	read(t, m, exchange.MarketQuery{}, rows, whole)
	got := exchange.Reading{End: true, Unreadable: 1, Unread: []string{rows[0].Digits}, Reason: "1 row"}
	for i, want := range []market.Changes{{Missed: 2}, {Gone: 1}, {}, {}} {
		c.at = c.at.Add(time.Minute)
		if got := read(t, m, exchange.MarketQuery{}, rows[2:], got); got != want {
			t.Errorf("reading %d: got %+v, want %+v", i, got, want)
		}
	}
	for prefix, want := range map[string]int{"": 1, "1": 1, "12025550100": 1, "120255501001": 0, "12025550101": 0, "971": 0, "2": 0} {
		if err := m.Look(t.Context(), func(v *market.View) error {
			p := v.Plan(exchange.MarketQuery{Prefix: prefix}, c.at)
			if len(p.Known) != 1 || p.Known[0].Unreadable != want {
				t.Errorf("%q: got %+v, want %d rows that could not be read", prefix, p, want)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	// One more of which nothing is known may be of any part.
	c.at = c.at.Add(time.Minute)
	got.Unreadable = 2
	if got := read(t, m, exchange.MarketQuery{}, rows[3:], got); got.Gone > 0 {
		t.Errorf("got %+v, want nothing proved", got)
	}
	if err := m.Look(t.Context(), func(v *market.View) error {
		if p := v.Plan(exchange.MarketQuery{Prefix: "971"}, c.at); len(p.Known) != 1 || p.Known[0].Unreadable != 2 {
			t.Errorf("got %+v, want two rows that could not be read", p)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	c.at = c.at.Add(time.Minute)
	read(t, m, exchange.MarketQuery{}, append(slices.Clone(rows[:1]), rows[2:]...), whole)
	if what, _, there := life(t, m); !there || len(what) != 1 {
		t.Errorf("got %v, %t, want that it has been there all along", what, there)
	}
}

// TestTwoReadingsProve holds that a number is gone since the first of two
// readings that missed it, and what lies in between does not matter.
func TestTwoReadingsProve(t *testing.T) {
	t.Parallel()
	sms, mobile := exchange.MarketQuery{Voice: true}, exchange.MarketQuery{Type: "national"}
	unreadable := exchange.Reading{End: true, Unreadable: 1, Reason: "1 row"}
	for name, between := range map[string]func(t *testing.T, m *market.Mirror, rows []exchange.Offer){
		"nothing": func(*testing.T, *market.Mirror, []exchange.Offer) {},
		"broken off": func(t *testing.T, m *market.Mirror, rows []exchange.Offer) {
			t.Helper()
			read(t, m, exchange.MarketQuery{}, rows[:2], exchange.Reading{})
		},
		"in doubt": func(t *testing.T, m *market.Mirror, rows []exchange.Offer) {
			t.Helper()
			read(t, m, exchange.MarketQuery{}, rows, unreadable)
		},
		"by a feature": func(t *testing.T, m *market.Mirror, rows []exchange.Offer) { t.Helper(); read(t, m, sms, rows, whole) },
		"by its type": func(t *testing.T, m *market.Mirror, rows []exchange.Offer) {
			t.Helper()
			read(t, m, mobile, rows, whole)
		},
		"of another part": func(t *testing.T, m *market.Mirror, rows []exchange.Offer) {
			t.Helper()
			read(t, m, exchange.MarketQuery{Prefix: "9"}, nil, whole)
		},
		"one of its digit": func(t *testing.T, m *market.Mirror, rows []exchange.Offer) {
			t.Helper()
			read(t, m, exchange.MarketQuery{Prefix: "120255501009"}, nil, whole)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), false)
			rows := some(9)
			read(t, m, exchange.MarketQuery{}, rows, whole)
			c.at = c.at.Add(time.Hour)
			first := c.at
			if got := read(t, m, exchange.MarketQuery{Prefix: "1"}, rows[1:], whole); got.Missed != 1 {
				t.Errorf("got %+v, want one missed", got)
			}
			c.at = c.at.Add(time.Hour)
			between(t, m, rows[1:])
			if what, _, there := life(t, m); there || !slices.Equal(what, []market.What{market.WasFound}) {
				t.Errorf("got %v, %t, want nothing concluded", what, there)
			}
			c.at = c.at.Add(time.Hour)
			if got := read(t, m, exchange.MarketQuery{}, rows[1:], whole); got.Gone != 1 {
				t.Errorf("got %+v, want one gone", got)
			}
			if what, at, _ := life(t, m); !slices.Equal(what, []market.What{market.WasFound, market.Gone}) || !at[1].Equal(first) {
				t.Errorf("got %v at %v, want it gone at %s", what, at, first)
			}
		})
	}
}

// TestAReadingBesideAnotherConfirmsNothing has two readings miss a number of
// which one began before the other had ended: what one skipped, both may have.
func TestAReadingBesideAnotherConfirmsNothing(t *testing.T) {
	t.Parallel()
	m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), true)
	rows := some(9)
	read(t, m, exchange.MarketQuery{}, rows, whole)
	c.at = c.at.Add(time.Minute)
	first := m.Record(exchange.MarketQuery{})
	c.at = c.at.Add(time.Minute)
	second := m.Record(exchange.MarketQuery{Prefix: "1"})
	for i, r := range []*market.Recording{first, second} {
		c.at = c.at.Add(time.Minute)
		r.Take(t.Context(), rows[1:])
		if got, err := r.End(t.Context(), whole); err != nil || got.Gone > 0 || got.Missed != 1-i {
			t.Errorf("got %+v, %v of the reading %d", got, err, i)
		}
	}
	c.at = c.at.Add(time.Minute)
	if got := read(t, m, exchange.MarketQuery{}, rows[1:], whole); got.Gone != 1 {
		t.Errorf("got %+v, want one gone", got)
	}
}

// TestWhatIsMissedIsNotWaitedForForEver has a number be missed once in a part that
// nobody reads again but by rows that can't be read.
func TestWhatIsMissedIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	for name, got := range map[string]exchange.Reading{"once": whole, "in doubt": {End: true, Unreadable: 1}} {
		m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), true)
		rows := some(4)
		read(t, m, exchange.MarketQuery{}, rows, whole)
		c.at = c.at.Add(60 * 24 * time.Hour) // and a long absence is no reason
		read(t, m, exchange.MarketQuery{}, rows[1:], got)
		for day := range 40 {
			what, _, _ := life(t, m)
			if lapsed := len(what) > 1; lapsed != (day > 30) || lapsed && what[1] != market.Lapsed {
				t.Fatalf("%s: got %v on day %d", name, what, day)
			}
			c.at = c.at.Add(24 * time.Hour)
			read(t, m, exchange.MarketQuery{}, rows[1:], exchange.Reading{End: true, Unreadable: 1, Reason: fmt.Sprint(day)})
		}
	}
}

// TestAQuoteConcludesAtOnce holds that a number that was asked for by itself is
// gone where it did not come, since it was missed first.
func TestAQuoteConcludesAtOnce(t *testing.T) {
	t.Parallel()
	for _, missed := range []bool{false, true} {
		m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), true)
		rows := some(4)
		read(t, m, exchange.MarketQuery{}, rows, whole)
		c.at = c.at.Add(time.Minute)
		since := c.at
		if missed {
			read(t, m, exchange.MarketQuery{}, rows[1:], whole)
			c.at = c.at.Add(time.Minute)
		}
		if err := m.Renew(t.Context(), rows[0].Digits, nil, c.at); err != nil {
			t.Fatal(err)
		}
		if what, at, there := life(t, m); there || len(what) != 2 || what[1] != market.Gone || !at[1].Equal(since) {
			t.Errorf("got %v at %v, %t, want it gone at %s", what, at, there, since)
		}
	}
}

// TestAReadingOfATypeIsNoProof holds that it is waited for what a reading of one
// type did not bring: it may have been skipped there, too.
func TestAReadingOfATypeIsNoProof(t *testing.T) {
	t.Parallel()
	m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), true)
	rows, typed := some(9), exchange.MarketQuery{Type: "national"}
	read(t, m, exchange.MarketQuery{}, rows, whole)
	for _, left := range []int{1, 9} { // one that paging skipped, and an empty answer
		c.at = c.at.Add(time.Minute)
		read(t, m, typed, rows[left:], whole)
		if got := answer(t, m, &market.Filter{Waiting: true}); len(got) != 9 {
			t.Errorf("got %d numbers that are waited for, want all", len(got))
		}
		if got := known(t, m); len(got) != 9-left {
			t.Errorf("got %d numbers, want what the exchange gave", len(got))
		}
	}
	for range 2 {
		c.at = c.at.Add(time.Minute)
		read(t, m, exchange.MarketQuery{}, rows[1:], whole)
	}
	if got := answer(t, m, &market.Filter{Waiting: true}); len(got) != 8 {
		t.Errorf("got %d numbers that are waited for, want none that is gone", len(got))
	}
}
