package watch_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"didops/internal/identity"
	"didops/internal/testing/wide"
	"didops/internal/watch"
	"didops/tools/did"
)

// memo is what readings have seen, beside the memory: each number with the
// stay that it can be told to have.
type memo struct {
	rows  map[string]stay
	begun bool      // a reading came to its end
	whole bool      // and the memory still knows
	last  time.Time // when that was
	next  int
}

// knownFor is how long the memory knows of a reading, once there is another.
const knownFor = 8 * 24 * time.Hour

type stay struct {
	n      int // unlike that of any other; 0 = it began before the memory did
	fee    string
	missed bool // the last reading did not bring it
}

func (m *memo) read(s *shop, now time.Time) {
	for i, n := range slices.Sorted(maps.Keys(s.rows)) {
		if s.after >= 0 && i >= s.after {
			break
		}
		at, was := m.rows[n]
		if !was && m.begun {
			m.next++
			at.n = m.next
		}
		at.fee, at.missed = s.rows[n].MonthlyFee.String(), false
		m.rows[n] = at
	}
	if s.after >= 0 && s.after < len(s.rows) {
		m.whole = m.whole && now.Sub(m.last) <= knownFor
		return
	}
	for n, at := range m.rows {
		if _, there := s.rows[n]; there {
			continue
		}
		if at.missed {
			delete(m.rows, n)
			continue
		}
		at.missed = true // one reading is no proof
		m.rows[n] = at
	}
	m.begun, m.whole, m.last = true, true, now
}

// TestAYearOfMemory lets a market go on beside the memory of it as it is kept on
// disk, with readings that break off, a memory that is deleted and processes
// that are started again: a watch finds what came up, once each time, and asks
// the exchange for nothing.
func TestAYearOfMemory(t *testing.T) {
	t.Parallel()
	stepsMost := wide.Pick(8, 40)
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t)
		defer d.stop()
		m := &memo{rows: map[string]stay{}}
		cheap := func(fee string) bool { return fee <= "5.00" }
		fits := func() map[string]int {
			out := map[string]int{}
			for n, at := range m.rows {
				if cheap(at.fee) {
					out[n] = at.n
				}
			}
			return out
		}
		read := func() {
			d.now = d.now.Add(time.Hour)
			m.read(d.shop, d.now)
			if err := d.refresh(t.Context(), did.Filter{}); err != nil && (d.shop.after != 0 || !strings.Contains(err.Error(), "fell silent")) {
				rt.Fatal(err)
			}
		}
		d.put("971500000000", "4")
		read()
		who := identity.Caller{Principal: principal(identity.OS, "alice"), Frontend: identity.FrontShell}
		added, err := d.watches.Add(t.Context(), watch.Wish{
			Watch: watch.Watch{Name: "cheap", Filter: []byte(`{"country":"AE","max_monthly_fee":"5"}`), Until: d.now.AddDate(1, 0, 0), PerDay: 1}, By: who,
		})
		if err != nil {
			rt.Fatal(err)
		}
		fitted, want := fits(), []string(nil)
		for range rapid.IntRange(3, stepsMost).Draw(rt, "steps") {
			d.now = d.now.Add(time.Duration(rapid.IntRange(1, 10).Draw(rt, "days")) * 24 * time.Hour)
			switch rapid.IntRange(0, 7).Draw(rt, "step") {
			case 0, 1, 2:
				n := fmt.Sprintf("97150000000%d", rapid.IntRange(0, 7).Draw(rt, "number"))
				if _, there := d.shop.rows[n]; there && rapid.Bool().Draw(rt, "sold") {
					delete(d.shop.rows, n)
				} else {
					d.put(n, fmt.Sprint(rapid.IntRange(3, 7).Draw(rt, "fee")))
				}
				read()
			case 3:
				d.shop.after = rapid.IntRange(1, 3).Draw(rt, "rows")
				read()
				d.shop.after = -1
			case 4:
				if rapid.Bool().Draw(rt, "deleted") {
					d.forget()
					m.rows, m.begun, m.whole = map[string]stay{}, false, false
				} else {
					d.stop()
					d.start()
				}
			default:
				asked := d.shop.asked
				if err := d.watches.Look(t.Context()); err != nil {
					rt.Fatal(err)
				}
				if d.shop.asked != asked {
					rt.Fatalf("got %d requests to the exchange", d.shop.asked-asked)
				}
				now := fits()
				for _, n := range slices.Sorted(maps.Keys(now)) {
					old, was := fitted[n]
					if was && (old == now[n] || now[n] == 0) {
						now[n] = old
						continue
					}
					want = append(want, "+"+n)
				}
				maps.DeleteFunc(fitted, func(n string, _ int) bool {
					_, there := m.rows[n]
					return m.whole || there
				})
				maps.Copy(fitted, now)
			}
		}
		var got []string
		err = d.store.Watches().Read(t.Context(), func(tx watch.Tx) error {
			hits, err := tx.Hits(added.Watch.ID, 1000)
			for _, h := range slices.Backward(hits) {
				got = append(got, h.Offer.Number)
			}
			return err
		})
		slices.Sort(got)
		slices.Sort(want)
		if err != nil || !slices.Equal(got, want) {
			rt.Fatalf("got %v %v, want %v", got, err, want)
		}
	})
}
