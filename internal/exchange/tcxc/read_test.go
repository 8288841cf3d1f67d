package tcxc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"pgregory.net/rapid"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

func TestReadingIsWhole(t *testing.T) {
	t.Parallel()
	const rows = 340
	tests := []struct {
		name    string
		asked   int
		sandbox sandbox.Options
		paging  tcxc.Paging
		faults  []sandbox.Fault
	}{
		{"one page", 500, sandbox.Options{PageMost: 500}, tcxc.Rows, nil},
		{"the size asked for", 40, sandbox.Options{PageMost: 20}, tcxc.Rows, nil},
		{"fewer than asked for", 500, sandbox.Options{PageMost: 20}, tcxc.Rows, nil},
		{"a last page that is full", 500, sandbox.Options{PageMost: 34}, tcxc.Rows, nil},
		{"pages of one row", 1, sandbox.Options{PageMost: 1}, tcxc.Rows, nil},
		{"pages counted", 20, sandbox.Options{OffUnit: sandbox.OffPages}, tcxc.Pages, nil},
		{"pages counted and short", 500, sandbox.Options{PageMost: 20, OffUnit: sandbox.OffPages}, tcxc.Pages, nil},
		{
			"pages counted from 1", 20,
			sandbox.Options{OffUnit: sandbox.OffPages},
			tcxc.Pages,
			[]sandbox.Fault{{Kind: sandbox.RepeatPage, After: 1, Times: sandbox.Forever}},
		},
		{"a short page part-way", 500, sandbox.Options{PageMost: 20}, tcxc.Rows, []sandbox.Fault{{Kind: sandbox.ShortPage, After: 3}}},
		{"a short second page", 500, sandbox.Options{PageMost: 20}, tcxc.Rows, []sandbox.Fault{{Kind: sandbox.ShortPage, After: 1, Rows: 7}}},
		{"a short first page", 500, sandbox.Options{PageMost: 20}, tcxc.Rows, []sandbox.Fault{{Kind: sandbox.ShortPage, Rows: 6}}},
		{"a long page part-way", 500, sandbox.Options{PageMost: 20}, tcxc.Rows, []sandbox.Fault{{Kind: sandbox.LongPage, After: 4}}},
		{"an odd size always", 500, sandbox.Options{PageMost: 20}, tcxc.Rows, []sandbox.Fault{{Kind: sandbox.LongPage, Rows: 3, Times: sandbox.Forever}}},
	}
	want := wholeMarket(t, rows)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := tt.sandbox
			o.Numbers = rows
			s := newExchange(t, o)
			s.Script(tt.faults...)
			got, reading, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) {
				o.PageSize, o.Paging = tt.asked, tt.paging
			}).Reader(), exchange.MarketQuery{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("numbers differ (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(exchange.Reading{Rows: rows, End: true, Complete: true}, reading); diff != "" {
				t.Errorf("reading differs (-want +got):\n%s", diff)
			}
		})
	}
}

// wholeMarket returns the numbers of a market, as they come in one page.
func wholeMarket(t *testing.T, numbers int) []string {
	t.Helper()
	s := newExchange(t, sandbox.Options{Numbers: numbers, PageMost: numbers})
	c := client(t, s, func(o *tcxc.Options) { o.PageSize = numbers })
	var all []string
	_, err := c.Reader().Market(t.Context(), exchange.MarketQuery{}, func(page []exchange.Offer) error {
		if all != nil {
			t.Error("the market came in more than one page")
		}
		for _, o := range page {
			all = append(all, o.Digits)
		}
		return nil
	})
	if err != nil || len(all) != numbers {
		t.Fatalf("got %d numbers in one page, error %v; want %d", len(all), err, numbers)
	}
	return all
}

// TestReadingIsWholeProperty draws page sizes and faults of paging.
func TestReadingIsWholeProperty(t *testing.T) {
	t.Parallel()
	const numbers, most = 300, 60
	s := newExchange(t, sandbox.Options{Numbers: numbers, PageMost: most})
	rapid.Check(t, func(rt *rapid.T) {
		s.ClearFaults()
		for range rapid.IntRange(0, 3).Draw(rt, "faults") {
			s.Script(sandbox.Fault{
				Kind:  rapid.SampledFrom([]sandbox.FaultKind{sandbox.ShortPage, sandbox.LongPage, sandbox.DidsObject}).Draw(rt, "kind"),
				After: rapid.IntRange(0, 8).Draw(rt, "after"),
				Rows:  rapid.IntRange(1, most).Draw(rt, "rows"),
			})
		}
		asked := rapid.IntRange(5, 100).Draw(rt, "asked")
		got, reading, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) { o.PageSize = asked }).Reader(), exchange.MarketQuery{})
		if err != nil || !reading.Complete || reading.Rows != numbers || len(got) != numbers {
			rt.Fatalf("got %d numbers, %+v, error %v; want all %d", len(got), reading, err, numbers)
		}
		slices.Sort(got)
		if n := len(slices.Compact(got)); n != numbers {
			rt.Fatalf("got %d different numbers, want %d", n, numbers)
		}
	})
}

// TestRequestsOfAReading holds which offsets are asked for, so that neither a
// needless request nor a needless wait creeps in.
func TestRequestsOfAReading(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		asked int
		most  int
		want  []int
	}{
		{"a page that is not full is followed by one", 500, 250, []int{0, 100}},
		{"full pages are fetched ahead at once", 50, 250, []int{0, 50, 100, 150, 200, 250}},
		{"pages shorter than asked for, ever more", 50, 10, []int{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newExchange(t, sandbox.Options{Numbers: 100, PageMost: tt.most})
				// With a delay every request that is made arrives before another is answered.
				s.Script(sandbox.Fault{Kind: sandbox.Latency, Delay: time.Second, Times: sandbox.Forever})
				c := client(t, s, func(o *tcxc.Options) { o.PageSize = tt.asked })
				if _, _, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{}); err != nil {
					t.Fatal(err)
				}
				var got []int
				proofs := 0
				for _, r := range s.Requests() {
					if r.Form.Get("pager") == "2" && r.Form.Get("off") == "1" {
						proofs++
						continue
					}
					off, err := strconv.Atoi(r.Form.Get("off"))
					if err != nil || r.Form.Get("pager") != strconv.Itoa(tt.asked) {
						t.Errorf("got a request for %s rows at %q", r.Form.Get("pager"), r.Form.Get("off"))
					}
					got = append(got, off)
				}
				if proofs != 1 {
					t.Errorf("got %d requests to prove what off counts, want one at the end", proofs)
				}
				slices.Sort(got)
				// What is asked for as the end arrives may be given up before it leaves.
				needed := 1 + slices.Index(tt.want, 100)
				optional := func(off int) bool { return slices.Contains(tt.want[needed:], off) }
				if got = slices.DeleteFunc(got, optional); !slices.Equal(got, tt.want[:needed]) {
					t.Errorf("got requests at %v, want %v, of which the last %d are optional", got, tt.want, len(tt.want)-needed)
				}
			})
		})
	}
}

// TestPagesAreFetchedAhead reads 41 pages from an exchange that takes a
// second for each: alone, then four at a time.
func TestPagesAreFetchedAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExchange(t, sandbox.Options{Numbers: 4000})
		s.Script(sandbox.Fault{Kind: sandbox.Latency, Delay: time.Second, Times: sandbox.Forever})
		began := time.Now()
		_, reading, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) { o.PageSize = 100 }).Reader(), exchange.MarketQuery{})
		if err != nil || !reading.Complete {
			t.Fatalf("got %+v, error %v", reading, err)
		}
		if got, want := time.Since(began).Round(time.Second), 12*time.Second; got != want {
			t.Errorf("41 pages took %v, want %v: one, then four at a time, and the proof", got, want)
		}
	})
}

// TestOneByOne meets a second page of another size: from there on the eight
// pages that are left, and the end, come one after the other.
func TestOneByOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExchange(t, sandbox.Options{Numbers: 1000})
		s.Script(sandbox.Fault{Kind: sandbox.Latency, Delay: time.Second, Times: sandbox.Forever})
		// Three of the pages that are fetched ahead are given up.
		s.Script(sandbox.Fault{Kind: sandbox.LongPage, Rows: 50, After: 1, Times: 4})
		began := time.Now()
		got, reading, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) { o.PageSize = 100 }).Reader(), exchange.MarketQuery{})
		if err != nil || !reading.Complete || len(got) != 1000 {
			t.Fatalf("got %d numbers, %+v, error %v", len(got), reading, err)
		}
		// Page 1; pages 2 to 5 at once, of which page 2 is too long; 750 rows in 8 pages; the end; the proof.
		if took := time.Since(began).Round(time.Second); took != 12*time.Second {
			t.Errorf("took %v, want 12s", took)
		}
	})
}

func TestMaxRows(t *testing.T) {
	t.Parallel()
	const rows = 1000
	for _, most := range []int{1, 99, 100, 101, 250, 999, 1000, 1001} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			t.Parallel()
			s := newExchange(t, sandbox.Options{Numbers: rows})
			got, reading, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) { o.PageSize = 100 }).Reader(), exchange.MarketQuery{MaxRows: most})
			if err != nil {
				t.Fatal(err)
			}
			want := exchange.Reading{Rows: min(most, rows), End: most >= rows, Complete: most >= rows, Bounded: most < rows}
			switch {
			case most == 1:
				want.Reason = "stopped at 1 number; there are more"
			case most < rows:
				want.Reason = fmt.Sprintf("stopped at %d numbers; there are more", most)
			}
			if diff := cmp.Diff(want, reading); diff != "" || len(got) != want.Rows {
				t.Errorf("%d numbers, reading differs (-want +got):\n%s", len(got), diff)
			}
			if n := len(s.Requests()); n > most/100+6 {
				t.Errorf("got %d requests for %d rows", n, most)
			}
		})
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	t.Run("part-way", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newExchange(t, sandbox.Options{Numbers: 5000})
			s.Script(sandbox.Fault{Kind: sandbox.Latency, Delay: 4 * time.Second, Times: sandbox.Forever})
			began := time.Now()
			got, reading, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) {
				o.PageSize, o.ReadDeadline = 100, 10*time.Second
			}).Reader(), exchange.MarketQuery{})
			want := exchange.Reading{Rows: 500, Reason: "stopped after 10 seconds, 500 numbers read"}
			if diff := cmp.Diff(want, reading); diff != "" || err != nil || len(got) != 500 {
				t.Errorf("%d numbers, error %v, reading differs (-want +got):\n%s", len(got), err, diff)
			}
			if took := time.Since(began); took != 10*time.Second {
				t.Errorf("took %v, want 10s", took)
			}
		})
	})
	t.Run("before the first row", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newExchange(t, sandbox.Options{})
			s.Script(sandbox.Fault{Kind: sandbox.Latency, Delay: time.Minute, Times: sandbox.Forever})
			_, reading, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) {
				o.Timeout, o.ReadDeadline = time.Minute, 10*time.Second
			}).Reader(), exchange.MarketQuery{})
			if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "within 10 seconds") || reading.Rows != 0 {
				t.Errorf("got %+v, error %v, want unavailable", reading, err)
			}
		})
	})
	t.Run("in the queue of the rate limit", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newExchange(t, sandbox.Options{Numbers: 5000})
			got, reading, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) {
				o.PageSize, o.ReadDeadline, o.RequestsPerSecond = 100, 10*time.Second, 1
			}).Reader(), exchange.MarketQuery{})
			// One at once, then one a second; the last few may have overtaken each other.
			want := exchange.Reading{Rows: len(got), Reason: fmt.Sprintf("stopped after 10 seconds, %d numbers read", len(got))}
			if diff := cmp.Diff(want, reading); diff != "" || err != nil || len(got) > 1000 || len(got) < 700 {
				t.Errorf("%d numbers, error %v, reading differs (-want +got):\n%s", len(got), err, diff)
			}
			if n := len(s.Requests()); n < 10 || n > 11 {
				t.Errorf("got %d requests in 10 seconds at one a second", n)
			}
		})
	})
}

func TestErrorPartWay(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		fault  sandbox.Fault
		reason string
	}{
		{"down", sandbox.Fault{Kind: sandbox.Status, Code: 502}, "the exchange answered HTTP 502 with a web page"},
		{"no json", sandbox.Fault{Kind: sandbox.HTML}, "the exchange sent something other than JSON: a web page"},
		{"cut", sandbox.Fault{Kind: sandbox.CutBody}, "the exchange can't be reached"},
		{"its own words", sandbox.Fault{Kind: sandbox.Logical, Text: "Too deep"}, `the exchange refused: "Too deep"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newExchange(t, sandbox.Options{Numbers: 1000})
				tt.fault.After, tt.fault.Times = 3, sandbox.Forever
				s.Script(tt.fault)
				got, reading, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) { o.PageSize = 100 }).Reader(), exchange.MarketQuery{})
				if err != nil {
					t.Fatalf("got error %v, want a partial result", err)
				}
				// Pages fetched ahead arrive in any order, so how many came before is open.
				want := exchange.Reading{Rows: len(got), Reason: fmt.Sprintf("broke off after %d numbers: %s", len(got), tt.reason)}
				if diff := cmp.Diff(want, reading); diff != "" || len(got) < 100 || len(got) > 300 {
					t.Errorf("%d numbers, reading differs (-want +got):\n%s", len(got), diff)
				}
			})
		})
	}
}

// TestUntil holds that a caller's own deadline takes the place of ours.
func TestUntil(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExchange(t, sandbox.Options{Numbers: 5000})
		s.Script(sandbox.Fault{Kind: sandbox.Latency, Delay: 4 * time.Second, Times: sandbox.Forever})
		c := client(t, s, func(o *tcxc.Options) { o.PageSize, o.ReadDeadline = 100, 10*time.Second })
		for _, tt := range []struct {
			within time.Duration
			want   exchange.Reading
		}{
			{6 * time.Second, exchange.Reading{Rows: 100, Reason: "stopped after 6 seconds, 100 numbers read"}},
			{14 * time.Second, exchange.Reading{Rows: 900, Reason: "stopped after 14 seconds, 900 numbers read"}},
		} {
			_, reading, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{Until: time.Now().Add(tt.within)})
			if diff := cmp.Diff(tt.want, reading); diff != "" || err != nil {
				t.Errorf("error %v, reading differs (-want +got):\n%s", err, diff)
			}
		}
	})
}

func TestCallerEndsTheReading(t *testing.T) {
	t.Parallel()
	t.Run("by its context", func(t *testing.T) {
		t.Parallel()
		s := newExchange(t, sandbox.Options{Numbers: 5000})
		ctx, cancel := context.WithCancel(t.Context())
		pages := 0
		reading, err := client(t, s, func(o *tcxc.Options) { o.PageSize = 100 }).Reader().Market(ctx, exchange.MarketQuery{}, func([]exchange.Offer) error {
			if pages++; pages == 3 {
				cancel()
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) || reading.Complete || pages != 3 {
			t.Errorf("got %d pages, %+v, error %v, want the context's error after 3", pages, reading, err)
		}
	})
	t.Run("by an error of take", func(t *testing.T) {
		t.Parallel()
		s := newExchange(t, sandbox.Options{Numbers: 5000})
		enough := errors.New("enough")
		reading, err := client(t, s).Reader().Market(t.Context(), exchange.MarketQuery{}, func([]exchange.Offer) error { return enough })
		if err != enough || reading.Complete { //nolint:errorlint // it must be the very same
			t.Errorf("got %+v, error %v, want the error as it was", reading, err)
		}
	})
}

func TestUnreadableRowsAreCountedAndNamed(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 500})
	s.Script(sandbox.Fault{Kind: sandbox.Unreadable, Rows: 3, After: 1})
	var log bytes.Buffer
	logger := zerolog.New(&log)
	got, reading, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) { o.PageSize, o.Log = 100, &logger }).Reader(), exchange.MarketQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(reading.Unread); n != 2 || slices.ContainsFunc(reading.Unread, func(d string) bool { return len(d) < 7 || slices.Contains(got, d) }) {
		t.Errorf("got %q of rows left out, want the two numbers that can be read", reading.Unread)
	}
	want := exchange.Reading{Rows: 497, Unreadable: 3, Unread: reading.Unread, End: true, Reason: "3 rows could not be understood and were left out"}
	if diff := cmp.Diff(want, reading); diff != "" || len(got) != 497 {
		t.Errorf("%d numbers, reading differs (-want +got):\n%s", len(got), diff)
	}
	for _, field := range []string{"monthly_fee", "number", "voice"} {
		if !strings.Contains(log.String(), `"field":"`+field+`"`) {
			t.Errorf("the log does not name the field %s:\n%s", field, log.String())
		}
	}
	if n := strings.Count(log.String(), `"number":"`); n != 3 {
		t.Errorf("the log names %d rows, want 3:\n%s", n, log.String())
	}
}

// TestPageOfUnreadableRows holds that a page without a readable row is not
// the end, and that the log is not flooded.
func TestPageOfUnreadableRows(t *testing.T) {
	t.Parallel()
	// Pages shorter than asked for, so that the second one is fetched alone.
	s := newExchange(t, sandbox.Options{Numbers: 500, PageMost: 100})
	s.Script(sandbox.Fault{Kind: sandbox.Unreadable, Rows: 100, After: 1})
	var log bytes.Buffer
	logger := zerolog.New(&log).Level(zerolog.WarnLevel)
	got, reading, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) { o.Log = &logger }).Reader(), exchange.MarketQuery{})
	if n := len(reading.Unread); n != 50 {
		t.Errorf("got the numbers of %d rows left out, want no more than 50", n)
	}
	want := exchange.Reading{Rows: 400, Unreadable: 100, Unread: reading.Unread, End: true, Reason: "100 rows could not be understood and were left out"}
	if diff := cmp.Diff(want, reading); diff != "" || err != nil || len(got) != 400 {
		t.Errorf("%d numbers, error %v, reading differs (-want +got):\n%s", len(got), err, diff)
	}
	if n := strings.Count(log.String(), "\n"); n != 21 {
		t.Errorf("got %d lines in the log, want 20 and one that sums up", n)
	}
}

// TestPageWithoutNewNumbers holds that a repeating exchange ends a reading,
// which is not taken for the whole list: "off" had no effect.
func TestPageWithoutNewNumbers(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 1000})
	s.Script(sandbox.Fault{Kind: sandbox.RepeatPage, Times: sandbox.Forever, After: 1})
	got, reading, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) { o.PageSize = 2000 }).Reader(), exchange.MarketQuery{})
	if err != nil || len(got) != 250 || reading.Complete || reading.End || !strings.Contains(reading.Reason, "paging") {
		t.Errorf("got %d numbers, %+v, error %v, want the one page of 250 and the setting to change", len(got), reading, err)
	}
}

// TestWhatOffCountsIsProved reads from exchanges that count something else
// than rows, or nothing.
func TestWhatOffCountsIsProved(t *testing.T) {
	t.Parallel()
	const rows = 600
	misled := exchange.Reading{Rows: 250, Reason: `"off" does not count rows here, so rows may be missing: set [exchange] paging = "pages"`}
	whole := exchange.Reading{Rows: rows, End: true, Complete: true}
	for _, tt := range []struct {
		name    string
		options sandbox.Options
		paging  tcxc.Paging
		want    exchange.Reading
	}{
		{"rows", sandbox.Options{Numbers: rows}, tcxc.Rows, whole},
		{"pages, read as rows", sandbox.Options{Numbers: rows, OffUnit: sandbox.OffPages}, tcxc.Rows, misled},
		{"pages, read as pages", sandbox.Options{Numbers: rows, OffUnit: sandbox.OffPages}, tcxc.Pages, whole},
		{"one page only, read as rows", sandbox.Options{Numbers: rows, OffUnit: sandbox.OffPages, PageMost: 1000}, tcxc.Rows, misled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newExchange(t, tt.options)
			c := client(t, s, func(o *tcxc.Options) { o.Paging = tt.paging })
			want := tt.want
			if tt.options.PageMost > rows {
				want.Rows = 500 // the client asks for no more
			}
			_, reading, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{})
			if diff := cmp.Diff(want, reading); diff != "" || err != nil {
				t.Errorf("error %v, reading differs (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestProofInAMovingMarket sells the first row right before the proof.
func TestProofInAMovingMarket(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 200})
	all, _, err := numbersOf(t.Context(), client(t, s).Reader(), exchange.MarketQuery{})
	if err != nil {
		t.Fatal(err)
	}
	// The page, the end, and then the proof.
	s.Script(sandbox.Fault{Kind: sandbox.Sold, Number: all[0], After: 2})
	_, reading, err := numbersOf(t.Context(), client(t, s).Reader(), exchange.MarketQuery{})
	if err != nil || !reading.Complete || reading.Rows != 200 {
		t.Errorf("got %+v, error %v, want all 200 rows", reading, err)
	}
}

// TestTheProofIsAskedOnce holds that a client that has it asks no more.
func TestTheProofIsAskedOnce(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 300})
	c := client(t, s)
	for range 3 {
		if _, reading, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{}); err != nil || !reading.Complete {
			t.Fatalf("got %+v, error %v", reading, err)
		}
	}
	proofs := 0
	for _, r := range s.Requests() {
		if r.Form.Get("pager") == "2" {
			proofs++
		}
	}
	if proofs != 1 {
		t.Errorf("got %d proofs for three readings, want 1", proofs)
	}
}

// TestManyReadings shares one client, for the race detector.
func TestManyReadings(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 1000})
	r := client(t, s, func(o *tcxc.Options) { o.PageSize = 100 }).Reader()
	results := make(chan error)
	for range 8 {
		go func() {
			got, reading, err := numbersOf(context.Background(), r, exchange.MarketQuery{})
			if err == nil && (len(got) != 1000 || !reading.Complete) {
				err = fmt.Errorf("got %d numbers, %+v", len(got), reading)
			}
			results <- err
		}()
	}
	for range 8 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}
