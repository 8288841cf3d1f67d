package usage_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/request"
	"didops/internal/usage"
)

func date(month time.Month, day int) time.Time {
	return time.Date(2028, month, day, 0, 0, 0, 0, time.UTC)
}

// number returns an own number that takes calls and messages.
func number(digits string, since time.Time) inventory.Number {
	return inventory.Number{Number: exchange.Number{Digits: digits, Voice: true, SMS: true}, Since: since}
}

func (w *world) happened(number string, at time.Time, sms bool, late time.Duration) {
	w.records = append(w.records, record{exchange.Used{Number: number, At: at}, at.Add(late), sms})
}

const (
	ours  = "971501234567"
	idle  = "971501234568"
	other = "4930901820000"
)

// TestEverythingIsCountedOnce holds, over months with the end of February in a
// leap year, that what is kept of a day is what there was: however late records
// come, readings break off, processes die before they have kept anything, days
// are read in parts, and the clock goes wrong for a while.
func TestEverythingIsCountedOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		w.now = date(2, 20).Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "begins")) * time.Second)
		began := w.now
		w.own = []inventory.Number{number(ours, time.Time{}), number(idle, began.Add(5*oneDay)), number("12025550147", began.Add(-30*oneDay))}
		taken := map[time.Time]bool{}
		names := []string{ours, "12025550147", other}
		for range rapid.IntRange(0, 120).Draw(t, "records") {
			at := began.Add(time.Duration(rapid.IntRange(-10*480, 25*480).Draw(t, "at")) * 3 * time.Minute)
			if taken[at] {
				continue // no minute has more than one part may have
			}
			taken[at] = true
			late := time.Duration(rapid.IntRange(0, 24*3600).Draw(t, "late")) * time.Second
			w.happened(rapid.SampledFrom(names).Draw(t, "number"), at, rapid.Bool().Draw(t, "sms"), late)
		}
		most := rapid.IntRange(5, 60).Draw(t, "most rows")
		c := w.collector(most)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(1, 4*86400).Draw(t, "wait")) * time.Second)
			w.down, w.dies, w.ahead = -1, false, 0
			switch rapid.IntRange(0, 5).Draw(t, "fault") {
			case 0:
				w.down = rapid.IntRange(0, 40).Draw(t, "readings that work")
			case 1:
				w.dies = true
			case 2:
				w.ahead = time.Duration(rapid.IntRange(-96, 47).Draw(t, "clock")) * time.Hour
			case 3:
				c = w.collector(most) // another process
			}
			if _, err := c.Collect(t.Context()); err != nil && !errors.Is(err, errDown) {
				t.Fatal(err)
			}
		}
		w.down, w.dies, w.ahead = -1, false, 0
		w.now = w.now.Add(3 * oneDay)
		if got, err := c.Collect(t.Context()); err != nil || got.Reason != "" {
			t.Fatalf("got %+v, %v", got, err)
		}
		if w.longest > most {
			t.Errorf("got %d records of one part, want at most %d", w.longest, most)
		}
		w.check(t)
	})
}

// check holds what is kept against what there was.
func (w *world) check(t *rapid.T) {
	var first time.Time
	var calls, messages bool
	for _, r := range w.records {
		if at := r.used.At.Truncate(oneDay); !r.used.At.After(w.now) && (first.IsZero() || at.Before(first)) {
			first = at
		}
		if r.used.Number != other {
			calls, messages = calls || !r.sms, messages || r.sms
		}
	}
	for number, u := range w.use {
		if !calls || !messages {
			t.Errorf("%s: got %+v, though the histories do not show calls and messages of own numbers", number, u)
		}
		if u.From.Before(first) || u.To.Before(w.now) {
			t.Errorf("%s: got %s to %s, want from %s at the earliest to %s", number, u.From, u.To, first, w.now)
		}
		if number == idle && (len(u.Days) > 0 || u.From.Before(w.own[1].Since.Truncate(oneDay))) {
			t.Errorf("the idle number: got %+v", u)
		}
		if diff := cmp.Diff(w.truth(number, u), byDate(u.Days)); diff != "" {
			t.Errorf("%s since %s (-was +kept):\n%s", number, u.From, diff)
		}
	}
}

// TestWhatIsKnown is of which numbers, and from when on, use is known.
func TestWhatIsKnown(t *testing.T) {
	t.Parallel()
	now := date(3, 10).Add(12 * time.Hour)
	call := func(w *world, number string, day int) {
		w.happened(number, date(3, day).Add(time.Hour), false, 0)
	}
	message := func(w *world, number string, day int) {
		w.happened(number, date(3, day).Add(2*time.Hour), true, 0)
	}
	for _, tt := range []struct {
		name string
		make func(w *world)
		from map[string]time.Time
		says string
	}{
		{name: "nothing at all", make: func(*world) {}},
		{name: "strangers alone", make: func(w *world) { call(w, other, 2); message(w, other, 2) }},
		{name: "calls alone", make: func(w *world) { call(w, ours, 2) }},
		{name: "messages alone", make: func(w *world) { message(w, ours, 2) }},
		{name: "both", make: func(w *world) { call(w, ours, 4); message(w, ours, 7) }, from: map[string]time.Time{ours: date(3, 4), idle: date(3, 4)}},
		{name: "a stranger's call is the first that is told", make: func(w *world) { call(w, other, 2); call(w, ours, 4); message(w, ours, 7) }, from: map[string]time.Time{ours: date(3, 2), idle: date(3, 2)}},
		{name: "a number that takes calls only", make: func(w *world) {
			call(w, ours, 4)
			w.own[1].SMS = false
		}, from: map[string]time.Time{idle: date(3, 4)}},
		{name: "a number that takes messages only", make: func(w *world) {
			message(w, ours, 4)
			w.own[1].Voice = false
		}, from: map[string]time.Time{idle: date(3, 4)}},
		{name: "a number that takes nothing that is stated", make: func(w *world) {
			call(w, ours, 4)
			w.own[1].Voice, w.own[1].SMS = false, false
		}},
		{name: "a number that came", make: func(w *world) {
			call(w, ours, 4)
			message(w, ours, 4)
			w.own[1].First = date(3, 8).Add(5 * time.Hour)
		}, from: map[string]time.Time{ours: date(3, 4), idle: date(3, 8)}},
		{name: "a day that can't be understood", make: func(w *world) {
			call(w, ours, 4)
			message(w, ours, 4)
			call(w, ours, 8)
			w.spoilt[date(3, 6)] = true
		}, from: map[string]time.Time{ours: date(3, 7), idle: date(3, 7)}, says: "2028-03-06: one row"},
		{name: "today can't be understood", make: func(w *world) {
			call(w, ours, 4)
			message(w, ours, 4)
			w.spoilt[date(3, 10)] = true
		}, from: map[string]time.Time{ours: date(3, 4), idle: date(3, 4)}, says: "2028-03-10: one row"},
		{name: "times are not told", make: func(w *world) { call(w, ours, 4); message(w, ours, 7); w.withoutAt = true }, from: map[string]time.Time{ours: date(3, 4), idle: date(3, 4)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.now, w.own = now, []inventory.Number{number(ours, time.Time{}), number(idle, time.Time{})}
			tt.make(w)
			c := w.collector(0)
			for i := range 3 { // again and again comes to the same
				got, err := c.Collect(t.Context())
				if err != nil || got.Reason != tt.says && (i == 0 || got.Reason != "") || got.Numbers != len(tt.from) {
					t.Errorf("got %+v, %v", got, err)
				}
			}
			from := map[string]time.Time{}
			for n, u := range w.use {
				from[n] = u.From
				if diff := cmp.Diff(w.truth(n, u), byDate(u.Days)); diff != "" {
					t.Errorf("%s (-was +kept):\n%s", n, diff)
				}
			}
			if diff := cmp.Diff(tt.from, from); diff != "" && len(tt.from)+len(from) > 0 {
				t.Errorf("known from (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEnsure holds that histories are read where what is known is old, and not
// where it is young.
func TestEnsure(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.now, w.own = date(3, 10), []inventory.Number{number(ours, time.Time{})}
	w.happened(ours, date(3, 4), false, 0)
	w.happened(ours, date(3, 4), true, 0)
	c := w.collector(0)
	for i, want := range []bool{true, false, true} {
		if i == 2 {
			w.now = w.now.Add(25 * time.Hour)
		}
		before := w.readings
		if err := c.Ensure(t.Context(), oneDay); err != nil || (w.readings > before) != want {
			t.Errorf("time %d: got %d readings, %v; want some: %t", i, w.readings-before, err, want)
		}
	}
	w.now, w.down = w.now.Add(2*oneDay), 0
	if err := c.Ensure(t.Context(), oneDay); !errors.Is(err, errDown) {
		t.Errorf("got %v, want that the exchange is down", err)
	}
}

// TestEnsureKeepsAndDoesNotWait holds that who gives up loses nothing of what was
// read, that nobody waits for another's collection, and that histories which told
// nothing are not read at every question.
func TestEnsureKeepsAndDoesNotWait(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.now, w.own = date(3, 10), []inventory.Number{number(ours, time.Time{})}
	w.happened(ours, date(1, 2), false, 0)
	w.happened(ours, date(1, 2), true, 0)
	c := w.collector(0)
	ctx, giveUp := context.WithCancel(t.Context())
	days := 0
	ctx = request.WithProgress(ctx, func(p request.Progress) {
		if days++; days == 60 {
			if err := c.Ensure(t.Context(), oneDay); fault.CodeOf(err) != fault.Unavailable {
				t.Errorf("got %v, want that it is being read", err)
			}
			giveUp()
		}
		if p.Done != days || p.Total < days {
			t.Errorf("got %+v, want day %d", p, days)
		}
	})
	if err := c.Ensure(ctx, oneDay); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want that it was given up", err)
	}
	if u, ok := w.use[ours]; !ok || u.To.Before(date(2, 1)) {
		t.Fatalf("got %+v, want what was read", w.use)
	}
	if err := c.Ensure(t.Context(), oneDay); err != nil || !w.use[ours].To.Equal(w.now) {
		t.Errorf("got %v, %v, want the rest", w.use[ours].To, err)
	}

	bare := newWorld()
	bare.now, bare.own = date(3, 10), []inventory.Number{number(ours, time.Time{})}
	c = bare.collector(0)
	for i, want := range []bool{true, false} {
		before := bare.readings
		if err := c.Ensure(t.Context(), oneDay); err != nil || (bare.readings > before) != want {
			t.Errorf("bare, time %d: got %d readings, %v", i, bare.readings-before, err)
		}
	}
}

// TestTheSecondReadingIsShort holds how much is read again, also where there was
// nothing.
func TestTheSecondReadingIsShort(t *testing.T) {
	t.Parallel()
	for _, empty := range []bool{false, true} {
		t.Run(fmt.Sprintf("empty %t", empty), func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.now, w.own = date(3, 10).Add(time.Hour), []inventory.Number{number(ours, time.Time{})}
			if !empty {
				w.happened(ours, date(3, 4), false, 0)
				w.happened(ours, date(3, 4), true, 0)
			}
			c := w.collector(0)
			for i, want := range []int{2 * (usage.Reach + 1), 2 * 4} {
				before := w.readings
				if _, err := c.Collect(t.Context()); err != nil || w.readings-before != want {
					t.Errorf("time %d: got %d readings, %v; want %d", i, w.readings-before, err, want)
				}
			}
		})
	}
}

// TestStrangersTakeNoRoom holds that of numbers which are not own nothing is held.
func TestStrangersTakeNoRoom(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.now = date(3, 10)
	for n := range 1000 {
		w.happened(fmt.Sprint(4930901820000+n), date(3, 4), n%2 == 0, 0)
	}
	w.happened(ours, date(3, 4), false, 0)
	numbers, rows, err := w.collector(0).Held(t.Context(), date(3, 4), number(ours, time.Time{}), number(idle, time.Time{}))
	if numbers != 1 || rows != 1001 || err != nil {
		t.Errorf("got %d numbers of %d records, %v, want one of 1001", numbers, rows, err)
	}
}

// TestNothingToCount holds that without own numbers nothing is read.
func TestNothingToCount(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.now = date(3, 10)
	if got, err := w.collector(0).Collect(t.Context()); err != nil || got != (usage.Result{}) || w.readings > 0 {
		t.Errorf("got %+v, %v after %d readings", got, err, w.readings)
	}
}
