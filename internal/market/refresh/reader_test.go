package refresh_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/market"
	"didops/internal/market/refresh"
	"didops/internal/request"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const maxAge = 15 * time.Minute

// shop is an exchange that brings so many rows a page, one page every so often.
type shop struct {
	digits []string
	page   int
	every  time.Duration
	fails  func(exchange.MarketQuery) error // nil = never

	asked []exchange.MarketQuery
	at    []time.Time
	pages int
	front bool // something was read with somebody waiting
}

// Market implements [exchange.Reader].
func (s *shop) Market(ctx context.Context, q exchange.MarketQuery, take func([]exchange.Offer) error) (exchange.Reading, error) {
	s.asked, s.at = append(s.asked, q), append(s.at, time.Now())
	s.front = s.front || !request.InBackground(ctx)
	if s.fails != nil {
		if err := s.fails(q); err != nil {
			s.pages++
			return exchange.Reading{}, err
		}
	}
	var got exchange.Reading
	var page []exchange.Offer
	send := func() error {
		s.pages++
		select {
		case <-time.After(s.every):
		case <-ctx.Done():
			return ctx.Err()
		}
		got.Rows += len(page)
		err := take(page)
		page = page[:0]
		return err
	}
	for _, d := range s.digits {
		if !strings.HasPrefix(d, q.Prefix) || q.Type != "" && q.Type != kindOf(d) {
			continue
		}
		if q.MaxRows > 0 && got.Rows+len(page) == q.MaxRows {
			got.Bounded = true
			return got, send()
		}
		if page = append(page, exchange.Offer{Number: exchange.Number{ID: d, Digits: d, Type: kindOf(d)}}); len(page) == s.page {
			if err := send(); err != nil {
				return got, err
			}
		}
	}
	got.End, got.Complete = true, true
	return got, send()
}

func (*shop) Owned(context.Context, exchange.OwnedQuery, func([]exchange.Owned) error) (exchange.Reading, error) {
	return exchange.Reading{}, nil
}

func kindOf(digits string) string {
	if strings.HasSuffix(digits, "1") {
		return "mobile"
	}
	return "national"
}

// world is a market of several countries, one of which is large.
func world() []string {
	var list []string
	for i := range 1500 {
		list = append(list, fmt.Sprint(12025550000+i*60013))
	}
	for i := range 250 {
		list = append(list, fmt.Sprint(442079460000+i), fmt.Sprint(971501234000+i))
	}
	for i, code := range []string{"30", "351", "358", "46", "47", "65", "852", "886", "966", "972", "211", "502"} {
		for n := range 5 * i {
			list = append(list, fmt.Sprint(code, 5550000+n))
		}
	}
	slices.Sort(list)
	return list
}

// bench is a reader on a memory and an exchange of a test.
func bench(t *testing.T, s *shop, change func(*refresh.Config)) (*refresh.Reader, *market.Mirror, refresh.Config) {
	t.Helper()
	file := market.NewFile(filepath.Join(t.TempDir(), "market.db"), zerolog.Nop())
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	m := market.New(file, market.Config{Scope: "test", Now: time.Now, CellRows: 400})
	c := refresh.Config{Mirror: m, Market: s, MaxAge: maxAge, Most: 1000, Now: time.Now, Rand: func() float64 { return 0.5 }}
	if change != nil {
		change(&c)
	}
	return refresh.New(c), m, c
}

// run has a reader work for a while.
func run(t *testing.T, r *refresh.Reader, long time.Duration) {
	t.Helper()
	for until := time.Now().Add(long); time.Now().Before(until); {
		again, err := r.Step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(again)
	}
}

func age(t *testing.T, m *market.Mirror, since time.Time) market.Age {
	t.Helper()
	var a market.Age
	if err := m.Look(t.Context(), func(v *market.View) (err error) {
		a, err = v.Age(t.Context(), since)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestTheMarketStaysFresh reads a market for some hours of virtual time: once all of it
// was read no part of it grows older than answers may be, nothing is read that
// is not due, and the parts are few.
func TestTheMarketStaysFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{digits: world(), page: 200, every: 400 * time.Millisecond}
		r, m, _ := bench(t, s, nil)
		run(t, r, maxAge)
		for range 6 {
			run(t, r, maxAge/3)
			a := age(t, m, time.Now().Add(-maxAge))
			if a.Rows != len(s.digits) || a.Fresh != a.Rows || !a.Whole {
				t.Errorf("got %+v, want all %d rows, none older than %s", a, len(s.digits), maxAge)
			}
		}
		before, from := s.pages, len(s.asked)
		run(t, r, 2*maxAge)
		rounds := 2 * 2 // each part is read every half of the age at the soonest
		if pages := s.pages - before; pages > rounds*2*len(s.digits)/s.page+rounds*2*40 {
			t.Errorf("got %d pages in %d rounds of %d rows", pages, rounds, len(s.digits))
		}
		if parts := len(s.asked) - from; parts > rounds*40 {
			t.Errorf("got %d parts read in %d rounds, want those of few rows together", parts, rounds)
		}
		last := map[string]time.Time{}
		for i, q := range s.asked[from:] {
			at := s.at[from+i]
			if since := at.Sub(last[q.Prefix]); since < maxAge/2 {
				t.Errorf("got %q read again after %s", q.Prefix, since)
			}
			last[q.Prefix] = at
		}
		if s.front {
			t.Error("got something read as if somebody waited for it")
		}
	})
}

// TestWhatIsAskedForComesFirst holds the order: what was asked for, then what is
// oldest; narrowed only where the whole can't be had.
func TestWhatIsAskedForComesFirst(t *testing.T) {
	for _, tt := range []struct {
		name      string
		perSecond float64
		asked     []exchange.MarketQuery
		want      exchange.MarketQuery
	}{
		{"a country", 0, []exchange.MarketQuery{{Prefix: "971"}}, exchange.MarketQuery{Prefix: "971"}},
		{"a kind of it", 0, []exchange.MarketQuery{{Prefix: "44", Type: "mobile"}}, exchange.MarketQuery{Prefix: "44"}},
		{"a kind of it in a large market", 2, []exchange.MarketQuery{{Prefix: "44", Type: "mobile"}}, exchange.MarketQuery{Prefix: "44", Type: "mobile"}},
		{"two kinds of it in a large market", 2, []exchange.MarketQuery{{Prefix: "44", Type: "mobile"}, {Prefix: "44", SMS: true}}, exchange.MarketQuery{Prefix: "44"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &shop{digits: world(), page: 200}
				r, m, _ := bench(t, s, func(c *refresh.Config) { c.RowsPerSecond = tt.perSecond })
				run(t, r, time.Minute)
				time.Sleep(time.Hour)
				m.Asked(tt.asked...)
				s.asked = nil
				if _, err := r.Step(t.Context()); err != nil {
					t.Fatal(err)
				}
				got := s.asked[0]
				got.MaxRows, got.Until = 0, time.Time{}
				if got != tt.want {
					t.Errorf("got %+v read first, want %+v", got, tt.want)
				}
			})
		})
	}
}

// TestTheMarketHasItsTurn has somebody ask for more than can be kept fresh: the
// rest of the market is read all the same, a part for each of theirs, and what
// is within another question is not read by itself.
func TestTheMarketHasItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{digits: world(), page: 200}
		r, m, _ := bench(t, s, func(c *refresh.Config) { c.RowsPerSecond = 2 })
		run(t, r, time.Minute)
		time.Sleep(time.Hour)
		m.Asked(exchange.MarketQuery{Prefix: "44"}, exchange.MarketQuery{Prefix: "4420", Type: "mobile"}, exchange.MarketQuery{Prefix: "966"},
			exchange.MarketQuery{Prefix: "972", SMS: true}, exchange.MarketQuery{Prefix: "852"})
		s.asked = nil
		asked := 0
		for range 4 {
			if _, err := r.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
			q := s.asked[len(s.asked)-1]
			if q.Prefix == "4420" {
				t.Errorf("got %+v read, which 44 has", q)
			}
			if slices.Contains([]string{"44", "966", "972", "852"}, q.Prefix) {
				asked++
			}
		}
		if asked != 2 {
			t.Errorf("got %d of what was asked for among %+v, want every other one", asked, s.asked)
		}
	})
}

// TestFailuresAreLeftAlone holds the pauses after failures: longer and longer
// ones, no shorter than the exchange asks for, and none after a success.
func TestFailuresAreLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{digits: world(), page: 200}
		down := fault.New(fault.Unavailable, "down")
		s.fails = func(exchange.MarketQuery) error { return down }
		var results []refresh.Result
		r, m, _ := bench(t, s, func(c *refresh.Config) {
			c.Observe = func(got refresh.Result) { results = append(results, got) }
		})
		for range 200 {
			run(t, r, 30*time.Second)
			m.Asked(exchange.MarketQuery{Prefix: "44"})
		}
		if n := len(results); n < 20 || n > 70 {
			t.Errorf("got %d tries in 100 minutes without an exchange", n)
		}
		for i, got := range results {
			if least := min(5*time.Second<<min(i, 10), 5*time.Minute) / 2; got.Err == nil || got.Pause < least || got.Pause > 2*least {
				t.Errorf("try %d: got %+v, want a pause between %s and %s", i, got, least, 2*least)
			}
		}
		for asked, least := range map[time.Duration]time.Duration{
			2 * time.Minute: 2 * time.Minute, 40 * time.Minute: 40 * time.Minute, 100 * time.Hour: time.Hour,
		} {
			busy := fault.New(fault.RateLimited, "busy")
			busy.RetryAfter = asked
			s.fails = func(exchange.MarketQuery) error { s.fails = nil; return busy }
			results = nil
			began := time.Now()
			run(t, r, 20*time.Minute)
			for len(results) < 2 {
				run(t, r, 30*time.Second)
			}
			if got := results[0]; got.Pause < least || got.Pause > max(least, 5*time.Minute)+5*time.Second || time.Since(began) < least {
				t.Errorf("asked for %s: got %+v, and the next %s later, want a pause of at least %s", asked, got, time.Since(began), least)
			}
			for _, got := range results[1:] {
				if got.Err != nil || got.Pause != 0 {
					t.Errorf("got %+v after the exchange was back", got)
				}
			}
		}
	})
}

// TestOnePartIsInNobodysWay holds that a part which can't be read keeps none of the
// others from being read.
func TestOnePartIsInNobodysWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{digits: world(), page: 200}
		s.fails = func(q exchange.MarketQuery) error {
			if q.Prefix != "" && (strings.HasPrefix("44", q.Prefix) || strings.HasPrefix(q.Prefix, "44")) {
				return fault.New(fault.Refused, "not that one")
			}
			return nil
		}
		r, m, _ := bench(t, s, nil)
		run(t, r, maxAge)
		run(t, r, maxAge)
		a := age(t, m, time.Now().Add(-maxAge))
		if want := len(s.digits) - 250; a.Fresh < want || a.Whole {
			t.Errorf("got %+v, want the %d rows of elsewhere fresh", a, want)
		}
	})
}

// TestSyncReadsWhatIsStale syncs a market, and one that changed, from another
// process's memory too.
func TestSyncReadsWhatIsStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{digits: world(), page: 200}
		_, m, c := bench(t, s, nil)
		all := []exchange.MarketQuery{{}}
		var told []request.Progress
		ctx := request.WithProgress(t.Context(), func(p request.Progress) { told = append(told, p) })
		done, err := refresh.Sync(ctx, c, all, time.Now().Add(-maxAge))
		if a := age(t, m, time.Now()); err != nil || done.Failed > 0 || a.Rows != len(s.digits) || a.Fresh != a.Rows || !a.Whole {
			t.Errorf("got %+v, %v and %+v", done, err, a)
		}
		for i := 1; i < len(told); i++ {
			if told[i].Done < told[i-1].Done || told[i].Total > 0 && told[i].Done > told[i].Total {
				t.Errorf("got the progress %+v after %+v", told[i], told[i-1])
			}
		}
		s.asked = nil
		if done, err := refresh.Sync(ctx, c, all, time.Now().Add(-maxAge)); err != nil || len(s.asked) > 0 || done.Parts > 0 {
			t.Errorf("got %+v, %v and %v asked for, want nothing to do", done, err, s.asked)
		}
		time.Sleep(time.Minute)
		s.digits = slices.DeleteFunc(s.digits, func(d string) bool { return strings.HasPrefix(d, "971") })
		for _, want := range []market.Changes{{Missed: 250}, {Gone: 250}} {
			if done, err := refresh.Sync(ctx, c, []exchange.MarketQuery{{Prefix: "971"}}, time.Now()); err != nil || done.Changes != want {
				t.Errorf("got %+v, %v, want %+v", done, err, want)
			}
			time.Sleep(time.Minute)
		}
		s.fails = func(exchange.MarketQuery) error { return fault.New(fault.Unavailable, "down") }
		if done, err := refresh.Sync(ctx, c, all, time.Now()); err == nil || done.Failed != 3 {
			t.Errorf("got %+v, %v, want the end after three failures", done, err)
		}
	})
}

// TestSyncEndsWhenTold holds that what was read until then is remembered.
func TestSyncEndsWhenTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{digits: world(), page: 200, every: time.Second}
		_, m, c := bench(t, s, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if _, err := refresh.Sync(ctx, c, []exchange.MarketQuery{{}}, time.Now()); err == nil {
			t.Error("got no error of what was told to end")
		}
		if a := age(t, m, time.Now().Add(-time.Hour)); a.Rows == 0 {
			t.Errorf("got %+v, want what was read", a)
		}
	})
}

// TestNumbersOfAPartAreReadOnce counts how often a number is read for the whole
// market to be known, from nothing: what was too much for one go is lost work.
func TestNumbersOfAPartAreReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{digits: world(), page: 200}
		_, _, c := bench(t, s, nil)
		done, err := refresh.Sync(t.Context(), c, []exchange.MarketQuery{{}}, time.Now())
		if most := 3 * len(s.digits); err != nil || done.Rows > most {
			t.Errorf("got %d rows read of a market of %d, %v", done.Rows, len(s.digits), err)
		}
		parts := map[string]int{}
		for _, q := range s.asked {
			parts[q.Prefix]++
		}
		for p := range maps.Keys(parts) {
			if parts[p] > 1 {
				t.Errorf("got %q read %d times", p, parts[p])
			}
		}
	})
}
