package watch_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"didops/internal/fault"
	"didops/internal/watch"
)

// TestOneThatCantBeRead holds that a watch which can't be read keeps no other
// from anything, is listed with what is wrong, keeps its name, and can be removed.
func TestOneThatCantBeRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	alice := by("discord", "1")
	var ids []string
	for _, name := range []string{"Gulf", "levant"} {
		added, err := d.add(name, alice)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, added.Watch.ID)
	}
	d.store.damage(ids[0])
	d.market.truth["+971500000002"] = 5
	d.now = d.now.Add(time.Hour)
	d.market.read(d.now, nil)
	if err := d.Look(t.Context()); err == nil {
		t.Error("got no error of the watch that can't be read")
	}
	due, err := d.Due(t.Context())
	if err != nil || len(due) != 1 || due[0].ID != ids[1] {
		t.Errorf("got %v %v, want what the other found", due, err)
	}
	list, err := d.List(t.Context(), alice, 9)
	if err != nil || len(list) != 2 || list[0].Err == nil || list[0].Watch.Key() != "gulf" || list[1].Err != nil || len(list[1].Hits) != 1 {
		t.Errorf("got %+v %v, want both, one with what is wrong", list, err)
	}
	standing, err := d.Standing(t.Context())
	if want := (watch.Standing{Watches: 2, Waiting: 1}); err != nil || standing != want {
		t.Errorf("got %+v %v, want %+v", standing, err, want)
	}
	_, err = d.add("GULF", alice)
	d.code(err, fault.Conflict, "already")
	if _, err := d.add("maghreb", alice); err != nil {
		t.Errorf("got %v, want another kept", err)
	}
	if w, err := d.Remove(t.Context(), "gulf", alice); err != nil || w.ID != ids[0] || w.About() == "" {
		t.Errorf("got %+v %v, want it removed", w, err)
	}
	if err := d.Look(t.Context()); err != nil {
		t.Errorf("got %v, want all well again", err)
	}
}

// TestOneThatFailsIsNotHurried holds how often the others are looked at beside a
// watch that can't be read, and how often the log is told of it.
func TestOneThatFailsIsNotHurried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		kept, m, n := newStore(), &market{truth: map[string]int64{"+971500000001": 4}, rows: map[string]row{}}, 0
		m.read(time.Now(), nil)
		s := watch.New(watch.Config{
			Store: kept, Market: m, Exchange: account, Currency: "USD", Now: time.Now, Log: zerolog.New(&log),
			NewID: func() string { n++; return fmt.Sprint("w-", n) },
		})
		d := &desk{Service: s, t: t, now: time.Now()}
		for _, name := range []string{"a", "b"} {
			if _, err := d.add(name, by("os", "alice")); err != nil {
				t.Fatal(err)
			}
		}
		kept.damage("w-1")
		m.fits = 0
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour-time.Second)
		defer cancel()
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
		if m.fits < 50 || m.fits > 60 {
			t.Errorf("got %d looks in an hour at an unchanged market, want one a minute", m.fits)
		}
		if lines := strings.Count(log.String(), "could not be looked at"); lines < 5 || lines > 6 || !strings.Contains(log.String(), "watch w-1") {
			t.Errorf("got %d lines in an hour, want one in ten minutes:\n%s", lines, log.String())
		}
	})
}

// TestTheTrailOfWhatEnds holds that a watch which the program removes by itself is
// in the trail too.
func TestTheTrailOfWhatEnds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, name := range []string{"gulf", "levant"} {
		if _, err := d.add(name, by("discord", "1")); err != nil {
			t.Fatal(err)
		}
	}
	d.now = d.now.Add(721 * time.Hour) // both are over
	if _, err := d.add("Levant", by("discord", "1")); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(8 * 24 * time.Hour)
	if err := d.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	var trail []string
	for _, e := range d.store.trail[2:] {
		who := "the program"
		if e.Actor != nil {
			who = e.Actor.ID
		}
		trail = append(trail, who+" "+e.Event+" "+e.Result)
	}
	want := []string{
		"1 watch removed levant: up to 5; it was over, and another is added under its name",
		"1 watch added Levant: up to 5",
		"the program watch removed gulf: up to 5; of discord:1; over since 2026-07-31",
	}
	if diff := cmp.Diff(want, trail); diff != "" {
		t.Errorf("trail (-want +got):\n%s", diff)
	}
}

// TestWhatWasToldIsNotToldAnew holds that a second process which sent the same
// message, or could not, changes nothing; and when a channel counts as closed.
func TestWhatWasToldIsNotToldAnew(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	added, err := d.add("gulf", by("os", "alice"))
	if err != nil {
		t.Fatal(err)
	}
	id := added.Watch.ID
	begin := func() watch.News {
		t.Helper()
		n, ok, err := d.Begin(t.Context(), id)
		if err != nil || !ok {
			t.Fatalf("got %v %v, want a message", ok, err)
		}
		return n
	}
	came := func(number string) {
		t.Helper()
		d.market.truth[number] = 2
		d.now = d.now.Add(time.Minute)
		d.market.read(d.now, nil)
		if err := d.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	came("+971500000002")
	n := begin()
	do(d.Sent(t.Context(), n, "1"))
	do(d.Sent(t.Context(), n, "1"))
	do(d.Refused(t.Context(), n, "no such channel"))
	if got := d.store.watches[id].Sending; got.Sent != 1 || got.Closed != "" || got.Tries != 0 {
		t.Errorf("got %+v, want one message, and an open channel", got)
	}
	closed := func(want watch.Standing) {
		t.Helper()
		if got, err := d.Standing(t.Context()); err != nil || got != want {
			t.Errorf("got %+v %v, want %+v", got, err, want)
		}
	}
	closed(watch.Standing{Watches: 1, Told: 1})
	came("+971500000003")
	do(d.Refused(t.Context(), begin(), "no such channel"))
	closed(watch.Standing{Watches: 1, Waiting: 1, Closed: 1, Told: 1})
	d.now = d.now.Add(721 * time.Hour) // it is over, and something waits
	closed(watch.Standing{Waiting: 1, Closed: 1, Told: 1})
	d.store.hits[id] = nil
	closed(watch.Standing{Told: 1})
}
