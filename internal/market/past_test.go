package market_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
)

// past is the plainest memory of a market: a copy of all that is known after
// each reading.
type past struct {
	known map[string]standing
	after []state
	looks []aLook
}

// standing is what is known of a number that is for sale.
type standing struct {
	exchange.Offer
	seen, first time.Time
	found       bool
	astray      bool      // a narrower reading did not bring it
	left        bool      // one by type alone
	missed      time.Time // the first of all numbers that did not bring it; zero: none
}

type state struct {
	at    time.Time
	known map[string]standing
}

type aLook struct {
	q  exchange.MarketQuery
	at time.Time
}

// suits reports whether a number is what is asked for.
func suits(q exchange.MarketQuery, o exchange.Offer) bool {
	return len(offers{o.Digits: o}.ask(q)) == 1
}

// read takes down what a reading brought.
func (p *past) read(at time.Time, q exchange.MarketQuery, rows []exchange.Offer, whole bool) {
	for _, o := range rows {
		if o.ID == "" {
			continue
		}
		s, was := p.known[o.Digits]
		if !was {
			s.first = at
			s.found = !slices.ContainsFunc(p.looks, func(l aLook) bool { return l.at.Before(at) && suits(l.q, o) })
		}
		s.Offer, s.seen, s.astray, s.left, s.missed = o, at, false, false, time.Time{}
		p.known[o.Digits] = s
	}
	if whole {
		narrow := q.Type != "" || q.Voice || q.SMS || q.Fax || q.Video
		for n, s := range p.known {
			if !s.seen.Before(at) || !suits(q, s.Offer) {
				continue
			}
			switch {
			case !narrow && s.missed.IsZero():
				s.missed = at
				p.known[n] = s
				continue
			case !narrow:
				p.gone(n, s.missed)
				continue
			case !s.missed.IsZero():
				continue // whatever it is, that is open already
			}
			s.astray = true
			s.left = s.left || !q.Voice && !q.SMS && !q.Fax && !q.Video
			p.known[n] = s
		}
		p.looks = append(p.looks, aLook{q, at})
	}
	p.after = append(p.after, state{at, maps.Clone(p.known)})
}

// gone says that a number has not been there since a moment.
func (p *past) gone(n string, since time.Time) {
	delete(p.known, n)
	for _, s := range p.after {
		if !s.at.Before(since) {
			delete(s.known, n)
		}
	}
}

func monday(at time.Time) time.Time {
	for at = at.UTC().Truncate(24 * time.Hour); at.Weekday() != time.Monday; {
		at = at.AddDate(0, 0, -1)
	}
	return at
}

// among returns those of a state that a question about the past is about.
func (s state) among(q exchange.MarketQuery, seller string) map[string]standing {
	out := map[string]standing{}
	for n, o := range s.known {
		if suits(q, o.Offer) && (seller == "" || o.Vendor == seller) && (q.Type == "" || !o.left) {
			out[n] = o
		}
	}
	return out
}

// weeks is [market.View.Weeks], by comparing states.
func (p *past) weeks(q exchange.MarketQuery, seller string, from, now time.Time) market.Weeks {
	var out market.Weeks
	days, since := p.sight(q, func(aLook) bool { return true })
	if days == 0 {
		return out
	}
	out.Since = since
	first := monday(from)
	if w := monday(since); w.After(first) {
		first = w
	}
	for at := first; !at.After(now); at = at.AddDate(0, 0, 7) {
		end := at.AddDate(0, 0, 7)
		w := market.Week{Start: at}
		if w.Days, _ = p.sight(q, func(l aLook) bool { return !l.at.Before(at) && l.at.Before(end) }); w.Days == 0 {
			continue
		}
		before, lows := state{}, []money.Amount{}
		for _, s := range p.after {
			if !s.at.Before(end) {
				break
			}
			is := s.among(q, seller)
			if !s.at.Before(at) {
				p.turn(&w, s.at, before.among(q, seller), is)
				for _, o := range before.among(q, seller) {
					lows = append(lows, o.MonthlyFee)
				}
			}
			before = s
		}
		var fees []money.Amount
		for _, o := range before.among(q, seller) {
			lows = append(lows, o.MonthlyFee)
			w.Count++
			if o.MonthlyFee.Known() {
				fees = append(fees, o.MonthlyFee)
			}
		}
		w.Lowest = least(lows)
		if slices.SortFunc(fees, money.Amount.Cmp); len(fees) > 0 {
			w.Median = fees[(len(fees)-1)/2].Add(fees[len(fees)/2]).Half()
		}
		out.Weeks = append(out.Weeks, w)
	}
	return out
}

func least(list []money.Amount) (low money.Amount) {
	for _, a := range list {
		if a.Known() && (!low.Known() || a.Cmp(low) < 0) {
			low = a
		}
	}
	return low
}

func (p *past) turn(w *market.Week, at time.Time, before, after map[string]standing) {
	for n, o := range after {
		was, ok := before[n]
		switch {
		case !ok && o.found && o.first.Equal(at): // it may have been there before
		case !ok:
			w.Came++
		case !sameFee(was.MonthlyFee, o.MonthlyFee) || !sameFee(was.SetupFee, o.SetupFee):
			w.Repriced++
		}
	}
	for n := range before {
		if _, ok := after[n]; !ok {
			w.Went++
		}
	}
}

func sameFee(a, b money.Amount) bool { return a.Known() == b.Known() && a.Cmp(b) == 0 }

// sight is on how many days every number of a question was looked at, and when
// that was first so: by trying all beginnings.
func (p *past) sight(q exchange.MarketQuery, counts func(aLook) bool) (days int, first time.Time) {
	days = 7
	for n := 1000; n <= 9999; n++ {
		begins := fmt.Sprint(n)
		if !strings.HasPrefix(begins, q.Prefix) {
			continue
		}
		on, earliest := map[time.Time]bool{}, time.Time{}
		for _, l := range p.looks {
			if !counts(l) || l.q.SMS || l.q.Video || l.q.Type != "" && l.q.Type != q.Type || !strings.HasPrefix(begins, l.q.Prefix) {
				continue
			}
			on[l.at.Truncate(24*time.Hour)] = true
			if earliest.IsZero() || l.at.Before(earliest) {
				earliest = l.at
			}
		}
		days = min(days, len(on))
		if earliest.After(first) {
			first = earliest
		}
		if days == 0 {
			return 0, time.Time{}
		}
	}
	return days, first
}

// TestThePastIsThatOfTheReadings has a market change between readings of random
// questions, some of which break off, over weeks, and holds what is told of its
// past against a comparison of all that was known in between.
func TestThePastIsThatOfTheReadings(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), rapid.Bool().Draw(r, "hold"))
		is, p := offers{}, &past{known: map[string]standing{}}
		numbers := rapid.SliceOfNDistinct(rapid.Custom(func(r *rapid.T) string {
			return rapid.SampledFrom([]string{"1", "12", "971", "9714", "97150", "44"}).Draw(r, "code") + fmt.Sprint(rapid.IntRange(10000, 99999).Draw(r, "number"))
		}), 1, 20, rapid.ID).Draw(r, "numbers")
		for range rapid.IntRange(1, 14).Draw(r, "steps") {
			c.at = c.at.Add(time.Duration(rapid.IntRange(1, 48*60).Draw(r, "minutes")) * time.Minute)
			for _, n := range rapid.SliceOf(rapid.SampledFrom(numbers)).Draw(r, "changed") {
				if rapid.IntRange(0, 2).Draw(r, "there") > 0 {
					is[n] = drawOffer(r, n)
				} else {
					delete(is, n)
				}
			}
			q, got := drawQuestion(r), whole
			rows := is.ask(q)
			if rapid.IntRange(0, 3).Draw(r, "breaks off") == 0 {
				rows, got = rows[:rapid.IntRange(0, len(rows)).Draw(r, "after")], exchange.Reading{Reason: "it broke off"}
			}
			read(t, m, q, rows, got)
			p.read(c.at, q, rows, got.End)
		}
		from := time.Time{}
		if rapid.Bool().Draw(r, "trimmed") {
			keep := time.Duration(rapid.IntRange(1, 20).Draw(r, "keep")) * 24 * time.Hour
			if err := m.Trim(t.Context(), keep); err != nil {
				t.Fatal(err)
			}
			from = monday(c.at.Add(-keep))
			p.looks = slices.DeleteFunc(p.looks, func(l aLook) bool { return l.at.Before(from) })
		}
		holdWeeks(t, r, m, p, from, c.at)
		holdTimelines(t, r, m, p, numbers, from)
	})
}

func holdWeeks(t *testing.T, r *rapid.T, m *market.Mirror, p *past, from, now time.Time) {
	t.Helper()
	q := exchange.MarketQuery{
		Prefix: rapid.SampledFrom([]string{"", "9", "97", "971", "1", "12"}).Draw(r, "prefix"),
		Type:   rapid.SampledFrom([]string{"", "", "mobile", "national"}).Draw(r, "type"),
	}
	seller := rapid.SampledFrom([]string{"", "", "Acme"}).Draw(r, "seller")
	question := market.Past{Filter: *filterOf(q), Type: q.Type, Since: from}
	if seller != "" {
		question.Seller = func(s string) bool { return s == seller }
	}
	var got market.Weeks
	var low market.Low
	if err := m.Look(t.Context(), func(v *market.View) (err error) {
		if got, err = v.Weeks(t.Context(), question); err != nil {
			return err
		}
		low, err = v.Lowest(t.Context(), question)
		return err
	}); err != nil {
		r.Fatal(err)
	}
	want := p.weeks(q, seller, from, now)
	if diff := gocmp.Diff(want, got, sameAmounts); diff != "" {
		r.Errorf("%+v of %q: %s", q, seller, diff)
	}
	var fees []money.Amount
	before := state{}
	for _, s := range p.after {
		if s.at.After(from) || s.at.Equal(from) {
			for _, o := range before.among(q, seller) {
				fees = append(fees, o.MonthlyFee)
			}
		}
		before = s
	}
	for _, o := range before.among(q, seller) {
		fees = append(fees, o.MonthlyFee)
	}
	if want := least(fees); !sameFee(want, low.Fee) || low.At.IsZero() == want.Known() {
		r.Errorf("%+v of %q: got %s of %s as the lowest, want %s", q, seller, low.Fee, low.At, want)
	}
}

// holdTimelines follows every number through what was known of it.
func holdTimelines(t *testing.T, r *rapid.T, m *market.Mirror, p *past, numbers []string, from time.Time) {
	t.Helper()
	for _, n := range numbers {
		want := p.told(n, from)
		var got market.Timeline
		if err := m.Look(t.Context(), func(v *market.View) (err error) {
			got, err = v.Timeline(t.Context(), n)
			return err
		}); err != nil {
			r.Fatal(err)
		}
		var lines []string
		for _, e := range got.Moments {
			if !e.At.Before(from) {
				lines = append(lines, fmt.Sprint(e.At.UTC(), " ", e.What, " ", e.MonthlyFee, " ", e.Vendor, " ", e.Type))
			}
		}
		if diff := gocmp.Diff(want, lines); diff != "" {
			r.Errorf("%s: %s", n, diff)
		}
		last := p.after[len(p.after)-1].known[n]
		if there := !last.seen.IsZero() && !last.astray && last.missed.IsZero(); got.There != there || there && !got.Seen.Equal(last.seen) {
			r.Errorf("%s: got %t, seen %s; want %t, seen %s", n, got.There, got.Seen, there, last.seen)
		}
	}
}

// told says what happened to a number, line by line, since a moment.
func (p *past) told(n string, from time.Time) []string {
	var lines []string
	say := func(at time.Time, what market.What, o standing) {
		if !at.Before(from) {
			lines = append(lines, fmt.Sprint(at.UTC(), " ", what, " ", o.MonthlyFee, " ", o.Vendor, " ", o.Type))
		}
	}
	was, there, ever := standing{}, false, false
	for _, s := range p.after {
		is, now := s.known[n]
		brought := now && is.seen.Equal(s.at)
		switch {
		case now && !there:
			what := market.Came
			if is.found {
				what = market.WasFound
			} else if ever {
				what = market.Back
			}
			say(s.at, what, is)
			ever = true
		case !now && there:
			say(s.at, market.Gone, was)
		case brought && (was.left || !gocmp.Equal(was.Offer, is.Offer, sameAmounts)):
			say(s.at, market.Changed, is)
		}
		if now && is.left && !was.left {
			say(s.at, market.Left, is)
		}
		was, there = is, now
		if s.at.Before(from) && !now {
			ever = false // and forgotten
		}
	}
	return lines
}
