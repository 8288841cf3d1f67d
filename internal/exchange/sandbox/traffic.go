package sandbox

import (
	"cmp"
	"hash/fnv"
	"slices"
	"time"
)

// What numbers are used for is a function of the seed, the number and the day,
// so that every process tells the same, and a day read again has the same calls
// and those that were late the first time.

// habit is how a number is used while somebody owns it.
type habit int

const (
	daily    habit = iota // every day
	fading                // for the first three weeks, and then no more
	unused                // never
	seldom                // on one day of ten
	habits                // how many there are
	fadeDays = 21
)

// tenure is a span of time in which the caller had a number.
type tenure struct {
	number     string
	vendor     int
	voice, sms bool
	from       time.Time
	to         time.Time // zero: still
}

// event is a call or a message.
type event struct {
	id     uint64
	at     time.Time
	shows  time.Time // when the history has it
	called string
	caller string
	vendor int
	failed bool
	sms    bool
}

// strangersADay is how many calls a day the account makes to numbers of others.
const strangersADay = 3

// habitOf returns how a number is used.
func (s *Server) habitOf(number string) habit {
	return habit(mix(s.options.Seed, scattered(number)) % uint64(habits))
}

// scattered returns a number for a text.
func scattered(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return h.Sum64()
}

// tenures returns the spans of time in which the caller had numbers, told by
// the ledger: histories know also what was given up since.
func (s *Server) tenures(m *market, ledger []Entry) []tenure {
	var all []tenure
	open := map[string]int{}
	for _, e := range ledger {
		i, has := open[e.Number]
		switch {
		case e.Operation == Purchase:
			o, _ := s.offer(m, e.ID)
			open[e.Number] = len(all)
			all = append(all, tenure{number: e.Number, vendor: o.VendorID, voice: o.Voice, sms: o.SMS, from: e.Time})
		case e.Operation == Unsubscribe && has:
			all[i].to = e.Time
			delete(open, e.Number)
		}
	}
	return all
}

// used returns what happened in a span of time as the histories show it at a
// moment, newest first.
func (s *Server) used(tenures []tenure, sms bool, from, to, now time.Time) []event {
	var all []event
	for _, t := range tenures {
		all = s.usedBy(all, t, sms, from, to)
	}
	if len(tenures) > 0 && !sms {
		began := slices.MinFunc(tenures, func(a, b tenure) int { return a.from.Compare(b.from) }).from
		all = s.toStrangers(all, later(began, from), to)
	}
	all = slices.DeleteFunc(all, func(e event) bool { return e.at.Before(from) || e.at.After(to) || e.shows.After(now) })
	slices.SortFunc(all, func(a, b event) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(a.id, b.id)) })
	return all
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// usedBy adds what one number was used for.
func (s *Server) usedBy(all []event, t tenure, sms bool, from, to time.Time) []event {
	if sms && !t.sms || !sms && !t.voice {
		return all
	}
	if !t.to.IsZero() && t.to.Before(to) {
		to = t.to
	}
	how := s.habitOf(t.number)
	for day := midnight(later(t.from, from)); !day.After(to); day = day.AddDate(0, 0, 1) {
		d := s.dice(t.number, day, sms)
		n := d.roll(5) + 1
		switch {
		case how == unused, how == seldom && d.roll(10) != 0, how == fading && day.After(t.from.AddDate(0, 0, fadeDays)):
			n = 0
		}
		for range n {
			if e := d.event(day, t.number, t.vendor, sms); !e.at.Before(t.from) && (t.to.IsZero() || e.at.Before(t.to)) {
				all = append(all, e)
			}
		}
	}
	return all
}

// toStrangers adds the calls that the account makes itself.
func (s *Server) toStrangers(all []event, from, to time.Time) []event {
	for day := midnight(from); !day.After(to); day = day.AddDate(0, 0, 1) {
		d := s.dice("", day, false)
		for range strangersADay {
			e := d.event(day, "4930901820"+string("0123456789"[d.roll(10)]), 9, false)
			if !e.at.Before(from) {
				all = append(all, e)
			}
		}
	}
	return all
}

// dice returns the bits of a number's day.
func (s *Server) dice(number string, day time.Time, sms bool) *dice {
	seed := mix(mix(s.options.Seed, scattered(number)), natural(int(day.Unix()/86400)))
	if sms {
		seed = mix(seed, 1)
	}
	return &dice{seed: seed}
}

// event makes one call or message of a day. One of ten comes to the history
// late, by up to five hours.
func (d *dice) event(day time.Time, number string, vendor int, sms bool) event {
	e := event{
		at: day.Add(time.Duration(d.roll(86400)) * time.Second), called: number, vendor: vendor, sms: sms,
		caller: "1202555010" + string("0123456789"[d.roll(10)]), failed: d.roll(8) == 0,
	}
	e.id = mix(d.seed, d.n)
	e.shows = e.at.Add(time.Duration(d.roll(60)) * time.Second)
	if d.roll(10) == 0 {
		e.shows = e.at.Add(time.Duration(d.roll(5*3600)) * time.Second)
	}
	return e
}

// midnight returns the beginning of a day of UTC.
func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
