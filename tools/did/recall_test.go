package did_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/internal/market"
	"didops/internal/money"
	"didops/tools"
	"didops/tools/did"
)

// remembering is a configuration with a memory of its own, which is held.
func remembering(tb testing.TB, now func() time.Time) did.Config {
	tb.Helper()
	file := market.NewFile(filepath.Join(tb.TempDir(), "market.db"), zerolog.Nop())
	tb.Cleanup(func() {
		if err := file.Close(); err != nil {
			tb.Error(err)
		}
	})
	c := configured()
	c.Mirror, c.MaxAge, c.Now = market.New(file, market.Config{Scope: "sandbox", Now: now, Hold: true}), worldAge, now
	c.Forgets = func(err error) { tb.Errorf("the memory: %v", err) }
	return c
}

// TestQuotesRenewTheMemory holds that what a quote found gone, or as it was, is
// what the next search shows, from memory.
func TestQuotesRenewTheMemory(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 500}})
	c := remembering(t, time.Now)
	r.gate = r.front(c)
	orders := r.orders(c)
	all := args{"country": "UAE", "limit": 100}
	first := r.get("did_search", all)
	shown := func() map[string]bool {
		list := map[string]bool{}
		for _, row := range r.get("did_search", all).Numbers {
			number, _ := row["number"].(string)
			list[number] = true
		}
		return list
	}
	offers := orders.forSale(2, func(of exchange.Offer) bool { return of.Country == "AE" })
	sold, left := "+"+offers[0].Digits, "+"+offers[1].Digits
	requests := r.requests()
	r.buy(offers[0])
	if got := shown(); !got[sold] || !got[left] || len(got) != first.Matched || r.requests() != requests+1 {
		t.Fatalf("got %d rows and %d more requests, want all %d from memory", len(got), r.requests()-requests, first.Matched)
	}
	if f := orders.turnedDown("purchase", args{"numbers": []string{sold}}, shell); f.Code != fault.Conflict {
		t.Errorf("got %v of what is ours, want a conflict", f)
	}
	orders.quote("purchase", args{"numbers": []string{left}}, shell)
	requests = r.requests()
	if got := shown(); got[sold] || !got[left] || len(got) != first.Matched-1 || r.requests() != requests {
		t.Errorf("got %d rows, the sold one %v, the other %v and %d more requests; want all but the sold one from memory", len(got), got[sold], got[left], r.requests()-requests)
	}
}

// TestSuggestionsFromMemory holds that sellers and numbers are suggested of what
// is remembered, by a process that has searched nothing itself.
func TestSuggestionsFromMemory(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 500}})
	c := remembering(t, time.Now)
	r.gate = r.front(c)
	r.get("did_search", args{})
	requests := r.requests()
	another := r.front(c)
	sellers := another.Complete(t.Context(), call("did_search", args{}), "vendor", "a")
	if len(sellers) == 0 || sellers[0].Value != "Acme" {
		t.Errorf("got the sellers %+v, want Acme first", sellers)
	}
	if r.requests() != requests {
		t.Errorf("got %d requests, want it suggested from memory", r.requests()-requests)
	}
}

// TestFreshIsNotAnsweredByOthers holds that who insists on reading now gets
// nothing that another's question has begun to answer from memory, and that what
// is from memory grows no older than was asked for by being kept.
func TestFreshIsNotAnsweredByOthers(t *testing.T) {
	t.Parallel()
	clock := newClock()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 500, Now: clock.now}})
	c := remembering(t, clock.now)
	c.Cache = time.Hour
	r.gate = r.front(c)
	for _, tool := range []string{"did_search", "did_overview"} {
		first := r.get(tool, args{"country": "UAE", "fresh": true})
		clock.advance(worldAge - time.Minute)
		r.gate = r.front(c)
		if got := r.get(tool, args{"country": "UAE"}); got.AsOf != first.AsOf {
			t.Errorf("%s: got it as of %s, want it from memory, as of %s", tool, got.AsOf, first.AsOf)
		}
		if got := r.get(tool, args{"country": "UAE", "fresh": true}); got.AsOf == first.AsOf {
			t.Errorf("%s: got what was kept, want it read now", tool)
		}
		r.gate = r.front(c)
		old := r.get(tool, args{"country": "UAE"})
		clock.advance(worldAge + time.Minute)
		if got := r.get(tool, args{"country": "UAE"}); got.AsOf == old.AsOf {
			t.Errorf("%s: got an answer as of %s after %s, want none older than %s", tool, got.AsOf, worldAge+time.Minute, worldAge)
		}
	}
}

// TestPagesWithoutTheMemory holds that a page is not lost to a memory that is
// deleted while somebody pages.
func TestPagesWithoutTheMemory(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 500}})
	path := filepath.Join(t.TempDir(), "market.db")
	file := market.NewFile(path, zerolog.Nop())
	defer func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}()
	c := remembering(t, time.Now)
	c.Cache, c.Mirror = time.Hour, market.New(file, market.Config{Scope: "sandbox", Now: time.Now})
	r.gate = r.front(c)
	r.get("did_search", args{"sms": true})
	r.gate = r.front(c)
	first := r.get("did_search", args{"sms": true, "limit": 5})
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	next := r.get("did_search", args{"sms": true, "limit": 5, "cursor": first.Next})
	if len(next.Numbers) != 5 {
		t.Errorf("got %d rows on the next page, want 5", len(next.Numbers))
	}
}

// TestPagesFromMemoryCanBeBought holds that every row of every page has its id,
// though few rows of a reading from memory have it at first.
func TestPagesFromMemoryCanBeBought(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 2000}})
	c := remembering(t, time.Now)
	c.Cache = time.Hour
	r.gate = r.front(c)
	whole := r.whole("did_search", args{"sms": true})
	for _, gate := range []*tools.Gate{r.front(c), r.front(c)} {
		r.gate = gate
		var rows []map[string]any
		for cursor := ""; ; {
			a := args{"sms": true, "limit": 7}
			if cursor != "" {
				a["cursor"] = cursor
			}
			page := r.get("did_search", a)
			rows = append(rows, page.Numbers...)
			if cursor = page.Next; cursor == "" || len(rows) > 200 {
				break
			}
		}
		if diff := gocmp.Diff(whole.Numbers[:len(rows)], rows); diff != "" {
			t.Errorf("pages (-whole +pages):\n%s", diff)
		}
	}
}

// TestASampleSaysNothingOfHowMuchThereIs holds that an explanation of an empty
// result, which reads the beginning of a part, has nobody read that part in
// pieces.
func TestASampleSaysNothingOfHowMuchThereIs(t *testing.T) {
	t.Parallel()
	now := newClock()
	b := &bourse{now: now.now, rows: map[string]exchange.Offer{}, after: -1}
	for i := range 6000 {
		digits := fmt.Sprint(97145550000 + i)
		b.rows[digits] = exchange.Offer{Number: exchange.Number{
			ID: digits, Digits: digits, Country: "AE", Type: "national", MonthlyFee: money.MustParse("1"), SetupFee: money.MustParse("1"),
		}}
	}
	c := remembering(t, now.now)
	c.Reader, c.Currency, c.Scope = b, "USD", "sandbox"
	gate := gateOf(t, c)
	got, err := read(t.Context(), gate, call("did_search", args{"country": "AE", "type": "mobile"}))
	if err != nil || got.Matched != 0 || b.asked != 2 {
		t.Fatalf("got %d matched, %v and %d questions, want none, and why", got.Matched, err, b.asked)
	}
	got, err = read(t.Context(), gate, call("did_search", args{"country": "AE"}))
	if err != nil || got.Matched != 6000 || b.asked != 3 {
		t.Errorf("got %d matched, %v and %d questions, want all by one more", got.Matched, err, b.asked)
	}
}
