package market_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"didops/internal/exchange"
	"didops/internal/market"
)

// under is a reading that is under way.
type under struct {
	r    *market.Recording
	rows []exchange.Offer
}

// TestThePastAddsUp has readings overlap: each brings what was there when it
// began, a few rows now and a few later. What there is at the end of a week is
// what there was before, and what came and went since; and a number that is
// there is so by its own past.
func TestThePastAddsUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), rapid.Bool().Draw(r, "hold"))
		is := offers{}
		var numbers []string
		for i := range 12 {
			numbers = append(numbers, fmt.Sprintf("9715055500%02d", i), fmt.Sprintf("12025550%03d", 100+i))
		}
		read(t, m, exchange.MarketQuery{}, nil, whole)
		var open []*under
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			c.at = c.at.Add(time.Duration(rapid.IntRange(1, 24*60).Draw(r, "minutes")) * time.Minute)
			open = slices.DeleteFunc(open, func(u *under) bool { return c.at.Sub(u.r.Started()) >= 24*time.Hour }) // their processes died
			for _, n := range rapid.SliceOfN(rapid.SampledFrom(numbers), 0, 4).Draw(r, "changed") {
				if rapid.IntRange(0, 2).Draw(r, "there") > 0 {
					is[n] = drawOffer(r, n)
				} else {
					delete(is, n)
				}
			}
			switch n := rapid.IntRange(0, 3).Draw(r, "what"); {
			case n < 2 || len(open) == 0:
				q := drawQuestion(r)
				open = append(open, &under{m.Record(q), is.ask(q)})
			default:
				i := rapid.IntRange(0, len(open)-1).Draw(r, "which")
				u := open[i]
				some := min(len(u.rows), rapid.IntRange(0, 20).Draw(r, "rows"))
				u.r.Take(t.Context(), u.rows[:some])
				if u.rows = u.rows[some:]; len(u.rows) > 0 {
					continue
				}
				open = slices.Delete(open, i, i+1)
				end(t, u, whole)
			}
		}
		for _, u := range open {
			u.r.Take(t.Context(), u.rows[:len(u.rows)/2])
			end(t, u, exchange.Reading{Reason: "it broke off"})
		}
		for range 2 {
			c.at = c.at.Add(time.Second)
			read(t, m, exchange.MarketQuery{}, is.ask(exchange.MarketQuery{}), whole)
		}
		for _, q := range []exchange.MarketQuery{{}, {Prefix: "971"}, {Type: "mobile"}, {Type: "national", Prefix: "1"}} {
			var got market.Weeks
			if err := m.Look(t.Context(), func(v *market.View) (err error) {
				got, err = v.Weeks(t.Context(), market.Past{Filter: *filterOf(q), Type: q.Type})
				return err
			}); err != nil {
				r.Fatal(err)
			}
			addsUp(r, q, got, is)
		}
		for _, n := range numbers {
			sound(t, r, m, n, is)
		}
	})
}

func end(t *testing.T, u *under, got exchange.Reading) {
	t.Helper()
	if _, err := u.r.End(t.Context(), got); err != nil {
		t.Fatal(err)
	}
}

func addsUp(r *rapid.T, q exchange.MarketQuery, got market.Weeks, is offers) {
	there := 0
	for _, o := range is.ask(q) {
		if o.ID != "" {
			there++
		}
	}
	if len(got.Weeks) == 0 || got.Weeks[len(got.Weeks)-1].Count != there {
		r.Errorf("%+v: got %+v, want %d numbers at the end", q, got.Weeks, there)
	}
	before := market.Week{Start: got.Since.AddDate(0, 0, -7)} // there was nothing when the first reading was made
	for _, w := range got.Weeks {
		next := w.Start.Sub(before.Start) < 14*24*time.Hour
		if next && before.Count+w.Came-w.Went != w.Count || w.Count < 0 || w.Came < 0 {
			r.Errorf("%+v: got %+v behind %+v", q, w, before)
		}
		before = w
	}
}

// sound holds the past of one number against itself.
func sound(t *testing.T, r *rapid.T, m *market.Mirror, n string, is offers) {
	t.Helper()
	var got market.Timeline
	if err := m.Look(t.Context(), func(v *market.View) (err error) {
		got, err = v.Timeline(t.Context(), n)
		return err
	}); err != nil {
		r.Fatal(err)
	}
	if o, there := is[n]; got.There != (there && o.ID != "") {
		r.Errorf("%s: got %t in %+v, want %t", n, got.There, got.Moments, there)
	}
	there := false
	for i, e := range got.Moments {
		comes := e.What == market.Came || e.What == market.Back || e.What == market.WasFound
		if comes == there || (e.What == market.Came) != (i == 0) || e.What == market.WasFound {
			r.Errorf("%s: got %s as %d of %+v", n, e.What, i, got.Moments)
		}
		there = e.What != market.Gone && e.What != market.Lapsed
	}
	if there != got.There {
		r.Errorf("%s: got %t behind %+v", n, got.There, got.Moments)
	}
}

// TestWhoWentAstrayIsNotWaitedForForEver has a part be read by type alone, which
// one of its numbers leaves.
func TestWhoWentAstrayIsNotWaitedForForEver(t *testing.T) {
	m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), true)
	rows := some(4)
	q := exchange.MarketQuery{Type: "national"}
	read(t, m, q, rows, whole)
	for day := range 40 {
		c.at = c.at.Add(24 * time.Hour)
		read(t, m, q, rows[1:], whole)
		if got := known(t, m); len(got) != 3 {
			t.Fatalf("day %d: got %v, want three", day, got)
		}
	}
	var got market.Timeline
	if err := m.Look(t.Context(), func(v *market.View) (err error) {
		got, err = v.Timeline(t.Context(), rows[0].Digits)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var what []market.What
	for _, e := range got.Moments {
		what = append(what, e.What)
	}
	if want := []market.What{market.WasFound, market.Left, market.Lapsed}; !slices.Equal(what, want) || got.There {
		t.Errorf("got %v, %t, want %v", what, got.There, want)
	}
}
