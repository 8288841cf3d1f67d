package chart

import (
	"strings"

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
