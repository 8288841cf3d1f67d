package did_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
	"didops/tools/did"
)

// kept is a rig whose readings are kept for a minute of a clock that the test
// moves.
func kept(t *testing.T, o sandbox.Options) (*harness, *clock) {
	t.Helper()
	c := newClock()
	return start(t, setup{sandbox: o, did: did.Config{Cache: time.Minute, Now: c.now}}), c
}

// TestSameSearchIsReadOnce holds which calls a reading serves, and until when.
func TestSameSearchIsReadOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testSameSearchIsReadOnce)
}

func testSameSearchIsReadOnce(t *testing.T) {
	r, c := kept(t, sandbox.Options{Numbers: 1000})
	first := args{"country": "UAE"}
	next := r.get("did_search", first).Next
	same := func(tool string, a args, want bool) {
		t.Helper()
		synctest.Wait() // for pages that were fetched ahead in vain
		before := r.requests()
		r.get(tool, a)
		synctest.Wait()
		if got := r.requests() == before; got != want {
			t.Errorf("%s %v: got served from memory %v, want %v", tool, a, got, want)
		}
	}
	same("did_search", first, true)
	same("did_search", first.with(args{"limit": 100}), true)
	same("did_search", first.with(args{"limit": 50, "cursor": next}), true)
	same("did_search", args{"country": "AE"}, true)
	same("did_search", args{"country": "+971", "type": "any", "documents": "any", "sort": "monthly_fee"}, true)
	same("did_search", args{"country": "UAE", "sort": "number"}, false)
	same("did_search", args{"country": "UAE", "type": "mobile"}, false)
	same("did_search", args{"country": "UAE", "max_monthly_fee": "5"}, false)
	same("did_search", args{"country": "UAE", "max_monthly_fee": 5.00}, true)
	same("did_search", args{"vendor": "Acme"}, false)
	same("did_search", args{"vendor": "aCME"}, true)
	same("did_search", args{"pattern": "+971-5*"}, false)
	same("did_search", args{"pattern": "9715**"}, true)
	same("did_overview", first, false)
	same("did_overview", args{"country": "AE", "type": "any"}, true)
	c.advance(time.Minute)
	same("did_search", first, true)
	c.advance(time.Second)
	same("did_search", first, false)
	same("did_overview", first, false)
	same("did_overview", first, true)
}

// TestOwnNumbersAreReadAnew holds that nothing of them is kept: what was
// bought a moment ago must be there.
func TestOwnNumbersAreReadAnew(t *testing.T) {
	t.Parallel()
	r, _ := kept(t, sandbox.Options{Numbers: 200})
	r.get("did_list", args{})
	before := r.requests()
	r.get("did_list", args{})
	if r.requests() == before {
		t.Error("got the list from memory, want it read anew")
	}
}

// TestFewReadingsAreKept holds that old readings make room for new ones.
func TestFewReadingsAreKept(t *testing.T) {
	t.Parallel()
	r, c := kept(t, sandbox.Options{Numbers: 300})
	search := func(i int) bool {
		before := r.requests()
		r.get("did_search", args{"pattern": "*" + string(rune('0'+i%10)) + string(rune('0'+i/10))})
		return r.requests() == before
	}
	for i := range 11 {
		search(i)
		c.advance(time.Second)
	}
	if !search(10) || !search(1) {
		t.Error("got the latest searches read anew, want them from memory")
	}
	if search(0) {
		t.Error("got the oldest of 11 searches from memory, want it forgotten")
	}
}

// slow is a rig whose market answers the first page after a second.
func slow(t *testing.T, c did.Config) *harness {
	t.Helper()
	if c.Cache == 0 {
		c.Cache = time.Minute
	}
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 1000}, client: tcxc.Options{ReadDeadline: time.Minute}, did: c})
	r.sandbox.Script(sandbox.Fault{Operation: sandbox.Market, Kind: sandbox.Latency, Delay: time.Second})
	return r
}

// answer is what a caller got.
type answer struct {
	page page
	err  error
	took time.Duration
}

// ask makes a call in the background.
func ask(ctx context.Context, r *harness, tool string, a args) <-chan answer {
	got := make(chan answer, 1)
	began := time.Now()
	go func() {
		p, err := read(ctx, r.gate, call(tool, a))
		got <- answer{p, err, time.Since(began)}
	}()
	return got
}

func TestManyAtOnceReadOnce(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"did_search", "did_overview"} {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				alone := slow(t, did.Config{})
				alone.get(tool, args{"country": "UAE"})
				synctest.Wait() // for pages that were fetched ahead in vain
				r := slow(t, did.Config{})
				var wg sync.WaitGroup
				for i := range 50 {
					wg.Go(func() {
						country := []string{"UAE", "AE", "+971"}[i%3]
						if p, err := read(t.Context(), r.gate, call(tool, args{"country": country})); err != nil || !p.Complete {
							t.Errorf("got %+v, error %v; want a complete result", p, err)
						}
					})
				}
				wg.Wait()
				synctest.Wait()
				if got, want := r.requests(), alone.requests(); got != want {
					t.Errorf("got %d requests for 50 callers, want %d as for one", got, want)
				}
			})
		})
	}
}

// TestCallerThatGivesUp holds that it gets its answer at once and disturbs
// nobody.
func TestCallerThatGivesUp(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"did_search", "did_overview"} {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := slow(t, did.Config{})
				ctx, cancel := context.WithCancel(t.Context())
				first := ask(ctx, r, tool, args{})
				synctest.Wait()
				second := ask(t.Context(), r, tool, args{})
				synctest.Wait()
				cancel()
				if a := <-first; fault.CodeOf(a.err) != fault.Unavailable || a.took != 0 {
					t.Errorf("the first: got error %v after %v, want unavailable at once", a.err, a.took)
				}
				if a := <-second; a.err != nil || !a.page.Complete || a.page.Matched == 0 {
					t.Errorf("the second: got %+v, error %v; want a complete result", a.page, a.err)
				}
			})
		})
	}
}

// TestAllCallersGiveUp holds that the reading ends with its last caller, and
// that the next one begins anew.
func TestAllCallersGiveUp(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"did_search", "did_overview"} {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := slow(t, did.Config{})
				r.sandbox.Script(sandbox.Fault{Kind: sandbox.Latency, Delay: time.Second, Times: sandbox.Forever})
				ctx, cancel := context.WithCancel(t.Context())
				first, second := ask(ctx, r, tool, args{}), ask(ctx, r, tool, args{})
				time.Sleep(1500 * time.Millisecond)
				cancel()
				for _, a := range []answer{<-first, <-second} {
					if fault.CodeOf(a.err) != fault.Unavailable {
						t.Errorf("got error %v, want unavailable", a.err)
					}
				}
				synctest.Wait()
				before := r.requests()
				time.Sleep(time.Minute)
				if got := r.requests(); got != before {
					t.Errorf("got %d more requests after the last caller left, want none", got-before)
				}
				r.sandbox.ClearFaults()
				if p := r.get(tool, args{}); !p.Complete {
					t.Errorf("afterwards: got %+v, want a complete result", p)
				}
			})
		})
	}
}

// TestFailureIsNotKept holds that the next search tries again.
func TestFailureIsNotKept(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"did_search", "did_overview"} {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			r, _ := kept(t, sandbox.Options{Numbers: 500})
			r.sandbox.Script(sandbox.Fault{Kind: sandbox.Logical, Text: "no"})
			if f := r.refused(tool, args{}); f.Code != fault.Refused {
				t.Errorf("got %v, want refused", f)
			}
			if p := r.get(tool, args{}); !p.Complete {
				t.Errorf("afterwards: got %+v, want a complete result", p)
			}
		})
	}
}

// TestBrokenReadingServesItsPagesOnly holds that a part is not shown as if
// nothing better could be had, while its pages stay consistent.
func TestBrokenReadingServesItsPagesOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := start(t, setup{
			sandbox: sandbox.Options{Numbers: 1000, PageMost: 100},
			did:     did.Config{Cache: time.Hour},
		})
		breaks := sandbox.Fault{Kind: sandbox.Status, Code: 500, After: 2, Times: sandbox.Forever}
		r.sandbox.Script(breaks)
		first := r.get("did_search", args{"limit": 50})
		synctest.Wait() // for pages that were fetched ahead in vain
		r.sandbox.ClearFaults()
		r.sandbox.Script(breaks)
		overview := r.get("did_overview", args{})
		synctest.Wait()
		r.sandbox.ClearFaults()
		if first.Complete || overview.Complete || first.Next == "" || first.Matched != overview.Matched {
			t.Fatalf("got %+v and %+v, want parts", first, overview)
		}
		before := r.requests()
		second := r.get("did_search", args{"limit": 50, "cursor": first.Next})
		if r.requests() != before || second.Complete || second.Matched != first.Matched {
			t.Errorf("further page: got %d requests, complete %v, %d matched; want none, not complete, %d",
				r.requests()-before, second.Complete, second.Matched, first.Matched)
		}
		for _, n := range second.numbers() {
			if slices.Contains(first.numbers(), n) {
				t.Errorf("got %s on both pages, want it once", n)
			}
		}
		for _, tool := range []string{"did_search", "did_overview"} {
			if p := r.get(tool, args{}); !p.Complete || p.Matched <= first.Matched {
				t.Errorf("%s again: got %d matched, complete %v; want all", tool, p.Matched, p.Complete)
			}
		}
	})
}

// TestProgressIsReported holds that the caller that began a reading is told
// how far it is.
func TestProgressIsReported(t *testing.T) {
	t.Parallel()
	r, _ := kept(t, sandbox.Options{Numbers: 1000, PageMost: 250})
	for _, tool := range []string{"did_search", "did_overview"} {
		var last int
		var texts []string
		c := call(tool, args{})
		c.Progress = progress(func(done int, text string) {
			if done < last {
				t.Errorf("%s: got %d after %d, want more", tool, done, last)
			}
			last, texts = done, append(texts, text)
		})
		p, err := read(t.Context(), r.gate, c)
		if err != nil {
			t.Fatal(err)
		}
		if want := p.Matched + p.Hidden; tool == "did_search" && last != want || len(texts) < 4 {
			t.Errorf("%s: got %d at last in %q, want %d in four steps or more", tool, last, texts, want)
		}
	}
}
