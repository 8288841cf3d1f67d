package watch_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"didops/internal/identity"
	"didops/internal/watch"
)

const account = "https://api.example.net alice"

// row is a number in the memory of a market.
type row struct {
	fee  int64
	came time.Time // zero = not known
	stay int       // unlike that of any other; 0 = it began before the memory did
}

// market is a market that goes on, and a memory of it that is filled by
// readings.
type market struct {
	truth map[string]int64 // fees of what is for sale
	rows  map[string]row
	next  int  // the last stay
	whole bool // a reading came to its end
	reads int
	fits  int // looks

	median int64  // of fees; 0 = 5
	asked  func() // once, after the memory was looked at and before that is answered
}

// read reads the market at a moment: to its end, or what is named.
func (m *market) read(now time.Time, part []string) {
	m.reads++
	for _, n := range slices.Sorted(maps.Keys(m.truth)) {
		if part != nil && !slices.Contains(part, n) {
			continue
		}
		r, was := m.rows[n]
		if !was {
			r = row{}
			if m.whole {
				m.next++
				r.came, r.stay = now, m.next
			}
		}
		r.fee = m.truth[n]
		m.rows[n] = r
	}
	if part != nil {
		return
	}
	for n := range m.rows {
		if _, there := m.truth[n]; !there {
			delete(m.rows, n)
		}
	}
	m.whole = true
}

func (m *market) Fit(_ context.Context, filter json.RawMessage, take func(watch.Fitting), there func(string)) (watch.Coverage, error) {
	most, err := strconv.ParseInt(string(filter), 10, 64)
	if err != nil {
		return watch.Coverage{}, err
	}
	m.fits++
	rows, whole := maps.Clone(m.rows), m.whole
	if asked := m.asked; asked != nil {
		m.asked = nil
		asked()
	}
	for n, r := range rows {
		if !whole {
			there(n[1:])
		}
		if r.fee <= most {
			o := watch.Offer{Number: n, Country: "AE", Type: "mobile", MonthlyFee: units(r.fee), SetupFee: units(0), Came: r.came}
			take(watch.Fitting{Digits: n[1:], MonthlyFee: o.MonthlyFee, SetupFee: o.SetupFee, Came: r.came, Offer: func() watch.Offer { return o }})
		}
	}
	return watch.Coverage{Complete: whole}, nil
}

func (m *market) Kind(context.Context, string, string) (watch.Kind, error) {
	return watch.Kind{Median: units(cmp.Or(m.median, 5)), Lowest: units(1), Days: 30, Count: len(m.rows)}, nil
}

func (m *market) Generation(context.Context) (string, error) { return strconv.Itoa(m.reads), nil }

// fitting are the stays that fit a watch, by number.
func (m *market) fitting(most int64) map[string]int {
	fits := map[string]int{}
	for n, r := range m.rows {
		if r.fee <= most {
			fits[n] = r.stay
		}
	}
	return fits
}

// oracle is what one watch has to find, reckoned by stays, which the watch does
// not see.
type oracle struct {
	most    int64
	settled bool
	known   map[string]int
	found   []string // numbers, in the order in which they are to be found
}

// look is what the watch has to find at a look.
func (o *oracle) look(m *market, added time.Time) {
	fits := m.fitting(o.most)
	var fresh []string
	for n, stay := range fits {
		old, was := o.known[n]
		if was && (old == stay || stay == 0) {
			fits[n] = old
			continue
		}
		if was || o.settled || m.rows[n].came.After(added) {
			fresh = append(fresh, n)
		}
	}
	slices.Sort(fresh)
	o.found = append(o.found, fresh...)
	maps.DeleteFunc(o.known, func(n string, _ int) bool {
		_, there := m.rows[n]
		return m.whole || there
	})
	maps.Copy(o.known, fits)
	o.settled = o.settled || m.whole
}

// year is a simulation: a market, a store, and two processes that look and tell.
type year struct {
	*rapid.T
	ctx      context.Context
	now      time.Time
	market   *market
	store    *store
	replicas [2]*watch.Service
	oracles  map[string]*oracle
	added    map[string]time.Time
	told     map[string][]string // by message: the hits
	lost     int
}

func (y *year) service() *watch.Service {
	return watch.New(watch.Config{
		Store: y.store, Market: y.market, Exchange: account, Currency: "USD", Now: func() time.Time { return y.now },
		NewID: func() string { return fmt.Sprintf("w-%d", len(y.oracles)) },
	})
}

func (y *year) any() *watch.Service { return y.replicas[rapid.IntRange(0, 1).Draw(y.T, "replica")] }

func (y *year) check(err error) {
	if err != nil {
		y.Fatal(err)
	}
}

// look looks at the market, in the midst of which it may change and another
// process may look too.
func (y *year) look() {
	if rapid.IntRange(0, 3).Draw(y.T, "overtaken") == 0 {
		y.market.asked = func() {
			saw := &market{rows: maps.Clone(y.market.rows), whole: y.market.whole}
			rev := y.store.watches["w-0"].Rev
			y.trade()
			y.market.read(y.now, nil)
			y.expect()
			y.check(y.any().Look(y.ctx))
			if y.store.watches["w-0"].Rev == rev {
				y.oracles["w-0"].look(saw, y.added["w-0"]) // nothing was found meanwhile: what it saw counts
			}
		}
	} else {
		y.expect()
	}
	y.check(y.any().Look(y.ctx))
	y.market.asked = nil
}

// expect has all oracles look.
func (y *year) expect() {
	for id, o := range y.oracles {
		o.look(y.market, y.added[id])
	}
}

// trade lets the market go on.
func (y *year) trade() {
	for range rapid.IntRange(1, 4).Draw(y.T, "trades") {
		n := fmt.Sprintf("+97150000%04d", rapid.IntRange(0, 11).Draw(y.T, "number"))
		if _, there := y.market.truth[n]; there && rapid.Bool().Draw(y.T, "sold") {
			delete(y.market.truth, n)
		} else {
			y.market.truth[n] = int64(rapid.IntRange(1, 9).Draw(y.T, "fee"))
		}
	}
}

func (y *year) add() {
	if len(y.oracles) >= 3 {
		return
	}
	most := int64(rapid.IntRange(2, 8).Draw(y.T, "most"))
	quiet := watch.Quiet{}
	if rapid.Bool().Draw(y.T, "quiet") {
		quiet = watch.Quiet{Zone: "Europe/London", From: 22 * 60, To: 7 * 60}
	}
	added, err := y.any().Add(y.ctx, watch.Wish{
		Watch: watch.Watch{
			Name: fmt.Sprintf("watch %d", len(y.oracles)), Filter: fee(most), Until: y.now.Add(2 * 366 * 24 * time.Hour),
			Place: "100", Quiet: quiet, PerDay: rapid.IntRange(1, 3).Draw(y.T, "a day"),
		},
		By: identity.Caller{Principal: identity.Principal{Realm: identity.OS, ID: "alice"}, Frontend: identity.FrontShell},
	})
	y.check(err)
	y.oracles[added.Watch.ID] = &oracle{most: most, settled: y.market.whole, known: y.market.fitting(most)}
	y.added[added.Watch.ID] = y.now
}

// tell sends what is due. An answer may be lost, and with it what was sent: the
// chat knows it by its nonce.
func (y *year) tell() {
	s := y.any()
	due, err := s.Due(y.ctx)
	y.check(err)
	for _, w := range due {
		n, ok, err := s.Begin(y.ctx, w.ID)
		y.check(err)
		if !ok {
			continue
		}
		if w.Quiet.At(y.now) {
			y.Errorf("a message in the quiet hours, at %v", y.now)
		}
		var hits []string
		for _, h := range n.Hits {
			hits = append(hits, fmt.Sprintf("%s/%d", h.Watch, h.Seq))
		}
		slices.Sort(hits)
		if before := y.told[n.ID()]; before != nil && !slices.Equal(before, hits) {
			y.Errorf("message %s is of %v, and was of %v", n.ID(), hits, before)
		}
		y.told[n.ID()] = hits
		switch rapid.IntRange(0, 5).Draw(y.T, "answer") {
		case 0:
			y.lost++
		case 1:
			y.check(s.Refused(y.ctx, n, "no right"))
		default:
			y.check(s.Sent(y.ctx, n, "m"+n.ID()))
		}
	}
}

// drain tells what is left.
func (y *year) drain() {
	for range 400 {
		y.now = y.now.Add(6 * time.Hour)
		due, err := y.replicas[0].Due(y.ctx)
		y.check(err)
		for _, w := range due {
			n, ok, err := y.replicas[0].Begin(y.ctx, w.ID)
			y.check(err)
			if ok {
				var hits []string
				for _, h := range n.Hits {
					hits = append(hits, fmt.Sprintf("%s/%d", h.Watch, h.Seq))
				}
				y.told[n.ID()] = hits
				y.check(y.replicas[0].Sent(y.ctx, n, "m"))
			}
		}
	}
}

// verify holds that all was found that is to be, once, and that all that was
// found was told once, but for what was gone before it could be.
func (y *year) verify() {
	times := map[string]int{}
	for _, hits := range y.told {
		for _, h := range hits {
			times[h]++
		}
	}
	for id, o := range y.oracles {
		var got []string
		for _, h := range y.store.hits[id] {
			got = append(got, h.Offer.Number)
			switch n := times[fmt.Sprintf("%s/%d", id, h.Seq)]; {
			case n > 1:
				y.Errorf("%s was told %d times", h.Offer.Number, n)
			case n == 0 && h.Ended.IsZero():
				y.Errorf("%s was not told, and still fits", h.Offer.Number)
			}
		}
		slices.Sort(got)
		slices.Sort(o.found)
		if !slices.Equal(got, o.found) {
			y.Errorf("watch %s: got %v, want %v", id, got, o.found)
		}
	}
}

// TestAYear lets a market go on for a year of virtual time, with readings that
// break off, a memory that is deleted, processes that are started again and
// overtake each other, and answers that are lost: everything that comes up is
// found and told once.
func TestAYear(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		y := &year{
			T: rt, ctx: t.Context(), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), store: newStore(),
			market:  &market{truth: map[string]int64{}, rows: map[string]row{}},
			oracles: map[string]*oracle{}, added: map[string]time.Time{}, told: map[string][]string{},
		}
		y.replicas = [2]*watch.Service{y.service(), y.service()}
		y.trade()
		for end := y.now.Add(365 * 24 * time.Hour); y.now.Before(end); {
			y.now = y.now.Add(time.Duration(rapid.IntRange(1, 14*24*60).Draw(rt, "minutes")) * time.Minute)
			switch rapid.IntRange(0, 9).Draw(rt, "step") {
			case 0, 1:
				y.trade()
			case 2, 3:
				y.trade()
				y.market.read(y.now, nil)
			case 4:
				y.market.read(y.now, slices.Sorted(maps.Keys(y.market.truth))[:len(y.market.truth)/2])
			case 5, 6:
				y.look()
			case 7:
				y.tell()
			case 8:
				y.add()
			case 9:
				if rapid.Bool().Draw(rt, "deleted") {
					y.market.rows, y.market.whole = map[string]row{}, false
				} else {
					y.replicas[0] = y.service()
				}
			}
		}
		y.look()
		y.drain()
		y.verify()
	})
}
