package chart

import (
	"math"
	"strings"

	"didops/internal/money"
	"didops/internal/view"
)

// Measures of bars, in pixels.
const (
	barsTop     = 74
	noteRoom    = 44  // below the bars
	tallest     = 46  // from one bar to the next
	barsMost    = 12  // that can be read; of more the first, and how many there are besides
	widestName  = 260 // of what the bars are called
	widestLabel = 300 // of what is written at their ends
)

// drawBars draws amounts as bars from the left, the first at the top.
func drawBars(b view.Bars, p *plot) {
	largest := most(b.Rows)
	if len(b.Rows) == 0 {
		p.text(Width/2, Height/2, labelSize, "Nothing is known of this.", around, p.faint)
		return
	}
	rows, more := b.Rows, 0
	if len(rows) > barsMost {
		rows, more = rows[:barsMost-1], len(rows)-barsMost+1
	}
	room := float64(Height - barsTop - noteRoom)
	height := min(room/float64(min(len(b.Rows), barsMost)), tallest)
	thick := math.Round(max(height*0.62, 1))
	names, ends := 0.0, 0.0
	for _, r := range rows {
		names = max(names, min(textWidth(printable(r.Name), labelSize), widestName))
		ends = max(ends, min(textWidth(printable(end(r)), labelSize), widestLabel))
	}
	left := margin + names + 12
	right := Width - margin - ends - 10
	p.rect(left-1, barsTop-4, 1, height*float64(len(rows))+8, p.grid)
	for i, r := range rows {
		y := barsTop + height*float64(i) + (height-thick)/2
		length := 0.0
		if v, ok := number(r.Value); ok && largest > 0 {
			length = max((right-left)*v/largest, 1)
			p.rect(left, math.Round(y), math.Round(length), thick, p.lines[0])
		}
		base := math.Round(y + thick/2 + labelSize*0.35)
		p.text(left-12, base, labelSize, fitted(r.Name, labelSize, widestName), toRight, p.ink)
		p.text(left+length+10, base, labelSize, fitted(end(r), labelSize, widestLabel), fromLeft, p.ink)
	}
	if more > 0 {
		y := barsTop + height*float64(len(rows)) + height/2
		p.text(left-12, math.Round(y+labelSize*0.35), labelSize, "and "+view.Count(more)+" more", toRight, p.faint)
	}
}

// end is what is written at the end of a bar.
func end(b view.Bar) string {
	switch {
	case b.Label != "":
		return b.Label
	case !b.Value.Known():
		return "not known"
	}
	return b.Value.String()
}

func most(rows []view.Bar) float64 {
	largest := 0.0
	for _, r := range rows {
		if v, ok := number(r.Value); ok {
			largest = max(largest, v)
		}
	}
	return largest
}

// Blocks draws an amount as a bar of at most so many characters, to the eighth
// of one, where the largest is as long as that: "███▌". What is more than
// nothing is seen.
func Blocks(a, largest money.Amount, width int) string {
	v, ok := number(a)
	whole, _ := number(largest)
	if !ok || v <= 0 || whole <= 0 || width < 1 {
		return ""
	}
	eighths := min(max(int(math.Round(v/whole*float64(8*width))), 1), 8*width)
	s := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return s
}
