package did_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/tools/did"
)

// movedJournal is what orders of all processes moved, and when.
type movedJournal struct {
	mu    sync.Mutex
	moves map[string]order.Moved
	at    map[string]time.Time
	asked int
	err   error
}

func (j *movedJournal) move(digits string, m order.Moved, at time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.moves == nil {
		j.moves, j.at = map[string]order.Moved{}, map[string]time.Time{}
	}
	j.moves[digits], j.at[digits] = m, at
}

func (j *movedJournal) moved(_ context.Context, since time.Time) (order.Moves, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.asked++
	list := order.Moves{}
	for digits, m := range j.moves {
		if !j.at[digits].Before(since) {
			list[digits] = m
		}
	}
	return list, j.err
}

// TestWhatWasMovedIsNotOffered lets the journal move a number that a cached
// reading shows, and that the market goes on showing, as one that lags does:
// for a minute it is in no page, file or suggestion of any process, and after
// it, where a new reading has it, it is again.
func TestWhatWasMovedIsNotOffered(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]order.Moved{
		"bought": {Bought: true, Sure: true}, "perhaps bought": {Bought: true}, "given up": {Sure: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock, journal := newClock(), &movedJournal{}
			config := did.Config{Cache: time.Minute, Now: clock.now, Moved: journal.moved}
			r := start(t, setup{sandbox: sandbox.Options{Numbers: 1000}, did: config})
			other := *r
			other.gate = r.front(config)
			asked := args{"country": "UAE", "limit": 5}
			first := r.get("did_search", asked)
			digits := strings.TrimPrefix(first.numbers()[1], "+")
			shows := func(want bool) {
				t.Helper()
				for who, h := range map[string]*harness{"this process": r, "another": &other} {
					p := h.get("did_search", asked)
					if got := slices.Contains(p.numbers(), "+"+digits); got != want {
						t.Errorf("%s: got the number offered %v, want %v", who, got, want)
					}
					if wantCount := first.Matched - map[bool]int{false: 1}[want]; p.Matched != wantCount || len(p.Numbers) != 5 {
						t.Errorf("%s: got %d of %d, want 5 of %d", who, len(p.Numbers), p.Matched, wantCount)
					}
					if got := slices.Contains(h.whole("did_search", asked).numbers(), "+"+digits); got != want {
						t.Errorf("%s, whole: got the number offered %v, want %v", who, got, want)
					}
				}
			}
			shows(true)
			journal.move(digits, m, clock.now())
			shows(false)
			clock.advance(50 * time.Second)
			shows(false)
			clock.advance(11 * time.Second) // the readings of before are not kept any more
			shows(true)
		})
	}
}

// TestAnOldReadingDoesNotOfferWhatWasBoughtSince holds that a cache that is
// kept for long does not outlive the minute.
func TestAnOldReadingDoesNotOfferWhatWasBoughtSince(t *testing.T) {
	t.Parallel()
	clock, journal := newClock(), &movedJournal{}
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 1000}, did: did.Config{Cache: time.Hour, Now: clock.now, Moved: journal.moved}})
	first := r.get("did_search", args{"country": "UAE", "limit": 3})
	clock.advance(time.Minute)
	journal.move(strings.TrimPrefix(first.numbers()[0], "+"), order.Moved{Bought: true, Sure: true}, clock.now())
	clock.advance(30 * time.Minute)
	if got := r.get("did_search", args{"country": "UAE", "limit": 3}).numbers(); slices.Contains(got, first.numbers()[0]) {
		t.Errorf("got %v, want it without what was bought since the reading", got)
	}
	journal.asked = 0
	r.get("did_search", args{"country": "UAE", "limit": 100})
	if journal.asked != 1 {
		t.Errorf("the journal was asked %d times for one search, want once", journal.asked)
	}
	journal.err = errors.New("away")
	if got := r.get("did_search", args{"country": "UAE", "limit": 3}); len(got.Numbers) != 3 {
		t.Errorf("a store that is away: got %d numbers, want 3", len(got.Numbers))
	}
}

// TestLastOfASellerIsNoMisspeltName holds what a search says whose only number
// was just bought.
func TestLastOfASellerIsNoMisspeltName(t *testing.T) {
	t.Parallel()
	clock, journal := newClock(), &movedJournal{}
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 1000}, did: did.Config{Cache: time.Minute, Now: clock.now, Moved: journal.moved}})
	row := r.get("did_search", args{"country": "UAE", "limit": 1}).Numbers[0]
	a := args{"pattern": row["number"], "vendor": row["vendor"]}
	r.get("did_search", a)
	journal.move(strings.TrimPrefix(row["number"].(string), "+"), order.Moved{Bought: true}, clock.now())
	if p := r.get("did_search", a); p.Matched != 0 || len(p.Numbers) != 0 {
		t.Errorf("got %+v, want nothing", p)
	}
}

// TestSuggestionsLeaveOutWhatWasMoved holds the same of what is suggested.
func TestSuggestionsLeaveOutWhatWasMoved(t *testing.T) {
	t.Parallel()
	clock, journal := newClock(), &movedJournal{}
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 300}})
	c := r.filled(did.Config{Cache: longCache, Writer: r.client.ReadWriter(), Moved: journal.moved})
	c.Now = clock.now
	all, err := did.All(c)
	if err != nil {
		t.Fatal(err)
	}
	gate, _ := (&orderHarness{harness: r}).placing(all)
	shown, err := read(t.Context(), gate, call("did_search", args{"country": "UAE", "limit": 1}))
	if err != nil {
		t.Fatal(err)
	}
	number := shown.numbers()[0]
	suggested := func() bool {
		c := call("did_purchase", args{})
		c.Principal.Role = identity.Requester
		return len(gate.Complete(t.Context(), c, "numbers", number)) > 0
	}
	if !suggested() {
		t.Fatal("got no suggestion of a number that was shown")
	}
	journal.move(strings.TrimPrefix(number, "+"), order.Moved{Bought: true}, clock.now())
	if suggested() {
		t.Error("got a number suggested that is being bought")
	}
}

// laggingOwned is an exchange whose list of own numbers is as it was once.
type laggingOwned struct {
	exchange.Reader
	rows []exchange.Owned
}

func (l *laggingOwned) Owned(_ context.Context, _ exchange.OwnedQuery, take func([]exchange.Owned) error) (exchange.Reading, error) {
	return exchange.Reading{Rows: len(l.rows), End: true, Complete: true}, take(slices.Clone(l.rows))
}

// TestListThatLags holds that what was given up is not listed as own, and that
// what was bought and is not listed yet is said to be missing.
func TestListThatLags(t *testing.T) {
	t.Parallel()
	clock, journal := newClock(), &movedJournal{}
	list := &laggingOwned{rows: []exchange.Owned{
		{Number: exchange.Number{Digits: "971501234561", Type: "mobile"}}, {Number: exchange.Number{Digits: "971501234562", Type: "mobile"}},
	}}
	r := start(t, setup{did: did.Config{Reader: list, Now: clock.now, Moved: journal.moved}})
	journal.move("971501234561", order.Moved{Sure: true}, clock.now())
	journal.move("971501234562", order.Moved{}, clock.now())
	if p := r.get("did_list", args{}); !slices.Equal(p.numbers(), []string{"+971501234562"}) || !p.Complete || p.Matched != 1 {
		t.Errorf("given up: got %+v, want the other number alone", p)
	}
	journal.move("971501234563", order.Moved{Bought: true, Sure: true}, clock.now())
	journal.move("971501234562", order.Moved{Bought: true, Sure: true}, clock.now())
	for _, c := range []struct {
		a    args
		says bool
	}{
		{args{}, true},
		{args{"country": "UAE"}, true},
		{args{"number": "971501234563"}, true},
		{args{"number": "971501234562"}, false},
		{args{"country": "Germany"}, false},
	} {
		p := r.get("did_list", c.a)
		if p.Complete == c.says || strings.Contains(p.Reason, "+971501234563") != c.says {
			t.Errorf("%v: got complete %v, %q; want the missing number told: %v", c.a, p.Complete, p.Reason, c.says)
		}
	}
	clock.advance(61 * time.Second)
	if p := r.get("did_list", args{}); len(p.Numbers) != 2 || !p.Complete {
		t.Errorf("after a minute: got %+v, want what the exchange lists", p)
	}
}
