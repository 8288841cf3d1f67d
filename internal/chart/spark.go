package chart

import (
	"slices"
	"strings"

	"didops/internal/money"
	"didops/internal/view"
)

// Spark draws a line as blocks, a character for each point, the highest as a
// whole one: "▁▁▃█". Where the amount is not known there is a middle dot; a line
// that never changes runs in the middle. Of more than most points as many are
// drawn, spread evenly, with the last among them.
func Spark(l view.Line, most int) string {
	points := l.Points
	if len(points) > most {
		few := make([]view.Point, most)
		for i := range few {
			few[i] = points[(i+1)*len(points)/most-1]
		}
		points = few
	}
	known, low, high := extent(view.Steps{Lines: []view.Line{{Points: points}}})
	if known == 0 {
		return ""
	}
	blocks := []rune("▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, p := range points {
		v, ok := place(p)
		switch {
		case !ok:
			b.WriteRune('·')
		case low == high:
			b.WriteRune(blocks[3])
		default:
			b.WriteRune(blocks[min(int((v-low)/(high-low)*8), 7)])
		}
	}
	return b.String()
}

// Told says in figures what a line shows: what it begins and ends with, and
// what it lies between. "" where nothing of it is known.
func Told(l view.Line) string {
	var known []money.Amount
	for _, p := range l.Points {
		if p.Value.Known() {
			known = append(known, p.Value)
		}
	}
	if len(known) == 0 {
		return ""
	}
	first, last := known[0], known[len(known)-1]
	low, high := slices.MinFunc(known, money.Amount.Cmp), slices.MaxFunc(known, money.Amount.Cmp)
	switch {
	case low.Cmp(high) == 0:
		return last.String()
	case low.Cmp(first) == 0 && high.Cmp(last) == 0, high.Cmp(first) == 0 && low.Cmp(last) == 0:
		return first.String() + " to " + last.String()
	}
	return first.String() + " to " + last.String() + ", between " + low.String() + " and " + high.String()
}
