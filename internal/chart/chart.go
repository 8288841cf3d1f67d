// Package chart draws a [view.Image]: as a PNG for a chat, as an SVG for a page
// or a file, and as blocks for a text.
//
// Both pictures are drawn once, through a small interface of rectangles and
// texts with a PNG and an SVG behind it, from the same measures: those of the
// Go Regular font, which is part of the program. An amount stays as it is
// until the next one, so that its line is made of steps and never of slopes.
// What a picture is drawn of is known exactly; a place on it is not money, and
// is computed with floating point numbers.
//
// All functions are safe for concurrent use.
package chart

import (
	"image/color"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"didops/internal/money"
	"didops/internal/view"
)

// Theme says what a picture is looked at on.
type Theme int

// The themes.
const (
	Light Theme = iota // paper
	Dark
)

// Size of a picture, in pixels.
const (
	Width  = 800
	Height = 440
)

// canvas is what a picture is drawn on. Places are pixels from the upper left.
type canvas interface {
	rect(x, y, w, h float64, c color.RGBA)
	// text writes one line whose base line is at y, to the right of x, or to the
	// left of it, or around it.
	text(x, y, size float64, s string, a anchor, c color.RGBA)
}

type anchor int

const (
	fromLeft anchor = iota
	toRight
	around
)

type palette struct {
	back, ink, faint, grid, alarm color.RGBA

	lines []color.RGBA
}

// palette returns colours that are told apart with any eyes, on light and on
// dark: those of Okabe and Ito, and lighter ones.
func (t Theme) palette() palette {
	if t == Dark {
		return palette{
			back: rgb(0x1E1F22), ink: rgb(0xF2F3F5), faint: rgb(0xB5BAC1), grid: rgb(0x3A3C42), alarm: rgb(0xF2A33A),
			lines: []color.RGBA{rgb(0x56B4E9), rgb(0xE69F00), rgb(0x2BC79A), rgb(0xE58FB9)},
		}
	}
	return palette{
		back: rgb(0xFFFFFF), ink: rgb(0x1F2328), faint: rgb(0x59636E), grid: rgb(0xE1E4E8), alarm: rgb(0xB42318),
		lines: []color.RGBA{rgb(0x0072B2), rgb(0xC25700), rgb(0x007A5A), rgb(0xA8447A)},
	}
}

func rgb(n uint32) color.RGBA {
	return color.RGBA{R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n), A: 0xff} //nolint:gosec // a byte each
}

// Sizes of what is written, and the room around the plot.
const (
	titleSize = 25
	labelSize = 21
	noteSize  = 18
	margin    = 24
	top       = 100 // title and names
	bottom    = 56  // dates
)

// plot is the place where the lines are drawn.
type plot struct {
	canvas
	palette
	steps          view.Steps
	left, right    float64
	low, high      float64 // amounts at its bottom and top
	from, to       time.Time
	end            time.Time // until when something is known
	upper, nethers float64   // where its top and bottom are
}

// draw draws a picture on a canvas.
func draw(i view.Image, on canvas, t Theme) {
	p := &plot{canvas: on, palette: t.palette(), steps: i.Steps, upper: top, nethers: Height - bottom}
	p.rect(0, 0, Width, Height, p.back)
	room := float64(Width - 2*margin)
	if i.Sandbox {
		room -= p.mark("SANDBOX") + margin
	}
	title := i.Steps.Title
	if len(i.Bars.Rows) > 0 || i.Bars.Title != "" {
		title = i.Bars.Title
	}
	p.text(margin, 40, titleSize, fitted(title, titleSize, room), fromLeft, p.ink)
	if title == i.Bars.Title && title != "" || len(i.Bars.Rows) > 0 {
		p.text(margin, Height-16, noteSize, fitted(i.Bars.Note, noteSize, Width-2*margin), fromLeft, p.faint)
		drawBars(i.Bars, p)
		return
	}
	p.drawSteps()
}

// mark writes a word that must be seen in the upper right, and returns how wide
// it is.
func (p *plot) mark(word string) float64 {
	width := textWidth(word, noteSize) + 20
	p.rect(Width-margin-width, 18, width, 30, p.alarm)
	p.text(Width-margin-width/2, 40, noteSize, word, around, p.back)
	return width
}

// drawSteps draws amounts over time.
func (p *plot) drawSteps() {
	s := p.steps
	points, low, high := extent(s)
	if points == 0 {
		p.text(Width/2, Height/2, labelSize, "Nothing is known of this time.", around, p.faint)
		return
	}
	p.names()
	marks, places := scale(low, high)
	p.low, p.high = marks[0], marks[len(marks)-1]
	widest := 0.0
	labels := make([]string, len(marks))
	for i, m := range marks {
		labels[i] = figure(m, places)
		widest = max(widest, textWidth(labels[i], labelSize))
	}
	p.left, p.right = margin+widest+10, Width-margin
	p.span()
	for i, m := range marks {
		y := math.Round(p.y(m))
		p.rect(p.left, y, p.right-p.left, 1, p.grid)
		p.text(p.left-10, y+7, labelSize, labels[i], toRight, p.faint)
	}
	p.dates()
	for i, l := range slices.Backward(s.Lines) { // the first lies above the others
		p.line(l, p.lines[i%len(p.lines)], []float64{4, 3}[min(i, 1)])
	}
}

// names writes what the lines are.
func (p *plot) names() {
	x := float64(margin)
	for i, l := range p.steps.Lines {
		p.rect(x, 71, 18, 5, p.lines[i%len(p.lines)])
		p.text(x+25, 80, labelSize, printable(l.Name), fromLeft, p.ink)
		x += 25 + textWidth(printable(l.Name), labelSize) + 28
	}
}

// extent returns how many amounts are known, and the lowest and the highest.
func extent(s view.Steps) (points int, low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, l := range s.Lines {
		for _, p := range l.Points {
			if v, ok := place(p); ok {
				points++
				low, high = min(low, v), max(high, v)
			}
		}
	}
	return points, low, high
}

// place returns where an amount is drawn.
func place(p view.Point) (float64, bool) { return number(p.Value) }

func number(a money.Amount) (float64, bool) {
	v, err := strconv.ParseFloat(a.String(), 64)
	return v, err == nil
}

// day is the shortest time that is shown: any has a midnight in it, which is
// where dates are written.
const day = 24 * time.Hour

// span finds the time that is shown.
func (p *plot) span() {
	p.to = p.steps.End
	for _, l := range p.steps.Lines {
		for _, at := range l.Points {
			if p.from.IsZero() || at.At.Before(p.from) {
				p.from = at.At
			}
			if at.At.After(p.to) {
				p.to = at.At
			}
		}
	}
	p.end = p.to
	if known := p.to.Sub(p.from); known < day { // it lies in the middle
		p.from = p.from.Add(-(day - known) / 2)
		p.to = p.from.Add(day)
	}
}

func (p *plot) x(at time.Time) float64 {
	return p.left + (p.right-p.left)*float64(at.Sub(p.from))/float64(p.to.Sub(p.from))
}

func (p *plot) y(v float64) float64 {
	return p.nethers - (p.nethers-p.upper)*(v-p.low)/(p.high-p.low)
}

// line draws the steps of one line: as far as the next point, and up or down
// to it. One that is known for a moment only is a dot.
func (p *plot) line(l view.Line, c color.RGBA, weight float64) {
	before, drawn := 0.0, false
	for i := 0; i < len(l.Points); i++ {
		v, ok := place(l.Points[i])
		if !ok {
			drawn = false
			continue
		}
		x, y := math.Round(p.x(l.Points[i].At)), math.Round(p.y(v))
		for i+1 < len(l.Points) && l.Points[i+1].Value.Known() && l.Points[i+1].Value.Cmp(l.Points[i].Value) == 0 {
			i++ // it stays as it is
		}
		if width := math.Round(p.x(p.until(l, i))) - x; width >= 1 {
			p.rect(x-1, y-1, width+weight-1, weight, c)
		} else {
			p.rect(x-3, y-3, 7, 7, c)
		}
		if drawn {
			p.rect(x-1, min(before, y)-1, weight, math.Abs(before-y)+weight, c)
		}
		before, drawn = y, true
	}
}

// until returns until when an amount of a line is so.
func (p *plot) until(l view.Line, i int) time.Time {
	switch {
	case i+1 < len(l.Points):
		return l.Points[i+1].At
	case p.steps.End.IsZero():
		return p.end
	}
	return p.steps.End
}

// fitted shortens a text until it has room.
func fitted(s string, size, room float64) string {
	s = printable(s)
	if textWidth(s, size) <= room {
		return s
	}
	for s != "" && textWidth(s+"…", size) > room {
		_, last := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-last]
	}
	return s + "…"
}
