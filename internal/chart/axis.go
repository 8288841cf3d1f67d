package chart

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// scale returns the amounts that are marked on the upright axis, of which the
// first is not above low and the last not below high, and how many decimals
// they are written with: two, or more where they would look alike.
func scale(low, high float64) (marks []float64, places int) {
	if low == high { // one value lies in the middle
		pad := max(math.Abs(low)/4, 0.01)
		low, high = max(0, low-pad), high+pad
	}
	step := tidy((high - low) / 4)
	places = 2
	for p := step; places < 9 && math.Abs(p*math.Pow10(places)-math.Round(p*math.Pow10(places))) > 1e-6; {
		places++
	}
	first := math.Floor(low/step + 1e-9)
	for n := first; ; n++ {
		marks = append(marks, n*step)
		if n*step >= high-step*1e-9 && len(marks) > 1 || len(marks) > 20 {
			return marks, places
		}
	}
}

// tidy returns the next of 1, 2, 2.5 or 5 times a power of ten.
func tidy(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 2, 2.5, 5} {
		if v <= n*power*(1+1e-9) {
			return n * power
		}
	}
	return 10 * power
}

// figure writes an amount with commas between thousands.
func figure(v float64, places int) string {
	s := strconv.FormatFloat(v, 'f', places, 64)
	whole, rest, _ := strings.Cut(s, ".")
	var b strings.Builder
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return b.String() + "." + rest
}

// dates writes the lower axis: days, the first of months or of years, as many
// as have room beside each other.
func (p *plot) dates() {
	for _, u := range units() {
		list := u.between(p.from, p.to)
		if len(list) > 0 && p.room(list, u.text) || u.last {
			p.write(list, u.text)
			return
		}
	}
}

// unit is a distance between dates that are written.
type unit struct {
	days, months int
	last         bool
}

func units() []unit {
	return []unit{
		{days: 1},
		{days: 2},
		{days: 7},
		{days: 14},
		{months: 1},
		{months: 2},
		{months: 3},
		{months: 6},
		{months: 12},
		{months: 24},
		{months: 60},
		{months: 120},
		{months: 600, last: true},
	}
}

// between returns the dates of a time, from its first day on: weeks begin on
// Monday.
func (u unit) between(from, to time.Time) []time.Time {
	from, to = from.UTC(), to.UTC()
	at := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, time.UTC)
	switch {
	case u.months >= 12:
		at = time.Date(from.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	case u.months > 0:
		at = time.Date(from.Year(), 1+time.Month((int(from.Month())-1)/u.months*u.months), 1, 0, 0, 0, 0, time.UTC)
	case u.days >= 7:
		at = at.AddDate(0, 0, -(int(at.Weekday())+6)%7)
	}
	var list []time.Time
	for ; !at.After(to) && len(list) < 1000; at = at.AddDate(0, u.months, u.days) {
		if !at.Before(from) {
			list = append(list, at)
		}
	}
	return list
}

// text writes a date, with its year where that is another than that of the one
// before.
func (u unit) text(at, before time.Time) string {
	year := before.IsZero() || at.Year() != before.Year()
	switch {
	case u.months >= 12:
		return at.Format("2006")
	case u.months > 0 && year:
		return at.Format("Jan 2006")
	case u.months > 0:
		return at.Format("Jan")
	case year:
		return at.Format("2 Jan 2006")
	}
	return at.Format("2 Jan")
}

// gap is kept between two dates, at least.
const gap = 16

// room reports whether dates can be written beside each other.
func (p *plot) room(list []time.Time, text func(at, before time.Time) string) bool {
	end := math.Inf(-1)
	var before time.Time
	for _, at := range list {
		from, to := p.beside(at, text(at, before))
		if from < end+gap {
			return false
		}
		end, before = to, at
	}
	return true
}

// beside returns where a date is written: below its place, and not beyond the
// edge of the picture.
func (p *plot) beside(at time.Time, s string) (from, to float64) {
	width := textWidth(s, labelSize)
	from = min(max(p.x(at)-width/2, margin/2), Width-margin/2-width)
	return from, from + width
}

func (p *plot) write(list []time.Time, text func(at, before time.Time) string) {
	var before time.Time
	for _, at := range list {
		s := text(at, before)
		from, _ := p.beside(at, s)
		p.rect(math.Round(p.x(at)), p.nethers, 1, 6, p.faint)
		p.text(from, p.nethers+30, labelSize, s, fromLeft, p.faint)
		before = at
	}
}
